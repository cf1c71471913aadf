/** A strip while the sandbox cannot be reached: since when, which try is next, and what that means for what is shown. */
import { isFinal } from '../../../src-shared/domain/execution.ts';
import type { SessionLink } from '../../../src-shared/domain/session.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatTimeSeconds } from '../../messages/format.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { Button } from '../../ui/button.tsx';
import { useNow, useReached } from '../../ui/use-now.ts';
import styles from './session-notices.module.css';

/** A link that is back so soon was never missed. */
const noticedMs = 400;

/** Draws nothing while the link works. */
export function LinkStrip({ sessionId }: { sessionId: string }) {
  const link = useStatus(({ status }) => status?.sessions.find(({ id }) => id === sessionId)?.link ?? null);
  const waiting = useStatus(
    ({ status }) =>
      status?.executions.filter(
        (one) => one.sessionId === sessionId && !isFinal(one.state) && one.state === 'queued',
      ).length ?? 0,
  );
  const isBroken = link?.state === 'retrying';
  const isNoticed = useReached(isBroken ? link.since + noticedMs : null);
  if (!isBroken || !isNoticed) return null;
  return <Strip sessionId={sessionId} link={link} waiting={waiting} />;
}

function Strip({ sessionId, link, waiting }: { sessionId: string; link: SessionLink; waiting: number }) {
  const { actions } = useApp();
  const isChecking = link.attempt === 0;
  return (
    <section
      className={styles.strip}
      aria-label={words.linkLost(formatTimeSeconds(link.since))}
      data-link-strip
    >
      <div className={styles.stripWords}>
        <p className={styles.strong}>
          {isChecking ? (
            words.checkingLink
          ) : (
            <>
              {words.linkLost(formatTimeSeconds(link.since))} <NextTry link={link} />
            </>
          )}
        </p>
        <p className={styles.muted}>
          {words.linkKept} {waiting > 0 && words.runsWait(waiting)}
        </p>
      </div>
      <Button onPress={() => void actions.sessions.reconnectNow(sessionId)}>{words.reconnectNow}</Button>
    </section>
  );
}

function NextTry({ link: { attempt, nextAt } }: { link: SessionLink }) {
  const left = (nextAt ?? 0) - useNow(1000, nextAt !== null);
  return left <= 0 ? words.tryingNow(attempt) : words.tryingIn(attempt, Math.ceil(left / 1000));
}
