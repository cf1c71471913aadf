/** Contract, preload and handlers name the same operations, streams and events. */
import { expect, test } from 'vitest';
import { events } from '../../src-shared/contract/events.ts';
import { channelFor, eventNames, operationNames, streamNames } from '../../src-shared/contract/names.ts';
import { operations } from '../../src-shared/contract/operations.ts';
import { streams } from '../../src-shared/contract/streams.ts';
import { createBridge } from './support/bridge.ts';
import { validInputs, validStreamInputs } from './support/valid-inputs.ts';

/** The functions of an API object: `profiles.create` for a member of a group. */
function methodsOf(api: object): string[] {
  return Object.entries(api).flatMap(([key, value]) => {
    if (typeof value === 'function') return [key];
    return key === 'runtime' ? [] : Object.keys(value as object).map((member) => `${key}.${member}`);
  });
}

/** Calls `profiles.create` of an API object. */
function call(api: object, name: string, ...args: unknown[]): unknown {
  const owner = name.split('.').slice(0, -1)[0];
  const target = (owner === undefined ? api : (api as Record<string, object>)[owner]) as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const method = target[name.split('.').at(-1) ?? ''];
  if (method === undefined) throw new Error(`no ${name}`);
  return method(...args);
}

test('the names are the keys of the contract', () => {
  expect([...operationNames].sort()).toEqual(Object.keys(operations).sort());
  expect([...streamNames]).toEqual(Object.keys(streams));
  expect([...eventNames]).toEqual(Object.keys(events));
  for (const name of operationNames) expect(channelFor(name)).toBe(`specboard:${name}`);
});

test('the preload exposes exactly the contract', () => {
  const { api } = createBridge();
  expect(methodsOf(api).sort()).toEqual([...operationNames, ...streamNames, 'onStatus', 'onCommand'].sort());
});

test('main listens on exactly the channels of the contract, and disposing leaves none', () => {
  const { main, registration } = createBridge();
  expect([...main.handlers.keys()].sort()).toEqual(operationNames.map(channelFor).sort());
  expect([...main.listeners.keys()].sort()).toEqual(streamNames.map(channelFor).sort());
  registration.dispose();
  registration.dispose();
  expect(main.handlers.size + main.listeners.size).toBe(0);
});

test('each operation reaches its own handler with its input, and its answer comes back', async () => {
  for (const name of operationNames) {
    const seen: unknown[] = [];
    const handler = (input: unknown, caller: unknown) => {
      seen.push(input, caller);
      return { answer: name };
    };
    const { api, ran } = createBridge({ operations: { [name]: handler } });
    expect(await call(api, name, validInputs[name])).toEqual({ ok: true, value: { answer: name } });
    expect(ran).toEqual([name]);
    expect(seen).toEqual([validInputs[name], { windowId: 1 }]);
  }
});

test('each stream reaches its own handler', async () => {
  for (const name of streamNames) {
    const { api, ran } = createBridge({
      streams: { [name]: (_input: unknown, writer: { end: (value: unknown) => void }) => writer.end(null) },
    });
    const handle = call(api, name, validStreamInputs[name], { onData: () => {} }) as {
      done: Promise<unknown>;
    };
    expect(await handle.done).toEqual({ ok: true, value: null });
    expect(ran).toEqual([name]);
  }
});
