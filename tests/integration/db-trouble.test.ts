/** A damaged file, a folder or file that cannot be written, a full disk: a clear error each, and nothing lost. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src-main/db/connection.ts';
import { toDatabaseError } from '../../src-main/db/database-errors.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import {
  type DatabaseFixture,
  laterMigrations,
  makeDatabaseFixture,
  sampleOutput,
  sampleProfile,
  seed,
} from '../support/database.ts';

let fixture: DatabaseFixture;
const undo: (() => void)[] = [];
beforeEach(() => {
  fixture = makeDatabaseFixture();
});
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
  fixture.dispose();
});

async function problemOf(action: () => unknown): Promise<SpecboardError['problem']> {
  try {
    await action();
  } catch (error) {
    return (error as SpecboardError).problem;
  }
  throw new Error('it did not fail');
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function makeFilled(): Promise<void> {
  const db = await fixture.open();
  seed(db, 'e');
  for (let seq = 0; seq < 20; seq += 1) {
    db.executions.append('e', [sampleOutput(seq, 20_000)], { outputBytes: 0, outputCount: seq + 1 });
  }
  db.close();
}

describe('a damaged database', () => {
  const damages: Record<string, (file: string) => void> = {
    'something else in its place': (file) => writeFileSync(file, 'not a database at all, '.repeat(500)),
    'its first page gone': (file) => overwrite(file, 0, 4_096),
    'its end cut off': (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
    // Only reading every page finds this before somebody asks for that output.
    'its last pages overwritten': (file) => overwrite(file, statSync(file).size - 8_192, 8_192),
    'a page in the middle overwritten': (file) => overwrite(file, 4_096, 8 * 4_096),
  };

  for (const [name, damage] of Object.entries(damages)) {
    test(`${name}: says so, where it is, what to do; the file is kept`, async () => {
      await makeFilled();
      damage(fixture.file);
      const before = hashOf(fixture.file);
      const problem = await problemOf(() => fixture.open());
      expect(problem).toMatchObject({
        code: 'database-corrupt',
        kept: expect.stringContaining('kept'),
        hint: expect.stringContaining('Rename'),
      });
      expect(problem.message).toContain(fixture.file);
      expect(hashOf(fixture.file)).toBe(before);
    });
  }

  test("another program's database is not taken over", async () => {
    const other = new Sqlite(fixture.file);
    other.exec('CREATE TABLE theirs (id)');
    other.close();
    const before = hashOf(fixture.file);
    expect(await problemOf(() => fixture.open())).toMatchObject({ code: 'database-corrupt' });
    expect(hashOf(fixture.file)).toBe(before);
  });

  test('damage that shows while it is open is reported as that', async () => {
    await makeFilled();
    const db = await fixture.open();
    overwrite(fixture.file, 4_096, statSync(fixture.file).size - 4_096);
    expect(await problemOf(() => db.executions.readOutput('e', 0, 1_000_000))).toMatchObject({
      code: 'database-corrupt',
    });
  });

  function overwrite(file: string, from: number, length: number): void {
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.alloc(length, 0xa5), 0, length, from);
    closeSync(fd);
  }
});

/** root may write anywhere, whatever the mode says: for root a file system that is read-only stands in. */
const isRoot = process.getuid?.() === 0;
const canMount = isRoot && process.platform === 'linux' && tryMount();

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sb-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
}

/** A file system of its own under the fixture's folder. */
function mountSmall(size: string): DatabaseFixture {
  const folder = join(fixture.folder, 'mount');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder]);
  expect(status).toBe(0);
  const mounted = makeDatabaseFixture(join(folder, 'data'));
  undo.push(() => {
    mounted.dispose();
    spawnSync('umount', ['-l', folder]);
  });
  return mounted;
}

const readOnlyReason = isRoot && !canMount ? ' (skipped: root, and no mount to be had)' : '';
describe.skipIf(readOnlyReason !== '' || process.platform === 'win32')(
  `not writable${readOnlyReason}`,
  () => {
    /** Makes what is at `paths` read-only: by mode, or for root by the mount. */
    function protect(data: DatabaseFixture, ...paths: string[]): void {
      if (isRoot) {
        const mount = join(data.folder, '..');
        expect(spawnSync('mount', ['-o', 'remount,ro', mount]).status).toBe(0);
        undo.push(() => spawnSync('mount', ['-o', 'remount,rw', mount]));
        return;
      }
      for (const path of paths) {
        const { mode } = statSync(path);
        chmodSync(path, mode & 0o555);
        undo.push(() => chmodSync(path, mode));
      }
    }

    test('an existing database: says so and is not touched', async () => {
      const data = isRoot ? mountSmall('2m') : fixture;
      const db = await data.open();
      db.profiles.insert(sampleProfile('a'));
      db.close();
      const before = hashOf(data.file);
      protect(data, data.file, data.folder);
      const problem = await problemOf(() => data.open());
      expect(problem).toMatchObject({
        code: 'database-unwritable',
        hint: expect.stringContaining(data.folder),
      });
      expect(problem.message).toContain(data.file);
      expect(hashOf(data.file)).toBe(before);
    });

    test('a folder where none is yet: says so', async () => {
      const data = isRoot ? mountSmall('2m') : fixture;
      mkdirSync(data.folder, { recursive: true });
      protect(data, data.folder);
      expect(await problemOf(() => data.open())).toMatchObject({ code: 'database-unwritable' });
      expect(readdirSync(data.folder)).toEqual([]);
    });

    test('a refusal by SQLite itself is reported as that, and what was there is readable', async () => {
      const db = await fixture.open();
      db.profiles.insert(sampleProfile('a'));
      const client = new Sqlite(fixture.file, { readonly: true });
      const error = (() => {
        try {
          client.exec('DELETE FROM driver_config');
        } catch (caught) {
          return toDatabaseError(caught, fixture.file);
        }
        return undefined;
      })();
      client.close();
      expect(error).toMatchObject({ code: 'database-unwritable' });
      expect(db.profiles.list()).toHaveLength(1);
    });
  },
);

