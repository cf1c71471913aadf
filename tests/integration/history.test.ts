/** Activity on a real database: search, what is indexed when, removal with its space, export, preflight, profiles as a file. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { exportHistory } from '../../src-main/cli/commands/history.ts';
import type { HistoryFilter } from '../../src-shared/contract/history-operations.ts';
import { operations } from '../../src-shared/contract/operations.ts';
import type { Execution, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { Session } from '../../src-shared/domain/session.ts';
import {
  makeDatabaseFixture,
  migrationsFolder,
  sampleExecution,
  sampleProfile,
  sampleSession,
} from '../support/database.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let core: Core;
let folder: ReturnType<typeof temporaryFolder>;
let close: () => Promise<void>;
let count = 0;

beforeEach(async () => {
  folder = temporaryFolder();
  ({ core, close } = await openTestCore({ dataFolder: folder.path }));
  count = 0;
});
afterEach(async () => {
  await close();
  folder.remove();
});

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const out = (text: string): OutputEvent => ({ type: 'text', stream: 'stdout', bytes: Buffer.from(text) });

/** A profile with a session; ids are made from `n`. */
function addSession(n: number, change: Partial<Session> = {}): string {
  const profileId = uuid(1000 + n);
  core.db.profiles.insert(
    sampleProfile(profileId, {
      name: `Profile ${n}`,
      driverType: change.driverType ?? 'local',
      settings: {},
    }),
  );
  const session = sampleSession(uuid(n), profileId, {
    driverType: 'local',
    status: 'disconnected',
    endedAt: 5_000,
    ...change,
  });
  core.db.sessions.insert({ ...session, profileName: `Profile ${n}` }, 'owner');
  return uuid(n);
}

/** An execution that has ended, unless `change` says otherwise, with its output. */
function addRun(
  sessionId: string,
  code: string,
  output: OutputEvent[] = [],
  change: Partial<Execution> = {},
) {
  count += 1;
  const id = uuid(10_000 + count);
  const state = change.state ?? 'succeeded';
  const result = state === 'succeeded' ? { state, durationMs: 5 } : null;
  core.db.executions.insert(
    sampleExecution(id, sessionId, { number: count, code, state, startedAt: count, result, ...change }),
  );
  let outputBytes = 0;
  const items = output.map((event, seq) => {
    outputBytes += event.type === 'text' ? event.bytes.length : 100;
    return { seq, at: 1, event };
  });
  core.db.executions.append(id, items, { outputBytes, outputCount: items.length });
  return id;
}

/** Search results by their numbers, once everything is in the index. */
async function numbers(filter: HistoryFilter): Promise<number[]> {
  await indexed();
  return core.history.search(filter).items.map(({ number }) => number);
}

async function indexed(): Promise<void> {
  core.history.catchUp();
  await eventually('the index is complete', () => core.history.search({ limit: 1 }).unindexed === 0);
}

