/** Sessions with a real database and drivers that misbehave: every transition has a deadline, a cancel and a reason. */
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { never, problem, ScriptedDriver, ScriptedSession, untilAborted } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function setUp(clock?: FakeClock) {
  const driver = new ScriptedDriver();
  const { core, close } = await openTestCore({ registry: driver.registry(), ...(clock ? { clock } : {}) });
  open.push(close);
  return { driver, core, profileId: core.profiles.default().id };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fulfilled',
    (error) => toProblem(error).code,
  );
const statusOf = (core: Core, id: string) => core.hub.current.sessions.find((session) => session.id === id);

test('a fresh start has one profile, "This computer", which is default', async () => {
  const { core } = await setUp();
  expect(core.profiles.list()).toMatchObject([
    { name: 'This computer', driverType: 'local', isDefault: true },
  ]);
});

test('connect, run, disconnect: the status follows with a rising revision, and the database has it all', async () => {
  const { core, profileId } = await setUp();
  const seen: string[] = [];
  let revision = core.hub.current.revision;
  core.hub.onChange((status) => {
    expect(status.revision).toBe(revision + 1);
    revision = status.revision;
    const state = status.sessions[0]?.status;
    if (state && seen.at(-1) !== state) seen.push(state);
  });
  const session = await core.connect(profileId);
  expect(
    await core.executions.run({ sessionId: session.id, language: 'python', code: '1' }).done,
  ).toMatchObject({
    state: 'succeeded',
  });
  await core.sessions.disconnect(session.id);
  expect(seen).toEqual(['connecting', 'active', 'disconnected']);
  expect(core.db.sessions.get(session.id)).toMatchObject({
    status: 'disconnected',
    reason: { text: 'Ended by you' },
  });
});

test('a connect that hangs ends at its deadline, with the reason, and a sandbox that comes late is ended', async () => {
  const clock = new FakeClock();
  const { core, driver, profileId } = await setUp(clock);
  let arrive = (_session: ScriptedSession): void => {};
  driver.connect = () => new Promise((resolve) => (arrive = resolve));
  const connecting = codeOf(core.connect(profileId));
  await eventually('the driver was asked', () => driver.calls.includes('connect'));
  await clock.advance(120_000);
  await clock.advance(10_000);
  expect(await connecting).toBe('timeout');
  expect(core.hub.current.sessions[0]).toMatchObject({
    status: 'error',
    reason: { problem: { code: 'timeout' } },
  });
  arrive(new ScriptedSession('late'));
  await eventually('the late sandbox was ended', () => driver.calls.includes('disconnect end'));
});

test('connecting can be cancelled by disconnecting, at once and with a driver that does not listen', async () => {
  const clock = new FakeClock();
  const { core, driver, profileId } = await setUp(clock);
  driver.connect = () => never();
  const { sessionId, connected } = core.sessions.begin(profileId);
  await eventually('the driver was asked', () => driver.calls.includes('connect'));
  const ended = core.sessions.disconnect(sessionId);
  await clock.advance(10_000);
  expect((await ended).status).toBe('disconnected');
  expect(await codeOf(connected)).toBe('cancelled');
});

test('disconnect is legal in every state and idempotent', async () => {
  const { core, driver, profileId } = await setUp();
  const session = await core.connect(profileId);
  const [first, second] = await Promise.all([
    core.sessions.disconnect(session.id),
    core.sessions.disconnect(session.id),
  ]);
  expect(first).toEqual(second);
  expect(await core.sessions.disconnect(session.id)).toMatchObject({ status: 'disconnected' });
  expect(driver.calls.filter((call) => call.startsWith('disconnect'))).toEqual(['disconnect end']);
  driver.connect = async () => {
    throw problem('auth', 'The key was refused.');
  };
  expect(await codeOf(core.connect(profileId))).toBe('auth');
  const failed = core.hub.current.sessions.find((candidate) => candidate.status === 'error');
  expect(await core.sessions.disconnect(failed?.id ?? '')).toMatchObject({ status: 'error' });
});

test('a disconnect that the vendor never confirms ends at its deadline and says that the sandbox may still run', async () => {
  const clock = new FakeClock();
  const { core, driver, profileId } = await setUp(clock);
  const session = await core.connect(profileId);
  driver.disconnect = () => never();
  const ended = core.sessions.disconnect(session.id);
  await eventually('the driver was asked', () => driver.calls.includes('disconnect end'));
  await clock.advance(30_000);
  await clock.advance(10_000);
  expect(await ended).toMatchObject({ status: 'error', metadata: { left: 'unknown' } });
  expect(core.reconciler.leftovers().map(({ id }) => id)).toEqual([session.id]);
  await core.reconciler.endLeftover(core.reconciler.leftovers()[0] ?? session);
  expect(driver.calls).toContain(`endRemote box-${session.id}`);
  expect(core.reconciler.leftovers()).toEqual([]);
});

