/** What a person sees of a session: one kind and one word, derived from the session, its executions and its questions. */
import { type Execution, isFinal } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Question, Status } from '../../../src-shared/domain/status.ts';
import { sessionMessages as words } from '../../messages/session.ts';

/** The kinds; each has a glyph of its own shape. */
export type SessionViewKind =
  | 'not-connected'
  | 'starting'
  | 'ready'
  | 'busy'
  | 'stopping'
  | 'ending-soon'
  | 'needs-you'
  | 'failed'
  | 'ended';

/** See the head of the file. */
export interface SessionView {
  kind: SessionViewKind;
  word: string;
  /** Why, in a sentence; for the tooltip. */
  reason: string;
}

/** ms before its end from which on a session says "Ends in". */
export const endingSoonMs = 5 * 60_000;

/** A profile without a session. */
export const notConnected: SessionView = {
  kind: 'not-connected',
  word: words.notConnected,
  reason: words.notConnected,
};

/** The view of `session`. Time is not in it: the indicator adds "Ends in 4:12" by itself. */
export function viewOf(
  session: Session,
  executions: readonly Execution[],
  questions: readonly Question[],
): SessionView {
  const reason = session.reason.text;
  if (session.status === 'error') return { kind: 'failed', word: words.failed, reason };
  if (session.status === 'disconnected') return { kind: 'ended', word: words.ended, reason };
  if (session.disconnecting) return { kind: 'stopping', word: words.stopping, reason };
  if (session.status === 'connecting') {
    return { kind: 'starting', word: words.starting, reason: session.step ?? words.starting };
  }
  if (questions.some(({ sessionId }) => sessionId === session.id)) {
    return { kind: 'needs-you', word: words.needsYou, reason: words.needsYou };
  }
  const running = executions.findLast(({ sessionId, state }) => sessionId === session.id && !isFinal(state));
  if (running) {
    const cancelling = running.state === 'cancelling';
    const word = cancelling ? words.cancelling(running.number) : words.running(running.number);
    return { kind: 'busy', word, reason: word };
  }
  return { kind: 'ready', word: words.ready, reason };
}

/** The view of a session by id, or "Not connected". */
export function viewById(status: Status | null, sessionId: string | null): SessionView {
  const session = status?.sessions.find(({ id }) => id === sessionId);
  return status && session ? viewOf(session, status.executions, status.questions) : notConnected;
}
