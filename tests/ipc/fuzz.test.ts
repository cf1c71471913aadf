/** Malformed messages at every channel: each is answered with `invalid-request`, and no handler runs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelFor, operationNames, streamNames } from '../../src-shared/contract/names.ts';
import { operations } from '../../src-shared/contract/operations.ts';
import { streams } from '../../src-shared/contract/streams.ts';
import { createBridge } from './support/bridge.ts';
import { asMainPort, type FakeIpcMain, type FakePage } from './support/fake-ipc.ts';
import { validInputs, validStreamInputs } from './support/valid-inputs.ts';

const runsPerOperation = 200;
const runsPerStream = 150;

/** Anything a structured clone can carry. */
const anything = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
});

/** Argument lists that the schema does not take: noise, near misses of a valid input, and too few or too many arguments. */
function malformed(valid: object, accepts: (value: unknown) => boolean): fc.Arbitrary<unknown[]> {
  const keys = Object.keys(valid);
  const nearMisses = [
    fc
      .tuple(fc.string(), anything)
      .filter(([key]) => key !== '__proto__' && !keys.includes(key))
      .map(([key, value]) => ({ ...valid, [key]: value })),
    fc.constant([valid]),
    fc.constant(JSON.stringify(valid)),
    ...(keys.length === 0
      ? []
      : [
          fc.tuple(fc.constantFrom(...keys), anything).map(([key, value]) => ({ ...valid, [key]: value })),
          fc.constantFrom(...keys).map((gone) => {
            const entries = Object.entries(valid).filter(([key]) => key !== gone);
            return Object.fromEntries(entries);
          }),
        ]),
  ];
  const one = fc.oneof(anything, ...nearMisses).filter((value) => !accepts(value));
  return fc.oneof(
    { weight: 8, arbitrary: one.map((value) => [value]) },
    { weight: 1, arbitrary: fc.constant<unknown[]>([]) },
    { weight: 1, arbitrary: anything.map((extra) => [valid, extra]) },
  );
}

/** True when the schema takes it; a value that breaks the schema itself is not taken. */
function acceptedBy(schema: { safeParse: (value: unknown) => { success: boolean } }) {
  return (value: unknown): boolean => {
    try {
      return schema.safeParse(value).success;
    } catch {
      return false;
    }
  };
}

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

/** Small, but with 2 to the power of `levels` paths through it. */
function shared(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level += 1) value = { left: value, right: value };
  return value;
}

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

describe('operations', () => {
  for (const name of operationNames) {
    test(name, async () => {
      const { main, page, ran } = createBridge();
      const accepts = acceptedBy(operations[name].input);
      expect(accepts(validInputs[name])).toBe(true);
      await fc.assert(
        fc.asyncProperty(malformed(validInputs[name], accepts), async (args) => {
          const reply = await main.invoke(channelFor(name), page.event, ...args);
          expect(reply).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
        }),
        { numRuns: runsPerOperation },
      );
      expect(ran).toEqual([]);
    });
  }
});

/** Opens a stream with these arguments; gives the frames until the port closes. */
async function framesFor(
  main: FakeIpcMain,
  page: FakePage,
  name: string,
  args: unknown[],
): Promise<unknown[]> {
  const { port1, port2 } = new MessageChannel();
  const frames: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  port1.addEventListener('message', (event) => {
    frames.push(event.data);
    // As the preload does: the last frame closes the port.
    port1.close();
  });
  port1.addEventListener('close', () => resolve());
  port1.start();
  main.post(channelFor(name as 'execute'), { ...page.event, ports: [asMainPort(port2)] }, ...args);
  await promise;
  return frames;
}

describe('streams', () => {
  for (const name of streamNames) {
    test(name, async () => {
      const { main, page, ran, clock } = createBridge();
      const accepts = acceptedBy(streams[name].input);
      expect(accepts(validStreamInputs[name])).toBe(true);
      await fc.assert(
        fc.asyncProperty(malformed(validStreamInputs[name], accepts), async (args) => {
          const frames = await framesFor(main, page, name, args);
          expect(frames).toMatchObject([{ type: 'fail', error: { code: 'invalid-request' } }]);
        }),
        { numRuns: runsPerStream },
      );
      expect(ran).toEqual([]);
      // Every port was closed by its reader: no grace timer is left.
      await expect.poll(() => clock.pending).toBe(0);
    });
  }
});

test('what breaks a parser is refused like the rest', async () => {
  const { main, page, ran } = createBridge();
  const create = channelFor('profiles.create');
  const hostile = [cyclic(), nested(20_000), shared(40), { list: Array.from({ length: 200_000 }, () => 1) }];
  for (const settings of hostile) {
    const input = { name: 'a', driverType: 'local', settings };
    const reply = await main.invoke(create, page.event, input);
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  }
  const huge = { profileId: validInputs.connect.profileId, values: { apiKey: 'x'.repeat(50_000) } };
  expect(await main.invoke(channelFor('credentials.set'), page.event, huge)).toMatchObject({
    ok: false,
    error: { code: 'invalid-request' },
  });
  expect(ran).toEqual([]);
});

test('the answer and the log name the place, never the value', async () => {
  const { main, page, log } = createBridge();
  const input = {
    ...validInputs['credentials.set'],
    values: { apiKey: ['canary-value'] },
    more: 'canary-more',
  };
  const reply = await main.invoke(channelFor('credentials.set'), page.event, input);
  expect(JSON.stringify(reply)).toContain('input.values.apiKey');
  expect(JSON.stringify([reply, log])).not.toContain('canary');
});

test('a flood of refused messages does not flood the log', async () => {
  const { main, page, log, clock } = createBridge();
  for (let n = 0; n < 500; n += 1) await main.invoke(channelFor('connect'), page.event, n);
  expect(log.length).toBe(10);
  clock.advance(10_000);
  await main.invoke(channelFor('connect'), page.event, 0);
  expect(log.slice(10).map(({ fields }) => fields.count)).toEqual([490, undefined]);
});