describe('search', () => {
  test('finds words of code and output, phrases, beginnings, parts of names; filters narrow it down', async () => {
    const local = addSession(1);
    const cloud = addSession(2, { driverType: 'e2b' });
    addRun(local, 'import pandas as pd\npd.read_csv("sales.csv")', [out('   a  b\n0  1  2\n')]);
    addRun(
      local,
      'int("x")',
      [{ type: 'error', error: { name: 'ValueError', value: 'invalid literal', traceback: 'Traceback' } }],
      { state: 'failed', result: { state: 'failed', durationMs: 3 } },
    );
    addRun(cloud, 'echo done', [out('\u001b[32mall '), out('good\u001b[0m\n')], {
      language: 'shell',
      state: 'failed',
      result: { state: 'failed', durationMs: 7, exitCode: 3 },
    });
    addRun(cloud, 'df', [
      { type: 'rich', role: 'result', data: { 'text/plain': 'Grüße aus Köln', 'text/html': 'hidden' } },
    ]);

    expect(await numbers({ text: 'pandas' })).toEqual([1]);
    expect(await numbers({ text: 'csv sales' })).toEqual([1]);
    expect(await numbers({ text: '"all good"' })).toEqual([3]);
    expect(await numbers({ text: '"good all"' })).toEqual([]);
    expect(await numbers({ text: 'error ' })).toEqual([2]);
    expect(await numbers({ text: 'VALUEERROR literal' })).toEqual([2]);
    expect(await numbers({ text: 'köl' })).toEqual([4]);
    expect(await numbers({ text: 'hidden' })).toEqual([]);
    expect(await numbers({ text: '"32m"' })).toEqual([]);
    expect(await numbers({ text: '("x")' })).toEqual([2]);
    expect(await numbers({ text: '("' })).toEqual([2, 1]);
    expect(await numbers({})).toEqual([4, 3, 2, 1]);
    expect(await numbers({ states: ['failed'] })).toEqual([3, 2]);
    expect(await numbers({ states: ['failed'], languages: ['shell'] })).toEqual([3]);
    expect(await numbers({ driverTypes: ['e2b'] })).toEqual([4, 3]);
    expect(await numbers({ profileIds: [uuid(1001)] })).toEqual([2, 1]);
    expect(await numbers({ sessionId: cloud, from: 4 })).toEqual([4]);
    expect(await numbers({ to: 2 })).toEqual([1]);
    expect(await numbers({ profileIds: [] })).toEqual([]);

    const [found] = core.history.search({ text: 'good' }).items;
    expect(found).toMatchObject({
      number: 3,
      exitCode: 3,
      durationMs: 7,
      profileName: 'Profile 2',
      driverType: 'e2b',
      firstLine: { text: 'echo done', marks: [] },
      code: null,
      output: { text: 'all good ', marks: [[4, 8]] },
    });
    expect(core.history.search({ text: 'read' }).items[0]?.code?.text).toContain('read_csv');
    const page = core.history.search({ text: 'error' });
    expect(operations['history.search'].output.safeParse(page).success).toBe(true);
    await core.profiles.remove(uuid(1002));
    expect(core.history.search({ sessionId: cloud }).items[0]).toMatchObject({
      profileId: null,
      profileName: 'Profile 2',
    });
  });

  test('pages go on exactly where they ended, also within one moment; a cursor of somebody else is refused', async () => {
    const session = addSession(1);
    for (let n = 0; n < 25; n += 1) addRun(session, `x = ${n}`, [], { startedAt: 7 });
    await indexed();
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = core.history.search({ text: 'x', limit: 10, ...(cursor ? { cursor } : {}) });
      expect(page.total).toBe(cursor ? null : 25);
      seen.push(...page.items.map(({ number }) => number));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n));
    expect(() => core.history.search({ cursor: "1:1:' OR 1" })).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    );
    const same = core.history.search({ sameCodeAs: uuid(10_003) }).items.map(({ number }) => number);
    expect(same).toEqual([3]);
  });

  test('both ends of a large output are searched, its middle is not, and the index stays small', async () => {
    const session = addSession(1);
    const line = `${'lorem ipsum dolor '.repeat(3600)}\n`;
    const filler = Array.from({ length: 64 }, () => out(line));
    addRun(session, 'big()', [
      out('firstword\n'),
      ...filler,
      out('middleword\n'),
      ...filler,
      out('lastword\n'),
    ]);
    await indexed();
    expect(await numbers({ text: 'firstword' })).toEqual([1]);
    expect(await numbers({ text: 'lastword' })).toEqual([1]);
    expect(await numbers({ text: 'middleword' })).toEqual([]);
    expect(core.history.search({ text: 'lastword' }).items[0]?.output?.text).toMatch(/ lastword $/);
    const client = new Sqlite(core.db.file, { readonly: true });
    const { bytes } = client.prepare('SELECT sum(length(block)) AS bytes FROM execution_text_data').get() as {
      bytes: number;
    };
    client.close();
    expect(bytes).toBeLessThan(1_048_576);
  });

  test('what runs is found as it is now; what ended or came late is found with all it said', async () => {
    const session = addSession(1, { status: 'active', endedAt: null });
    const id = addRun(session, 'slow()', [out('beginning\n')], { state: 'running', result: null });
    expect(core.history.search({ text: 'beginning' }).items).toHaveLength(1);
    core.db.executions.append(id, [{ seq: 1, at: 2, event: out('continued\n') }], {
      outputBytes: 20,
      outputCount: 2,
    });
    expect(core.history.search({ text: 'continued beginning' }).items[0]).toMatchObject({ state: 'running' });
    const execution = core.db.executions.get(id);
    if (!execution) throw new Error('gone');
    core.db.executions.append(id, [{ seq: 2, at: 3, event: out('afterwards\n') }], {
      outputBytes: 31,
      outputCount: 3,
    });
    core.db.executions.update({ ...execution, state: 'succeeded', outputBytes: 31, outputCount: 3 });
    expect(await numbers({ text: 'afterwards' })).toEqual([1]);
  });

  test('a database of an older version opens at once and is read in the background', async () => {
    await close();
    const old = mkdtempSync(join(folder.path, 'old-'));
    const first = join(old, 'migrations');
    cpSync(migrationsFolder, first, { recursive: true });
    const journalFile = join(first, 'meta/_journal.json');
    const journal = JSON.parse(readFileSync(journalFile, 'utf8'));
    writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
    const client = new Sqlite(join(old, 'specboard.db'));
    client.close();
    const fixture = makeDatabaseFixture(old);
    await fixture.open(first).then(
      (db) => {
        // The repositories of this version need tables that the first one did not have.
        db.close();
      },
      () => {},
    );
    const before = new Sqlite(fixture.file);
    before.exec(`INSERT INTO remote_session VALUES ('${uuid(1)}', NULL, 'disconnected', 1, 1, '{}', 'Old', 'local',
      '{"text":"Ended"}', 2, NULL, NULL, '[]', 'owner')`);
    const insert = before.prepare(
      `INSERT INTO execution VALUES (?, '${uuid(1)}', ?, 'python', ?, 'succeeded', ?, 2, NULL, 0, 0)`,
    );
    for (let n = 1; n <= 120; n += 1) insert.run(uuid(10_000 + n), n, `print("ancient ${n}")`, n);
    before.close();
    ({ core, close } = await openTestCore({ dataFolder: old, kind: 'desktop' }));
    const atOnce = core.history.search({ text: 'ancient' });
    expect(atOnce.unindexed).toBeGreaterThan(0);
    await indexed();
    expect(core.history.search({ text: '"ancient 77"' }).items.map(({ number }) => number)).toEqual([77]);
    expect(core.history.search({ text: 'ancient' }).total).toBe(120);
    rmSync(first, { recursive: true });
  });
});

