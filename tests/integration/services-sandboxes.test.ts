/** Sandboxes elsewhere: whose they are, connecting to them, ending only our own; terminals and ports of a session. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import type { DriverTerminal, RemoteSandbox } from '../../src-main/drivers/driver.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { ScriptedDriver, ScriptedSession } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fulfilled',
    (error: unknown) => toProblem(error).code,
  );

/** A vendor with sandboxes of ours, of another installation, and of nobody's. */
async function setUp() {
  const driver = new ScriptedDriver();
  const remote: RemoteSandbox[] = [];
  const attached: JsonObject[] = [];
  driver.manifest = {
    capabilities: { list: true, terminal: true, ports: true, keep: ['end', 'pause', 'leave'] },
  };
  driver.more = {
    list: async () => remote,
    attach: async (_request, metadata) => {
      attached.push(metadata);
      return new ScriptedSession(String(metadata.sandboxId));
    },
    endRemote: async (_account, sandboxId) => {
      driver.calls.push(`endRemote ${sandboxId}`);
      remote.splice(
        remote.findIndex((one) => one.sandboxId === sandboxId),
        1,
      );
    },
  };
  const { core, close } = await openTestCore({ registry: driver.registry() });
  open.push(close);
  const installationId = String(core.db.settings.get('installationId'));
  const add = (sandboxId: string, owner: string | null, startedAt = 1): void => {
    const common = { name: sandboxId, state: 'running', startedAt, endsAt: null, sessionId: null } as const;
    remote.push({ ...common, sandboxId, installationId: owner });
  };
  add('stranger', null, 3);
  add('neighbour', 'another-installation', 2);
  add('ours', installationId);
  return { driver, core, remote, add, attached, installationId, profileId: core.profiles.default().id };
}

const leave = (core: Core, id: string) => core.sessions.disconnect(id, { keep: 'leave' });

test('they are listed with whose they are, ours first', async () => {
  const { core, profileId, add, installationId } = await setUp();
  const session = await core.connect(profileId);
  add(`box-${session.id}`, installationId, 9);
  const found = await core.sandboxes.list(profileId);
  expect(found.map(({ sandboxId, owner, inUse }) => [sandboxId, owner, inUse])).toEqual([
    [`box-${session.id}`, 'here', true],
    ['ours', 'here', false],
    ['stranger', 'unknown', false],
    ['neighbour', 'elsewhere', false],
  ]);
});

describe('connecting to one', () => {
  test('that SpecBoard did not start leaves it, whatever is asked, and says so', async () => {
    const { core, driver, profileId, attached } = await setUp();
    const session = await core.sandboxes.attach(profileId, 'stranger');
    expect(attached).toEqual([{ sandboxId: 'stranger' }]);
    const ended = await core.sessions.disconnect(session.id, { keep: 'end' });
    expect(driver.calls).toContain('disconnect leave');
    expect(ended.reason.text).toBe('Disconnected; the sandbox goes on as it was');
    // Nothing of ours was left: no button to end it, no leftover.
    expect(core.reconciler.leftovers()).toEqual([]);
    expect(await codeOf(core.endSandbox(session.id))).toBe('conflict');
  });

  test('that an earlier session left goes on with all that session knew', async () => {
    const { core, profileId, attached, add, installationId } = await setUp();
    const first = await core.connect(profileId);
    add(`box-${first.id}`, installationId);
    await leave(core, first.id);
    const second = await core.sandboxes.attach(profileId, `box-${first.id}`);
    expect(attached[0]).toMatchObject({ sandboxId: `box-${first.id}`, left: 'leave' });
    expect(core.reconciler.leftovers()).toEqual([]);
    const ended = await core.sessions.disconnect(second.id, { keep: 'end' });
    expect(ended.reason.text).toBe('Ended by you');
  });

  test('that another session uses takes nothing over and leaves it', async () => {
    const { core, driver, profileId, attached, add, installationId } = await setUp();
    const first = await core.connect(profileId);
    add(`box-${first.id}`, installationId);
    const guest = await core.sandboxes.attach(profileId, `box-${first.id}`);
    expect(attached).toEqual([{ sandboxId: `box-${first.id}`, guest: true }]);
    await core.sessions.disconnect(guest.id);
    expect(driver.calls.filter((call) => call.startsWith('disconnect'))).toEqual(['disconnect leave']);
    expect(core.sessions.alive().map(({ id }) => id)).toEqual([first.id]);
  });

  test('that is gone says so, before anything is started', async () => {
    const { core, profileId, attached } = await setUp();
    expect(await codeOf(core.sandboxes.attach(profileId, 'gone'))).toBe('not-found');
    expect(attached).toEqual([]);
    expect(core.sessions.alive()).toEqual([]);
  });
});

