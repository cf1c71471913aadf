/** The E2B driver: shell commands over envd's stream. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OutputSink } from '../../src-main/drivers/driver.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import { eventually, isAlive } from '../support/e2b-server/testing.ts';
import { HeldMemoryWatch } from '../support/held-memory.ts';
import { type Kit, never, problemOf, type RunOptions, startKit } from './e2b-driver-support.ts';

let kit: Kit;
let session: E2bSession;
beforeAll(async () => {
  kit = await startKit({ rpcKeepaliveMs: 200 }, { rpcSilence: 1500, flapping: 1000, call: 3000 });
  session = await kit.connect({ environment: { PLAIN: 'yes', ODD: `it's "q"\nä` } });
});
afterEach(() => kit.server.faults.clear());
afterAll(() => kit.stop());

const START = { plane: 'envd', path: '/process.Process/Start' } as const;
const sh = (code: string, more: RunOptions = {}) => kit.run(session, code, { language: 'shell', ...more });

/** Aborts when `count` process ids were printed; gives them. */
function abortAfterPids(count: number): RunOptions & { pids: () => number[] } {
  const controller = new AbortController();
  let text = '';
  const pids = (): number[] => text.split('\n').slice(0, -1).map(Number);
  return {
    signal: controller.signal,
    pids,
    onEvent: (event) => {
      if (event.type === 'text') text += Buffer.from(event.bytes).toString();
      if (pids().length >= count) controller.abort();
    },
  };
}

describe('results', () => {
  test.each([
    ['true', { state: 'succeeded', exitCode: 0 }],
    ['exit 3', { state: 'failed', exitCode: 3 }],
    ['exit 255', { state: 'failed', exitCode: 255 }],
    ['no_such_program', { state: 'failed', exitCode: 127 }],
    ['sh -c "kill -TERM \\$\\$"; exit $?', { state: 'failed', exitCode: 143 }],
    ['exit 137', { state: 'failed', exitCode: 137 }],
    ['kill -KILL $$', { state: 'failed', exitCode: null, signal: 'SIGKILL' }],
    ['kill -SEGV $$', { state: 'failed', exitCode: null, signal: 'SIGSEGV' }],
  ])('%s', async (code, result) => {
    expect((await sh(code)).result).toMatchObject(result);
  });

  test('both streams apart, bytes as they are, nothing added', async () => {
    const ran = await sh(`printf 'a\\0b\\303\\244\\377'; printf 'err' >&2`);
    const bytes = Buffer.concat(
      ran.events.map((event) =>
        event.type === 'text' && event.stream === 'stdout' ? event.bytes : Buffer.alloc(0),
      ),
    );
    expect(bytes).toEqual(Buffer.from([0x61, 0, 0x62, 0xc3, 0xa4, 0xff]));
    expect(ran.stderr).toBe('err');
  });

  test('variables of the profile and of the execution, and the home folder', async () => {
    expect((await sh('echo "$PLAIN|$ODD|$ONCE"; pwd', { env: { ONCE: `'"$(id)` } })).stdout).toMatch(
      /^yes\|it's "q"\nä\|'"\$\(id\)\n.*\/home\/user\n$/,
    );
    expect((await sh('echo "$ONCE"')).stdout).toBe('\n');
  });

  test('quotes, several lines and here-documents reach the shell as they are', async () => {
    const { stdout } = await sh(`for w in 'a b' "c'd"; do\n  echo "$w"\ndone\ncat <<'E'\n$x \`y\` \\\nE`);
    expect(stdout).toBe("a b\nc'd\n$x `y` \\\n");
  });

  test('standard input is empty, not open', async () => {
    expect((await sh('cat; echo end')).stdout).toBe('end\n');
  });

  test('output comes while it runs', async () => {
    let first = 0;
    await sh('echo a; sleep 0.4; echo b', {
      onEvent: () => {
        first ||= performance.now();
      },
    });
    expect(performance.now() - first).toBeGreaterThan(200);
  });

  test('a program left in the background does not hold the command up', async () => {
    const { stdout, result } = await sh('sleep 300 & echo $!');
    expect(result).toMatchObject({ state: 'succeeded', exitCode: 0 });
    expect(isAlive(Number(stdout))).toBe(true);
    await sh(`kill ${stdout}`);
  });

  test('what looks like an end mark is output', async () => {
    const fake = `\x1e${'0'.repeat(32)}:e0\x1e`;
    expect((await sh(`printf '${fake}'; printf '\\036'; printf '\\036x'; exit 4`)).stdout).toBe(
      `${fake}\x1e\x1ex`,
    );
  });

  test('commands run side by side', async () => {
    const [slow, fast] = await Promise.all([sh('sleep 0.5; echo slow'), sh('echo fast')]);
    expect([slow.stdout, fast.stdout]).toEqual(['slow\n', 'fast\n']);
    expect(fast.result.durationMs).toBeLessThan(slow.result.durationMs);
  });
});

