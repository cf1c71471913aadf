/**
 * A key that comes over the bridge never goes back: the real handlers over a real core, real MessageChannels, and a window
 * that notes every reply, every pushed status and everything that streams.
 */
import { expect, onTestFinished, test } from 'vitest';
import { createOperationHandlers } from '../../src-main/app/operation-handlers.ts';
import { createStreamHandlers } from '../../src-main/app/stream-handlers.ts';
import { Publisher } from '../../src-main/ipc/publisher.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import { createBridge } from '../ipc/support/bridge.ts';
import { canaryOf, scanForCanary } from '../setup/canary.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { SecretSearch } from '../support/secret-search.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

const secret = canaryOf(process.env);

async function setUp() {
  const server = await startE2bServer();
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const search = new SecretSearch(secret);
  const { core, close } = await openTestCore({ dataFolder: folder.path });
  onTestFinished(close);
  const { api, page, windows, log, registration } = createBridge({
    operations: createOperationHandlers(core, {
      openExternal: async () => {},
      chooseFolder: async () => null,
      chooseSaveFile: async () => null,
      chooseOpenFile: async () => null,
      openFolder: async () => {},
      unsaved: () => {},
      showing: () => {},
      openLogs: async () => {},
      versions: {},
    }),
    streams: createStreamHandlers(core, () => ({
      saveFile: async () => null,
      chooseFolder: async () => null,
      askClash: async () => 'cancel',
    })),
    options: { clock: systemClock, checkOutputs: true },
  });
  const publisher = new Publisher({ status: core.hub, windows, clock: systemClock, log: () => {} });
  onTestFinished(() => {
    publisher.dispose();
    registration.dispose();
  });
  let pushes = 0;
  onTestFinished(
    api.onStatus((status) => {
      pushes += 1;
      search.note('pushed status', status);
    }),
  );
  /** The value of a reply that must be there, or the problem of one that must not. */
  const value = async <T>(
    name: string,
    reply: Promise<{ ok: true; value: T } | { ok: false; error: unknown }>,
  ) => {
    const answer = search.note(`reply of ${name}`, await reply);
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
    return answer.value;
  };
  const problem = async (name: string, reply: Promise<{ ok: boolean; error?: unknown }>) => {
    const answer = search.note(`reply of ${name}`, await reply);
    expect(answer.ok, name).toBe(false);
    return answer.error as { code: string };
  };
  const run = async (sessionId: string, code: string) => {
    const stream = api.execute(
      { sessionId, language: 'python', code },
      { onData: (items) => void search.note('stream', items) },
    );
    return search.note('end of a stream', await stream.done);
  };
  const expectNowhere = async () => {
    search.note('everything sent to the page', page.sent);
    search.note('log of the bridge', log);
    await close();
    expect(pushes).toBeGreaterThan(5);
    expect(search.places).toEqual([]);
    expect(scanForCanary([folder.path], secret)).toEqual([]);
  };
  return { server, api, value, problem, run, expectNowhere };
}

test('set, connect, run, fail, clear, remove: no reply, push or stream holds the key', async () => {
  const { server, api, value, problem, run, expectNowhere } = await setUp();
  const drivers = await value('drivers.list', api.drivers.list({}));
  const e2b = drivers.find(({ type }) => type === 'e2b');
  const settings = { ...e2b?.defaults, apiUrl: server.url, sandboxUrl: server.url };
  const { id: profileId } = await value(
    'profiles.create',
    api.profiles.create({ name: 'Cloud', driverType: 'e2b', settings }),
  );
  const keyed = await value(
    'credentials.set',
    api.credentials.set({ profileId, values: { apiKey: secret }, sessionOnly: false }),
  );
  expect(keyed.credentials).toMatchObject([{ field: 'apiKey', state: 'stored' }]);
  await value('profiles.test', api.profiles.test({ profileId }));
  const session = await value('connect', api.connect({ profileId }));
  expect(await run(session.id, 'print("hello"); 6*7')).toMatchObject({ ok: true });
  expect(await run(session.id, 'import os; raise ValueError(dict(os.environ))')).toMatchObject({ ok: true });
  const found = await value('sandboxes.list', api.sandboxes.list({ profileId }));
  expect(found).toMatchObject([{ owner: 'here', inUse: true }]);
  const about = { driverType: 'e2b', profileId, settings, key: 'template' } as const;
  await value('profiles.suggest', api.profiles.suggest(about));
  server.kill(String(session.metadata.sandboxId));
  await run(session.id, '1');
  await value('disconnect', api.disconnect({ sessionId: session.id }));

  for (const status of [401, 429, 500]) {
    const undo = server.faults.add({
      match: { plane: 'control' },
      effect: {
        kind: 'reply',
        status,
        message: `bad key ${secret} (${Buffer.from(secret).toString('base64')})`,
      },
      times: Number.POSITIVE_INFINITY,
    });
    await problem(`connect ${status}`, api.connect({ profileId }));
    await value(`profiles.test ${status}`, api.profiles.test({ profileId }));
    await problem(`sandboxes.list ${status}`, api.sandboxes.list({ profileId }));
    await problem(`sandboxes.attach ${status}`, api.sandboxes.attach({ profileId, sandboxId: 'box' }));
    await problem(`sandboxes.end ${status}`, api.sandboxes.end({ profileId, sandboxId: 'box' }));
    undo();
  }
  // Messages that are refused, with the key where it does not belong.
  const bad = { profileId, values: { [secret]: secret }, sessionOnly: false };
  expect((await problem('unknown field', api.credentials.set(bad))).code).toBe('invalid');
  const odd = { profileId, values: { apiKey: secret }, [secret]: secret } as never;
  expect((await problem('odd message', api.credentials.set(odd))).code).toBe('invalid-request');
  const missing = { profileId: secret, values: { apiKey: secret } };
  expect((await problem('no such profile', api.credentials.set(missing))).code).toBe('invalid-request');

  const copy = await value('profiles.duplicate', api.profiles.duplicate({ profileId }));
  await value('credentials.clear', api.credentials.clear({ profileId }));
  await problem('connect without a key', api.connect({ profileId }));
  await value('credentials.refresh', api.credentials.refresh({}));
  await value('sessions.list', api.sessions.list({}));
  for (const { id: executionId } of await value('executions.list', api.executions.list({}))) {
    await value('executions.get', api.executions.get({ executionId }));
    await value('executions.output', api.executions.output({ executionId, fromSeq: 0, maxBytes: 1_000_000 }));
  }
  await value('profiles.remove', api.profiles.remove({ profileId: copy.id }));
  await value('profiles.remove', api.profiles.remove({ profileId }));
  const status = await eventually('the status follows', async () => {
    const now = await value('status', api.status({}));
    return now.profiles.length === 1 && now;
  });
  expect(status.profiles.map(({ name }) => name)).toEqual(['This computer']);
  await expectNowhere();
});
