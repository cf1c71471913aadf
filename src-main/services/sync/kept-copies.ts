/** The sync history: copies that a sync kept, brought back on a person's word, and gone after 30 days. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type SyncKept, syncKeepDays } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredKept } from '../../db/repositories/sync-history.ts';
import { emptySummary } from '../../sync/cycle/cycle-types.ts';
import { checkPlace, lookAt, putLocal } from './put-local.ts';
import type { RootRunner } from './root-runner.ts';

const keepMs = syncKeepDays * 86_400_000;
/** Removed at a time ... */
const expiredAtOnce = 500;
/** ... and so often in a row; the rest goes the next time. */
const mostInARow = 100;
const expireEveryMs = 3_600_000;
const retryMs = 60_000;
const runsKept = 500;

/** What it needs. */
export interface KeptCopiesDependencies {
  db: Pick<Database, 'syncHistory' | 'sessions'>;
  clock: Clock;
}

/** See the file's first line. */
export class KeptCopies {
  readonly #deps: KeptCopiesDependencies;
  /** When each root's copies are looked at again. */
  readonly #next = new Map<string, { at: number; failed: boolean }>();

  constructor(deps: KeptCopiesDependencies) {
    this.#deps = deps;
  }

  /** Newest first. */
  list(
    runner: RootRunner,
    { search, ...page }: { search: string; offset: number; limit: number },
  ): { items: SyncKept[]; total: number } {
    const { items, total } = this.#deps.db.syncHistory.listKept(runner.root.id, search, page);
    return { items: items.map((copy) => this.#view(copy, runner)), total };
  }

  /** Puts a copy back where it was, on this computer; what is there now is kept in turn. */
  async restore(runner: RootRunner, keptId: string): Promise<void> {
    const { db, clock } = this.#deps;
    const copy = db.syncHistory.getKept(keptId);
    if (!copy) throw gone();
    const startedAt = clock.now();
    const work = async (local: Local, remote: Remote, signal: AbortSignal) => {
      const { path, version } = copy;
      // Names of copies are of one sandbox: another one has none of them, or others.
      if (remote && !this.#isReachable(copy, runner)) throw inAnotherSandbox();
      const seen = await lookAt(local, path, runner.root.exclusions, signal);
      await checkPlace(join(runner.root.localPath, path), path, seen);
      const { entry: over, folders } = seen;
      const content = await contentOf(copy, local, remote, signal);
      const name = await putLocal(local, { path, entry: version, over, folders, content }, signal);
      const endedAt = clock.now();
      const { id: rootId } = runner.root;
      const sessionId = runner.live?.session.id ?? null;
      if (name !== null && over) {
        const about = { id: randomUUID(), rootId, sessionId, path, side: 'local', where: 'local' } as const;
        db.syncHistory.addKept([{ ...about, why: 'restored-over', version: over, keptAt: endedAt, name }]);
      }
      const run = { id: randomUUID(), rootId, sessionId, startedAt, endedAt, problem: null } as const;
      db.syncHistory.addRun({ ...run, trigger: 'restore', outcome: 'done', summary: emptySummary }, runsKept);
    };
    if (copy.where === 'local') await runner.withLocal((local, signal) => work(local, null, signal));
    else await runner.withSides(({ local, remote, signal }) => work(local, remote, signal));
  }

  /** Forgets what is older than 30 days, on both sides; now and then, and after a cycle also where it failed before. Never throws. */
  async expire(runner: RootRunner, { isAfterCycle }: { isAfterCycle: boolean }): Promise<void> {
    const { db, clock } = this.#deps;
    const { id } = runner.root;
    const now = clock.now();
    const next = this.#next.get(id);
    if (next && now < next.at && !(next.failed && isAfterCycle)) return;
    this.#next.set(id, { at: now + expireEveryMs, failed: false });
    try {
      for (let n = 0; n < mostInARow; n += 1) {
        const old = db.syncHistory.expired(id, now - keepMs, expiredAtOnce);
        await this.#drop(runner, old);
        if (old.length < expiredAtOnce) return;
      }
    } catch {
      // Another process has it, or the link broke.
      this.#next.set(id, { at: now + retryMs, failed: true });
    }
  }

  async #drop(runner: RootRunner, old: readonly StoredKept[]): Promise<void> {
    const { db } = this.#deps;
    const here = old.filter(({ where }) => where === 'local');
    if (here.length > 0) {
      await runner.withLocal((local) => local.dropKept(here.map(({ name }) => name)));
      db.syncHistory.removeKept(here.map((copy) => copy.id));
    }
    // Of a sandbox that is not connected only the row goes: the sandbox forgets by itself.
    const there = old.filter(({ where }) => where === 'remote');
    const reachable = there.filter((copy) => this.#isReachable(copy, runner)).map(({ name }) => name);
    if (reachable.length > 0)
      await runner.withSides(({ remote, signal }) => remote.dropKept(reachable, signal));
    db.syncHistory.removeKept(there.map((copy) => copy.id));
  }

  #view({ sessionId: _session, name: _name, ...copy }: StoredKept, runner: RootRunner): SyncKept {
    const available = copy.where === 'local' || this.#isReachable({ ...copy, sessionId: _session }, runner);
    return { ...copy, expiresAt: copy.keptAt + keepMs, available };
  }

  /** It lies in the sandbox that is connected now, whichever session that was then. */
  #isReachable({ sessionId }: Pick<StoredKept, 'sessionId'>, { live, isOnline }: RootRunner): boolean {
    if (!live || !isOnline || sessionId === null) return false;
    if (sessionId === live.session.id) return true;
    const then = this.#deps.db.sessions.get(sessionId)?.metadata.sandboxId;
    return typeof then === 'string' && then === live.connection.sandboxId;
  }
}

type Local = Parameters<Parameters<RootRunner['withLocal']>[0]>[0];
type Remote = Parameters<Parameters<RootRunner['withSides']>[0]>[0]['remote'] | null;

async function contentOf(
  { version, where, name }: StoredKept,
  local: Local,
  remote: Remote,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (version.kind !== 'file') return none();
  if (where === 'remote') {
    if (!remote) throw gone();
    return remote.readKept(name, signal);
  }
  return piecesOf(await local.readKept(name), signal);
}

/** Opened when the first piece is asked for: nothing stays open where nobody asks. */
async function* piecesOf(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 262_144, signal });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? gone() : error;
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

function inAnotherSandbox(): SpecboardError {
  return new SpecboardError('unavailable', 'This copy lies in a sandbox that is not connected now.', {
    kept: 'Nothing was changed.',
    hint: 'Connect the sandbox in which it was kept, if it still is there.',
  });
}

function gone(): SpecboardError {
  return new SpecboardError('not-found', 'This copy is not there any more.', {
    kept: 'Nothing was changed.',
  });
}
