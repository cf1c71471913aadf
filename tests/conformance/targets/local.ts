/** Local as it is on Linux: real Python under bubblewrap. */
import { probeBubblewrap } from '../../../src-main/drivers/local/probe-bubblewrap.ts';
import { never } from '../kit.ts';
import type { ConformanceTarget } from '../target.ts';
import { startLocal } from './start-local.ts';

export const localTarget: ConformanceTarget = {
  name: 'Local (bubblewrap)',
  traits: { isolated: true, networkOff: true, memoryLimit: true, breakable: true },
  async unavailable() {
    if (process.platform !== 'linux') return 'bubblewrap exists on Linux only';
    const found = await probeBubblewrap(process.env, never);
    return found.works ? null : `${found.message} ${found.hint}`;
  },
  start: () => startLocal({}),
};
