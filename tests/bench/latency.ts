/** One cell at E2B: the raw SDK, SpecBoard's service, and the bridge from the page; the same test server, turn by turn. */
import { Sandbox } from '@e2b/code-interpreter';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { openTestCore } from '../support/test-core.ts';
import { type BenchApp, startBenchApp } from './app.ts';
import { type Spread, spread, time } from './stats.ts';

const cells = 150;

/** Times of a cell `1` in ms. */
export interface Latency {
  sdk: Spread;
  service: Spread;
  bridge: Spread;
}

/** Measures; about ten seconds. */
export async function measureLatency(): Promise<Latency> {
  const server = await startE2bServer();
  const address = { apiUrl: server.url, sandboxUrl: server.url };
  const { core, close } = await openTestCore();
  let bench: BenchApp | undefined;
  try {
    const sandbox = await Sandbox.create({ apiKey: server.apiKey, ...address });
    const config = await core.driverManager.createConfig('E2B', 'e2b', address);
    await core.storeCredentials(config.id, { apiKey: server.apiKey });
    const session = await core.driverManager.connect(config.id);
    bench = await startBenchApp();
    const { page } = bench;
    await page.evaluate(
      async ({ address: settings, key }) => {
        const { specboard } = window as unknown as {
          specboard: import('../../src-shared/contract/api.ts').SpecboardApi;
        };
        const made = await specboard.profiles.create({ name: 'E2B', driverType: 'e2b', settings });
        if (!made.ok) throw new Error(made.error.message);
        await specboard.credentials.set({
          profileId: made.value.id,
          values: { apiKey: key },
          sessionOnly: true,
        });
        const connected = await specboard.connect({ profileId: made.value.id });
        if (!connected.ok) throw new Error(connected.error.message);
        Object.assign(window, {
          cell: async () => {
            const start = performance.now();
            const run = specboard.execute(
              { sessionId: connected.value.id, language: 'python', code: '1' },
              { onData: () => undefined },
            );
            await run.done;
            return performance.now() - start;
          },
        });
      },
      { address, key: server.apiKey },
    );
    const times = { sdk: [] as number[], service: [] as number[], bridge: [] as number[] };
    for (let i = 0; i < cells + 10; i += 1) {
      const sdk = await time(() => sandbox.runCode('1'));
      const service = await time(
        () => core.executions.run({ sessionId: session.id, language: 'python', code: '1' }).done,
      );
      const bridge = await page.evaluate(() => (window as unknown as { cell: () => Promise<number> }).cell());
      if (i < 10) continue; // warm-up
      times.sdk.push(sdk);
      times.service.push(service);
      times.bridge.push(bridge);
    }
    await sandbox.kill();
    return { sdk: spread(times.sdk), service: spread(times.service), bridge: spread(times.bridge) };
  } finally {
    await bench?.close();
    await close();
    await server.close();
  }
}
