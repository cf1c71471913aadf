/** What a driver does not declare cannot be asked for, also where it has the code: every service says `unsupported`. */
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import type { Driver } from '../../src-main/drivers/driver.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';
import { ScriptedDriver, ScriptedSession } from '../support/scripted-driver.ts';
import { openTestCore } from '../support/test-core.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const nothing: Partial<Capabilities> = {
  python: false,
  shell: false,
  files: false,
  terminal: false,
  metrics: false,
  ports: false,
  pause: false,
  extend: false,
  list: false,
  watch: false,
  keep: ['end'],
};

/** A driver with all the code there is, of which nothing may be reached: each call is noted. */
async function setUp(capabilities: Partial<Capabilities>) {
  const driver = new ScriptedDriver();
  const reached: string[] = [];
  const note = (name: string) => async (): Promise<never> => {
    reached.push(name);
    throw new Error(`${name} was reached`);
  };
  const files = new Proxy({}, { get: (_target, name) => note(`files.${String(name)}`) });
  driver.manifest = { capabilities };
  driver.more = {
    files: files as NonNullable<Driver['files']>,
    openTerminal: note('openTerminal'),
    portAddress: note('portAddress'),
    metrics: note('metrics'),
    list: note('list'),
    endRemote: note('endRemote'),
    attach: async (_request, metadata) => {
      reached.push('attach');
      return new ScriptedSession(String(metadata.sandboxId));
    },
  };
  const { core, close } = await openTestCore({ registry: driver.registry() });
  open.push(close);
  const profileId = core.profiles.default().id;
  const session = await core.connect(profileId);
  return { core, profileId, sessionId: session.id, reached };
}

type Call = (core: Core, ids: { profileId: string; sessionId: string }) => unknown;
const size = { cols: 80, rows: 24 };
const calls: Record<string, Call> = {
  'run Python': (core, { sessionId }) => core.executions.run({ sessionId, language: 'python', code: '1' }),
  'run a command': (core, { sessionId }) =>
    core.executions.run({ sessionId, language: 'shell', code: 'true' }),
  'list files': (core, { sessionId }) => core.files.list(sessionId, '.'),
  'look at a file': (core, { sessionId }) => core.files.stat(sessionId, 'x'),
  'read a file': (core, { sessionId }) => core.files.read(sessionId, 'x'),
  'remove a file': (core, { sessionId }) => core.files.remove(sessionId, 'x'),
  'move a file': (core, { sessionId }) => core.files.move(sessionId, 'x', 'y'),
  'make a folder': (core, { sessionId }) => core.files.makeDir(sessionId, 'x'),
  'fetch files': (core, { sessionId }) => core.files.get(sessionId, 'x', '/nonexistent/x'),
  'send files': (core, { sessionId }) => core.files.put(sessionId, import.meta.filename, 'x'),
  'open a terminal': (core, { sessionId }) => core.terminals.open(sessionId, { size }),
  'ask for a port': (core, { sessionId }) => core.ports.address(sessionId, 8000),
  'read resources': (core, { sessionId }) => core.metrics.watch(sessionId, AbortSignal.timeout(500)).next(),
  'list sandboxes': (core, { profileId }) => core.sandboxes.list(profileId),
  'attach to a sandbox': (core, { profileId }) => core.sandboxes.attach(profileId, 'box'),
  'end a sandbox': (core, { profileId }) => core.sandboxes.end(profileId, 'box'),
};

async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return toProblem(error).code;
  }
}

test('nothing that is not declared is reached, and each is said to be unsupported', async () => {
  const { core, reached, ...ids } = await setUp(nothing);
  for (const [name, call] of Object.entries(calls)) {
    expect(await codeOf(() => call(core, ids)), name).toBe('unsupported');
  }
  expect(reached).toEqual([]);
});

test('the same calls reach a driver that declares them', async () => {
  const all = Object.fromEntries(Object.keys(nothing).map((name) => [name, true]));
  const { core, reached, ...ids } = await setUp({ ...all, keep: ['end', 'pause', 'leave'] });
  for (const [name, call] of Object.entries(calls)) {
    expect(await codeOf(() => call(core, ids)), name).not.toBe('unsupported');
  }
  expect(reached).toEqual(
    expect.arrayContaining(['openTerminal', 'portAddress', 'metrics', 'list', 'files.list']),
  );
});

test('a way of leaving that a driver does not offer is refused, and the session stays', async () => {
  const { core, sessionId } = await setUp(nothing);
  for (const keep of ['pause', 'leave'] as const) {
    expect(await codeOf(() => core.sessions.disconnect(sessionId, { keep }))).toBe('unsupported');
  }
  expect(core.sessions.alive().map(({ id }) => id)).toEqual([sessionId]);
});
