/**
 * What a person sees of a session: one kind, one word and a reason, derived from the session, its link, its executions and its
 * questions. One pure function for window, tray, menus and command line, so that all of them say the same, for every driver.
 */
import { formatClockDuration } from '../lib/duration.ts';
import { type Execution, isFinal } from './execution.ts';
import type { Session } from './session.ts';
import { failureWords, sessionWords as words } from './session-words.ts';
import type { Status } from './status.ts';
import { type SyncViewKind, syncKind } from './sync-view.ts';

/** The kinds; each has a glyph of its own shape. */
export const sessionViewKinds = [
  'not-connected',
  'starting',
  'ready',
  'busy',
  'paused',
  'ending-soon',
  'stopping',
  'stuck',
  'reconnecting',
  'unknown',
  'needs-you',
  'failed',
  'left-running',
  'ended',
] as const;
/** One of `sessionViewKinds`. */
export type SessionViewKind = (typeof sessionViewKinds)[number];

/** See the head of the file. */
export interface SessionView {
  kind: SessionViewKind;
  /** Without what ticks: "Reconnecting (3)". `viewText` adds that. */
  word: string;
  /** Why, in a sentence; for the tooltip. */
  reason: string;
  /** When it became so; null for a profile without a session. ms since the epoch. */
  since: number | null;
  /** What `viewText` counts: seconds from, to, or the moment itself. */
  clock: { type: 'from' | 'to' | 'at'; at: number } | null;
  /** Of a link that is tried again. */
  attempt: number;
}

/** What a session's view depends on beside the session. */
export type ViewContext = Pick<Status, 'executions' | 'questions'>;

/** ms before its end from which on a session says "Ends in"; and the last warning. */
export const endingSoonMs = 5 * 60_000;
export const endingNowMs = 60_000;
/** ms after which a session that is being ended counts as stuck. */
export const stuckMs = 30_000;
/** Clocks of two machines never agree. */
const endToleranceMs = 10_000;

/** A profile without a session. */
export const notConnected: SessionView = {
  kind: 'not-connected',
  word: words.notConnected,
  reason: words.notConnected,
  since: null,
  clock: null,
  attempt: 0,
};

/** The view of `session` at `now` (ms since the epoch). */
export function sessionView(session: Session, context: ViewContext, now: number): SessionView {
  switch (session.status) {
    case 'error':
      return failedView(session);
    case 'disconnected':
      return endedView(session);
    case 'connecting':
      return session.disconnecting ? stoppingView(session, now) : startingView(session);
    case 'active':
      return session.disconnecting ? stoppingView(session, now) : activeView(session, context, now);
  }
}

/** The view of a session by id, or "Not connected". */
export function viewOfId(status: Status | null, sessionId: string | null, now: number): SessionView {
  const session = status?.sessions.find(({ id }) => id === sessionId);
  return status && session ? sessionView(session, status, now) : notConnected;
}

/** When the view changes next though nothing happens: the end comes near, a disconnect gets stuck. Null: never. */
export function viewChangesAt(session: Session, now: number): number | null {
  if (session.disconnecting) return laterThan(now, session.changedAt + stuckMs);
  if (session.status !== 'active' || session.endsAt === null) return null;
  return laterThan(now, session.endsAt - endingSoonMs);
}

/** The word with what ticks in it: "Starting 3 s", "Ends in 4:12", "Reconnecting (3) in 8 s". `time` writes a time of day. */
export function viewText(view: SessionView, now: number, time: (at: number) => string): string {
  const { clock } = view;
  if (!clock) return view.word;
  const seconds = Math.max(0, Math.round(Math.abs(clock.at - now) / 1000));
  switch (view.kind) {
    case 'starting':
      return now - clock.at < 1000 ? view.word : words.startingFor(Math.floor((now - clock.at) / 1000));
    case 'ending-soon':
      return words.endsIn(formatClockDuration(clock.at - now));
    case 'reconnecting':
      return clock.at <= now
        ? words.reconnectingNow(view.attempt)
        : words.reconnectingIn(view.attempt, seconds);
    case 'unknown':
      return words.lastSeen(time(clock.at));
    default:
      return view.word;
  }
}

/** Reason and since when, in one line. */
export function viewTooltip(view: SessionView, time: (at: number) => string): string {
  return view.since === null ? view.reason : words.since(view.reason, time(view.since));
}

/** All sessions in one state, for a tray or a dock. */
export const aggregates = ['none', 'ready', 'busy', 'reconnecting', 'needs-you', 'failed'] as const;
/** One of `aggregates`, the better ones first. */
export type Aggregate = (typeof aggregates)[number];

const aggregateOfKind: Record<SessionViewKind, Aggregate> = {
  'not-connected': 'none',
  starting: 'busy',
  ready: 'ready',
  busy: 'busy',
  paused: 'none',
  'ending-soon': 'ready',
  stopping: 'busy',
  stuck: 'needs-you',
  reconnecting: 'reconnecting',
  unknown: 'needs-you',
  'needs-you': 'needs-you',
  failed: 'failed',
  'left-running': 'none',
  ended: 'none',
};

