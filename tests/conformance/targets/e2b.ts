/** E2B: the real SDK against the test server that speaks E2B's protocol, with real Python behind it. */

import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Driver } from '../../../src-main/drivers/driver.ts';
import { createE2bDriver } from '../../../src-main/drivers/e2b/e2b-driver.ts';
import { e2bSettingsSchema } from '../../../src-main/drivers/e2b/manifest.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import { startE2bServer } from '../../support/e2b-server/server.ts';
import { usageOf } from '../../support/system-usage.ts';
import type { ConformanceTarget, Undo } from '../target.ts';

/** Real life's patience makes a test slow; the order of the steps is the same. */
const timings = {
  settle: 100,
  probe: 1000,
  interruptFloor: 1500,
  restart: 10_000,
  straySearch: 3000,
  abandonedCreate: 2000,
};
const linux = process.platform === 'linux';

export const e2bTarget: ConformanceTarget = {
  name: 'E2B (SDK, test server)',
  traits: {
    isolated: false,
    networkOff: false,
    memoryLimit: false,
    diskLimit: false,
    breakable: true,
    linked: true,
    restartable: true,
    quota: true,
    rateLimit: true,
    measurable: linux,
  },
  unavailable: async () => (process.platform === 'win32' ? 'the test server needs a POSIX system' : null),
  async start() {
    const server = await startE2bServer({ executeKeepaliveMs: 200 });
    const proxy = await startCutProxy({ port: Number(new URL(server.url).port) });
    const nothing = await startCutProxy({ port: 9 });
    const closedPort = nothing.port;
    await nothing.close();
    const driver = createE2bDriver(
      {
        installationId: 'conformance',
        workFolder: '/nonexistent',
        resourcesFolder: join(import.meta.dirname, '../../../resources'),
        appVersion: '0.0.0',
        env: { E2B_API_KEY: server.apiKey },
        now: () => Date.now(),
        log: () => {},
      },
      timings,
    );
    const account = (port: number, settings: object) => {
      const url = `http://127.0.0.1:${port}`;
      return {
        settings: e2bSettingsSchema.parse({ apiUrl: url, sandboxUrl: url, ...settings }),
        credentials: { apiKey: server.apiKey },
        consent: false,
      };
    };
    const fault = (effect: Parameters<typeof server.faults.add>[0]['effect']): Undo => {
      const match = { plane: 'control', method: 'POST', path: /^(?:\/v\d+)?\/sandboxes$/ } as const;
      return { restore: server.faults.add({ match, effect, times: Number.POSITIVE_INFINITY }) };
    };
    const view = (id: string) => server.sandboxes().find((sandbox) => sandbox.id === id);
    return {
      driver: driver as unknown as Driver,
      hostSecret: server.apiKey,
      account: ({ environment = {} }) => account(proxy.port, { environment }),
      accountOfNothing: () => account(closedPort, {}),
      leftovers: (sessionId) =>
        server
          .sandboxes()
          .filter(({ metadata }) => metadata.specboardSession === sessionId)
          .map(({ id, state }) => `sandbox ${id}, ${state}`),
      remains: () => server.sandboxes().map(({ id, state }) => `sandbox ${id}, ${state}`),
      breakSandbox: (session) => {
        server.kill(session.sandboxId);
      },
      cut: (kind) => proxy.cut(kind),
      restartBackend: () => server.restart(),
      exhaustQuota: () => fault({ kind: 'quota', limit: 20 }),
      limitRate: () => fault({ kind: 'reply', status: 429, retryAfterS: 60 }),
      ...(linux ? { systemUsage: (session) => usageOf(view(session.sandboxId)?.pids ?? []) } : {}),
      // Addresses are below E2B's own domain; here all of it is one server, told apart by the name that is asked for.
      reach: (address, path) => fetchAs(proxy.port, new URL(path, address.url)),
      async stop() {
        await proxy.close();
        await server.close();
      },
    };
  },
};

/** The body at that URL, asked of a port of this machine instead of its host. */
function fetchAs(port: number, { host, pathname }: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: pathname, headers: { host } }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`HTTP ${response.statusCode}`));
      }, reject);
    });
    request.on('error', reject);
  });
}
