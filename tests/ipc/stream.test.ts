/** Streams over real MessageChannels, with the preload's own client: credit, order, cancel, detach, exactly one end. */
import { expect, test } from 'vitest';
import type { StreamWriter } from '../../src-main/ipc/stream-server.ts';
import type { StreamHandle, StreamObserver } from '../../src-shared/contract/api.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { channelFor } from '../../src-shared/contract/names.ts';
import { creditWindowBytes, type StreamEnd } from '../../src-shared/contract/streams.ts';
import type { StoredOutput } from '../../src-shared/domain/execution.ts';
import { execution, uuid } from '../unit/platform/support/statuses.ts';
import { type Bridge, createBridge } from './support/bridge.ts';
import { asMainPort } from './support/fake-ipc.ts';
import { validStreamInputs } from './support/valid-inputs.ts';

const succeeded: StreamEnd<'execute'> = { state: 'succeeded', durationMs: 1 };

function text(seq: number, bytes: number): StoredOutput[] {
  return [{ seq, at: 0, event: { type: 'text', stream: 'stdout', bytes: new Uint8Array(bytes) } }];
}

/** A bridge whose `execute` only hands out its writer. */
async function opened(
  observer: Partial<StreamObserver<'execute'>> = {},
  options: Parameters<typeof createBridge>[0] = {},
): Promise<Bridge & { writer: StreamWriter<'execute'>; handle: StreamHandle<'execute'> }> {
  let writer: StreamWriter<'execute'> | undefined;
  const bridge = createBridge({
    streams: {
      execute: (_input, given) => {
        writer = given;
      },
    },
    ...options,
  });
  const handle = bridge.api.execute(validStreamInputs.execute, { onData: () => undefined, ...observer });
  if (writer === undefined) throw new Error('the handler did not run');
  return { ...bridge, writer, handle };
}

/** Resolves when the writer's listeners would have heard of the other side's closing. */
function closing(writer: StreamWriter<'execute'>): Promise<void> {
  return new Promise((resolve) => writer.onClosed(resolve));
}

test('open, data in order, one end', async () => {
  const seen: unknown[] = [];
  const { writer, handle, clock } = await opened({
    onOpen: (value) => void seen.push(['open', value.number]),
    onData: (items) => void seen.push(items[0]?.seq),
  });
  writer.open(execution(41));
  writer.open(execution(42));
  // Not awaited: order is the writer's business.
  for (let seq = 0; seq < 100; seq += 1) void writer.data(text(seq, 64_000), 64_000);
  writer.end(succeeded);
  writer.fail(new Error('too late'));
  void writer.data(text(1000, 1), 1);
  expect(await handle.done).toEqual({ ok: true, value: succeeded });
  expect(seen).toEqual([['open', 41], ...Array.from({ length: 100 }, (_, seq) => seq)]);
  await closing(writer);
  await expect.poll(() => clock.pending).toBe(0);
});

test('200 MB with a slow reader never get further ahead than the window', async () => {
  const chunk = 65_536;
  const chunks = (200 * 1_048_576) / chunk;
  let sent = 0;
  let shown = 0;
  let furthest = 0;
  const { writer, handle } = await opened({
    onData: async () => {
      // Shown a turn of the event loop later, as a renderer does it.
      await new Promise((resolve) => setImmediate(resolve));
      shown += chunk;
    },
  });
  writer.open(execution(1));
  const piece = text(0, chunk);
  for (let n = 0; n < chunks; n += 1) {
    await writer.data(piece, chunk);
    sent += chunk;
    furthest = Math.max(furthest, sent - shown);
  }
  writer.end(succeeded);
  expect(await handle.done).toEqual({ ok: true, value: succeeded });
  expect(sent).toBe(200 * 1_048_576);
  expect(furthest).toBeLessThanOrEqual(creditWindowBytes);
  // And the window is used: otherwise each frame would wait for the one before it.
  expect(furthest).toBeGreaterThan(creditWindowBytes / 2);
});

