/** Daytona: the real SDK against the test server that speaks Daytona's protocol, with real Python behind it. */
import { resolve } from 'node:path';
import { createDaytonaDriver } from '../../../src-main/drivers/daytona/daytona-driver.ts';
import { daytonaSettingsSchema, labelKeys } from '../../../src-main/drivers/daytona/manifest.ts';
import type { Driver } from '../../../src-main/drivers/driver.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import { startDaytonaServer } from '../../support/daytona-server/server.ts';
import { usageOf } from '../../support/system-usage.ts';
import type { ConformanceTarget, Undo } from '../target.ts';

const linux = process.platform === 'linux';

/** Real life's patience makes a test slow; the order of the steps is the same. */
const timings = { poll: 20, straySearch: 3000, abandonedCreate: 2000, patience: 20_000 };

export const daytonaTarget: ConformanceTarget = {
  name: 'Daytona (SDK, test server)',
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
    const server = await startDaytonaServer();
    const proxy = await startCutProxy({ port: Number(new URL(server.url).port) });
    const nothing = await startCutProxy({ port: 9 });
    const closedPort = nothing.port;
    await nothing.close();
    const driver = createDaytonaDriver(
      {
        installationId: 'conformance',
        workFolder: '/nonexistent',
        resourcesFolder: resolve(import.meta.dirname, '../../../resources'),
        appVersion: '0.0.0',
        env: { DAYTONA_API_KEY: server.apiKey },
        now: () => Date.now(),
        log: () => {},
      },
      timings,
    );
    const account = (port: number, settings: object) => ({
      settings: daytonaSettingsSchema.parse({ apiUrl: `http://127.0.0.1:${port}/api`, ...settings }),
      credentials: { apiKey: server.apiKey },
      consent: false,
    });
    const fault = (effect: Parameters<typeof server.faults.add>[0]['effect']): Undo => {
      const match = { plane: 'control', method: 'POST', path: '/sandbox' } as const;
      return { restore: server.faults.add({ match, effect, times: Number.POSITIVE_INFINITY }) };
    };
    const view = (id: string) => server.sandboxes().find((sandbox) => sandbox.id === id);
    return {
      driver: driver as unknown as Driver,
      hostSecret: server.apiKey,
      // Its containers stop; only its virtual machines can be paused.
      forgetsAsleep: true,
      account: ({ environment = {} }) => account(proxy.port, { environment }),
      accountOfNothing: () => account(closedPort, {}),
      leftovers: (sessionId) =>
        server
          .sandboxes()
          .filter(({ labels }) => labels[labelKeys.session] === sessionId)
          .map(({ id, state }) => `sandbox ${id}, ${state}`),
      remains: () => server.sandboxes().map(({ id, state }) => `sandbox ${id}, ${state}`),
      breakSandbox: (session) => {
        server.kill(session.sandboxId);
      },
      cut: (kind) => proxy.cut(kind),
      restartBackend: () => server.restart(),
      exhaustQuota: () => fault({ kind: 'quota', resource: 'CPU', limit: 10 }),
      limitRate: () => fault({ kind: 'rate-limit', retryAfterS: 60 }),
      ...(linux ? { systemUsage: (session) => usageOf(view(session.sandboxId)?.pids ?? []) } : {}),
      async stop() {
        await proxy.close();
        await server.close();
      },
    };
  },
};
