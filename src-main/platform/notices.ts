/** What is worth a notification: a long run that ended, or a session that was lost, while nobody looks. Pure. */
import { type Execution, type FinalState, isFinal } from '../../src-shared/domain/execution.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import type { Settings } from '../../src-shared/domain/settings.ts';
import type { Status } from '../../src-shared/domain/status.ts';

/** Something that happened. Its text holds no code, no output and no path: it may stand on a lock screen. */
export interface Notice {
  kind: 'finished' | 'lost';
  sessionId: string;
  title: string;
  body: string;
  /** Of a finished run; ms. */
  durationMs: number;
}

/** What deciding depends on. */
export interface NoticeContext {
  /** The window has the focus: the person sees it there. */
  focused: boolean;
  settings: Settings;
  /** When this session was last notified about, ms since the epoch; undefined: never. */
  lastAt: number | undefined;
  now: number;
}

/** Least time between two notifications of one session, ms. */
export const noticeIntervalMs = 30_000;

/** What happened between two snapshots, worst first. Asks nothing about settings: `shouldNotify` does. */
export function noticesBetween(before: Status, after: Status): Notice[] {
  const lost = after.sessions.flatMap((session) => {
    const old = before.sessions.find(({ id }) => id === session.id);
    return old !== undefined && wasLost(old, session) ? [lostNotice(session)] : [];
  });
  const finished = after.executions.flatMap((execution) => {
    const old = before.executions.find(({ id }) => id === execution.id);
    if (old === undefined || isFinal(old.state) || !isFinal(execution.state)) return [];
    const session = after.sessions.find(({ id }) => id === execution.sessionId);
    return [finishedNotice(execution, execution.state, session)];
  });
  return [...lost, ...finished.filter((notice) => notice !== null)];
}

/** The decision. A lost session is told even when its run was just told about; a finished run waits its turn. */
export function shouldNotify(notice: Notice, context: NoticeContext): boolean {
  const { focused, settings, lastAt, now } = context;
  if (focused) return false;
  if (notice.kind === 'lost') return settings.notifyLost;
  if (!settings.notifyFinished) return false;
  if (notice.durationMs < settings.notifyAfterSeconds * 1000) return false;
  return lastAt === undefined || now - lastAt >= noticeIntervalMs;
}

/** Lost: it was connected, and ended without anybody asking for that. */
function wasLost(before: Session, after: Session): boolean {
  if (before.status !== 'active' || !isEnded(after)) return false;
  return after.status === 'error' || !before.disconnecting;
}

function lostNotice(session: Session): Notice {
  return {
    kind: 'lost',
    sessionId: session.id,
    title: `${session.profileName}: session lost`,
    body: session.reason.text,
    durationMs: 0,
  };
}

const words: Record<FinalState, string | null> = {
  succeeded: 'finished',
  failed: 'failed',
  'timed-out': 'took too long and was stopped',
  // The person did that, or is told about the session.
  cancelled: null,
  lost: null,
};

function finishedNotice(
  execution: Execution,
  state: FinalState,
  session: Session | undefined,
): Notice | null {
  const word = words[state];
  if (word === null) return null;
  const durationMs =
    execution.result?.durationMs ?? (execution.endedAt ?? execution.startedAt) - execution.startedAt;
  return {
    kind: 'finished',
    sessionId: execution.sessionId,
    title: `Run #${execution.number} ${word}`,
    body: [session?.profileName, `after ${durationWords(durationMs)}`].filter(Boolean).join(', '),
    durationMs,
  };
}

/** "42 s", "3 min 5 s", "2 h 10 min". */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
