/** Docker: a real engine of the test's own, reached through a proxy that can cut; the image is put together from this machine's Python. */
import { join } from 'node:path';
import { createDockerDriver } from '../../../src-main/drivers/docker/docker-driver.ts';
import { dockerSettingsSchema } from '../../../src-main/drivers/docker/settings.ts';
import type { Driver } from '../../../src-main/drivers/driver.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import {
  type DockerEngine,
  plainImage,
  pythonImage,
  startDockerEngine,
  whyNoEngine,
} from '../../support/docker-engine/start-docker-engine.ts';
import { connectTo } from '../../support/docker-engine/test-engine.ts';
import { usageOf } from '../../support/system-usage.ts';
import { never } from '../kit.ts';
import type { CommonSettings, ConformanceTarget, RunningTarget } from '../target.ts';

export const dockerTarget: ConformanceTarget = {
  name: 'Docker (engine)',
  traits: {
    isolated: true,
    networkOff: true,
    memoryLimit: true,
    diskLimit: true,
    breakable: true,
    linked: true,
    restartable: true,
    // An engine has no accounts.
    quota: false,
    rateLimit: false,
    measurable: true,
  },
  unavailable: async () => whyNoEngine(),
  // An engine of its own: it is restarted under the sessions.
  start: async () => startTarget(await startDockerEngine()),
};

async function startTarget(engine: DockerEngine): Promise<RunningTarget> {
  const proxy = await startCutProxy({ path: engine.socket }, { listen: 'socket' });
  const client = await connectTo(engine.url);
  const hostSecret = `canary-${Math.random().toString(36).slice(2)}`;
  const driver = createDockerDriver(
    {
      installationId: 'conformance',
      workFolder: '/nonexistent',
      resourcesFolder: join(import.meta.dirname, '../../../resources'),
      appVersion: '0.0.0',
      env: { DOCKER_TOKEN: hostSecret },
      now: () => Date.now(),
      log: () => {},
    },
    { patienceMs: 20_000 },
  );
  const account = (
    url: string,
    {
      environment = {},
      memoryMb = 4096,
      diskMb = 1024,
      ports = [],
      network = false,
      python = true,
    }: CommonSettings,
  ) => ({
    settings: dockerSettingsSchema.parse({
      ...{
        image: python ? pythonImage : plainImage,
        pull: 'never',
        engine: url,
        environment,
        memoryMb,
        diskMb,
      },
      network: network || ports.length > 0,
      ports: ports.map(String),
    }),
    credentials: {},
    consent: false,
  });
  const remains = async (label: string): Promise<string[]> => {
    const filters = { label: [label] };
    const [containers, volumes] = await Promise.all([
      client.containers.list(filters, { all: true }, never),
      client.volumes.list(filters, never),
    ]);
    return [
      ...containers.map(({ Names, State }) => `container ${Names[0]}, ${State}`),
      ...volumes.map(({ Name }) => `volume ${Name}`),
    ];
  };
  return {
    driver: driver as unknown as Driver,
    hostSecret,
    account: (settings) => account(`unix://${proxy.path}`, settings),
    accountOfNothing: () => account(`unix://${join(engine.folder, 'nothing.sock')}`, {}),
    leftovers: (sessionId) => remains(`specboard.session=${sessionId}`),
    remains: () => remains('specboard.installation=conformance'),
    breakSandbox: ({ sandboxId }) => client.containers.kill(sandboxId, 'SIGKILL', never),
    cut: (kind) => proxy.cut(kind),
    async restartBackend() {
      await engine.end('stop');
      await engine.start();
    },
    async systemUsage({ sandboxId }) {
      const { Processes } = await client.containers.top(sandboxId, never, '-eo pid');
      return usageOf(Processes.map(([pid]) => Number(pid)));
    },
    async stop() {
      client.dispose();
      await proxy.close();
      await engine.close();
    },
  };
}
