/** What is lost when a session ends, so that a person is asked only then, and is told what. Pure. */
import { type Execution, isFinal } from './execution.ts';
import { isEnded, type KeepMode, type Session } from './session.ts';

/** What would be lost. */
export interface SessionLoss {
  /** Numbers of executions that are stopped. */
  runs: number[];
  /** Names of files in the working folder that are deleted; the first few. */
  files: string[];
  /** Files beyond those. */
  moreFiles: number;
}

/** Names that are listed. */
const namesShown = 5;

/** How a session is left: as asked, else as its profile says; a sandbox that SpecBoard did not start is always left. */
export function modeOfEnding(session: Session, keep: KeepMode | undefined): KeepMode {
  return session.metadata.foreign === true ? 'leave' : (keep ?? session.keep ?? 'end');
}

/** Whether ending it this way deletes files that somebody may want: only then it is worth looking for them. */
export function deletesFiles(session: Session, mode: KeepMode): boolean {
  return mode === 'end' && session.status === 'active' && session.metadata.filesStay !== true;
}

/**
 * What ending a session loses; null where nothing. `names`: what the working folder holds, where that was looked at; names
 * that begin with a dot are the system's own.
 */
export function lossOf(
  session: Session,
  mode: KeepMode,
  executions: readonly Execution[],
  names: readonly string[],
): SessionLoss | null {
  if (isEnded(session)) return null;
  const runs = executions
    .filter(({ sessionId, state }) => sessionId === session.id && !isFinal(state))
    .map(({ number }) => number)
    .sort((a, b) => a - b);
  const files = deletesFiles(session, mode) ? names.filter((name) => !name.startsWith('.')).sort() : [];
  if (runs.length === 0 && files.length === 0) return null;
  return { runs, files: files.slice(0, namesShown), moreFiles: Math.max(0, files.length - namesShown) };
}

/** Whether a sandbox that is left this way may go on costing: not on this computer itself. */
export function goesOnCosting(session: Session, mode: KeepMode): boolean {
  return !isEnded(session) && mode !== 'end' && session.metadata.foreign !== true;
}