test('a reader that does not answer holds the producer back', async () => {
  const { promise: shown, resolve: show } = Promise.withResolvers<void>();
  const { writer, handle } = await opened({ onData: () => shown });
  await writer.data(text(0, 1), creditWindowBytes);
  let second = 'waits';
  const sending = writer.data(text(1, 1), 1).then(() => {
    second = 'sent';
  });
  writer.end(succeeded);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(second).toBe('waits');
  show();
  await sending;
  expect(await handle.done).toEqual({ ok: true, value: succeeded });
});

test('a frame bigger than the window goes alone instead of waiting for ever', async () => {
  const sizes: number[] = [];
  const { writer, handle } = await opened({ onData: (items) => void sizes.push(items[0]?.seq ?? -1) });
  await writer.data(text(0, 1), 10);
  await writer.data(text(1, 1), creditWindowBytes * 3);
  await writer.data(text(2, 1), 10);
  writer.end(succeeded);
  await handle.done;
  expect(sizes).toEqual([0, 1, 2]);
});

test('cancel reaches the handler, gently once and with force once; the end still comes', async () => {
  const { writer, handle } = await opened();
  const asked: boolean[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  writer.onCancel((force) => {
    asked.push(force);
    if (force) resolve();
  });
  for (const force of [false, false, true, true, false]) handle.cancel(force);
  await promise;
  const late: boolean[] = [];
  writer.onCancel((force) => late.push(force));
  writer.end({ state: 'cancelled', durationMs: 1 });
  expect(await handle.done).toMatchObject({ ok: true, value: { state: 'cancelled' } });
  expect([asked, late]).toEqual([[false, true], [true]]);
});

test('close detaches: nothing is cancelled, the writer goes quiet', async () => {
  const { writer, handle, clock } = await opened({ onData: () => new Promise(() => {}) });
  let cancelled = false;
  writer.onCancel(() => {
    cancelled = true;
  });
  await writer.data(text(0, 1), creditWindowBytes);
  const waiting = writer.data(text(1, 1), 1);
  handle.close();
  handle.close();
  handle.cancel(true);
  expect(await handle.done).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  await closing(writer);
  await waiting;
  await writer.data(text(2, 1), 1);
  writer.end(succeeded);
  expect([writer.closed, cancelled, clock.pending]).toEqual([true, false, 0]);
});

test('listeners that come late hear of the closing at once', async () => {
  const { writer, handle } = await opened();
  handle.close();
  await closing(writer);
  let told = 0;
  writer.onClosed(() => {
    told += 1;
  });
  expect(told).toBe(1);
});

test('what the handler throws fails the stream: an expected error as it is, a bug with an incident id', async () => {
  for (const [error, code] of [
    [new SpecboardError('gone', 'The sandbox is gone.'), 'gone'],
    [new TypeError('oops'), 'internal'],
  ] as const) {
    const { api, log } = createBridge({ streams: { execute: () => Promise.reject(error) } });
    const handle = api.execute(validStreamInputs.execute, { onData: () => undefined });
    const reply = await handle.done;
    expect(reply).toMatchObject({ ok: false, error: { code } });
    if (code === 'internal' && !reply.ok) {
      const incident = log.find(({ level }) => level === 'error')?.fields.incident;
      expect(reply.error.details).toContain(`Incident ${incident}`);
    }
  }
});

test('an operation that fails answers the same way', async () => {
  const { api, log } = createBridge({
    operations: {
      connect: () => {
        throw new SpecboardError('auth', 'The key was refused.', { hint: 'Enter another one.' });
      },
      status: () => Promise.reject(new RangeError('oops')),
    },
  });
  expect(await api.connect({ profileId: uuid(1) })).toEqual({
    ok: false,
    error: { code: 'auth', message: 'The key was refused.', hint: 'Enter another one.', retryable: false },
  });
  const reply = await api.status({});
  const incident = String(log.at(-1)?.fields.incident);
  expect(incident).toMatch(/^[0-9a-f]{8}$/);
  expect(reply).toMatchObject({ ok: false, error: { code: 'internal' } });
  expect(JSON.stringify(reply)).toContain(incident);
});

test('an observer that throws ends its stream with words; main is only detached', async () => {
  const { writer, handle } = await opened({
    onData: () => {
      throw new Error('render failed');
    },
  });
  void writer.data(text(0, 1), 1);
  expect(await handle.done).toMatchObject({
    ok: false,
    error: { code: 'internal', details: 'render failed' },
  });
  await closing(writer);
});

test('a port that closes without an end is said so', async () => {
  const { handle, registration } = await opened();
  registration.dispose();
  expect(await handle.done).toMatchObject({ ok: false, error: { code: 'unavailable' } });
});

test('input that cannot be sent fails the stream and the operation, with no message to main', async () => {
  const { api, ran } = createBridge();
  const input = { ...validStreamInputs.execute, code: (() => {}) as unknown as string };
  const handle = api.execute(input, { onData: () => undefined });
  expect(await handle.done).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  expect(await api.connect({ profileId: (() => {}) as unknown as string })).toMatchObject({
    ok: false,
    error: { code: 'invalid-request' },
  });
  expect(ran).toEqual([]);
});

const hostile: [string, unknown[]][] = [
  ['a frame of no kind', [{ type: 'data', value: 1 }]],
  ['no object', ['ack']],
  ['a negative ack', [{ type: 'ack', cost: -1 }]],
  ['a fractional ack', [{ type: 'ack', cost: 0.5 }]],
  ['an endless ack', [{ type: 'ack', cost: Number.POSITIVE_INFINITY }]],
  ['an ack of more than was sent', [{ type: 'ack', cost: 101 }]],
  [
    'acks that add up to more than was sent',
    [
      { type: 'ack', cost: 60 },
      { type: 'ack', cost: 60 },
    ],
  ],
  ['a cancel with more in it', [{ type: 'cancel', force: true, more: 1 }]],
  ['a cancel without force', [{ type: 'cancel' }]],
];

test.each(hostile)('%s closes the stream and cancels nothing', async (_what, frames) => {
  let writer: StreamWriter<'execute'> | undefined;
  let cancelled = false;
  const { main, page, log } = createBridge({
    streams: {
      execute: (_input, given) => {
        writer = given;
        given.onCancel(() => {
          cancelled = true;
        });
      },
    },
  });
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<void>((resolve) => port1.addEventListener('close', () => resolve()));
  port1.start();
  main.post(channelFor('execute'), { ...page.event, ports: [asMainPort(port2)] }, validStreamInputs.execute);
  await writer?.data(text(0, 1), 100);
  for (const frame of frames) port1.postMessage(frame);
  await closed;
  expect([writer?.closed, cancelled]).toEqual([true, false]);
  expect(log.at(-1)).toMatchObject({ level: 'warn', message: 'a stream was closed' });
});

test('a reader that never closes its port is closed after the grace', async () => {
  let writer: StreamWriter<'execute'> | undefined;
  const { main, page, clock } = createBridge({
    streams: {
      execute: (_input, given) => {
        writer = given;
      },
    },
  });
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<void>((resolve) => port1.addEventListener('close', () => resolve()));
  port1.start();
  main.post(channelFor('execute'), { ...page.event, ports: [asMainPort(port2)] }, validStreamInputs.execute);
  writer?.end(succeeded);
  expect(clock.pending).toBe(1);
  clock.advance(5_000);
  await closed;
  expect(clock.pending).toBe(0);
});

test('one window cannot open streams without end', async () => {
  const { api } = createBridge({ options: { maxStreamsPerWindow: 2 } });
  const open = () => api.metrics(validStreamInputs.metrics, { onData: () => undefined });
  const [first] = [open(), open()];
  expect(await open().done).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  first.close();
  await first.done;
  // The place is free once main has heard of the closing.
  await expect
    .poll(async () => {
      const handle = open();
      const refused = Promise.race([
        handle.done.then((reply) => !reply.ok && reply.error.code === 'unavailable'),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20)),
      ]);
      return refused;
    })
    .toBe(false);
});

test('in development, output that breaks the contract is an error of ours, not a surprise of the page', async () => {
  const { api } = createBridge({
    operations: { 'settings.get': () => ({ theme: 'pink' }) as never },
    streams: { execute: (_input, writer) => writer.open({ ...execution(1), number: 'one' as never }) },
    options: { checkOutputs: true },
  });
  expect(await api.settings.get({})).toMatchObject({ ok: false, error: { code: 'internal' } });
  const handle = api.execute(validStreamInputs.execute, { onData: () => undefined });
  expect(await handle.done).toMatchObject({ ok: false, error: { code: 'internal' } });
});
