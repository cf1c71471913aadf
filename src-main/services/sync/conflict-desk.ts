/** Conflicts that wait: shown with what is in them, and decided on the person's word. */
import { createHash } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncChoice, SyncConflict, SyncConflictContent } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredConflict } from '../../db/repositories/sync-conflicts.ts';
import { choicesOf, type Resolution } from '../../sync/reconcile/resolution.ts';
import type { Entry, Unusable } from '../../sync/types.ts';
import { changed, conflictContent } from './conflict-content.ts';
import { conflictView } from './conflict-view.ts';
import type { SqliteManifestStore } from './manifest-store.ts';
import { lookAt, putLocal } from './put-local.ts';
import type { RootRunner } from './root-runner.ts';

/** What it needs. */
export interface ConflictDeskDependencies {
  db: Pick<Database, 'syncConflicts' | 'syncHistory'>;
  store: SqliteManifestStore;
  clock: Clock;
  runner: (rootId: string) => RootRunner;
}

/** See the file's first line. */
export class ConflictDesk {
  readonly #deps: ConflictDeskDependencies;

  constructor(deps: ConflictDeskDependencies) {
    this.#deps = deps;
  }

  /** By path. */
  list(rootId: string): SyncConflict[] {
    const taken = this.#taken(rootId);
    return this.#deps.db.syncConflicts.list(rootId).map((stored) => conflictView(stored, taken));
  }

