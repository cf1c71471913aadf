/** E2B: the real SDK against the test server that speaks E2B's protocol, with real Python behind it. */

import type { Driver } from '../../../src-main/drivers/driver.ts';
import { createE2bDriver } from '../../../src-main/drivers/e2b/e2b-driver.ts';
import { e2bSettingsSchema } from '../../../src-main/drivers/e2b/manifest.ts';
import { startE2bServer } from '../../support/e2b-server/server.ts';
import type { ConformanceTarget } from '../target.ts';

/** Real life's patience makes a test slow; the order of the steps is the same. */
const timings = {
  settle: 100,
  probe: 1000,
  interruptFloor: 1500,
  restart: 10_000,
  straySearch: 3000,
  abandonedCreate: 2000,
};

export const e2bTarget: ConformanceTarget = {
  name: 'E2B (SDK, test server)',
  traits: { isolated: false, networkOff: false, memoryLimit: false, breakable: true },
  unavailable: async () => (process.platform === 'win32' ? 'the test server needs a POSIX system' : null),
  gaps: {
    'A long list is broken into lines': 'the test server shows the plain repr and no data; E2B does both.',
    'Lists and dicts also come as data': 'the test server gives no data for lists and dicts; E2B does.',
    'Displayed objects and the value are told apart':
      'the test server gives no data for lists and dicts; E2B does.',
    'What is missing, or a folder instead of a file, is said plainly':
      'writing over a folder is reported as "unavailable".',
    'A path that cannot be one is refused as such': 'it is reported as "unavailable".',
    'Writing over a file keeps its mode':
      'the staged file takes the place of the old one with a mode of its own.',
  },
  async start() {
    const server = await startE2bServer({ executeKeepaliveMs: 200 });
    const driver = createE2bDriver(
      {
        installationId: 'conformance',
        workFolder: '/nonexistent',
        resourcesFolder: '/nonexistent',
        appVersion: '0.0.0',
        env: { E2B_API_KEY: server.apiKey },
        now: () => Date.now(),
        log: () => {},
      },
      timings,
    );
    return {
      driver: driver as unknown as Driver,
      hostSecret: server.apiKey,
      account: ({ environment = {} }) => ({
        settings: e2bSettingsSchema.parse({ apiUrl: server.url, sandboxUrl: server.url, environment }),
        credentials: { apiKey: server.apiKey },
        consent: false,
      }),
      leftovers: (sessionId) =>
        server
          .sandboxes()
          .filter(({ metadata }) => metadata.specboardSession === sessionId)
          .map(({ id, state }) => `sandbox ${id}, ${state}`),
      breakSandbox: (session) => {
        server.kill(session.sandboxId);
      },
      stop: () => server.close(),
    };
  },
};
