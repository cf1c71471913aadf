/** Local as it is meant to be: real Python under the sandbox of this system, bubblewrap or sandbox-exec. */
import { findIsolation } from '../../../src-main/drivers/local/isolation.ts';
import { never } from '../kit.ts';
import type { ConformanceTarget } from '../target.ts';
import { startLocal } from './start-local.ts';

const linux = process.platform === 'linux';

export const localTarget: ConformanceTarget = {
  name: process.platform === 'darwin' ? 'Local (sandbox-exec)' : 'Local (bubblewrap)',
  // What macOS has no way for: a limit of memory. What only the tests on Linux can: find the processes of a sandbox.
  traits: {
    isolated: true,
    networkOff: true,
    memoryLimit: linux,
    diskLimit: true,
    breakable: linux,
    linked: false,
    restartable: false,
    quota: false,
    rateLimit: false,
    measurable: linux,
  },
  async unavailable() {
    const found = await findIsolation(process.env, never);
    return found.kind === 'none' ? `${found.message} ${found.hint}` : null;
  },
  start: () => startLocal({}),
};