describe('cancel', () => {
  test('a pipeline ends, all of it', async () => {
    const abort = abortAfterPids(2);
    const { result } = await sh('sleep 500 & echo $!; sleep 501 | cat & echo $!; wait', abort);
    expect(result).toMatchObject({ state: 'cancelled', reason: 'Cancelled.' });
    for (const pid of abort.pids()) expect(isAlive(pid)).toBe(false);
    expect((await sh('echo still')).stdout).toBe('still\n');
  });

  test('what left the session, hid its environment or ignores TERM ends too', async () => {
    const abort = abortAfterPids(3);
    const { result } = await sh(
      `trap '' TERM
setsid sh -c 'echo $$; exec sleep 500' &
env -i sh -c 'echo $$; trap "" TERM; while :; do sleep 1; done' &
sleep 502 & echo $!
wait; wait; wait`,
      { ...abort, graceMs: 300 },
    );
    expect(result.state).toBe('cancelled');
    for (const pid of abort.pids()) expect(isAlive(pid)).toBe(false);
  });

  test('what it says while it ends is still heard', async () => {
    const abort = abortAfterPids(1);
    const ran = await sh(`trap 'echo bye; exit 5' TERM; echo $$; while :; do sleep 0.05; done`, abort);
    expect(ran.stdout).toMatch(/^\d+\nbye\n$/);
    expect(ran.result.state).toBe('cancelled');
  });

  test('forcing does not wait for the grace', async () => {
    const force = new AbortController();
    const abort = abortAfterPids(1);
    abort.signal?.addEventListener('abort', () => setTimeout(() => force.abort(), 200));
    const { result } = await sh(`trap '' TERM; echo $$; while :; do sleep 1; done`, {
      ...abort,
      graceMs: 100_000,
      forceSignal: force.signal,
    });
    expect(result.state).toBe('cancelled');
    for (const pid of abort.pids()) expect(isAlive(pid)).toBe(false);
  });

  test('a deadline makes it timed out', async () => {
    const { result } = await sh('sleep 500', { signal: AbortSignal.timeout(200) });
    expect(result).toMatchObject({ state: 'timed-out', reason: 'The time limit was reached.' });
  });

  test('aborted before the start nothing is sent', async () => {
    kit.server.requests.clear();
    expect((await sh('echo 1', { signal: AbortSignal.abort() })).result.state).toBe('cancelled');
    expect(kit.server.requests.entries).toEqual([]);
  });

  test('a reader that takes nothing any more does not keep it from ending', async () => {
    const cancel = new AbortController();
    const { result } = await sh('yes', {
      signal: cancel.signal,
      graceMs: 300,
      onEvent: () => {
        cancel.abort();
        return new Promise(() => {});
      },
    });
    expect(result.state).toBe('cancelled');
  });

  test('a sink that throws ends the command', async () => {
    let pid = 0;
    const failing = sh('echo $$; sleep 500', {
      onEvent: (event) => {
        if (event.type === 'text') pid = Number(Buffer.from(event.bytes));
        throw new Error('the disk is full');
      },
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(pid).toBeGreaterThan(1);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('faults', () => {
  test('a cut stream: lost, the gap is marked, nothing runs on unseen', async () => {
    kit.server.faults.add({ match: START, effect: { kind: 'cut-after-event', event: 'data' } });
    const ran = await sh('echo $$; sleep 500');
    expect(ran.result).toMatchObject({ state: 'lost', problem: { code: 'unreachable' } });
    expect(ran.events.at(-1)?.type).toBe('gap');
    const pid = Number(ran.stdout);
    if (pid > 0) await eventually('it was ended', () => !isAlive(pid));
  });

  test('a link that goes silent is noticed; one with keepalives is not silent', async () => {
    expect((await sh('sleep 2.5; echo woke')).stdout).toBe('woke\n');
    kit.server.faults.add({ match: START, effect: { kind: 'no-keepalives' } });
    expect((await sh('sleep 500')).result).toMatchObject({ state: 'lost', problem: { code: 'unreachable' } });
  });

  test('refused before it started: an error, not a result', async () => {
    kit.server.faults.add({ match: START, effect: { kind: 'reply', status: 500, message: 'envd is ill' } });
    const problem = await problemOf(sh('echo 1'));
    expect(problem.code).toBe('unavailable');
    expect(problem.message).not.toContain('envd');
  });

  test('the sandbox ends in the middle: lost, and the reason', async () => {
    const doomed = await kit.connect();
    const { result } = await kit.run(doomed, 'echo on; sleep 500', {
      language: 'shell',
      onEvent: () => void kit.server.kill(doomed.sandboxId),
    });
    expect(result).toMatchObject({ state: 'lost', problem: { code: 'gone' } });
  });
});

describe('much output', () => {
  test('100 MB in bounded memory, all of it', async () => {
    let bytes = 0;
    let events = 0;
    const memory = new HeldMemoryWatch();
    const sink: OutputSink = {
      write: async (event) => {
        if (event.type === 'text') {
          bytes += event.bytes.length;
          memory.passed(event.bytes.length);
        }
        events += 1;
        if (events % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const request = { language: 'shell' as const, code: 'head -c 104857600 /dev/zero | tr "\\0" y' };
    const result = await kit.driver.execute(session, request, sink, never);
    expect(result.state).toBe('succeeded');
    expect(bytes).toBe(104_857_600);
    expect(memory.growth).toBeLessThan(60 * 1024 * 1024);
  });

  test('while the reader holds back, the program itself waits', async () => {
    const go = Promise.withResolvers<void>();
    let held = false;
    const running = sh('head -c 30000000 /dev/zero; touch held-done', {
      onEvent: () => {
        if (held) return;
        held = true;
        return go.promise;
      },
    });
    await eventually('the reader holds back', () => held);
    const isDone = () =>
      kit.driver.files?.stat(session, 'held-done', never).then(
        () => true,
        () => false,
      );
    for (let i = 0; i < 10; i++) expect(await isDone()).toBe(false);
    go.resolve();
    expect((await running).result.state).toBe('succeeded');
    expect(await isDone()).toBe(true);
  });
});
