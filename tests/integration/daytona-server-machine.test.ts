// What a sandbox of the Daytona test server uses of the machine, and how it lives on one that cannot hide its folders.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { connectSdk, eventually, type TestClient } from '../support/daytona-server/testing.ts';

const MINUTE = 60_000;

let server: DaytonaServer;
let client: TestClient;

beforeEach(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe('metrics', () => {
  it("are those of the sandbox's own processes, now and as a history", async () => {
    const own = await startDaytonaServer({ metricsStepMs: 50 });
    const other = connectSdk(own);
    try {
      const sandbox = await other.create({ snapshot: 'daytona-medium' });
      const before = await sandbox.getMetricsLatest();
      expect(before).toMatchObject({ cpuCount: 2, memTotal: 4 * 1024 ** 3 });
      await sandbox.codeInterpreter.runCode('held = bytearray(100_000_000)');
      const after = await sandbox.getMetricsLatest();
      expect(after.memUsed - before.memUsed).toBeGreaterThan(100_000_000);
      await sandbox.process.createSession('busy');
      await sandbox.process.executeSessionCommand('busy', { command: 'while :; do :; done', runAsync: true });
      await eventually('the load', async () => (await sandbox.getMetricsLatest()).cpuUsedPct > 5);
      await eventually('the history', async () =>
        (await sandbox.getMetrics()).some((one) => one.memUsed > 100_000_000),
      );
    } finally {
      await other.close();
      await own.close();
    }
  });

  it('can be asked for without keeping the sandbox from being idle', async () => {
    const sandbox = await client.create({ autoStopInterval: 10 });
    server.advanceClock(9 * MINUTE);
    const { toolboxProxyUrl, id } = sandbox;
    const headers = {
      authorization: `Bearer ${server.apiKey}`,
      'x-daytona-skip-last-activity-update': 'true',
    };
    expect((await fetch(`${toolboxProxyUrl}/${id}/system/metrics`, { headers })).status).toBe(200);
    server.advanceClock(MINUTE);
    await eventually('the stop', () => server.sandboxes()[0]?.state === 'stopped');
  });
});

describe('without a mount namespace', () => {
  it('processes live in the real folder, and both names of it are good', async () => {
    const plain = await startDaytonaServer({ isolation: 'none' });
    const other = connectSdk(plain);
    try {
      const sandbox = await other.create();
      const home = `${plain.sandboxes()[0]?.root}/home/daytona`;
      expect(plain.isolated).toBe(false);
      expect(await sandbox.getWorkDir()).toBe(home);
      await sandbox.fs.uploadFile(Buffer.from('x'), `${home}/a`);
      await sandbox.fs.uploadFile(Buffer.from('y'), '/home/daytona/b');
      expect((await sandbox.process.executeCommand('pwd; cat a b')).result).toBe(`${home}\nxy`);
      let seen = '';
      const pty = await sandbox.process.createPty({
        id: 'p',
        cols: 200,
        onData: (bytes) => {
          seen += new TextDecoder().decode(bytes);
        },
      });
      await pty.sendInput('echo $HOME=$((6*7))\n');
      await eventually('the answer', () => seen.includes(`${home}=42`));
      expect((await sandbox.codeInterpreter.runCode('print(open("a").read())')).stdout).toBe('x\n');
    } finally {
      await other.close();
      await plain.close();
    }
  });
});
