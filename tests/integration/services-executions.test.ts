/** Executions with a real database and drivers that misbehave: exactly one result each, whatever happens. */
import { afterEach, expect, test } from 'vitest';
import type { StoredOutput } from '../../src-shared/domain/execution.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { never, ScriptedDriver, ScriptedSession, untilAborted } from '../support/scripted-driver.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function setUp(clock?: FakeClock, dataFolder?: string) {
  const driver = new ScriptedDriver();
  const { core, close } = await openTestCore({
    registry: driver.registry(),
    ...(clock ? { clock } : {}),
    ...(dataFolder ? { dataFolder } : {}),
  });
  open.push(close);
  const session = await core.connect(core.profiles.default().id);
  const run = (code: string, more: { timeoutMs?: number; language?: 'python' | 'shell' } = {}) =>
    core.executions.run({ sessionId: session.id, language: 'python', code, ...more });
  return { driver, core, session, run };
}

const text = (value: string) => ({
  type: 'text' as const,
  stream: 'stdout' as const,
  bytes: Buffer.from(value),
});
const joined = (items: readonly StoredOutput[]) =>
  items
    .map(({ event }) => (event.type === 'text' ? Buffer.from(event.bytes).toString() : `<${event.type}>`))
    .join('');
const signal = new AbortController().signal;

test('output is stored before it is shown, numbered, and readable after a restart', async () => {
  const folder = temporaryFolder();
  open.push(folder.remove);
  const { core, driver, run } = await setUp(undefined, folder.path);
  driver.execute = async (_request, sink) => {
    for (let i = 0; i < 1000; i += 1) await sink.write(text(`${i}\n`));
    return { state: 'succeeded', durationMs: 1 };
  };
  const { execution, done } = run('x');
  const seen: StoredOutput[] = [];
  for await (const items of core.executions.follow(execution.id, 0, { patient: true, signal })) {
    const stored = core.db.executions.readOutput(execution.id, 0, 10_000_000).items;
    expect(stored.length).toBeGreaterThanOrEqual((items.at(-1)?.seq ?? 0) + 1);
    seen.push(...items);
  }
  await done;
  await core.dispose();
  const again = await openTestCore({ dataFolder: folder.path, registry: driver.registry() });
  open.push(again.close);
  const pages = await Array.fromAsync(
    again.core.executions.follow(execution.id, 0, { patient: true, signal }),
  );
  expect(joined(pages.flat())).toBe(Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''));
  expect(joined(seen)).toBe(joined(pages.flat()));
  expect(await again.core.executions.resultOf(execution.id)).toMatchObject({ state: 'succeeded' });
});

test('python cells of a session wait for one another, shell runs beside them, a queued cell can be cancelled', async () => {
  const { core, driver, run } = await setUp();
  const release: (() => void)[] = [];
  driver.execute = ({ code }) =>
    new Promise((resolve) =>
      release.push(() => resolve({ state: 'succeeded', durationMs: 1, reason: code })),
    );
  const first = run('one');
  const second = run('two');
  const third = run('three');
  const shell = run('ls', { language: 'shell' });
  await eventually(
    'two of them run',
    () => driver.calls.filter((call) => call.startsWith('execute')).length === 2,
  );
  expect(core.executions.get(second.execution.id).state).toBe('queued');
  core.executions.cancel(second.execution.id, { force: false });
  expect(await second.done).toMatchObject({ state: 'cancelled', reason: 'Cancelled before it started.' });
  for (const go of release.splice(0)) go();
  expect((await Promise.all([first.done, shell.done])).map(({ state }) => state)).toEqual([
    'succeeded',
    'succeeded',
  ]);
  await eventually('the third has its turn', () => release.length === 1);
  for (const go of release) go();
  expect((await third.done).state).toBe('succeeded');
  expect(driver.calls).not.toContain('execute two');
});

test('the deadline counts from the start and ends as timed out', async () => {
  const clock = new FakeClock();
  const { driver, run } = await setUp(clock);
  driver.execute = async (_request, _sink, stop) => {
    await untilAborted(stop);
    return { state: stop.reason.code === 'timeout' ? 'timed-out' : 'cancelled', durationMs: 5_000 };
  };
  const { done } = run('sleep', { timeoutMs: 5_000 });
  await eventually('it runs', () => driver.calls.includes('execute sleep'));
  await clock.advance(5_000);
  expect(await done).toMatchObject({ state: 'timed-out' });
});

test('a driver that ignores cancel and force does not leave an execution cancelling for ever', async () => {
  const clock = new FakeClock();
  const { core, driver, run } = await setUp(clock);
  driver.execute = () => never();
  const { execution, done } = run('stuck');
  await eventually('it runs', () => driver.calls.includes('execute stuck'));
  core.executions.cancel(execution.id, { force: false });
  expect(core.executions.get(execution.id).state).toBe('cancelling');
  await clock.advance(15_000);
  await clock.advance(15_000);
  expect(await done).toMatchObject({ state: 'lost', reason: expect.stringContaining('did not answer') });
  expect(core.executions.running()).toEqual([]);
});