test('a session that is lost says why, ends what runs in it, and is told to whoever listens', async () => {
  const { core, driver, profileId } = await setUp();
  let connection: ScriptedSession | undefined;
  driver.connect = async () => (connection = new ScriptedSession('box'));
  driver.execute = async (_request, _sink, signal) => {
    await untilAborted(signal);
    throw problem('gone', 'gone');
  };
  const session = await core.connect(profileId);
  const lost: string[] = [];
  core.sessions.onLost(({ id }) => lost.push(id));
  const run = core.executions.run({ sessionId: session.id, language: 'python', code: 'x' });
  await eventually('it runs', () => driver.calls.includes('execute x'));
  connection?.lost.fire(problem('gone', 'The sandbox reached its end time.'));
  expect(await run.done).toMatchObject({ state: 'lost', reason: 'The sandbox reached its end time.' });
  expect(statusOf(core, session.id)).toMatchObject({
    status: 'error',
    reason: { text: 'The sandbox reached its end time.' },
  });
  expect(lost).toEqual([session.id]);
  expect(() => core.executions.run({ sessionId: session.id, language: 'python', code: 'x' })).toThrow(
    'has ended',
  );
});

test('a sandbox that was lost but not its files is kept for the person to decide; what is gone is cleaned up', async () => {
  const { core, driver, profileId } = await setUp();
  let connection: ScriptedSession | undefined;
  driver.connect = async () => (connection = new ScriptedSession('box'));
  Object.assign(await core.registry.get('local'), { attach: async () => new ScriptedSession('box') });
  const lose = async (code: 'unreachable' | 'gone') => {
    const session = await core.connect(profileId);
    driver.calls = [];
    connection?.lost.fire(problem(code, 'Lost.'));
    await eventually('it is let go of', () => driver.calls.some((call) => call.startsWith('disconnect')));
    return { session, calls: driver.calls };
  };
  const { session, calls } = await lose('unreachable');
  expect(calls).toEqual(['disconnect leave']);
  expect(core.reconciler.leftovers().map(({ id }) => id)).toEqual([session.id]);
  const again = await core.sessions.reattach(session.id);
  expect(again).toMatchObject({ status: 'active', metadata: { sandboxId: 'box' } });
  await core.sessions.disconnect(again.id, { keep: 'end' });
  expect((await lose('gone')).calls).toEqual(['disconnect end']);
  expect(core.reconciler.leftovers()).toEqual([]);
});

test('deleting a profile ends its sessions, removes its secrets and keeps its history', async () => {
  const { core, profileId } = await setUp();
  const other = core.profiles.create({ name: 'Second', driverType: 'local', settings: {} });
  await core.profiles.setCredentials(other.id, { apiKey: 'canary-3f9a' }, { sessionOnly: false });
  const session = await core.connect(other.id);
  const { execution, done } = core.executions.run({ sessionId: session.id, language: 'python', code: '42' });
  await done;
  await core.profiles.remove(other.id);
  expect(statusOf(core, session.id)?.status).toBe('disconnected');
  expect(await core.secretStore.get(`local/${other.id}/apiKey`, { interactive: false })).toEqual({
    state: 'absent',
  });
  expect(core.db.secrets.list(other.id)).toEqual([]);
  expect(core.executions.get(execution.id).code).toBe('42');
  expect(core.profiles.list().map(({ id }) => id)).toEqual([profileId]);
  expect(await codeOf(core.profiles.remove(profileId))).toBe('conflict');
});

test('settings are checked by the schema, with a message at the field; a name is unique and visible', async () => {
  const { core } = await setUp();
  const create = (name: string, settings: Record<string, string>) => () =>
    core.profiles.create({ name, driverType: 'local', settings });
  const problemOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return toProblem(error);
    }
    return undefined;
  };
  expect(problemOf(create('A', { packages: 'sometimes' }))).toMatchObject({
    code: 'invalid',
    fields: { packages: expect.any(String) },
  });
  expect(problemOf(create('A', { colour: 'red' }))?.message).toContain('Unknown setting: colour');
  expect(problemOf(create('this COMPUTER', {}))).toMatchObject({
    fields: { name: expect.stringContaining('already') },
  });
  expect(problemOf(create('  ', {}))).toMatchObject({ fields: { name: 'Enter a name.' } });
  expect(problemOf(create('evil\u202ename', {}))).toMatchObject({ fields: { name: expect.any(String) } });
});

test('exactly one profile is default, whatever is created, defaulted, duplicated and deleted', async () => {
  const { core } = await setUp();
  const defaults = () =>
    core.profiles
      .list()
      .filter((profile) => profile.isDefault)
      .map(({ name }) => name);
  const a = core.profiles.create({ name: 'A', driverType: 'local', settings: {}, isDefault: true });
  expect(defaults()).toEqual(['A']);
  const copy = await core.profiles.duplicate(a.id);
  expect(copy.name).toBe('A copy');
  expect(defaults()).toEqual(['A']);
  core.profiles.setDefault(copy.id);
  expect(defaults()).toEqual(['A copy']);
  await core.profiles.remove(copy.id);
  expect(defaults()).toHaveLength(1);
});