describe('ending one', () => {
  test('of ours ends it, and the session that left it knows', async () => {
    const { core, driver, profileId, add, installationId } = await setUp();
    const session = await core.connect(profileId);
    add(`box-${session.id}`, installationId);
    await leave(core, session.id);
    expect(core.reconciler.leftovers()).toHaveLength(1);
    await core.sandboxes.end(profileId, `box-${session.id}`);
    expect(driver.calls).toContain(`endRemote box-${session.id}`);
    expect(core.reconciler.leftovers()).toEqual([]);
    expect(core.hub.current.sessions[0]?.reason.text).toBe('Ended; its sandbox was ended later by you');
  });

  test('that a session here uses ends the session', async () => {
    const { core, driver, profileId } = await setUp();
    const session = await core.connect(profileId);
    await core.sandboxes.end(profileId, `box-${session.id}`);
    expect(driver.calls).toContain('disconnect end');
    expect(core.sessions.alive()).toEqual([]);
  });

  test('of anybody else is forbidden, and nothing is asked of the vendor', async () => {
    const { core, driver, profileId } = await setUp();
    for (const id of ['stranger', 'neighbour']) {
      expect(await codeOf(core.sandboxes.end(profileId, id))).toBe('forbidden');
    }
    const guest = await core.sandboxes.attach(profileId, 'stranger');
    expect(await codeOf(core.sandboxes.end(profileId, 'stranger'))).toBe('forbidden');
    expect(driver.calls.filter((call) => call.startsWith('endRemote'))).toEqual([]);
    await core.sessions.disconnect(guest.id);
  });
});

test('after a crash a sandbox of somebody else is no leftover of ours', async () => {
  const { core, profileId } = await setUp();
  const session = await core.sandboxes.attach(profileId, 'stranger');
  expect(core.db.sessions.get(session.id)?.metadata).toMatchObject({ foreign: true });
  // As another process finds it whose owner is dead.
  const dead = { ...session, id: crypto.randomUUID() };
  core.db.sessions.insert(dead, 'a-dead-process');
  core.reconciler.recover();
  expect(core.db.sessions.get(dead.id)).toMatchObject({ status: 'error', metadata: { left: 'foreign' } });
  expect(core.reconciler.leftovers()).toEqual([]);
});

test('a driver that cannot list, open a terminal or reach ports says so in words', async () => {
  const driver = new ScriptedDriver();
  driver.more = { list: async () => [], openTerminal: async () => Promise.reject(new Error('never asked')) };
  const { core, close } = await openTestCore({ registry: driver.registry() });
  open.push(close);
  const profileId = core.profiles.default().id;
  const { id } = await core.connect(profileId);
  for (const work of [
    core.sandboxes.list(profileId),
    core.sandboxes.attach(profileId, 'x'),
    core.sandboxes.end(profileId, 'x'),
    core.terminals.open(id, { size: { cols: 80, rows: 24 } }),
    core.ports.address(id, 80),
  ]) {
    expect(await codeOf(work)).toBe('unsupported');
  }
});

test('ports: a number that is none is refused, an address comes with its note', async () => {
  const driver = new ScriptedDriver();
  driver.manifest = { capabilities: { ports: true } };
  driver.more.portAddress = async (_session, port) => ({
    url: `http://127.0.0.1:${port}`,
    note: 'Only you.',
  });
  const other = await openTestCore({ registry: driver.registry() });
  open.push(other.close);
  const { id } = await other.core.connect(other.core.profiles.default().id);
  for (const bad of [0, 1.5, 70_000, Number.NaN]) {
    expect(await codeOf(other.core.ports.address(id, bad))).toBe('invalid');
  }
  expect(await other.core.ports.address(id, 8000)).toEqual({
    url: 'http://127.0.0.1:8000',
    note: 'Only you.',
  });
});

describe('terminals', () => {
  function fakeTerminal(): DriverTerminal & { closed: number } {
    const end = Promise.withResolvers<{ exitCode: number | null }>();
    const terminal = {
      closed: 0,
      output: (async function* () {})(),
      ended: end.promise,
      write: async () => {},
      resize: async () => {},
      close: async () => {
        terminal.closed += 1;
        end.resolve({ exitCode: null });
      },
    };
    return terminal;
  }

  async function withTerminals() {
    const made: ReturnType<typeof fakeTerminal>[] = [];
    const driver = new ScriptedDriver();
    driver.manifest = { capabilities: { terminal: true } };
    driver.more = {
      openTerminal: async () => {
        const terminal = fakeTerminal();
        made.push(terminal);
        return terminal;
      },
    };
    const opened = await openTestCore({ registry: driver.registry() });
    const { id } = await opened.core.connect(opened.core.profiles.default().id);
    return { ...opened, id, made };
  }

  test('end with their session', async () => {
    const { core, close, id, made } = await withTerminals();
    open.push(close);
    const terminal = await core.terminals.open(id, { size: { cols: 80, rows: 24 } });
    expect(core.terminals.size).toBe(1);
    await core.sessions.disconnect(id);
    await terminal.ended;
    expect(made[0]?.closed).toBe(1);
    await eventually('it is forgotten', () => core.terminals.size === 0);
  });

  test('end when SpecBoard ends, before the sessions do', async () => {
    const { core, close, id, made } = await withTerminals();
    await core.terminals.open(id, { size: { cols: 80, rows: 24 } });
    await close();
    expect(made[0]?.closed).toBeGreaterThan(0);
    expect(core.terminals.size).toBe(0);
  });
});
