/** The sandbox that a sync command works with: the one it was synced with last where that may still run, else a fresh one. */
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import { isEnded, mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import type { SyncRoot } from '../../src-shared/domain/sync.ts';
import type { Core } from '../app/create-core.ts';
import type { SyncCall } from './commands/sync.ts';
import { say } from './terminal.ts';
import { isExisting, type OpenedSession, openSession, type Where } from './use-session.ts';

/** Does `work` with it, and leaves it as it should be left. */
export async function inSyncSession<T>(
  call: SyncCall,
  root: SyncRoot,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const { core, terminal, where } = call;
  if (root.profileId === null) {
    throw new SpecboardError('not-found', `The profile "${root.profileName}" is deleted.`, {
      kept: 'Both folders are as they were.',
      hint: 'Remove this sync, and add one with another profile.',
    });
  }
  const opened = await open(call, root);
  const { session } = opened;
  const ended = new AbortController();
  const hearing = core.sessions.onEnded((one) => {
    if (one.id !== session.id) return;
    const { problem, text } = one.reason;
    ended.abort(problem ? SpecboardError.fromProblem(problem) : new SpecboardError('gone', `${text}.`));
  });
  try {
    return await work(ended.signal);
  } finally {
    hearing.dispose();
    await opened.close();
    const isFresh =
      !isExisting(where) && !where.keep && session.keep === 'end' && !hasOwnFolder(session.metadata);
    if (isFresh && opened.isFresh && !terminal.json) {
      const wasSynced = core.db.syncRoots.get(root.id)?.sessionId === session.id;
      await say(terminal, endedWords(canLeave(core, session.driverType), wasSynced));
    }
  }
}

async function open(
  { core, terminal, where, interrupts }: SyncCall,
  root: SyncRoot,
): Promise<OpenedSession & { isFresh: boolean }> {
  const profile = root.profileId ?? '';
  if (isExisting(where)) {
    const named = { ...where, profile };
    return { ...(await openSession(core, terminal, named, interrupts, 'as-it-was')), isFresh: false };
  }
  const earlier = earlierSession({ core, where }, root);
  if (earlier) {
    try {
      const again: Where = { ...where, profile, session: earlier };
      return { ...(await openSession(core, terminal, again, interrupts, 'as-it-was')), isFresh: false };
    } catch (error) {
      if (!['gone', 'not-found', 'conflict'].includes(toProblem(error).code)) throw error;
    }
  }
  const fresh = await openSession(core, terminal, { ...where, profile }, interrupts, 'as-the-profile-says');
  return { ...fresh, isFresh: true };
}

/** The session it was synced with last, where its sandbox can be used by us. */
function earlierSession({ core }: Pick<SyncCall, 'core' | 'where'>, root: SyncRoot): string | null {
  const sessionId = core.db.syncRoots.get(root.id)?.sessionId;
  const stored = sessionId ? core.db.sessions.get(sessionId) : undefined;
  if (!stored || stored.profileId !== root.profileId) return null;
  const holder = core.sessions.holderOf(stored);
  if (!canLeave(core, holder.driverType)) return null;
  const isElsewhere = !isEnded(holder) && holder.status === 'active';
  return mayStillRun(holder) || isElsewhere ? holder.id : null;
}

/** Whether a sandbox of this driver can outlive its session. */
function canLeave(core: Core, driverType: Session['driverType']): boolean {
  const manifest = core.registry.manifests().find(({ type }) => type === driverType);
  return manifest?.capabilities.keep.includes('leave') ?? false;
}

/** What became of a fresh sandbox, and what can be done about it. */
function endedWords(canBeLeft: boolean, wasSynced: boolean): string {
  const gone = wasSynced ? ', and what was synced there is gone with it' : '';
  const ended = `[specboard] The sandbox was a fresh one and ended with this command${gone}`;
  if (canBeLeft) return `${ended}; --keep leaves it.`;
  return wasSynced
    ? `${ended}. A profile with a working folder of its own keeps the files there.`
    : `${ended}.`;
}

/** A sandbox of this computer in a folder of the person's own: what is in it stays. */
function hasOwnFolder(metadata: Record<string, unknown>): boolean {
  const { folder, sandboxId } = metadata;
  return typeof folder === 'string' && typeof sandboxId === 'string' && !folder.includes(sandboxId);
}
