/** Output: byte-exact, streamed at once, in bounded memory however much it is, and never dropped. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { CollectingSink, memoryKiB, startRunner, type TestRunner, until } from '../support/runner.ts';

let runner: TestRunner;
beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

const never = new AbortController().signal;

/** A sink that holds its reader back until it is let go. */
class SlowSink extends CollectingSink {
  held = true;
  readonly #waiting: (() => void)[] = [];

  override write(event: OutputEvent): Promise<void> {
    super.write(event);
    return this.held ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  /** From now on it takes everything. */
  release(): void {
    this.held = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

describe('bytes', () => {
  test('the first output comes while the cell still runs, also without a newline', async () => {
    const sink = new CollectingSink();
    const abort = new AbortController();
    const done = runner.client.execute(
      { language: 'python', code: 'import time\nprint("first", end="")\ntime.sleep(60)' },
      sink,
      abort.signal,
    );
    await until('the first output', () => sink.text() === 'first');
    abort.abort();
    expect((await done).state).toBe('cancelled');
  });

  test('every byte there is, in Python and in a shell', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const sink = new CollectingSink();
    const code = 'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 3);';
    await runner.client.execute({ language: 'python', code }, sink, never);
    expect(sink.bytes().equals(Buffer.concat([bytes, bytes, bytes]))).toBe(true);
    const shell = new CollectingSink();
    const printf = `printf '${[...bytes].map((b) => `\\${b.toString(8).padStart(3, '0')}`).join('')}' >&2`;
    await runner.client.execute({ language: 'shell', code: printf }, shell, never);
    expect(shell.bytes('stderr').equals(bytes)).toBe(true);
  });

  test('a character that is written in pieces arrives whole, wherever it is cut', async () => {
    const text = 'aé漢🎉\u0000\u001e\u001b[31m\r\n';
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)].map(
        (b) => `bytes.fromhex("${b.toString('hex')}")`,
      );
      const ran = await runner.run(
        `import os, time\nos.write(1, ${head}); time.sleep(0.02); os.write(1, ${tail});`,
      );
      expect(ran.stdout).toBe(text);
    }
  });

  test('a flood of multi-byte text and noise is the same at the other end', async () => {
    const sink = new CollectingSink();
    const code =
      'import random, hashlib, sys\nr = random.Random(7)\n' +
      'data = ("漢字é🎉x\\n" * 60000).encode() + bytes(r.getrandbits(8) for _ in range(200000))\n' +
      'sys.stdout.buffer.write(data)\nhashlib.sha256(data).hexdigest()';
    await runner.client.execute({ language: 'python', code }, sink, never);
    const value = sink.events.findLast((event) => event.type === 'rich');
    const digest = createHash('sha256').update(sink.bytes('stdout')).digest('hex');
    expect(value).toMatchObject({ data: { 'text/plain': digest } });
  });
});

describe('much', () => {
  test('100 MB from a cell arrive whole, and the runner stays small', async () => {
    let received = 0;
    const sink = {
      write: (event: OutputEvent) => {
        if (event.type === 'text') received += event.bytes.length;
      },
    };
    const code = 'line = "x" * 99 + "\\n"\nfor _ in range(1000): print(line * 1000, end="")';
    const result = await runner.client.execute({ language: 'python', code }, sink, never);
    expect(result.state).toBe('succeeded');
    expect(received).toBe(100_000_000);
    expect(memoryKiB(runner.child.pid ?? 0, 'VmHWM')).toBeLessThan(60_000);
  });

  test('two hundred thousand prints', async () => {
    const ran = await runner.run('for i in range(200000): print(i)');
    const expected = Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join('');
    expect(ran.stdout === expected).toBe(true);
    expect(ran.events.length).toBeLessThan(2000);
  });

  test('a reader that does not keep up stops the producer, and only that one', async () => {
    const slow = new SlowSink();
    const flood = runner.client.execute(
      { language: 'shell', code: 'head -c 50000000 /dev/zero' },
      slow,
      never,
    );
    await until('the first piece', () => slow.events.length > 0);
    // The window is full and nothing is taken: everything else goes on.
    const ran = await runner.run('print("meanwhile")');
    expect(ran.stdout).toBe('meanwhile\n');
    expect((await runner.shell('echo shell too')).stdout).toBe('shell too\n');
    const usage = await runner.client.metrics();
    expect(usage.processes).toBeGreaterThanOrEqual(3);
    expect(slow.events).toHaveLength(1);
    expect(memoryKiB(runner.child.pid ?? 0, 'VmRSS')).toBeLessThan(60_000);
    slow.release();
    expect((await flood).state).toBe('succeeded');
    expect(slow.bytes().length).toBe(50_000_000);
  });

  test('a reader that is behind does not delay a cancel', async () => {
    const slow = new SlowSink();
    const abort = new AbortController();
    const flood = runner.client.execute(
      { language: 'python', code: 'while True: print("y" * 1000)' },
      slow,
      abort.signal,
    );
    await until('the first piece', () => slow.events.length > 0);
    abort.abort();
    slow.release();
    const result = await flood;
    expect(result).toMatchObject({ state: 'cancelled' });
    expect(result.kernelLost).toBeUndefined();
    expect(slow.bytes().length).toBeLessThan(4_000_000);
  });

  test('many pictures are held back like text', async () => {
    const slow = new SlowSink();
    const code =
      'class P:\n  def _repr_png_(s): return bytes(600000)\n  def __repr__(s): return "P"\n' +
      'for n in range(20): display(P())\n"end"';
    const pictures = runner.client.execute({ language: 'python', code }, slow, never);
    await until('the first picture', () => slow.events.length > 0);
    expect((await runner.shell('echo x')).stdout).toBe('x\n');
    slow.release();
    expect((await pictures).state).toBe('succeeded');
    expect(slow.events).toHaveLength(21);
  });

  test('a sink that throws ends the execution and rejects', async () => {
    const sink = {
      write: () => {
        throw new Error('disk full');
      },
    };
    const code = 'import time\nprint(1, flush=True)\ntime.sleep(60)';
    await expect(runner.client.execute({ language: 'python', code }, sink, never)).rejects.toThrow(
      'disk full',
    );
    expect((await runner.run('1')).value).toBe('1');
  });
});

test('what comes after the end of its cell is background output', async () => {
  const late: OutputEvent[] = [];
  const listening = runner.client.onBackground((event) => late.push(event));
  const text = (): string =>
    late.map((event) => (event.type === 'text' ? Buffer.from(event.bytes).toString() : '')).join('');
  const ran = await runner.run(
    'import threading, time\ndef g():\n  time.sleep(0.2); print("late")\n  time.sleep(0.1); display("shown")\n' +
      'threading.Thread(target=g).start()\nprint("now")',
  );
  expect(ran.text).toBe('now\n');
  await until('the late line', () => text() === 'late\n');
  await until('the late value', () => late.some((event) => event.type === 'rich'));
  await runner.shell('(sleep 0.2; echo from a background process) &');
  await until('the background process', () => text().endsWith('from a background process\n'));
  // More than the window of the background: it is granted again and again.
  await runner.shell('(sleep 0.1; head -c 5000000 /dev/zero) &');
  await until('five megabytes', () => text().length > 5_000_000);
  listening.dispose();
});