test('a database that refuses output ends the execution, keeps what was stored, and says so', async () => {
  const { core, driver, run } = await setUp();
  const append = core.db.executions.append.bind(core.db.executions);
  driver.execute = async (_request, sink, stop) => {
    await sink.write(text('kept'));
    await eventually(
      'the first part is stored',
      () => core.db.executions.readOutput(run1.execution.id, 0, 100).items.length > 0,
    );
    core.db.executions.append = () => {
      throw new Error('disk full');
    };
    await sink.write(text('lost'));
    await untilAborted(stop);
    return { state: 'cancelled', durationMs: 1 };
  };
  const run1 = run('x');
  const result = await run1.done;
  core.db.executions.append = append;
  expect(result).toMatchObject({ state: 'lost', problem: { kept: 'Everything up to here is stored.' } });
  expect(joined(core.db.executions.readOutput(run1.execution.id, 0, 1_000).items)).toBe('kept');
});

test('what a crash left unfinished is marked at the next start, with a gap, and nothing stays running', async () => {
  const folder = temporaryFolder();
  open.push(folder.remove);
  const first = await setUp(undefined, folder.path);
  first.driver.execute = async (_request, sink) => {
    sink.write(text('before the crash'));
    return never();
  };
  const { execution } = first.run('x');
  await eventually(
    'output is stored',
    () => first.core.db.executions.readOutput(execution.id, 0, 100).items.length > 0,
  );
  // The process "dies": its row says a pid that does not run.
  first.core.db.close();
  open.length = 1;
  const driver = new ScriptedDriver();
  const { openDatabase } = await import('../../src-main/db/connection.ts');
  const { join } = await import('node:path');
  const db = await openDatabase({
    file: join(folder.path, 'specboard.db'),
    migrationsFolder: join(import.meta.dirname, '../../migrations'),
    now: Date.now,
  });
  for (const row of db.instances.list()) {
    db.instances.remove(row.id);
    db.instances.insert({ ...row, pid: 2 ** 22 + 1 });
  }
  db.close();
  const { core, close } = await openTestCore({ dataFolder: folder.path, registry: driver.registry() });
  open.push(close);
  expect(core.executions.get(execution.id)).toMatchObject({ state: 'lost', result: { state: 'lost' } });
  const pages = await Array.fromAsync(core.executions.follow(execution.id, 0, { patient: true, signal }));
  expect(joined(pages.flat())).toBe('before the crash<gap>');
  expect(core.db.sessions.get(first.session.id)).toMatchObject({
    status: 'error',
    reason: { text: 'SpecBoard ended unexpectedly' },
    metadata: { left: 'unknown' },
  });
  expect(core.reconciler.leftovers()).toHaveLength(1);
});

test('a session of another SpecBoard that still runs is left alone', async () => {
  const folder = temporaryFolder();
  open.push(folder.remove);
  const { core: first, session } = await setUp(undefined, folder.path);
  const { core: second, close } = await openTestCore({
    dataFolder: folder.path,
    registry: new ScriptedDriver().registry(),
  });
  open.push(close);
  expect(second.db.sessions.get(session.id)?.status).toBe('active');
  await expect(second.sessions.disconnect(session.id)).rejects.toThrow('another running SpecBoard');
  await first.sessions.disconnect(session.id);
  expect(second.db.sessions.get(session.id)?.status).toBe('disconnected');
});

test('output that comes after its execution has ended is kept: with the latest one, or with what runs', async () => {
  const { core, driver } = await setUp();
  let connection: ScriptedSession | undefined;
  driver.connect = async () => (connection = new ScriptedSession('box'));
  const session = await core.connect(core.profiles.default().id);
  const first = core.executions.run({ sessionId: session.id, language: 'python', code: 'thread' });
  await first.done;
  connection?.late(text('late'));
  expect(joined(core.db.executions.readOutput(first.execution.id, 0, 1_000).items)).toBe('late');
  expect(core.executions.get(first.execution.id)).toMatchObject({ outputCount: 1, state: 'succeeded' });
  driver.execute = async () => {
    connection?.late(text('meanwhile'));
    return { state: 'succeeded', durationMs: 1 };
  };
  const second = core.executions.run({ sessionId: session.id, language: 'python', code: 'x' });
  await second.done;
  expect(joined(core.db.executions.readOutput(second.execution.id, 0, 1_000).items)).toBe('meanwhile');
});

test('a number is not given twice in a session, also where the run that had it was deleted', async () => {
  const { core, session, run } = await setUp();
  for (const expected of [1, 2]) {
    const { execution, done } = run('x');
    expect(execution.number).toBe(expected);
    await done;
  }
  await core.history.remove({ sessionId: session.id });
  expect(core.db.executions.list({ sessionId: session.id })).toEqual([]);
  expect(run('y').execution.number).toBe(3);
});
