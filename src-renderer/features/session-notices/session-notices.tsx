/** Everything that is to be said above the content, in order: what just failed, then what is true of the session. */
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { isEnded, mayStillRun } from '../../../src-shared/domain/session.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { sessionMessages } from '../../messages/session.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { ConnectProgress } from './connect-progress.tsx';
import { DiedCard } from './died-card.tsx';
import { KeyLocked } from './key-locked.tsx';
import { LeftCard } from './left-card.tsx';
import { Leftovers } from './leftovers.tsx';
import { LinkStrip } from './link-strip.tsx';
import styles from './session-notices.module.css';
import { Survivors } from './survivors.tsx';

/** See the head of the file. */
export function SessionNotices({
  profileId,
  sessionId,
}: {
  profileId: string | null;
  sessionId: string | null;
}) {
  const { actions } = useApp();
  const problem = useUi((state) => state.problem);
  const about = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const wasActive = session?.isolation !== null;
    return {
      status: session?.status ?? null,
      live: session ? !isEnded(session) : false,
      /** Why a connect failed; a session that lived has a card of its own. */
      failed: session && !wasActive ? (session.reason.problem ?? null) : null,
      died: session?.status === 'error' && wasActive,
      reason: session?.reason.problem ?? null,
      left: session?.status === 'disconnected' && mayStillRun(session),
      warnings: session && !isEnded(session) ? session.warnings : null,
    };
  });
  // What just failed and what the session says of itself are often one and the same.
  const isSame = isSameProblem(problem, about.reason);
  return (
    <div className={styles.notices}>
      {problem && !(isSame && about.died) && (
        <ProblemNotice problem={problem} onDismiss={() => actions.showProblem(null)} />
      )}
      <Survivors />
      <Leftovers except={sessionId} />
      {profileId !== null && !about.live && (
        <KeyLocked
          profileId={profileId}
          isSaid={[problem?.code, about.failed?.code].includes('keyring-locked')}
        />
      )}
      {sessionId !== null && about.status === 'connecting' && (
        <ConnectProgress key={sessionId} sessionId={sessionId} />
      )}
      {sessionId !== null && about.status === 'active' && <LinkStrip sessionId={sessionId} />}
      {sessionId !== null && about.died && <DiedCard key={sessionId} sessionId={sessionId} />}
      {sessionId !== null && about.left && <LeftCard sessionId={sessionId} />}
      {about.failed && !isSame && <ProblemNotice problem={about.failed} />}
      {about.warnings?.map((warning) => (
        <p key={warning} className={styles.warning} title={sessionMessages.warnings}>
          {warning}
        </p>
      ))}
    </div>
  );
}

/** True for two tellings of one thing: the words of one may have been shortened on the way. */
function isSameProblem(a: Problem | null, b: Problem | null): boolean {
  if (!a || !b || a.code !== b.code) return false;
  return a.message === b.message || (a.hint !== undefined && a.hint === b.hint);
}
