/** The E2B driver: Python cells over the code interpreter's protocol. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutputSink } from '../../src-main/drivers/driver.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { eventually, isAlive } from '../support/e2b-server/testing.ts';
import { HeldMemoryWatch } from '../support/held-memory.ts';
import { abortOnOutput, type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
let session: E2bSession;
beforeAll(async () => {
  kit = await startKit({ executeKeepaliveMs: 200 }, { cellSilence: 1200, flapping: 1500, call: 3000 });
  session = await kit.connect({ environment: { PLAIN: 'yes', ODD: `it's "q"\n%%magic \\ ä` } });
});
// Python is known to be free afterwards: a fault is not spent on a probe of the driver.
beforeEach(async () => {
  expect((await kit.run(session, 'z = 7; count = 0')).result.state).toBe('succeeded');
});
afterEach(() => kit.server.faults.clear());
afterAll(() => kit.stop());

const EXECUTE = { plane: 'interpreter', method: 'POST', path: '/execute' } as const;
const RUNNING = 'print("on", flush=True)\n';

describe('cells', () => {
  test('variables stay, the last value is the result', async () => {
    expect((await kit.run(session, 'x = 41')).events).toEqual([]);
    const ran = await kit.run(session, 'print("out")\nx + 1');
    expect(ran.result).toMatchObject({ state: 'succeeded' });
    expect(ran.events.map(({ type }) => type)).toEqual(['text', 'rich']);
    expect(ran.value).toBe('42');
    expect(ran.stdout).toBe('out\n');
  });

  test('streams while it runs, both streams in order', async () => {
    let first = 0;
    const ran = await kit.run(
      session,
      'import sys, time\nprint("a", flush=True); time.sleep(0.4); print("b", file=sys.stderr); print("c")',
      {
        onEvent: () => {
          first ||= performance.now();
        },
      },
    );
    expect(performance.now() - first).toBeGreaterThan(200);
    expect([ran.stdout, ran.stderr]).toEqual(['a\nc\n', 'b\n']);
    const order = ran.events.map((event) => (event.type === 'text' ? event.stream : event.type));
    expect(order).toEqual(['stdout', 'stderr', 'stdout']);
  });

  test('the profile’s variables, whatever is in them', async () => {
    const ran = await kit.run(session, 'import os\nos.environ["PLAIN"], os.environ["ODD"]');
    expect(ran.value).toContain(`it\\'s "q"\\n%%magic \\\\ ä`);
  });

  test('variables of one execution are gone after it, also when it failed', async () => {
    const env = { PLAIN: 'once', NEW: `'"\\` };
    expect(
      (await kit.run(session, 'import os; os.environ["PLAIN"] + os.environ["NEW"]', { env })).value,
    ).toBe(`once\\'"\\\\`);
    await kit.run(session, '1/0', { env });
    expect((await kit.run(session, 'os.environ["PLAIN"], os.environ.get("NEW")')).value).toBe(
      "('yes', None)",
    );
  });

  test('errors: name, value, line, a traceback with line breaks', async () => {
    const { result, events } = await kit.run(session, 'def f():\n    return 1 / 0\n\nf()');
    expect(events).toEqual([{ type: 'error', error: result.error }]);
    expect(result).toMatchObject({
      state: 'failed',
      error: { name: 'ZeroDivisionError', value: 'division by zero', line: 2 },
    });
    const lines = result.error?.traceback.split('\n') ?? [];
    expect(lines.filter((line) => line.startsWith('Cell In['))).toHaveLength(2);
    expect(lines.at(-1)).toBe('ZeroDivisionError: division by zero');
  });

  test('a syntax error has its line', async () => {
    const { result } = await kit.run(session, 'x = 1\ndef f(:');
    expect(result.error).toMatchObject({ name: 'SyntaxError', value: 'invalid syntax', line: 2 });
  });

  test('a missing module is named', async () => {
    const { result } = await kit.run(session, 'import not_there.sub');
    expect(result.error).toMatchObject({ name: 'ModuleNotFoundError', module: 'not_there' });
  });

  test('rich values under their MIME types', async () => {
    const ran = await kit.run(
      session,
      `class A:
  def _repr_html_(s): return "<b>x</b>"
  def _repr_png_(s): return b"\\x89PNG"
  def _repr_json_(s): return {"x": [1]}
  def _repr_mimebundle_(s, include=None, exclude=None): return {"application/x-own": "own"}
  def __repr__(s): return "A!"
A()`,
    );
    expect(ran.events).toEqual([
      {
        type: 'rich',
        role: 'result',
        data: {
          'text/plain': 'A!',
          'text/html': '<b>x</b>',
          'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64'),
          'application/json': { x: [1] },
          'application/x-own': 'own',
        },
      },
    ]);
  });

  test('display comes before the value, as display', async () => {
    const ran = await kit.run(session, 'from IPython.display import display\ndisplay(1)\n2');
    expect(ran.events).toMatchObject([{ role: 'display' }, { role: 'result' }]);
  });

  test('unicode, also outside the first plane and over chunk borders', async () => {
    const ran = await kit.run(session, 'for i in range(3000): print("häß€😀", end="")');
    expect(ran.stdout).toBe('häß€😀'.repeat(3000));
  });

  test('input() is refused, sys.exit is an error of the code', async () => {
    expect((await kit.run(session, 'input()')).result.error?.name).toContain('NotImplemented');
    expect((await kit.run(session, 'import sys; sys.exit(3)')).result).toMatchObject({ state: 'failed' });
    expect((await kit.run(session, 'z')).value).toBe('7');
  });

  test('Python dies: said so, variables lost, the next cell works and has its environment', async () => {
    await kit.run(session, 'y = 1');
    const died = await kit.run(session, 'print("last"); import os; os._exit(3)');
    expect(died.result).toMatchObject({ state: 'failed', kernelLost: true, error: { name: 'KernelDied' } });
    expect((await kit.run(session, 'y')).result.error?.name).toBe('NameError');
    expect((await kit.run(session, 'import os; os.environ["PLAIN"]')).value).toBe('yes');
  });

  test('a reset gives a fresh Python; a running cell ends with it', async () => {
    await kit.run(session, 'y = 1');
    const ran = await kit.run(session, `${RUNNING}import time; time.sleep(60)`, {
      onEvent: () => void kit.driver.resetKernel?.(session, never),
    });
    expect(ran.result).toMatchObject({
      state: 'cancelled',
      reason: 'Python was restarted.',
      kernelLost: true,
    });
    expect((await kit.run(session, 'y')).result.error?.name).toBe('NameError');
  });
});

describe('cancel', () => {
  test.each([
    ['a busy loop', 'while True: pass'],
    ['a sleep', 'import time; time.sleep(600)'],
    ['a child process', 'import subprocess; subprocess.run(["sleep", "600"])'],
    ['endless output', 'while True: print("x" * 1000)'],
  ])('%s stops, variables stay', async (_name, code) => {
    const { result } = await kit.run(session, RUNNING + code, abortOnOutput());
    expect(result).toMatchObject({ state: 'cancelled', reason: 'Cancelled.' });
    expect(result).not.toHaveProperty('kernelLost');
    expect((await kit.run(session, 'z')).value).toBe('7');
  });

  test('the child process is gone', async () => {
    const ran = await kit.run(
      session,
      'import subprocess\np = subprocess.Popen(["sleep", "600"]); print(p.pid, flush=True); p.wait()',
      abortOnOutput(),
    );
    const pid = Number(ran.stdout);
    expect(pid).toBeGreaterThan(1);
    await eventually('the child has ended', () => !isAlive(pid));
  });

  test('a deadline makes it timed out', async () => {
    const controller = new AbortController();
    const { result } = await kit.run(session, `${RUNNING}while True: pass`, {
      signal: controller.signal,
      onEvent: () => controller.abort(new SpecboardError('timeout', 'The deadline passed.')),
    });
    expect(result).toMatchObject({ state: 'timed-out', reason: 'The time limit was reached.' });
  });

  const STUBBORN = `${RUNNING}import time
while True:
  try:
    time.sleep(60)
  except BaseException: pass`;

  test('code that swallows the interrupt costs a restart after the grace, and it is said', async () => {
    const { result, events } = await kit.run(session, STUBBORN, { ...abortOnOutput(), graceMs: 600 });
    expect(result).toMatchObject({ state: 'cancelled', kernelLost: true });
    expect(events.at(-1)).toMatchObject({
      type: 'notice',
      text: expect.stringContaining('variables are lost'),
    });
    expect((await kit.run(session, 'import os; os.environ["PLAIN"]')).value).toBe('yes');
  });

  test('forcing does not wait for the grace', async () => {
    const force = new AbortController();
    const cancel = new AbortController();
    const startedAt = performance.now();
    const { result } = await kit.run(session, STUBBORN, {
      signal: cancel.signal,
      forceSignal: force.signal,
      graceMs: 60_000,
      onEvent: (event) => {
        if (event.type !== 'text') return;
        cancel.abort();
        force.abort();
      },
    });
    expect(result).toMatchObject({ state: 'cancelled', kernelLost: true });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  test('where even the restart fails it is lost, and said; the session recovers', async () => {
    kit.server.faults.add({
      match: { plane: 'interpreter', method: 'POST', path: /^\/contexts/ },
      effect: { kind: 'reply', status: 500 },
      times: 2,
    });
    const { result, events } = await kit.run(session, STUBBORN, { ...abortOnOutput(), graceMs: 300 });
    expect(result).toMatchObject({ state: 'lost', reason: expect.stringContaining('not known') });
    expect(events.at(-1)?.type).toBe('gap');
    const next = await kit.run(session, '1 + 1');
    expect(next.value).toBe('2');
  });

  test('a waiting cell is cancelled without disturbing the one that runs', async () => {
    const waiting = new AbortController();
    const running = kit.run(session, `${RUNNING}import time; time.sleep(0.5); "done"`);
    const second = kit.run(session, 'never = 1', { signal: waiting.signal });
    waiting.abort();
    expect((await second).result).toMatchObject({ state: 'cancelled', reason: 'Ended before it started.' });
    expect((await running).value).toBe('done');
    expect((await kit.run(session, 'never')).result.error?.name).toBe('NameError');
  });

  test('before the start nothing is sent; after the end nothing happens', async () => {
    kit.server.requests.clear();
    const { result } = await kit.run(session, '1', { signal: AbortSignal.abort() });
    expect(result.state).toBe('cancelled');
    expect(kit.server.requests.find('POST', '/execute')).toEqual([]);
    const late = new AbortController();
    expect((await kit.run(session, '1', { signal: late.signal })).value).toBe('1');
    late.abort();
    expect((await kit.run(session, 'z')).value).toBe('7');
  });

  test('a reader that takes nothing any more does not keep it from ending', async () => {
    const cancel = new AbortController();
    const { result } = await kit.run(session, 'while True: print("x" * 1000)', {
      signal: cancel.signal,
      onEvent: () => {
        cancel.abort();
        return new Promise(() => {});
      },
    });
    expect(result.state).toBe('cancelled');
  });

  test('a sink that throws ends the cell, and only that', async () => {
    const failing = kit.run(session, `${RUNNING}import time; time.sleep(600)`, {
      onEvent: () => {
        throw new Error('the disk is full');
      },
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect((await kit.run(session, 'z')).value).toBe('7');
  });
});

describe('faults', () => {
  test('a cut stream: lost, the gap is marked, the session goes on', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'cut-after-event', event: 'stdout' } });
    const ran = await kit.run(session, `${RUNNING}import time; time.sleep(0.2); print("unheard")`);
    expect(ran.result).toMatchObject({ state: 'lost', problem: { code: 'unreachable' } });
    expect(ran.events.at(-1)?.type).toBe('gap');
    expect((await kit.run(session, 'z')).value).toBe('7');
  });

  test('a missing end mark is not a success', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'omit-end' } });
    const ran = await kit.run(session, 'print("half")');
    expect(ran.result.state).toBe('lost');
    expect(ran.events.at(-1)?.type).toBe('gap');
    expect(ran.stdout).toBe('half\n');
  });

  test('a link that goes silent is noticed without its keepalives', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'no-keepalives' } });
    const ran = await kit.run(session, 'import time; time.sleep(600)');
    expect(ran.result).toMatchObject({ state: 'lost', problem: { code: 'unreachable' } });
    expect((await kit.run(session, 'z')).value).toBe('7');
  });

  test('keepalives keep a silent cell going', async () => {
    expect((await kit.run(session, 'import time; time.sleep(2); "woke"')).value).toBe('woke');
  });

  test('a reader that is slow is not taken for a silent link', async () => {
    const ran = await kit.run(session, 'print("a"); print("b")', {
      onEvent: () => new Promise((resolve) => setTimeout(resolve, 1500)),
    });
    expect(ran.result.state).toBe('succeeded');
  });

  test('slow headers are waited for', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'delay-headers', ms: 700 } });
    expect((await kit.run(session, '"late"')).value).toBe('late');
  });

  test('a proxy that flaps is asked again, and the cell runs once', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'reply', status: 502 }, times: 3 });
    await kit.run(session, 'count += 1');
    expect((await kit.run(session, 'count')).value).toBe('1');
  });

  test('a proxy that does not stop flapping: unavailable, nothing was started', async () => {
    kit.server.faults.add({
      match: EXECUTE,
      effect: { kind: 'reply', status: 502 },
      times: Number.POSITIVE_INFINITY,
    });
    const problem = await problemOf(kit.run(session, 'count += 1'));
    expect(problem.code).toBe('unavailable');
    kit.server.faults.clear();
    expect((await kit.run(session, 'count')).value).toBe('0');
  });

  test('the connection breaks before the head came: lost, because it may have run', async () => {
    kit.server.faults.add({ match: EXECUTE, effect: { kind: 'drop' } });
    expect((await kit.run(session, 'count += 1')).result.state).toBe('lost');
  });

  test('the sandbox ends in the middle of a cell: lost, and the session with the reason', async () => {
    const doomed = await kit.connect();
    const reasons: string[] = [];
    doomed.onLost((error) => reasons.push(`${error.code}: ${error.message}`));
    const ran = await kit.run(doomed, `${RUNNING}import time; time.sleep(600)`, {
      onEvent: () => void kit.server.kill(doomed.sandboxId),
    });
    expect(ran.result).toMatchObject({ state: 'lost', problem: { code: 'gone' } });
    expect(reasons).toEqual(['gone: The sandbox was ended before its end time.']);
    expect((await problemOf(kit.run(doomed, '1'))).code).toBe('gone');
    expect(reasons).toHaveLength(1);
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
    const request = { language: 'python' as const, code: 'for i in range(1600): print("y" * 65535)' };
    const result = await kit.driver.execute(session, request, sink, never);
    expect(result.state).toBe('succeeded');
    expect(bytes).toBe(1600 * 65_536);
    expect(memory.growth).toBeLessThan(60 * 1024 * 1024);
  });

  test('while the reader holds back, nothing more is read and the code waits', async () => {
    const go = Promise.withResolvers<void>();
    let held = false;
    const marker = `/tmp/specboard-held-${process.pid}`;
    const running = kit.run(
      session,
      `import os\nfor i in range(400): print("z" * 65535)\nopen(${JSON.stringify(marker)}, "w").close()`,
      {
        onEvent: () => {
          if (held) return;
          held = true;
          return go.promise;
        },
      },
    );
    await eventually('the reader holds back', () => held);
    const isDone = () =>
      kit.driver.files?.stat(session, marker, never).then(
        () => true,
        () => false,
      );
    // 26 MB do not fit into any buffer on the way: as long as nobody reads, the cell cannot come to its last line.
    for (let i = 0; i < 10; i++) expect(await isDone()).toBe(false);
    go.resolve();
    expect((await running).result.state).toBe('succeeded');
    expect(await isDone()).toBe(true);
  });
});
