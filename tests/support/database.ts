/** What database tests share: a folder of their own, sample rows, and migrations of versions that do not exist yet. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src-main/db/connection.ts';
import type { StoredProfile } from '../../src-main/db/repositories/profiles.ts';
import type { Execution, StoredOutput } from '../../src-shared/domain/execution.ts';
import { liveLink, type Session } from '../../src-shared/domain/session.ts';

/** The real migrations. */
export const migrationsFolder = join(import.meta.dirname, '../../migrations');

/** A temporary folder and databases in it; `dispose` closes and removes all. */
export interface DatabaseFixture {
  readonly folder: string;
  readonly file: string;
  /** Opens the file (again); `migrations` is another folder than the real one. */
  open(migrations?: string): Promise<Database>;
  dispose(): void;
}

/** Makes a fixture; nothing is opened yet. */
export function makeDatabaseFixture(folder = mkdtempSync(join(tmpdir(), 'sb-db-'))): DatabaseFixture {
  const opened: Database[] = [];
  const file = join(folder, 'specboard.db');
  return {
    folder,
    file,
    open: async (migrations = migrationsFolder) => {
      const db = await openDatabase({ file, migrationsFolder: migrations, now: Date.now });
      opened.push(db);
      return db;
    },
    dispose: () => {
      for (const db of opened) db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The real migrations and one more for each of `sql`, as a later version of SpecBoard would have them. */
export function laterMigrations(folder: string, ...sql: string[]): string {
  const target = mkdtempSync(join(folder, 'migrations-'));
  cpSync(migrationsFolder, target, { recursive: true });
  const journalPath = join(target, 'meta/_journal.json');
  const journal = JSON.parse(readFileSync(journalPath, 'utf8'));
  for (const text of sql) {
    const last = journal.entries.at(-1);
    const tag = `9${String(last.idx + 1).padStart(3, '0')}_later`;
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
    writeFileSync(join(target, `${tag}.sql`), text);
  }
  writeFileSync(journalPath, JSON.stringify(journal));
  return target;
}

/** A profile; `change` says what differs. */
export function sampleProfile(id: string, change: Partial<StoredProfile> = {}): StoredProfile {
  const settings = { template: 'base', timeoutMinutes: 5 };
  return {
    id,
    name: `Profile ${id}`,
    driverType: 'e2b',
    settings,
    isDefault: false,
    createdAt: 1,
    updatedAt: 1,
    ...change,
  };
}

/** An active session of profile `profileId`. */
export function sampleSession(id: string, profileId: string, change: Partial<Session> = {}): Session {
  const changedAt = change.endedAt ?? change.startedAt ?? 10;
  return {
    id,
    profileId,
    profileName: `Profile ${profileId}`,
    driverType: 'e2b',
    status: 'active',
    disconnecting: false,
    reason: { text: 'Connected' },
    changedAt,
    keep: null,
    link: liveLink(changedAt),
    step: null,
    startedAt: 10,
    lastActivity: 20,
    endedAt: null,
    endsAt: 1_000,
    isolation: 'microvm',
    warnings: ['a warning'],
    metadata: { sandboxId: 'sbx', limits: [1, 2] },
    ...change,
  };
}

/** A running execution. */
export function sampleExecution(id: string, sessionId: string, change: Partial<Execution> = {}): Execution {
  return {
    id,
    sessionId,
    number: 1,
    language: 'python',
    code: 'print(1)',
    state: 'running',
    startedAt: 100,
    endedAt: null,
    result: null,
    outputBytes: 0,
    outputCount: 0,
    ...change,
  };
}

/** A text event of `size` bytes, each of value `seq` modulo 256. */
export function sampleOutput(seq: number, size = 10): StoredOutput {
  return {
    seq,
    at: 1_000 + seq,
    event: { type: 'text', stream: 'stdout', bytes: new Uint8Array(size).fill(seq) },
  };
}

/** Puts profile `p`, session `s` and a running execution for each id into the database. */
export function seed(db: Database, ...executionIds: string[]): void {
  db.profiles.insert(sampleProfile('p'));
  db.sessions.insert(sampleSession('s', 'p'), 'owner');
  for (const [index, id] of executionIds.entries()) {
    db.executions.insert(sampleExecution(id, 's', { number: index + 1 }));
  }
}