describe('removal', () => {
  test('takes what is older with output and words, keeps what runs and what may still cost, and frees the disk', async () => {
    const ended = addSession(1, { endedAt: 3 });
    const left = addSession(2, { metadata: { left: 'leave', sandboxId: 'x' } });
    const live = addSession(3, { status: 'active', endedAt: null });
    const heavy = Array.from({ length: 40 }, () => out('x'.repeat(262_144)));
    addRun(ended, 'print("secretword")', heavy);
    addRun(left, 'kept session');
    addRun(live, 'running()', [], { state: 'running', result: null });
    addRun(live, 'newer()');
    await indexed();
    core.hub.update({ executions: core.db.executions.list({ limit: 1 }) });
    const client = new Sqlite(core.db.file);
    client.pragma('wal_checkpoint(TRUNCATE)');
    const sizeBefore = statSync(core.db.file).size;

    expect(core.history.count({ before: 4 })).toEqual({
      executions: 2,
      outputBytes: 40 * 262_144,
      running: 1,
    });
    expect(await core.history.remove({ before: 4 })).toEqual({
      executions: 2,
      outputBytes: 40 * 262_144,
      running: 1,
    });
    expect(core.db.executions.list().map(({ code }) => code)).toEqual(['newer()', 'running()']);
    expect(core.history.search({ text: 'secretword' }).items).toEqual([]);
    expect(core.db.sessions.get(ended)).toBeUndefined();
    expect(core.db.sessions.get(left)).toBeDefined();
    expect(core.db.sessions.get(live)).toBeDefined();
    await eventually('the file is small', () => {
      client.pragma('wal_checkpoint(TRUNCATE)');
      return statSync(core.db.file).size < sizeBefore / 10;
    });
    const words = client.prepare(
      "SELECT count(*) AS n FROM execution_text_data WHERE instr(block, 'secretword') > 0",
    );
    await eventually('no word of it is left in the file', () => (words.get() as { n: number }).n === 0);
    expect(client.pragma('integrity_check', { simple: true })).toBe('ok');
    client.close();

    expect((await core.history.remove({ sessionId: live })).running).toBe(1);
    expect(core.db.executions.list().map(({ code }) => code)).toEqual(['running()']);
    expect(core.hub.current.executions).toEqual([]);
    expect(await core.history.remove({ executionId: uuid(10_003) })).toMatchObject({
      executions: 0,
      running: 1,
    });
    expect(await core.history.remove({})).toMatchObject({ executions: 0 });
  });
});

