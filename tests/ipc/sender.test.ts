/** Who may speak to main, and that nobody else causes anything. */
import { expect, test } from 'vitest';
import type { IpcEventLike } from '../../src-main/ipc/ipc-main-like.ts';
import { checkSender } from '../../src-main/ipc/sender-guard.ts';
import { WindowRegistry } from '../../src-main/ipc/window-registry.ts';
import { channelFor, operationNames, streamNames } from '../../src-shared/contract/names.ts';
import { createBridge } from './support/bridge.ts';
import { asMainPort, FakeIpcMain, FakePage, ownFrame } from './support/fake-ipc.ts';
import { validInputs, validStreamInputs } from './support/valid-inputs.ts';

const rules = { origins: ['specboard://app'], isWindow: (id: number) => id === 1 };
const sender = { id: 1 };
const own = { origin: 'specboard://app', parent: null };

const refused: [string, IpcEventLike, string][] = [
  ['a frame that is gone', { senderFrame: null, sender }, 'no-frame'],
  ['no frame at all', { sender } as unknown as IpcEventLike, 'no-frame'],
  ['a frame inside the page', { senderFrame: { ...own, parent: own }, sender }, 'subframe'],
  ['a frame with an odd parent', { senderFrame: { ...own, parent: undefined }, sender }, 'subframe'],
  ['another site', { senderFrame: { ...own, origin: 'https://example.com' }, sender }, 'origin'],
  [
    'an origin that begins like ours',
    { senderFrame: { ...own, origin: 'specboard://app.evil' }, sender },
    'origin',
  ],
  ['an origin with a path', { senderFrame: { ...own, origin: 'specboard://app/' }, sender }, 'origin'],
  ['another host of our scheme', { senderFrame: { ...own, origin: 'specboard://other' }, sender }, 'origin'],
  ['an opaque origin', { senderFrame: { ...own, origin: 'null' }, sender }, 'origin'],
  ['about:blank', { senderFrame: { ...own, origin: '' }, sender }, 'origin'],
  ['a window that is not ours', { senderFrame: own, sender: { id: 2 } }, 'window'],
  [
    'a frame that vanishes while it is looked at',
    {
      get senderFrame(): never {
        throw new Error('Render frame was disposed before WebFrameMain could be accessed');
      },
      sender,
    },
    'no-frame',
  ],
];

test('the main frame of a registered window on our origin may speak', () => {
  expect(checkSender({ senderFrame: own, sender }, rules)).toEqual({ ok: true, caller: { windowId: 1 } });
});

test.each(refused)('%s may not', (_what, event, refusal) => {
  expect(checkSender(event, rules)).toEqual({ ok: false, refusal });
});

test.each(refused)(
  '%s gets forbidden from every operation and stream, and nothing runs',
  async (_what, event) => {
    const { main, ran, clock } = createBridge();
    for (const name of operationNames) {
      expect(await main.invoke(channelFor(name), event, validInputs[name])).toEqual({
        ok: false,
        error: { code: 'forbidden', message: 'This window may not do that.', retryable: false },
      });
    }
    for (const name of streamNames) {
      const { port1, port2 } = new MessageChannel();
      const first = new Promise((resolve) => {
        port1.addEventListener('message', ({ data }) => resolve(data));
        port1.start();
      });
      // Spread would read a getter that throws.
      const withPort = Object.create(event, { ports: { value: [asMainPort(port2)] } });
      main.post(channelFor(name), withPort, validStreamInputs[name]);
      expect(await first).toMatchObject({ type: 'fail', error: { code: 'forbidden' } });
      port1.close();
    }
    expect(ran).toEqual([]);
    await expect.poll(() => clock.pending).toBe(0);
  },
);

test('a refused sender does not learn whether its message was well formed', async () => {
  const { main } = createBridge();
  const stranger = new FakePage(main, { ...ownFrame, id: 9 });
  expect(await stranger.invoke(channelFor('connect'), 'nonsense')).toEqual(
    await stranger.invoke(channelFor('connect'), validInputs.connect),
  );
});

test('a window is unknown after it was destroyed or taken out', () => {
  const main = new FakeIpcMain();
  const windows = new WindowRegistry();
  const [one, two] = [new FakePage(main), new FakePage(main, { ...ownFrame, id: 2 })];
  windows.add(one);
  const second = windows.add(two);
  expect(windows.all()).toEqual([one, two]);
  one.destroyed = true;
  one.emit('destroyed');
  expect([windows.has(1), windows.has(2)]).toEqual([false, true]);
  second.dispose();
  second.dispose();
  expect(windows.has(2)).toBe(false);
  expect(two.listenerCount('destroyed')).toBe(0);
});

test('a stream with no port or two ports is refused and its ports are closed', async () => {
  const { main, page, ran } = createBridge();
  const channels = [new MessageChannel(), new MessageChannel()];
  const closed = channels.map(
    ({ port1 }) => new Promise<void>((resolve) => port1.addEventListener('close', () => resolve())),
  );
  for (const { port1 } of channels) port1.start();
  const ports = channels.map(({ port2 }) => asMainPort(port2));
  main.post(channelFor('execute'), { ...page.event, ports }, validStreamInputs.execute);
  main.post(channelFor('execute'), { ...page.event, ports: [] }, validStreamInputs.execute);
  await Promise.all(closed);
  expect(ran).toEqual([]);
});
