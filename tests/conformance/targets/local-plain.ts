/** Local where the system has no sandbox: real Python, not isolated, with the person's consent. */
import type { ConformanceTarget } from '../target.ts';
import { startLocal } from './start-local.ts';

export const localPlainTarget: ConformanceTarget = {
  name: 'Local (not isolated)',
  traits: {
    isolated: false,
    networkOff: false,
    memoryLimit: process.platform === 'linux',
    diskLimit: true,
    breakable: process.platform === 'linux',
    linked: false,
    restartable: false,
    quota: false,
    rateLimit: false,
    measurable: process.platform === 'linux',
  },
  unavailable: async () => null,
  start: () => startLocal({ isolation: { kind: 'none', message: 'There is no sandbox here.', hint: '' } }),
};
