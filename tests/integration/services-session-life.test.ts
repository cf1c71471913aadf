/**
 * The life of a session through the services: more time, pause, a fresh Python, links that break (scripted, and a real keeper
 * over a line that is cut), a computer that slept, and what is said when it is over.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { SessionEvents } from '../../src-main/drivers/base-driver.ts';
import type { Driver, DriverSession } from '../../src-main/drivers/driver.ts';
import type { KeptRunner } from '../../src-main/runner/kept-runner.ts';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';
import type { LinkChange, Session } from '../../src-shared/domain/session.ts';
import { sessionView } from '../../src-shared/domain/session-view.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import { KeeperHost } from '../support/keeper-host.ts';
import { problem, ScriptedDriver, ScriptedSession, untilAborted } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A session whose link a test breaks. */
class LinkedSession extends ScriptedSession {
  readonly links = new Emitter<LinkChange>();
  readonly onLink = this.links.event;
  isAsleep = false;
  /** What a look finds. */
  look: () => Promise<LinkChange> = async () => ({ state: 'live' });
  looks = 0;

  checkLink(): Promise<LinkChange> {
    this.looks += 1;
    return this.look();
  }
}

async function setUp(capabilities: Partial<Capabilities> = {}, more: Partial<Driver> = {}) {
  const driver = new ScriptedDriver();
  driver.manifest = { capabilities };
  driver.more = more;
  let connection = new LinkedSession('box');
  driver.connect = async (request) => {
    connection = new LinkedSession(`box-${request.sessionId}`);
    return connection;
  };
  const { core, close } = await openTestCore({ registry: driver.registry() });
  open.push(close);
  const session = await core.connect(core.profiles.default().id);
  return { driver, core, session, connection: () => connection };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fulfilled',
    (error) => toProblem(error).code,
  );
const now = (core: Core, id: string): Session => {
  const found = core.hub.current.sessions.find((one) => one.id === id);
  if (!found) throw new Error('It is not shown.');
  return found;
};
const run = (core: Core, sessionId: string, code: string) =>
  core.executions.run({ sessionId, language: 'python', code });

describe('more of a session', () => {
  test('time: the driver’s new end is the session’s; what it cannot is unsupported', async () => {
    const asked: number[] = [];
    const extend: NonNullable<Driver['extend']> = async (_session, ms) => {
      asked.push(ms);
      return 99;
    };
    const { core, session } = await setUp({ extend: true }, { extend });
    expect(await core.sessions.extend(session.id, 60_000)).toMatchObject({ endsAt: 99 });
    expect(asked).toEqual([60_000]);
    expect(now(core, session.id).endsAt).toBe(99);
    const other = await setUp();
    expect(await codeOf(other.core.sessions.extend(other.session.id, 1))).toBe('unsupported');
    await core.sessions.disconnect(session.id);
    expect(await codeOf(core.sessions.extend(session.id, 1))).toBe('gone');
  });

  test('sleep: the sandbox is left asleep, the session says how it can come back, and nothing wakes it up', async () => {
    const { core, driver, session } = await setUp({ pause: true, keep: ['end', 'pause', 'leave'] });
    expect(await core.sessions.pause(session.id)).toMatchObject({
      status: 'disconnected',
      metadata: { left: 'pause' },
    });
    expect(driver.calls).toContain('disconnect pause');
    expect(sessionView(now(core, session.id), core.hub.current, 0).kind).toBe('paused');
    expect(driver.calls.filter((call) => call === 'connect')).toHaveLength(1);
    const other = await setUp({ keep: ['end', 'pause'] });
    expect(await codeOf(other.core.sessions.pause(other.session.id))).toBe('unsupported');
    expect(now(other.core, other.session.id).status).toBe('active');
  });

  test('a fresh Python, where there is one', async () => {
    let resets = 0;
    const resetKernel: NonNullable<Driver['resetKernel']> = async () => {
      resets += 1;
    };
    const { core, session } = await setUp({}, { resetKernel });
    await core.sessions.restartKernel(session.id);
    expect(resets).toBe(1);
    const other = await setUp();
    expect(await codeOf(other.core.sessions.restartKernel(other.session.id))).toBe('unsupported');
  });
});

