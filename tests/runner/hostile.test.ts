/** The client against a runner that lies, breaks, or is slow: what comes over the pipe is hostile input. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src-main/runner/frame-reader.ts';
import { parseFrame } from '../../src-main/runner/protocol.ts';
import { RunnerClient } from '../../src-main/runner/runner-client.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { CollectingSink, until } from '../support/runner.ts';

const never = new AbortController().signal;

/** A pipe whose other end is the test. */
class FakePipe {
  readonly sent: Record<string, unknown>[] = [];
  closed = 0;
  readonly #chunks: Uint8Array[] = [];
  #wake: () => void = () => {};
  #ended = false;
  readonly readable: AsyncIterable<Uint8Array> = this.#read();

  async write(bytes: Uint8Array): Promise<void> {
    for (const line of Buffer.from(bytes).toString().trim().split('\n')) this.sent.push(JSON.parse(line));
  }

  close(): void {
    this.closed += 1;
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  raw(bytes: string | Uint8Array): void {
    this.#chunks.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    this.#wake();
  }

  frame(value: unknown): void {
    this.raw(`\u001e${JSON.stringify(value)}\n`);
  }

  /** Sum of the credit that was given back. */
  granted(): number {
    return this.sent.reduce((sum, m) => sum + (m.op === 'credit' ? Number(m.bytes) : 0), 0);
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) yield chunk;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

function start() {
  const pipe = new FakePipe();
  const client = new RunnerClient(pipe, { cancelPatienceMs: 50, replyMs: 50 });
  const sink = new CollectingSink();
  const execute = (signal = never, graceMs = 10) =>
    client.execute({ language: 'python', code: '1', graceMs }, sink, signal);
  return { pipe, client, sink, execute };
}

const done = { ev: 'done', id: 'r1', status: 'ok', ms: 1 };

describe('frames', () => {
  test('any split of the bytes gives the same frames, and noise between them is kept apart', () => {
    const bytes = Buffer.from(
      '$ noise\r\n\u001e{"a":"žluť"}\nmore\u001e{"b":1}\n\u001e{"torn\u001e{"c":2}\n',
    );
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const frames: string[] = [];
        const reader = new FrameReader((line) => frames.push(line));
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        for (let i = 1; i < at.length; i += 1) reader.push(bytes.subarray(at[i - 1], at[i]));
        expect(frames).toEqual(['{"a":"žluť"}', '{"b":1}', '{"c":2}']);
        expect(reader.noise).toBe('$ noise\r\nmore');
      }),
    );
  });

  test('a frame over the limit is dropped, and the next one is read', () => {
    const frames: string[] = [];
    const reader = new FrameReader((line) => frames.push(line), 100);
    for (let i = 0; i < 50; i += 1)
      reader.push(Buffer.from(i === 0 ? `\u001e${'x'.repeat(50)}` : 'x'.repeat(50)));
    reader.push(Buffer.from('\n\u001eok\n'));
    expect(frames).toEqual(['ok']);
  });

  test('nothing that is not one of ours gets through', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (line) => {
        expect(parseFrame(line)).toBeNull();
      }),
    );
    for (const line of [
      '',
      '{',
      'null',
      '{"ev":"out"}',
      '{"ev":"done","id":1,"status":"ok","ms":1}',
      '{"ev":"nope"}',
    ]) {
      expect(parseFrame(line)).toBeNull();
    }
  });

  test('odd frames and unknown ids are ignored while an execution runs', async () => {
    const { pipe, execute, sink } = start();
    const running = execute();
    fc.assert(
      fc.property(
        fc.record({ ev: fc.constantFrom('out', 'rich', 'done', 'start', 'reply'), id: fc.string() }, {}),
        (frame) => {
          if (frame.id !== 'r1') pipe.frame(frame);
        },
      ),
    );
    pipe.frame({ ev: 'out', id: 'other', s: 'stdout', c: 1, text: 'x' });
    pipe.frame({ ...done, id: 'other' });
    pipe.raw(Buffer.from([0xff, 0xfe, 0x1e, 0xff, 0x0a]));
    pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 2, text: 'ok' });
    pipe.frame(done);
    expect((await running).state).toBe('succeeded');
    expect(sink.text()).toBe('ok');
  });

  test('a frame that is missing leaves a gap that is seen', async () => {
    const { pipe, execute, sink } = start();
    const running = execute();
    pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 1, text: 'a', q: 1 });
    pipe.raw('\u001e{"ev":"out","id":"r1","s":"stdout","c":1,"te\u0000damaged\n');
    pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 1, text: 'c', q: 3 });
    pipe.frame({ ...done, q: 4 });
    await running;
    expect(sink.events.map((event) => event.type)).toEqual(['text', 'gap', 'text']);
  });
});