describe('export', () => {
  test('writes a session oldest first, cuts what is too large with a mark, and the command line does the same', async () => {
    const session = addSession(1);
    addRun(session, 'print("first")', [out('first\n')]);
    addRun(
      session,
      'flood()',
      Array.from({ length: 48 }, (_, n) => out(`${n} ${'x'.repeat(65_530)}\n`)),
    );
    const prepared = core.exportRuns({ sessionId: session }, 'text');
    expect(prepared.suggestedName).toMatch(/^Profile 1 \d{4}-\d\d-\d\d \d\d-\d\d\.txt$/);
    const chunks: Uint8Array[] = [];
    for await (const chunk of prepared.content()) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    expect(text.indexOf('> print("first")')).toBeLessThan(text.indexOf('> flood()'));
    expect(text).toMatch(
      /\[SpecBoard\] Output is missing here \(\d+ bytes\): this part was cut from the export/,
    );
    expect(text).toContain('\n47 xxx');
    expect(prepared.cut()).toBe(1);

    const said: string[] = [];
    const sink = (into: string[]) =>
      new Writable({
        write: (chunk, _encoding, done) => {
          into.push(String(chunk));
          done();
        },
      });
    const terminal = {
      stdout: sink([]) as unknown as NodeJS.WriteStream,
      stderr: sink(said) as unknown as NodeJS.WriteStream,
      stdin: process.stdin,
      json: false,
    };
    const never = new AbortController().signal;
    const file = join(folder.path, 'session.ipynb');
    const options = { format: 'ipynb' as const, out: file };
    await exportHistory(core, terminal, session, options, never);
    expect(JSON.parse(readFileSync(file, 'utf8')).cells).toHaveLength(3);
    expect(said.join('')).toContain('2 runs exported');
    await expect(exportHistory(core, terminal, session, options, never)).rejects.toMatchObject({
      code: 'conflict',
    });
    await exportHistory(core, terminal, session, { ...options, force: true }, never);
    expect(() => core.exportRuns({ sessionId: uuid(77) }, 'text')).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });
});

test('preflight says what is different: driver, interpreter, network, variables by name, a fresh sandbox', async () => {
  const from = addSession(1, { metadata: { python: '3.13.5', folder: '/tmp/a' } });
  core.db.profiles.update(uuid(1001), {
    settings: { environment: { REGION: 'eu' }, network: true },
    updatedAt: 1,
  });
  addSession(2, { driverType: 'e2b' });
  core.db.profiles.update(uuid(1002), { settings: { environment: { TOKEN_NAME: 'a' } }, updatedAt: 1 });
  const id = addRun(from, 'pd.read_csv("data/in.csv")');
  const { differences } = await core.preflight.compare(id, { profileId: uuid(1002) });
  expect(differences).toEqual(
    expect.arrayContaining([
      { topic: 'driver', from: expect.any(String), to: 'E2B' },
      { topic: 'variables', missing: ['REGION'], added: ['TOKEN_NAME'] },
      { topic: 'files', missing: [], unknown: ['data/in.csv'] },
      { topic: 'fresh' },
    ]),
  );
  expect(JSON.stringify(differences)).not.toContain('"eu"');
  expect((await core.preflight.compare(id, { sessionId: from })).differences).toEqual([]);
});

test('profiles leave without secrets, folders and consents, and come in beside those that are there', () => {
  core.profiles.create({
    name: 'Lab',
    driverType: 'local',
    settings: {
      folder: '/home/someone/work',
      allowUnisolated: true,
      network: true,
      environment: { REGION: 'eu', API_KEY: 'sk-very-secret' },
      packageIndex: 'https://me:hunter2@index.example/simple',
    },
  });
  const { text, profiles } = core.profileTransfer.write();
  for (const secret of ['sk-very-secret', 'hunter2', '/home/someone']) expect(text).not.toContain(secret);
  expect(profiles.find(({ name }) => name === 'Lab')?.leftOut).toEqual(
    expect.arrayContaining([
      { label: 'Working folder', why: 'folder' },
      { label: 'Environment variables: API_KEY', why: 'secret' },
    ]),
  );
  const file = JSON.parse(text);
  file.profiles.push({ name: 'Odd', driverType: 'nomad', settings: {} }, { name: 7 });
  file.profiles.push({ name: 'Wrong', driverType: 'local', settings: { memoryMb: 'much' } });
  file.profiles.push({ name: 'Trap', driverType: 'local', settings: { folder: '/', allowUnisolated: true } });
  const { imported, refused } = core.profileTransfer.read(JSON.stringify(file));
  expect(imported.find(({ renamedFrom }) => renamedFrom === 'Lab')).toMatchObject({
    name: 'Lab (2)',
    addresses: ['https://index.example/simple'],
  });
  const lab = core.profiles.list().find(({ name }) => name === 'Lab (2)');
  expect(lab?.settings).toMatchObject({ network: true, environment: { REGION: 'eu' } });
  const trap = core.profiles.list().find(({ name }) => name === 'Trap');
  expect(trap?.settings).not.toMatchObject({ folder: '/' });
  expect(trap?.settings.allowUnisolated).not.toBe(true);
  expect(refused.map(({ name }) => name)).toEqual(['Odd', 'Profile 4', 'Wrong']);
  expect(() => core.profileTransfer.read('{"a":1}')).toThrow(expect.objectContaining({ code: 'invalid' }));
});
