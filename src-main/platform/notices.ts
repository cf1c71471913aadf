/** What is worth a notification: a run that ended, a question, a lost session, one that ends soon, a sync conflict, while nobody looks. Pure. */
import { type Execution, type FinalState, isFinal } from '../../src-shared/domain/execution.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import type { Settings } from '../../src-shared/domain/settings.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { SyncRoot } from '../../src-shared/domain/sync.ts';

/** Something that happened. Its text holds no code, no output and no path: it may stand on a lock screen. */
export interface Notice {
  kind: 'finished' | 'question' | 'lost' | 'ending' | 'sync';
  sessionId: string;
  /** Where a click leads, where that is more than the session. */
  executionId: string | null;
  /** What a click does where it leads to no execution. */
  command: 'show-session' | 'show-sync' | 'next-conflict';
  title: string;
  body: string;
  /** Of a finished run; ms. */
  durationMs: number;
  /** A finished run that did not succeed. */
  failed: boolean;
}

/** What deciding depends on. */
export interface NoticeContext {
  /** The window has the focus: the person sees it there. */
  focused: boolean;
  /** The session that the window shows. */
  shownSessionId: string | null;
  settings: Settings;
  /** When this session was last notified about, ms since the epoch; undefined: never. */
  lastAt: number | undefined;
  now: number;
}

/** Least time between two notifications of one session, ms. */
export const noticeIntervalMs = 30_000;
/** How long before a sandbox's end time the person is told, ms. */
export const endingMs = 5 * 60_000;

/** What happened between two snapshots, worst first. Asks nothing about settings: `decide` does. */
export function noticesBetween(before: Status, after: Status): Notice[] {
  const sessionOf = (id: string) => after.sessions.find((session) => session.id === id);
  const lost = after.sessions.flatMap((session) => {
    const old = before.sessions.find(({ id }) => id === session.id);
    return old !== undefined && wasLost(old, session) ? [lostNotice(session)] : [];
  });
  const known = new Set(before.questions.map(({ id }) => id));
  const asked = after.questions.flatMap((question) => {
    const session = sessionOf(question.sessionId);
    const run = after.executions.find(({ id }) => id === question.executionId);
    return known.has(question.id) ? [] : [questionNotice(question, session, run)];
  });
  const finished = after.executions.flatMap((execution) => {
    const old = before.executions.find(({ id }) => id === execution.id);
    if (old === undefined || isFinal(old.state) || !isFinal(execution.state)) return [];
    return finishedNotice(execution, execution.state, sessionOf(execution.sessionId));
  });
  const synced = after.syncs.flatMap((root) => {
    const old = before.syncs.find(({ id }) => id === root.id);
    return old === undefined ? [] : syncNotice(old, root);
  });
  return [...lost, ...asked, ...synced, ...finished];
}

/** Sessions that end within five minutes; each end time is told once (`told` remembers it), a moved one again. */
export function endingNotices({ sessions }: Status, now: number, told: Set<string>): Notice[] {
  return sessions.flatMap((session) => {
    const { endsAt } = session;
    if (session.status !== 'active' || session.disconnecting || endsAt === null) return [];
    const key = `${session.id} ${endsAt}`;
    if (now < endsAt - endingMs || now >= endsAt || told.has(key)) return [];
    told.add(key);
    // Whoever starts one for so short a time knows.
    if (session.startedAt > endsAt - endingMs) return [];
    return [
      {
        ...plain('ending', session.id),
        title: `${nameOf(session)} ends in ${durationWords(endsAt - now)}`,
        body: 'Extend it in SpecBoard, or save what you need.',
      },
    ];
  });
}