describe('executions', () => {
  test('credit is given back only after the sink took the output', async () => {
    const { pipe, client } = start();
    let take: () => void = () => {};
    const taken: number[] = [];
    const slow = {
      write: (event: OutputEvent) => {
        if (event.type === 'text') taken.push(event.bytes.length);
        return new Promise<void>((resolve) => {
          take = resolve;
        });
      },
    };
    const running = client.execute({ language: 'python', code: '1' }, slow, never);
    for (let i = 0; i < 4; i += 1)
      pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 200_000, text: 'x'.repeat(200_000) });
    await until('the first arrives', () => taken.length === 1);
    expect(pipe.granted()).toBe(0);
    take();
    await until('the second arrives', () => taken.length === 2);
    expect(pipe.granted()).toBe(200_000);
    take();
    await until('the third arrives', () => taken.length === 3);
    expect(pipe.granted()).toBe(400_000);
    take();
    await until('the fourth arrives', () => taken.length === 4);
    pipe.frame(done);
    take();
    expect((await running).state).toBe('succeeded');
  });

  test('a runner that floods beyond its credit is cut off', async () => {
    const { pipe, client } = start();
    const stuck = { write: () => new Promise<void>(() => {}) };
    let reason = '';
    client.onExit((text) => {
      reason = text;
    });
    void client.execute({ language: 'python', code: '1' }, stuck, never);
    const flood = { ev: 'out', id: 'r1', s: 'stdout', c: 1_000_000, text: 'x'.repeat(1_000_000) };
    for (let i = 0; i < 40; i += 1) pipe.frame(flood);
    await until('it is cut off', () => reason !== '');
    expect(reason).toContain('broke the protocol');
    expect(pipe.closed).toBeGreaterThan(0);
  });

  test('nothing after the end is heard, and a second end changes nothing', async () => {
    const { pipe, execute, sink } = start();
    const running = execute();
    pipe.frame(done);
    pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 1, text: 'late' });
    pipe.frame({ ...done, status: 'error', error: { name: 'E', value: '', traceback: '' } });
    expect((await running).state).toBe('succeeded');
    expect(sink.events).toEqual([]);
  });

  test('the pipe ends in the middle: lost, with the output so far', async () => {
    const { pipe, execute, sink, client } = start();
    const running = execute();
    pipe.frame({ ev: 'out', id: 'r1', s: 'stdout', c: 3, text: 'abc' });
    pipe.end();
    expect(await running).toMatchObject({ state: 'lost', reason: 'The runner ended.' });
    expect(sink.text()).toBe('abc');
    expect((await execute()).state).toBe('lost');
    await expect(client.ping()).rejects.toMatchObject({ code: 'gone' });
  });

  test('a runner that does not answer a cancel is given up', async () => {
    const { pipe, execute } = start();
    const abort = new AbortController();
    const running = execute(abort.signal);
    abort.abort();
    expect(await running).toMatchObject({ state: 'lost', reason: 'The runner did not answer a cancel.' });
    expect(pipe.sent.map((message) => message.op)).toEqual(['run', 'interrupt']);
  });

  test('the ladder: interrupt with the grace, kill on force', async () => {
    const { pipe, client, sink } = start();
    const [abort, force] = [new AbortController(), new AbortController()];
    const running = client.execute(
      { language: 'shell', code: 'x', graceMs: 1500, forceSignal: force.signal },
      sink,
      abort.signal,
    );
    abort.abort();
    force.abort();
    expect(pipe.sent).toMatchObject([
      { op: 'exec', id: 'r1', command: 'x' },
      { op: 'interrupt', id: 'r1', grace: 1.5 },
      { op: 'kill', id: 'r1' },
    ]);
    pipe.frame({
      ev: 'done',
      id: 'r1',
      status: 'exit',
      code: null,
      signal: 'SIGKILL',
      cancelled: 'killed',
      ms: 5,
    });
    expect((await running).state).toBe('cancelled');
  });

  test('code that ended by itself before the cancel reached it has its own result', async () => {
    const { pipe, execute } = start();
    const abort = new AbortController();
    const running = execute(abort.signal, 10_000);
    abort.abort();
    pipe.frame(done);
    expect((await running).state).toBe('succeeded');
  });
});

describe('questions', () => {
  test('a reply of the wrong shape, a refusal, and none at all', async () => {
    const { pipe, client } = start();
    const metrics = client.metrics();
    pipe.frame({ ev: 'reply', req: 1, value: { cpuMs: 'many' } });
    await expect(metrics).rejects.toMatchObject({ code: 'protocol' });
    const missing = client.findMissing('x');
    pipe.frame({ ev: 'refused', req: 2, message: 'no' });
    await expect(missing).rejects.toMatchObject({ code: 'protocol', problem: { details: 'no' } });
    await expect(client.ping()).rejects.toMatchObject({ code: 'timeout' });
  });

  test('a refused execution is lost, not forgotten', async () => {
    const { pipe, execute } = start();
    const running = execute();
    pipe.frame({ ev: 'refused', id: 'r1', message: 'ValueError: x' });
    expect(await running).toMatchObject({ state: 'lost', reason: expect.stringContaining('ValueError: x') });
  });
});