describe('a link', () => {
  test('that breaks is shown with its tries; what is asked meanwhile waits in order, can be cancelled, and runs when it is back', async () => {
    const { core, driver, session, connection } = await setUp();
    const at = Date.now();
    connection().links.fire({ state: 'retrying', attempt: 1, nextAt: at + 5000 });
    expect(now(core, session.id).link).toMatchObject({ state: 'retrying', attempt: 1, nextAt: at + 5000 });
    expect(sessionView(now(core, session.id), core.hub.current, at).kind).toBe('reconnecting');
    const first = run(core, session.id, 'first');
    const second = run(core, session.id, 'second');
    const shell = core.executions.run({ sessionId: session.id, language: 'shell', code: 'third' });
    expect(core.executions.running().map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
    core.executions.cancel(second.execution.id, { force: false });
    expect(await second.done).toMatchObject({ state: 'cancelled', reason: 'Cancelled before it started.' });
    expect(driver.calls).toEqual(['connect']);
    connection().links.fire({ state: 'live' });
    expect(await first.done).toMatchObject({ state: 'succeeded' });
    expect(await shell.done).toMatchObject({ state: 'succeeded' });
    expect(driver.calls.filter((call) => call.startsWith('execute')).sort()).toEqual([
      'execute first',
      'execute third',
    ]);
    expect(now(core, session.id).link.state).toBe('live');
  });

  test('that is tried on a word is tried once for all who ask, and says what came of it', async () => {
    const { core, session, connection } = await setUp();
    const found = Promise.withResolvers<LinkChange>();
    connection().look = () => found.promise;
    connection().links.fire({ state: 'retrying', attempt: 3, nextAt: Date.now() + 60_000 });
    const asked = [core.sessions.reconnectNow(session.id), core.sessions.reconnectNow(session.id)];
    found.resolve({ state: 'live' });
    for (const one of await Promise.all(asked)) expect(one.link.state).toBe('live');
    expect(connection().looks).toBe(1);
    expect(await codeOf(core.sessions.reconnectNow('00000000-0000-4000-8000-000000000009'))).toBe(
      'not-found',
    );
  });

  test('after the computer slept counts as broken until it was looked at: nothing is sent before', async () => {
    const { core, driver, session, connection } = await setUp();
    const found = Promise.withResolvers<LinkChange>();
    connection().look = () => found.promise;
    const checking = core.sessions.checkLinks();
    expect(sessionView(now(core, session.id), core.hub.current, 0).word).toBe('Checking the link');
    const asked = run(core, session.id, 'after sleep');
    await Promise.resolve();
    expect(driver.calls).toEqual(['connect']);
    found.resolve({ state: 'live' });
    await checking;
    expect(await asked.done).toMatchObject({ state: 'succeeded' });
    // A driver without a link has nothing that could have broken.
    driver.connect = async () => new ScriptedSession('plain');
    const plain = await core.connect(core.profiles.default().id);
    void core.sessions.checkLinks();
    expect(now(core, plain.id).link.state).toBe('live');
  });

  test('that never comes back: what waits for it ends with the session, and says so', async () => {
    const { core, session, connection } = await setUp();
    connection().links.fire({ state: 'retrying', attempt: 1, nextAt: null });
    const waits = run(core, session.id, 'x');
    connection().lost.fire(problem('unreachable', 'The sandbox could not be reached for 60 seconds.'));
    expect(await waits.done).toMatchObject({ reason: 'The sandbox could not be reached for 60 seconds.' });
    expect(core.executions.running()).toEqual([]);
  });
});

describe('the end', () => {
  test('of a sandbox that somebody put to sleep is a pause, with its last readings', async () => {
    const metrics: NonNullable<Driver['metrics']> = async () => ({
      ...{
        at: 5,
        cpuPercent: 12,
        cpuCount: 1,
        memoryUsed: 10,
        memoryTotal: 20,
        diskUsed: null,
        diskTotal: null,
      },
      ...{ processes: null, networkReceived: null, networkSent: null },
    });
    const { core, session, connection } = await setUp(
      { metrics: true, keep: ['end', 'pause', 'leave'] },
      { metrics, attach: async () => new ScriptedSession('again') },
    );
    const looking = new AbortController();
    for await (const samples of core.metrics.watch(session.id, looking.signal)) {
      expect(samples).toHaveLength(1);
      break;
    }
    connection().isAsleep = true;
    connection().lost.fire(new SpecboardError('unavailable', 'The sandbox was paused at its vendor.'));
    const ended = now(core, session.id);
    expect(ended).toMatchObject({
      status: 'error',
      metadata: { left: 'pause', lastReading: { cpuPercent: 12 } },
    });
    expect(sessionView(ended, core.hub.current, 0)).toMatchObject({
      kind: 'paused',
      reason: 'The sandbox was paused at its vendor.',
    });
  });

  test('that is not confirmed can be given up: the list is free of it, and what became of the sandbox is stored later', async () => {
    const { driver, core, session } = await setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    driver.disconnect = () => promise;
    core.sessions.dismiss(session.id, { force: true });
    expect(now(core, session.id).status).toBe('active');
    const ending = core.sessions.disconnect(session.id);
    core.sessions.dismiss(session.id);
    expect(now(core, session.id).disconnecting).toBe(true);
    core.sessions.dismiss(session.id, { force: true });
    expect(core.hub.current.sessions).toEqual([]);
    expect(core.db.sessions.get(session.id)).toMatchObject({
      status: 'error',
      metadata: { left: 'unknown' },
    });
    resolve();
    await ending;
    expect(core.db.sessions.get(session.id)).toMatchObject({ status: 'error', metadata: { left: 'end' } });
    expect(core.hub.current.sessions).toEqual([]);
  });

  test('of a connect that was cancelled says what became of the sandbox', async () => {
    const { core, driver } = await setUp();
    driver.connect = async (_request, signal) => {
      await untilAborted(signal);
      throw signal.reason;
    };
    const { sessionId, connected } = core.sessions.begin(core.profiles.default().id);
    connected.catch(() => {});
    await eventually('it connects', () => driver.calls.length === 2);
    const cancelled = await core.sessions.disconnect(sessionId);
    expect(cancelled.reason.text).toBe('Cancelled while connecting; what was made of the sandbox is removed');
  });
});

/** A session over a real keeper: its link is a process that a test cuts. */
class KeptSession extends SessionEvents implements DriverSession {
  readonly sandboxId: string;
  readonly isolation = 'none' as const;
  readonly warnings = [];
  readonly metadata = {};
  readonly endsAt = null;
  readonly runner: KeptRunner;

  constructor(sandboxId: string, runner: KeptRunner) {
    super();
    this.sandboxId = sandboxId;
    this.runner = runner;
    runner.onTry((link) => this.tellLink(link));
    runner.onLost((error) => this.lose(error));
  }

  checkLink(signal: AbortSignal): Promise<LinkChange> {
    return this.runner.check(signal);
  }
}

test('a real line that is cut: the run goes on in the sandbox, the next waits, one word brings all of it back, whole', async () => {
  const host = new KeeperHost();
  open.push(() => host.stop());
  const driver = new ScriptedDriver();
  driver.more = {
    async connect(request) {
      const runner = host.runner();
      await runner.ready(new AbortController().signal);
      return new KeptSession(request.sessionId, runner);
    },
    async execute(session, request, sink, signal) {
      const client = await (session as KeptSession).runner.client(signal);
      return client.execute({ language: request.language, code: request.code }, sink, signal);
    },
    async disconnect(session) {
      await (session as KeptSession).runner.dispose({ leave: false });
    },
  } satisfies Partial<Driver>;
  const { core, close } = await openTestCore({ registry: driver.registry() });
  open.push(close);
  const { id } = await core.connect(core.profiles.default().id);
  const counting = run(
    core,
    id,
    'import time\nfor n in range(400):\n    print(n, flush=True)\n    time.sleep(0.002)\nkept = 7',
  );
  await eventually('it counts', () => core.executions.get(counting.execution.id).outputCount > 2);
  host.unreachable = new Error('no route');
  host.line.cut();
  await eventually('the break is seen', () => now(core, id).link.state === 'retrying');
  const waiting = run(core, id, 'print("kept", kept)');
  await eventually('a try failed', () => now(core, id).link.attempt >= 2);
  expect(core.executions.get(waiting.execution.id).state).toBe('queued');
  expect(sessionView(now(core, id), core.hub.current, 0).kind).toBe('reconnecting');
  host.unreachable = null;
  expect((await core.sessions.reconnectNow(id)).link.state).toBe('live');
  expect(await counting.done).toMatchObject({ state: 'succeeded' });
  expect(await waiting.done).toMatchObject({ state: 'succeeded' });
  const text = (executionId: string) =>
    Buffer.concat(
      core.db.executions
        .readOutput(executionId, 0, 1_000_000)
        .items.map(({ event }) => (event.type === 'text' ? event.bytes : new Uint8Array())),
    ).toString();
  expect(text(counting.execution.id)).toBe(Array.from({ length: 400 }, (_, n) => `${n}\n`).join(''));
  expect(text(waiting.execution.id)).toBe('kept 7\n');
});