test('a folder in the way of the file is reported', async () => {
  mkdirSync(fixture.file);
  expect(await problemOf(() => fixture.open())).toMatchObject({ code: 'database-unwritable' });
});

const fullReason = canMount ? '' : ' (skipped: needs root on Linux, to mount a small file system)';
describe.skipIf(fullReason !== '')(`a full disk${fullReason}`, () => {
  /** Takes all the space that is left. */
  function fill(data: DatabaseFixture): string {
    const ballast = join(data.folder, '..', 'ballast');
    const fd = openSync(ballast, 'a');
    try {
      for (const size of [65_536, 4_096]) {
        for (;;) {
          try {
            if (writeSync(fd, Buffer.alloc(size)) < size) break;
          } catch {
            break;
          }
        }
      }
    } finally {
      closeSync(fd);
    }
    return ballast;
  }

  function appendUntilFull(db: Database): number {
    for (let seq = 0; seq < 10_000; seq += 1) {
      try {
        db.executions.append('e', [sampleOutput(seq, 8_192)], { outputBytes: 0, outputCount: seq + 1 });
      } catch (error) {
        expect((error as SpecboardError).problem).toMatchObject({
          code: 'no-space',
          kept: expect.stringContaining('Everything stored so far'),
        });
        return seq;
      }
    }
    throw new Error('the disk never got full');
  }

  test('in the midst of output: says so, keeps all that was stored, goes on when there is space', async () => {
    const data = mountSmall('6m');
    const db = await data.open();
    seed(db, 'e');
    const ballast = join(data.folder, '..', 'ballast');
    writeFileSync(ballast, Buffer.alloc(2_500_000));
    const stored = appendUntilFull(db);
    expect(stored).toBeGreaterThan(10);
    expect(db.executions.readOutput('e', 0, 1e9).items).toHaveLength(stored);
    expect(db.executions.get('e')).toMatchObject({ outputCount: stored });
    expect(await problemOf(() => appendLarge(db, stored))).toMatchObject({ code: 'no-space' });
    rmSync(ballast);
    appendLarge(db, stored);
    db.close();
    const again = await data.open();
    expect(again.executions.readOutput('e', 0, 1e9).items).toHaveLength(stored + 1);
  });

  function appendLarge(db: Database, seq: number): void {
    db.executions.append('e', [sampleOutput(seq, 300_000)], { outputBytes: 0, outputCount: seq + 1 });
  }

  test('at the start: says so, and the database is there when there is space', async () => {
    const data = mountSmall('2m');
    const db = await data.open();
    db.profiles.insert(sampleProfile('a'));
    db.close();
    const ballast = fill(data);
    const problem = await problemOf(async () => (await data.open()).profiles.insert(sampleProfile('b')));
    expect(problem).toMatchObject({ code: 'no-space' });
    rmSync(ballast);
    expect((await data.open()).profiles.list().map(({ id }) => id)).toEqual(['a']);
  });

  test('for a new database: says so', async () => {
    const data = mountSmall('1m');
    mkdirSync(data.folder);
    fill(data);
    expect(await problemOf(() => data.open())).toMatchObject({ code: 'no-space' });
  });

  test('at a migration: no backup, no migration, everything as before', async () => {
    const data = mountSmall('2560k');
    const db = await data.open();
    seed(db, 'e');
    db.executions.append('e', [sampleOutput(0, 700_000)], { outputBytes: 0, outputCount: 1 });
    db.close();
    const ballast = join(data.folder, '..', 'ballast');
    writeFileSync(ballast, Buffer.alloc(700_000));
    const later = laterMigrations(fixture.folder, 'ALTER TABLE `driver_config` ADD `colour` text;');
    expect(await problemOf(() => data.open(later))).toMatchObject({ code: 'no-space' });
    expect(readdirSync(data.folder).filter((name) => name.includes('.bak'))).toEqual([]);
    expect((await data.open()).executions.readOutput('e', 0, 1e9).items).toHaveLength(1);
  });
});