/** When to look for ending sessions again, ms since the epoch; null: no need before the status changes. */
export function nextEndingAt({ sessions }: Status, now: number): number | null {
  const times = sessions.flatMap(({ status, endsAt }) =>
    status === 'active' && endsAt !== null && endsAt - endingMs > now ? [endsAt - endingMs] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * The decision: shown now, told later together with what comes until then, or not at all. A lost session is told even when
 * its run was just told about; anything else waits its turn.
 */
export function decide(notice: Notice, context: NoticeContext): 'show' | 'later' | 'never' {
  const { settings, lastAt, now } = context;
  if (!isWanted(notice, settings) || isSeen(notice, context)) return 'never';
  if (notice.kind === 'lost') return 'show';
  return lastAt === undefined || now - lastAt >= noticeIntervalMs ? 'show' : 'later';
}

function isWanted(notice: Notice, settings: Settings): boolean {
  switch (notice.kind) {
    case 'finished':
      return settings.notifyFinished && notice.durationMs >= settings.notifyAfterSeconds * 1000;
    case 'question':
      return settings.notifyQuestion;
    case 'lost':
      return settings.notifyLost;
    case 'ending':
      return settings.notifyEnding;
    case 'sync':
      return settings.notifySync;
  }
}

/** A question stands above everything in the window, syncs have their marks in it; the rest is seen only where its session is shown. */
function isSeen(notice: Notice, { focused, shownSessionId }: NoticeContext): boolean {
  const { kind, sessionId } = notice;
  return focused && (kind === 'question' || kind === 'sync' || sessionId === shownSessionId);
}

/** Several notices of one session as one: the gravest leads, runs are counted. */
export function merged(notices: readonly Notice[], status: Status): Notice | null {
  const [first] = notices;
  if (first === undefined || notices.length === 1) return first ?? null;
  const other = notices.find(({ kind }) => kind !== 'finished');
  if (other) return other;
  const failed = notices.filter((notice) => notice.failed);
  const session = status.sessions.find(({ id }) => id === first.sessionId);
  const target = failed.at(-1) ?? notices.at(-1) ?? first;
  const count = failed.length === 0 ? 'all finished' : `${failed.length} of them failed`;
  return {
    ...target,
    title: `${notices.length} runs ended`,
    body: session ? `${nameOf(session)}, ${count}` : count,
  };
}

/** Lost: it was connected, and ended without anybody asking for that. */
function wasLost(before: Session, after: Session): boolean {
  if (before.status !== 'active' || !isEnded(after)) return false;
  return after.status === 'error' || !before.disconnecting;
}

function plain(
  kind: Notice['kind'],
  sessionId: string,
  executionId: string | null = null,
  command: Notice['command'] = 'show-session',
) {
  return { kind, sessionId, executionId, command, durationMs: 0, failed: false };
}

/** A new conflict, or a question of a sync that went on by itself. The first sync is asked for where the plan is shown. */
function syncNotice(old: SyncRoot, root: SyncRoot): Notice[] {
  const { sessionId, conflicts, profileName } = root;
  if (sessionId === null) return [];
  const body = `${visible(profileName)}. Nothing was replaced.`;
  if (conflicts > old.conflicts) {
    const title =
      conflicts === 1 ? '1 sync conflict waits for you' : `${conflicts} sync conflicts wait for you`;
    return [{ ...plain('sync', sessionId, null, 'next-conflict'), title, body }];
  }
  const asks = root.state === 'waiting' && root.halt !== null && root.halt.reason !== 'first-sync';
  if (!asks || old.state === 'waiting') return [];
  return [{ ...plain('sync', sessionId, null, 'show-sync'), title: 'Sync waits for your answer', body }];
}

function lostNotice(session: Session): Notice {
  return {
    ...plain('lost', session.id),
    title: `${nameOf(session)}: session lost`,
    body: withoutPaths(session.reason.text),
  };
}

function questionNotice(
  { sessionId, executionId, packages }: Status['questions'][number],
  session: Session | undefined,
  run: Execution | undefined,
): Notice {
  return {
    ...plain('question', sessionId, executionId),
    title: run ? `Run #${run.number} waits for your answer` : 'A run waits for your answer',
    body: [
      session && nameOf(session),
      packages.length === 1 ? 'a package is missing' : 'packages are missing',
    ]
      .filter(Boolean)
      .join(', '),
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

function finishedNotice(execution: Execution, state: FinalState, session: Session | undefined): Notice[] {
  const word = words[state];
  if (word === null) return [];
  const durationMs =
    execution.result?.durationMs ?? (execution.endedAt ?? execution.startedAt) - execution.startedAt;
  return [
    {
      ...plain('finished', execution.sessionId, execution.id),
      title: `Run #${execution.number} ${word}`,
      body: [session && nameOf(session), `after ${durationWords(durationMs)}`].filter(Boolean).join(', '),
      durationMs,
      failed: state !== 'succeeded',
    },
  ];
}

/** A name that cannot pretend to be something else on a lock screen. */
function nameOf({ profileName }: Session): string {
  return visible(profileName);
}

function visible(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}

/** Reasons are written for people, but may name a file: not on a lock screen. */
function withoutPaths(text: string): string {
  return text.replace(/(?:~|[A-Za-z]:|(?<=^|[\s"'(“]))[\\/](?:[^\s\\/"')”]+[\\/])*[^\s\\/"')”]+/g, '…');
}

/** "42 s", "3 min 5 s", "2 h 10 min". */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