  /** With what is in it. */
  async content(conflictId: string): Promise<SyncConflictContent> {
    const { db, runner: runnerOf } = this.#deps;
    const stored = this.#stored(conflictId);
    const { rootId, base } = stored;
    const conflict = conflictView(stored, this.#taken(rootId));
    const keptBase = base?.kind === 'file' ? (db.syncHistory.findKept(rootId, base.hash) ?? null) : null;
    const runner = runnerOf(rootId);
    const { localPath } = runner.root;
    const baseTwin = base && !keptBase ? this.#twinOf(rootId, conflict.path, base.hash) : null;
    const about = { localPath, keptBase, baseTwin };
    if (runner.isOnline) {
      return runner.withSides(({ local, remote, signal }) =>
        conflictContent(conflict, { ...about, local, remote, signal }),
      );
    }
    return runner.withLocal((local, signal) =>
      conflictContent(conflict, { ...about, local, remote: null, signal }),
    );
  }

  /** Decides conflicts of one root by a cycle, and waits for its end. Throws where it could not be done as chosen. */
  async resolve(conflictIds: readonly string[], choice: SyncChoice, text?: string): Promise<void> {
    const all = conflictIds.map((id) => this.#stored(id));
    const [first] = all;
    if (!first) return;
    if (all.some(({ rootId }) => rootId !== first.rootId)) throw invalid('Decide one sync after the other.');
    for (const { kind, local, remote, path } of all) {
      if (choicesOf(kind, local, remote).includes(choice)) continue;
      throw invalid(`${path} cannot be decided that way.`);
    }
    const runner = this.#deps.runner(first.rootId);
    const resolutions = new Map<string, Resolution>();
    if (choice === 'merged') {
      if (all.length !== 1 || text === undefined) throw invalid('Give one merged text for one conflict.');
      resolutions.set(first.path, await this.#merge(runner, first, text));
    } else {
      const isTaken = this.#taken(first.rootId);
      const names = new Set<string>();
      for (const stored of all) {
        const { path, local, remote } = stored;
        const { bothName } = conflictView(stored, (name) => names.has(name) || isTaken(name));
        names.add(bothName);
        resolutions.set(path, { choice, local, remote, ...(choice === 'both' ? { bothName } : {}) });
      }
    }
    // When its turn comes: another window, or another process, may have decided by then.
    // (What was merged is written by now: the cycle sees whether the rest is as it was.)
    const before = () => {
      if (choice !== 'merged') for (const id of conflictIds) this.#stored(id);
    };
    const { finished } = await runner.begin({ trigger: 'resolve', resolutions, before });
    const { outcome, problem, halt, conflicts, unusable } = await finished;
    if (problem) throw SpecboardError.fromProblem(problem);
    if (halt) {
      throw new SpecboardError('conflict', halt.message, {
        kept:
          choice === 'merged'
            ? 'The merged text is in the file on this computer; the sandbox has its own still.'
            : 'The conflict waits as before.',
        hint: 'Answer that first, then decide again.',
      });
    }
    if (outcome === 'cancelled') throw new SpecboardError('cancelled', 'Stopped.');
    const full = unusable.find(({ path, reason }) => reason === 'not-empty' && isDecided(path, resolutions));
    if (full) {
      // Found out only while it was done: then it is asked anew, about what is there now.
      if (!conflicts?.some(({ path }) => resolutions.has(path)))
        await (await runner.begin({ trigger: 'resolve' })).finished;
      throw notEmpty(full);
    }
    if (conflicts?.some(({ path }) => resolutions.has(path))) throw changed();
  }

  /** Writes the merged text to this computer, keeping what was there; it is this computer's copy then. */
  async #merge(
    runner: RootRunner,
    { path, local, remote }: StoredConflict,
    text: string,
  ): Promise<Resolution> {
    const bytes = Buffer.from(text, 'utf8');
    const { clock, db } = this.#deps;
    const entry: Entry = {
      ...{ kind: 'file', size: bytes.length, modifiedAt: clock.now(), target: null },
      executable: local?.executable ?? false,
      hash: createHash('sha256').update(bytes).digest('hex'),
    };
    await runner.withSides(async ({ local: side, signal }) => {
      const { entry: over, folders } = await lookAt(side, path, runner.root.exclusions, signal);
      if (over?.hash !== local?.hash || over?.kind !== local?.kind) throw changed();
      const content = (async function* () {
        yield bytes;
      })();
      const name = await putLocal(side, { path, entry, over, folders, content }, signal);
      if (name === null || !over) return;
      const { id: rootId } = runner.root;
      const about = { id: crypto.randomUUID(), rootId, sessionId: runner.live?.session.id ?? null, path };
      const where = { side: 'local', where: 'local', why: 'not-chosen' } as const;
      db.syncHistory.addKept([{ ...about, ...where, version: over, keptAt: clock.now(), name }]);
    });
    return { choice: 'local', local: entry, remote };
  }

  /** Another file on which both sides agree, with this content. */
  #twinOf(rootId: string, path: string, hash: string): string | null {
    for (const [other, entry] of this.#deps.store.load(rootId).entries)
      if (entry.kind === 'file' && entry.hash === hash && other !== path) return other;
    return null;
  }

  #stored(conflictId: string): StoredConflict {
    const stored = this.#deps.db.syncConflicts.get(conflictId);
    if (stored) return stored;
    throw new SpecboardError('conflict', 'This conflict is not as it was shown, or decided already.', {
      kept: 'Nothing was changed.',
      hint: 'Look at the conflicts again.',
    });
  }

  #taken(rootId: string): (path: string) => boolean {
    const { entries } = this.#deps.store.load(rootId);
    const waiting = new Set(this.#deps.db.syncConflicts.list(rootId).map(({ path }) => path));
    return (path) => entries.has(path) || waiting.has(path);
  }
}

/** Whether it was decided about, or something above it. */
function isDecided(path: string, resolutions: ReadonlyMap<string, Resolution>): boolean {
  for (const decided of resolutions.keys())
    if (path === decided || path.startsWith(`${decided}/`)) return true;
  return false;
}

function notEmpty({ path, side }: Unusable): SpecboardError {
  const place = side === 'local' ? 'on this computer' : 'in the sandbox';
  return new SpecboardError('conflict', `The folder ${path} ${place} holds something that is not synced.`, {
    kept: 'The folder stays as long as that is in it, and the conflict waits.',
    hint: 'Move away what is left out of the sync, or decide for the folder.',
  });
}

function invalid(message: string): SpecboardError {
  return new SpecboardError('invalid', message, { kept: 'Nothing was changed.' });
}
