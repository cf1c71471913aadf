/** What happens to a container under us ends the execution with the true reason; what can go on goes on. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DockerSession } from '../../src-main/drivers/docker/docker-session.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import {
  type DockerEngine,
  plainImage,
  startDockerEngine,
} from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { until } from '../support/runner.ts';
import { type DockerKit, never, problemOf, startDockerKit } from './docker-driver-support.ts';

const { engine, reason } = await testEngine();
const waiting = 'import time\nkept = 1\nprint("on", flush=True)\ntime.sleep(600)';

function losses(session: DockerSession): SpecboardError[] {
  const told: SpecboardError[] = [];
  session.onLost((error) => told.push(error));
  return told;
}

describe.skipIf(reason !== null)('a container that something happens to', () => {
  let kit: DockerKit;
  let session: DockerSession;
  beforeAll(async () => {
    kit = await startDockerKit({ url: engine?.url ?? '' });
  });
  afterEach(() => kit.end(session));
  afterAll(async () => {
    expect(await kit.remains()).toEqual([]);
    await kit.stop();
  });

  test.each([
    ['killed', 'SIGKILL', /killed \(exit code 137\)/],
    ['stopped', 'SIGTERM', /stopped \(exit code 143\)/],
  ] as const)('%s: the cell is lost, and so is the session', async (_, signal, words) => {
    session = await kit.connect();
    const told = losses(session);
    const running = await kit.started(session, waiting);
    await kit.engine.containers.kill(session.sandboxId, signal, never);
    const { result } = await running.done;
    expect(result).toMatchObject({ state: 'lost', problem: { code: 'gone' } });
    expect(result.reason).toMatch(words);
    await until('the loss', () => told.length > 0);
    expect(told[0]?.message).toMatch(words);
    expect((await problemOf(kit.run(session, '1'))).message).toMatch(words);
  });

  test('removed: says so', async () => {
    session = await kit.connect();
    const told = losses(session);
    const running = await kit.started(session, waiting);
    await kit.engine.containers.remove(session.sandboxId, never);
    const { result } = await running.done;
    expect(result.state).toBe('lost');
    expect(result.reason).toMatch(/removed by somebody else/);
    await until('the loss', () => told.length > 0);
    expect(told.map(({ code }) => code)).toEqual(['gone']);
  });

  test('restarted by somebody: Python is fresh, and the session goes on', async () => {
    session = await kit.connect();
    const told = losses(session);
    await kit.run(session, 'kept = 1');
    await kit.engine.containers.stop(session.sandboxId, 0, never);
    await kit.engine.containers.start(session.sandboxId, never);
    const next = await until('code runs again', async () => {
      const ran = await kit.run(session, '"kept" in globals()');
      return ran.result.state === 'succeeded' ? ran : null;
    });
    expect(next.value).toBe('False');
    expect(told).toEqual([]);
  });

  test('paused: the cell ends with that reason at once; afterwards all goes on, and what ran has been interrupted', async () => {
    session = await kit.connect();
    const told = losses(session);
    await kit.run(session, 'kept = 7');
    const running = await kit.started(
      session,
      'import time\ntry:\n    print("on", flush=True)\n    time.sleep(600)\nfinally:\n    ended = True',
    );
    await kit.engine.containers.pause(session.sandboxId, never);
    const { result, stdout } = await running.done;
    expect(result).toMatchObject({ state: 'lost', problem: { code: 'unavailable' } });
    expect(result.reason).toMatch(/paused by somebody else/);
    expect(stdout).toBe('on\n');
    expect((await problemOf(kit.run(session, '1'))).code).toBe('unavailable');
    expect((await problemOf(kit.driver.files?.list(session, '.', never) ?? Promise.resolve())).code).toBe(
      'unavailable',
    );
    await kit.engine.containers.unpause(session.sandboxId, never);
    const after = await until('code runs again', () => kit.run(session, 'kept, ended').catch(() => null));
    expect(after.value).toBe('(7, True)');
    expect(running.sink.text()).toBe('on\n');
    expect(told).toEqual([]);
  });

  test('paused for good: ending it still removes it', async () => {
    session = await kit.connect();
    await kit.engine.containers.pause(session.sandboxId, never);
    await kit.end(session);
    expect(await kit.remains()).toEqual([]);
  });

  test('out of memory in a cell: the reason is the memory, files stay, Python is fresh', async () => {
    session = await kit.connect({ memoryMb: 128 });
    const told = losses(session);
    await kit.run(session, 'open("kept.txt", "w").write("x")');
    const { result } = await kit.run(session, 'block = []\nwhile True: block.append(bytearray(4_000_000))');
    expect(result.problem?.code, JSON.stringify(result)).toBe('out-of-memory');
    expect(result.reason).toMatch(/memory of 128 MB/);
    const after = await until('code runs again', async () => {
      const ran = await kit.run(session, 'import os; os.path.exists("kept.txt"), "block" in globals()');
      return ran.result.state === 'succeeded' ? ran : null;
    });
    expect(after.value).toBe('(True, False)');
    expect(told).toEqual([]);
  });

  test('out of memory in a command: the same reason, variables stay', async () => {
    session = await kit.connect({ memoryMb: 128 });
    await kit.run(session, 'kept = 1');
    const code = `python3 -c 'b = []\nwhile True: b.append(bytearray(4_000_000))'`;
    const { result } = await kit.shell(session, code);
    expect(result).toMatchObject({ state: 'failed', problem: { code: 'out-of-memory' } });
    expect((await kit.run(session, 'kept')).value).toBe('1');
  });

  test('stopped by somebody after memory had run out: that it was stopped is said', async () => {
    session = await kit.connect({ memoryMb: 128 });
    const told = losses(session);
    const code = `python3 -c 'b = []\nwhile True: b.append(bytearray(4_000_000))'`;
    await kit.shell(session, code);
    await kit.engine.containers.stop(session.sandboxId, 1, never);
    await until('the loss', () => told.length > 0);
    expect(told[0]?.message).toMatch(/was stopped|was killed/);
  });

  test('runner and keeper killed from inside: a fresh one, told as such', async () => {
    session = await kit.connect();
    const told = losses(session);
    await kit.run(session, 'kept = 1');
    const { result } = await kit.shell(
      session,
      'for p in /proc/[0-9]*; do grep -aq python3 $p/cmdline 2>/dev/null && kill -9 $(basename $p); done; sleep 600',
    );
    expect(result).toMatchObject({ state: 'lost', kernelLost: true, problem: { code: 'kernel-died' } });
    expect((await kit.run(session, '"kept" in globals()')).value).toBe('False');
    expect((await kit.shell(session, 'echo again')).stdout).toBe('again\n');
    expect(told).toEqual([]);
  });

  test('code that kills all it can reach ends its container, and that is said', async () => {
    session = await kit.connect();
    const told = losses(session);
    const { result } = await kit.run(session, 'import os\nos.kill(-1, 9)');
    expect(result).toMatchObject({ state: 'lost', problem: { code: 'gone' } });
    await until('the loss', () => told.length > 0);
    expect(told[0]?.message).toMatch(/killed \(exit code 137\)/);
  });

  test('an image without Python: a command in a container that is killed is lost, too', async () => {
    session = await kit.connect({ image: plainImage });
    const running = await kit.started(session, 'echo on; sleep 600', { language: 'shell' });
    await kit.engine.containers.kill(session.sandboxId, 'SIGKILL', never);
    const { result } = await running.done;
    expect(result.state).toBe('lost');
    expect(result.reason).toMatch(/killed/);
  });
});

describe.skipIf(reason !== null)('an engine that goes away', () => {
  let own: DockerEngine;
  let proxy: CutProxy;
  let kit: DockerKit;
  beforeAll(async () => {
    own = await startDockerEngine();
    proxy = await startCutProxy({ path: own.socket }, { listen: 'socket' });
    kit = await startDockerKit({ url: `unix://${proxy.path}`, directUrl: own.url, patienceMs: 1_500 });
  });
  afterAll(async () => {
    await kit.stop();
    await proxy.close();
    await own.close();
  });

  test('a link that is cut for a moment costs nothing', async () => {
    const session = await kit.connect();
    const told = losses(session);
    const code = 'import time\nfor n in range(100):\n    print(n, flush=True)\n    time.sleep(0.01)';
    const running = await kit.started(session, code);
    const cut = proxy.cut();
    await cut.tried;
    cut.restore();
    const { result, stdout } = await running.done;
    expect(result.state).toBe('succeeded');
    expect(stdout).toBe(Array.from({ length: 100 }, (_, n) => `${n}\n`).join(''));
    expect(told).toEqual([]);
    await kit.end(session);
  });

  test('a link that stays cut is the end, and says that the container may still run; it is found again', async () => {
    const session = await kit.connect();
    const told = losses(session);
    await kit.run(session, 'kept = 5');
    const running = await kit.started(session, 'print("on", flush=True)\nimport time\ntime.sleep(600)');
    const cut = proxy.cut();
    const { result } = await running.done;
    expect(result).toMatchObject({ state: 'lost', problem: { code: 'unreachable' } });
    await until('the loss', () => told.length > 0);
    expect(told[0]?.problem.kept).toMatch(/may still run/);
    cut.restore();
    const again = await kit.attach(session.metadata);
    // The cell goes on in there: nobody could tell it to stop.
    expect((await kit.shell(again, 'echo there')).stdout).toBe('there\n');
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
  });

  test('a container that is frozen while the link is cut is waited for', async () => {
    const session = await kit.connect();
    const told = losses(session);
    await kit.run(session, 'kept = 5');
    await kit.engine.containers.pause(session.sandboxId, never);
    const cut = proxy.cut();
    await cut.tried;
    cut.restore();
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // longer than the patience of this driver
    await kit.engine.containers.unpause(session.sandboxId, never);
    const after = await until('code runs again', () => kit.run(session, 'kept').catch(() => null));
    expect(after.value).toBe('5');
    expect(told).toEqual([]);
    await kit.end(session);
  });

  test('an engine that is restarted ends its containers: that is said, and connecting works afterwards', async () => {
    const session = await kit.connect();
    const told = losses(session);
    const running = await kit.started(session, waiting);
    await own.end('stop');
    await own.start();
    const { result } = await running.done;
    expect(result.state).toBe('lost');
    await until('the loss', () => told.length > 0);
    expect(told[0]?.code).toBe('gone');
    expect(told[0]?.message).toMatch(/engine was (?:stopped|restarted)|container was (?:stopped|killed)/);
    await kit.end(session);
    const fresh = await kit.connect();
    expect((await kit.run(fresh, '1')).value).toBe('1');
    await kit.end(fresh);
    expect(await kit.remains()).toEqual([]);
  });

  test('a kept container survives the engine: its files are found again', async () => {
    const settings = { atDisconnect: 'keep' } as const;
    const session = await kit.connect(settings);
    const told = losses(session);
    await kit.run(session, 'open("kept.txt", "w").write("kept")');
    await own.end('stop');
    await own.start();
    await until('the loss', () => told.length > 0);
    // As services do after a loss: what the profile keeps is not thrown away.
    await kit.end(session);
    const again = await kit.attach(session.metadata, settings);
    expect(again.warnings.join(' ')).toMatch(/had been stopped/);
    expect((await kit.run(again, 'open("kept.txt").read()')).value).toBe('kept');
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
  });
});
