/** Every repository: what goes in comes out, and the rules that the tables keep. */
import { statSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src-main/db/connection.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { executionSchema, storedOutputSchema } from '../../src-shared/domain/execution.ts';
import { sessionSchema } from '../../src-shared/domain/session.ts';
import {
  type DatabaseFixture,
  makeDatabaseFixture,
  sampleExecution,
  sampleOutput,
  sampleProfile,
  sampleSession,
  seed,
} from '../support/database.ts';

let fixture: DatabaseFixture;
let db: Database;

beforeEach(async () => {
  fixture = makeDatabaseFixture();
  db = await fixture.open();
});
afterEach(() => fixture.dispose());

const defaults = () =>
  db.profiles
    .list()
    .filter((profile) => profile.isDefault)
    .map(({ id }) => id);

describe('profiles', () => {
  test('are stored, changed and removed', () => {
    const profile = sampleProfile('a', {
      isDefault: true,
      settings: { nested: { list: [1, 'zwei', null] } },
    });
    db.profiles.insert(profile);
    expect(db.profiles.get('a')).toEqual(profile);
    db.profiles.update('a', { name: 'Renamed', updatedAt: 7 });
    expect(db.profiles.get('a')).toEqual({ ...profile, name: 'Renamed', updatedAt: 7 });
    db.profiles.update('a', { settings: {}, updatedAt: 8 });
    expect(db.profiles.get('a')).toEqual({ ...profile, name: 'Renamed', settings: {}, updatedAt: 8 });
    db.profiles.remove('a');
    expect(db.profiles.get('a')).toBeUndefined();
    expect(db.profiles.list()).toEqual([]);
  });

  test('are listed in the order they were made', () => {
    for (const id of ['z', 'a', 'm']) db.profiles.insert(sampleProfile(id));
    db.profiles.insert(sampleProfile('old', { createdAt: 0 }));
    expect(db.profiles.list().map(({ id }) => id)).toEqual(['old', 'z', 'a', 'm']);
  });

  test('an id is taken once', () => {
    db.profiles.insert(sampleProfile('a'));
    expect(() => db.profiles.insert(sampleProfile('a'))).toThrowError(
      expect.objectContaining({ code: 'conflict' }),
    );
    expect(defaults()).toEqual(['a']);
  });

  test('exactly one is the default, whatever is done', () => {
    const step = fc.record({
      action: fc.constantFrom('insert', 'insertDefault', 'remove', 'setDefault'),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        for (const { id } of db.profiles.list()) db.profiles.remove(id);
        for (const { action, id } of steps) {
          const exists = db.profiles.get(id) !== undefined;
          if (action.startsWith('insert') && !exists) {
            db.profiles.insert(sampleProfile(id, { isDefault: action === 'insertDefault' }));
            if (action === 'insertDefault') expect(defaults()).toEqual([id]);
          }
          if (action === 'remove') db.profiles.remove(id);
          if (action === 'setDefault') {
            db.profiles.setDefault(id);
            if (exists) expect(defaults()).toEqual([id]);
          }
          expect(defaults()).toHaveLength(Math.min(1, db.profiles.list().length));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('sessions', () => {
  beforeEach(() => db.profiles.insert(sampleProfile('p')));

  test('come back as they were, but for what passes', () => {
    const session = sampleSession('s', 'p', { disconnecting: true, step: 'Creating' });
    db.sessions.insert(session, 'owner');
    const stored = db.sessions.get('s');
    expect(stored).toEqual({ ...session, disconnecting: false, step: null });
    expect(sessionSchema.safeParse(stored).success).toBe(true);
    const ended = sampleSession('s', 'p', {
      status: 'error',
      endedAt: 99,
      endsAt: null,
      isolation: null,
      warnings: [],
      metadata: {},
      reason: { text: 'x', problem: { code: 'gone', message: 'm', retryable: false } },
    });
    db.sessions.update(ended);
    expect(db.sessions.get('s')).toEqual(ended);
    expect(db.sessions.get('other')).toBeUndefined();
  });

  test('need a stored profile, and outlive it', () => {
    expect(() => db.sessions.insert(sampleSession('s', 'nobody'), 'owner')).toThrowError(
      expect.objectContaining({ code: 'not-found' }),
    );
    seedExecution();
    db.profiles.remove('p');
    expect(db.sessions.get('s')).toMatchObject({
      profileId: '',
      profileName: 'Profile p',
      driverType: 'e2b',
    });
    db.sessions.update(sampleSession('s', 'p', { status: 'disconnected' }));
    expect(db.sessions.get('s')).toMatchObject({ status: 'disconnected' });
    expect(db.executions.readOutput('e', 0, 100).items).toHaveLength(1);
  });

  function seedExecution(): void {
    db.sessions.insert(sampleSession('s', 'p'), 'owner');
    db.executions.insert(sampleExecution('e', 's'));
    db.executions.append('e', [sampleOutput(0)], { outputBytes: 10, outputCount: 1 });
  }

  test('newest first, limited; unfinished ones with their owner', () => {
    for (const [index, status] of (['connecting', 'active', 'disconnected', 'error'] as const).entries()) {
      db.sessions.insert(sampleSession(status, 'p', { status, startedAt: index }), `owner ${index}`);
    }
    expect(db.sessions.list(3).map(({ id }) => id)).toEqual(['error', 'disconnected', 'active']);
    expect(db.sessions.unfinished().map(({ session, owner }) => [session.id, owner])).toEqual([
      ['connecting', 'owner 0'],
      ['active', 'owner 1'],
    ]);
  });
});

describe('executions', () => {
  beforeEach(() => seed(db));

  test('come back as they were, and keep what was run', () => {
    const execution = sampleExecution('e', 's');
    db.executions.insert(execution);
    expect(db.executions.get('e')).toEqual(execution);
    const ended = sampleExecution('e', 's', {
      state: 'failed',
      endedAt: 300,
      outputBytes: 5,
      outputCount: 2,
      result: {
        state: 'failed',
        durationMs: 200,
        error: { name: 'ValueError', value: 'x', traceback: 'a\nb' },
      },
    });
    db.executions.update({ ...ended, code: 'something else' });
    expect(db.executions.get('e')).toEqual(ended);
    expect(executionSchema.safeParse(db.executions.get('e')).success).toBe(true);
  });

  test('are numbered within their session', () => {
    db.sessions.insert(sampleSession('s2', 'p'), 'owner');
    expect(db.executions.nextNumber('s')).toBe(1);
    db.executions.insert(sampleExecution('e1', 's', { number: 1 }));
    db.executions.insert(sampleExecution('e2', 's', { number: 2 }));
    expect(db.executions.nextNumber('s')).toBe(3);
    expect(db.executions.nextNumber('s2')).toBe(1);
    expect(() => db.executions.insert(sampleExecution('e3', 's', { number: 2 }))).toThrowError(
      expect.objectContaining({ code: 'conflict' }),
    );
    expect(() => db.executions.insert(sampleExecution('e3', 'nowhere'))).toThrowError(
      expect.objectContaining({ code: 'not-found' }),
    );
  });

  test('are listed by session, state and time, newest first', () => {
    db.sessions.insert(sampleSession('s2', 'p'), 'owner');
    const rows = [
      ['a', 's', 'succeeded', 1],
      ['b', 's', 'failed', 2],
      ['c', 's2', 'succeeded', 3],
      ['d', 's', 'running', 4],
      ['e', 's', 'queued', 4],
    ] as const;
    for (const [id, sessionId, state, startedAt] of rows) {
      const number = db.executions.nextNumber(sessionId);
      db.executions.insert(sampleExecution(id, sessionId, { state, startedAt, number }));
    }
    const ids = (filter?: Parameters<typeof db.executions.list>[0]) =>
      db.executions
        .list(filter)
        .map(({ id }) => id)
        .join('');
    expect(ids()).toBe('edcba');
    expect(ids({ sessionId: 's' })).toBe('edba');
    expect(ids({ state: 'succeeded' })).toBe('ca');
    expect(ids({ before: 3 })).toBe('ba');
    expect(ids({ limit: 2 })).toBe('ed');
    expect(ids({ sessionId: 's', state: 'succeeded', before: 3, limit: 1 })).toBe('a');
    expect(db.executions.unfinished().map(({ id }) => id)).toEqual(['d', 'e']);
  });

  test('output of every kind comes back byte for byte', () => {
    const events: OutputEvent[] = [
      { type: 'text', stream: 'stdout', bytes: Uint8Array.from({ length: 256 }, (_, i) => i) },
      { type: 'text', stream: 'stderr', bytes: new Uint8Array() },
      {
        type: 'rich',
        role: 'result',
        data: { 'text/plain': '4', 'application/json': { a: [null, '\u0000'] } },
      },
      { type: 'error', error: { name: 'E', value: 'ü\ud83d\ude00', traceback: '' } },
      { type: 'notice', level: 'warning', text: 'x' },
      { type: 'gap', reason: 'cut', bytes: 3 },
    ];
    db.executions.insert(sampleExecution('e', 's'));
    const items = events.map((event, seq) => ({ seq, at: seq, event }));
    db.executions.append('e', items, { outputBytes: 256, outputCount: 6 });
    const read = db.executions.readOutput('e', 0, 1_000_000);
    expect(read).toEqual({ items, next: null });
    for (const item of read.items) expect(storedOutputSchema.safeParse(item).success).toBe(true);
    expect(db.executions.get('e')).toMatchObject({ outputBytes: 256, outputCount: 6 });
  });

  test('output is read in pages of bounded size, without a hole and without an end too early', () => {
    db.executions.insert(sampleExecution('e', 's'));
    const items = Array.from({ length: 50 }, (_, seq) => sampleOutput(seq, seq * 7));
    db.executions.append('e', items, { outputBytes: 1, outputCount: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 0, max: 60 }), (maxBytes, from) => {
        const read = [];
        let next: number | null = from;
        while (next !== null) {
          const page = db.executions.readOutput('e', next, maxBytes);
          const size = page.items.reduce(
            (sum, { event }) => sum + (event.type === 'text' ? event.bytes.length : 0),
            0,
          );
          expect(size <= maxBytes || page.items.length === 1).toBe(true);
          expect(page.items.length > 0 || page.next === null).toBe(true);
          read.push(...page.items);
          next = page.next;
        }
        expect(read).toEqual(items.slice(from));
      }),
      { numRuns: 50 },
    );
  });

  test('appending is all or nothing, for one and for many', () => {
    db.executions.insert(sampleExecution('e', 's'));
    db.executions.insert(sampleExecution('f', 's', { number: 2 }));
    db.executions.append('e', [sampleOutput(0)], { outputBytes: 10, outputCount: 1 });
    const totals = { outputBytes: 99, outputCount: 99 };
    expect(() => db.executions.append('e', [sampleOutput(1), sampleOutput(0)], totals)).toThrowError(
      expect.objectContaining({ code: 'conflict' }),
    );
    expect(() =>
      db.executions.appendMany([
        { executionId: 'f', items: [sampleOutput(0)], totals },
        { executionId: 'nobody', items: [sampleOutput(0)], totals },
      ]),
    ).toThrowError(expect.objectContaining({ code: 'not-found' }));
    expect(db.executions.readOutput('e', 0, 100).items).toHaveLength(1);
    expect(db.executions.readOutput('f', 0, 100).items).toHaveLength(0);
    expect(db.executions.get('e')).toMatchObject({ outputBytes: 10, outputCount: 1 });
    db.executions.appendMany([
      { executionId: 'e', items: [sampleOutput(1)], totals: { outputBytes: 20, outputCount: 2 } },
      { executionId: 'f', items: [sampleOutput(0)], totals: { outputBytes: 10, outputCount: 1 } },
    ]);
    expect(db.executions.get('e')).toMatchObject({ outputBytes: 20, outputCount: 2 });
    expect(db.executions.get('f')).toMatchObject({ outputBytes: 10, outputCount: 1 });
  });
});

test('settings: a JSON value a key', () => {
  expect(db.settings.get('app')).toBeUndefined();
  for (const value of [{ theme: 'dark', n: [1, null] }, 'text', 0, false, null]) {
    db.settings.set('app', value);
    expect(db.settings.get('app')).toEqual(value);
  }
  db.settings.set('other', 1);
  expect(db.settings.get('app')).toBeNull();
});

test('secrets: presence by field; goes with its profile', () => {
  db.profiles.insert(sampleProfile('p'));
  const row = { profileId: 'p', field: 'apiKey', storedAt: 1, checkId: 'c1' };
  db.secrets.put(row);
  db.secrets.put({ ...row, field: 'accessToken' });
  db.secrets.put({ ...row, storedAt: 2, checkId: 'c2' });
  expect(db.secrets.list('p')).toEqual([
    { ...row, field: 'accessToken' },
    { ...row, storedAt: 2, checkId: 'c2' },
  ]);
  db.secrets.remove('p', 'accessToken');
  expect(db.secrets.list('p').map(({ field }) => field)).toEqual(['apiKey']);
  db.secrets.remove('p');
  expect(db.secrets.list('p')).toEqual([]);
  db.secrets.put(row);
  db.profiles.remove('p');
  expect(db.secrets.list('p')).toEqual([]);
  expect(() => db.secrets.put(row)).toThrowError(expect.objectContaining({ code: 'not-found' }));
});

test('instances: who uses the database', () => {
  const row = { id: 'i', pid: 4, startToken: 't', startedAt: 1, heartbeatAt: 1, kind: 'cli' as const };
  db.instances.insert(row);
  db.instances.insert({ ...row, id: 'j', startedAt: 0, kind: 'desktop' });
  db.instances.heartbeat('i', 9);
  expect(db.instances.list()).toEqual([
    { ...row, id: 'j', startedAt: 0, kind: 'desktop' },
    { ...row, heartbeatAt: 9 },
  ]);
  db.instances.remove('j');
  expect(db.instances.list().map(({ id }) => id)).toEqual(['i']);
});

test.skipIf(process.platform === 'win32')(
  'file and folder are for the person alone, side files too',
  async () => {
    const nested = makeDatabaseFixture(`${fixture.folder}/deep/er`);
    const other = await nested.open();
    other.profiles.insert(sampleProfile('a'));
    expect(statSync(nested.folder).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) {
      expect(statSync(nested.file + suffix).mode & 0o777).toBe(0o600);
    }
    nested.dispose();
  },
);

test('a closed database says so', () => {
  db.close();
  db.close();
  expect(() => db.profiles.list()).toThrowError(expect.objectContaining({ code: 'unavailable' }));
});
