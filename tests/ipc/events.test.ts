/** Status and commands: coalesced pushes, snapshot first, revisions that never go back. */
import { expect, test } from 'vitest';
import { Publisher } from '../../src-main/ipc/publisher.ts';
import { WindowRegistry } from '../../src-main/ipc/window-registry.ts';
import { createEventsClient } from '../../src-preload/events-client.ts';
import { channelFor } from '../../src-shared/contract/names.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import { status } from '../unit/platform/support/statuses.ts';
import { createBridge } from './support/bridge.ts';
import { FakeIpcMain, FakePage, ownFrame } from './support/fake-ipc.ts';
import { ManualClock } from './support/manual-clock.ts';

/** A status source whose revision rises with each `change`. */
function source() {
  const emitter = new Emitter<Status>();
  const hub = {
    current: status(),
    onChange: emitter.event,
    change() {
      hub.current = { ...hub.current, revision: hub.current.revision + 1 };
      emitter.fire(hub.current);
    },
    emitter,
  };
  return hub;
}

function setUp(pageCount = 1) {
  const main = new FakeIpcMain();
  const windows = new WindowRegistry();
  const pages = Array.from({ length: pageCount }, (_, n) => new FakePage(main, { ...ownFrame, id: n + 1 }));
  for (const page of pages) windows.add(page);
  const clock = new ManualClock();
  clock.advance(1_000);
  const hub = source();
  const publisher = new Publisher({ status: hub, windows, clock, log: () => {} });
  const revisions = (page: FakePage | undefined): number[] =>
    (page?.sent ?? []).map(({ payload }) => (payload as Status).revision);
  return { main, windows, pages, clock, hub, publisher, revisions };
}

test('a change after a quiet time is pushed at once, a burst once per interval with the latest', () => {
  const { pages, clock, hub, revisions } = setUp(2);
  hub.change();
  for (let n = 0; n < 1_000; n += 1) {
    hub.change();
    clock.advance(1);
  }
  clock.advance(100);
  const seen = revisions(pages[0]);
  expect(seen[0]).toBe(2);
  expect(seen.at(-1)).toBe(1_002);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  // 1000 ms at one push per 33 ms, the first and the last one included.
  expect(seen.length).toBeLessThanOrEqual(1_000 / 33 + 2);
  expect(seen.length).toBeGreaterThan(20);
  expect(revisions(pages[1])).toEqual(seen);
});

test('one window that is going away does not keep the others from hearing', () => {
  const { pages, hub, revisions, clock } = setUp(3);
  const [first, second, third] = pages;
  if (first === undefined || second === undefined) throw new Error('no pages');
  first.destroyed = true;
  second.send = () => {
    throw new Error('Render frame was disposed');
  };
  hub.change();
  clock.advance(100);
  expect([revisions(first), revisions(third)]).toEqual([[], [2]]);
});

test('after dispose nothing is pushed, subscribed or waiting', () => {
  const { pages, clock, hub, publisher, revisions } = setUp();
  hub.change();
  hub.change();
  publisher.dispose();
  hub.change();
  clock.advance(1_000);
  expect(revisions(pages[0])).toEqual([2]);
  expect([hub.emitter.size, clock.pending, publisher.command({ command: 'run' })]).toEqual([0, 0, false]);
});

test('commands go to one window, and wait for a page that still loads', () => {
  const { pages, publisher } = setUp(2);
  const [first, second] = pages;
  expect(publisher.command({ command: 'run' })).toBe(true);
  expect(publisher.command({ command: 'settings' }, 2)).toBe(true);
  expect(publisher.command({ command: 'settings' }, 7)).toBe(false);
  expect([first?.sent, second?.sent]).toEqual([
    [{ channel: channelFor('command'), payload: { command: 'run' } }],
    [{ channel: channelFor('command'), payload: { command: 'settings' } }],
  ]);
  if (first === undefined) throw new Error('no page');
  first.loading = true;
  publisher.command({ command: 'cancel' });
  expect(first.sent.length).toBe(1);
  first.emit('did-finish-load');
  expect(first.sent[1]?.payload).toEqual({ command: 'cancel' });
});

test('onStatus delivers the snapshot, then pushes, and drops what is older than seen', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<Status>();
  const { api, page } = createBridge({ operations: { status: () => answer } });
  const seen: number[] = [];
  const stop = api.onStatus(({ revision }) => void seen.push(revision));
  const push = (revision: number): void => page.send(channelFor('status'), status({ revision }));
  push(5);
  push(4);
  push(5);
  // The snapshot was taken before the pushes, and arrives after them.
  resolve(status({ revision: 3 }));
  await api.settings.get({});
  push(6);
  expect(seen).toEqual([5, 6]);
  stop();
  stop();
  push(7);
  expect(seen).toEqual([5, 6]);
  expect(page.listenerCount(channelFor('status'))).toBe(0);
});

test('without any push the snapshot alone is delivered; not after unsubscribing', async () => {
  const { api } = createBridge({ operations: { status: () => status({ revision: 9 }) } });
  const seen: string[] = [];
  api.onStatus(({ revision }) => void seen.push(`a${revision}`));
  api.onStatus(({ revision }) => void seen.push(`b${revision}`))();
  await expect.poll(() => seen).toEqual(['a9']);
});

test('listeners share one IPC listener, do not disturb each other, and never see the IPC event', async () => {
  const main = new FakeIpcMain();
  const page = new FakePage(main);
  const { onCommand } = createEventsClient(page);
  const seen: unknown[][] = [];
  const listener = (...args: unknown[]): void => void seen.push(args);
  const stops = [onCommand(listener), onCommand(listener)];
  expect(page.listenerCount(channelFor('command'))).toBe(1);
  page.send(channelFor('command'), { command: 'run' });
  expect(seen).toEqual([[{ command: 'run' }], [{ command: 'run' }]]);
  stops[0]?.();
  page.send(channelFor('command'), { command: 'run' });
  expect(seen.length).toBe(3);
  stops[1]?.();
  expect(page.listenerCount(channelFor('command'))).toBe(0);
});

test('no answer from main is an envelope, too', async () => {
  const { api, registration } = createBridge();
  registration.dispose();
  expect(await api.status({})).toMatchObject({ ok: false, error: { code: 'unavailable', retryable: true } });
});
