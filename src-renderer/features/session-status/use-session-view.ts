/** A session's view as the window shows it: renders again when the view changes, also by time alone, and not in between. */
import { type SessionView, viewChangesAt, viewOfId } from '../../../src-shared/domain/session-view.ts';
import { useStatus } from '../../app/app-context.tsx';
import { useReached } from '../../ui/use-now.ts';

/** The view of a session; `null`: "Not connected". */
export function useSessionView(sessionId: string | null): SessionView {
  const changesAt = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return session ? viewChangesAt(session, 0) : null;
  });
  useReached(changesAt);
  // A new object for each snapshot; the selector compares its members, so that nothing renders for output and activity.
  const view = useStatus(({ status }) => {
    const { clock, ...rest } = viewOfId(status, sessionId, Date.now());
    return { ...rest, clockType: clock?.type ?? null, clockAt: clock?.at ?? 0 };
  });
  const { clockType, clockAt, ...rest } = view;
  return { ...rest, clock: clockType === null ? null : { type: clockType, at: clockAt } };
}