/** A sync that failed is tried again by the person: nothing is lost meanwhile. */
const aggregateOfSync: Record<SyncViewKind, Aggregate> = {
  none: 'none',
  new: 'none',
  offline: 'none',
  synced: 'none',
  busy: 'busy',
  failed: 'needs-you',
  'needs-you': 'needs-you',
};

/** The worst wins: failed, needs you, reconnecting, busy, ready, none. A locked keyring that some profile needs counts, too. */
export function aggregateOf(status: Status, now: number): Aggregate {
  const isLocked = status.profiles.some(({ credentials }) =>
    credentials.some(({ state }) => state === 'locked'),
  );
  const all = [
    ...status.sessions.map((session) => aggregateOfKind[sessionView(session, status, now).kind]),
    ...status.syncs.map((root) => aggregateOfSync[syncKind(root)]),
  ];
  const worst = Math.max(
    0,
    isLocked ? aggregates.indexOf('needs-you') : 0,
    ...all.map((one) => aggregates.indexOf(one)),
  );
  return aggregates[worst] ?? 'none';
}

function activeView(session: Session, { executions, questions }: ViewContext, now: number): SessionView {
  const { link, endsAt } = session;
  // Before everything else: what is said of the sandbox while it cannot be reached is not known to be true.
  if (link.state === 'retrying') {
    const clock = { type: 'to' as const, at: link.nextAt ?? 0 };
    if (link.attempt === 0) return make('reconnecting', words.checking, words.checkingReason, link.since);
    const word = words.reconnecting(link.attempt);
    return {
      ...make('reconnecting', word, words.reconnectingReason, link.since),
      clock,
      attempt: link.attempt,
    };
  }
  const since = session.changedAt;
  if (questions.some(({ sessionId }) => sessionId === session.id))
    return make('needs-you', words.needsAnswer, words.needsAnswer, since);
  const running = currentRun(session, executions);
  if (running) {
    const word =
      running.state === 'cancelling' ? words.cancelling(running.number) : words.running(running.number);
    return make('busy', word, word, running.startedAt);
  }
  if (endsAt !== null && endsAt - now <= endingSoonMs) {
    const clock = { type: 'to' as const, at: endsAt };
    return { ...make('ending-soon', words.endingSoon, words.endingSoonReason, since), clock };
  }
  return make('ready', words.ready, session.reason.text, since);
}

/** The one that is shown: what runs before what waits. */
function currentRun(session: Session, executions: readonly Execution[]): Execution | undefined {
  const open = executions.filter(({ sessionId, state }) => sessionId === session.id && !isFinal(state));
  return open.findLast(({ state }) => state !== 'queued') ?? open.at(0);
}

function startingView(session: Session): SessionView {
  const view = make('starting', words.starting, session.step ?? words.starting, session.startedAt);
  return { ...view, clock: { type: 'from', at: session.startedAt } };
}

function stoppingView({ changedAt }: Session, now: number): SessionView {
  return now - changedAt >= stuckMs
    ? make('stuck', words.stuck, words.stuckReason, changedAt)
    : make('stopping', words.stopping, words.stoppingReason, changedAt);
}

function failedView(session: Session): SessionView {
  const { reason, changedAt, metadata } = session;
  const code = reason.problem?.code;
  if (code === 'keyring-locked') return make('needs-you', words.keyLocked, reason.text, changedAt);
  if (metadata.left === 'pause') return make('paused', words.paused, reason.text, changedAt);
  // It may run or not: saying that it failed would be a guess. A dead one is dead, whatever is left of it.
  if (metadata.left === 'unknown' && code !== 'out-of-memory') {
    const clock = { type: 'at' as const, at: session.lastActivity };
    return { ...make('unknown', words.unknown, reason.text, changedAt), clock };
  }
  if (code === 'gone' && isPastEnd(session)) return make('ended', words.endedTimeout, reason.text, changedAt);
  const word = (code && failureWords[code]) ?? words.failed;
  return make('failed', word, reason.text, changedAt);
}

function endedView({ metadata, reason, changedAt }: Session): SessionView {
  if (metadata.left === 'pause') return make('paused', words.paused, words.pausedReason, changedAt);
  if (metadata.left === 'leave')
    return make('left-running', words.leftRunning, words.leftRunningReason, changedAt);
  return make('ended', words.ended, reason.text, changedAt);
}

function isPastEnd({ endsAt, endedAt }: Session): boolean {
  return endsAt !== null && endedAt !== null && endedAt >= endsAt - endToleranceMs;
}

function laterThan(now: number, at: number): number | null {
  return at > now ? at : null;
}

function make(kind: SessionViewKind, word: string, reason: string, since: number): SessionView {
  return { kind, word, reason, since, clock: null, attempt: 0 };
}
