/** What connecting is doing, once it takes long enough to wonder: its steps with their times, and whether that is usual. */
import { Check, LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatDuration, formatTimeSeconds } from '../../messages/format.ts';
import { sessionMessages } from '../../messages/session.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { rememberConnect, usualConnectMs } from '../../stores/connect-times.ts';
import { Notice } from '../../ui/notice.tsx';
import { useNow, useReached } from '../../ui/use-now.ts';
import styles from './session-notices.module.css';

/** ms after which the steps are listed. */
const listedMs = 2000;

interface Step {
  words: string;
  at: number;
}

/** For a session that is connecting. */
export function ConnectProgress({ sessionId }: { sessionId: string }) {
  const { startedAt, step, driverType, sandboxId } = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const id = session?.metadata.sandboxId;
    return {
      startedAt: session?.startedAt ?? 0,
      step: session?.step ?? null,
      driverType: session?.driverType ?? '',
      sandboxId: typeof id === 'string' ? id : null,
    };
  });
  const steps = useSteps(step);
  const usual = usualConnectMs(driverType);
  const isLong = useReached(startedAt + listedMs);
  const isLonger = useReached(startedAt + Math.max(usual, listedMs));
  const { status } = useApp();
  useEffect(
    () => () => {
      // Looked away from, cancelled and failed ones say nothing about what is usual.
      const session = status.getState().status?.sessions.find(({ id }) => id === sessionId);
      if (session?.status === 'active') rememberConnect(driverType, session.changedAt - session.startedAt);
    },
    [status, sessionId, driverType],
  );
  if (!isLong) return null;
  return (
    <Notice
      level={isLonger ? 'warning' : 'info'}
      title={isLonger ? words.takesLonger(formatDuration(usual)) : sessionMessages.starting}
    >
      <ol className={styles.steps} aria-label={words.connectSteps}>
        {steps.map((one, index) => {
          const next = steps[index + 1];
          return (
            <li key={`${one.at} ${one.words}`} data-current={next ? undefined : ''}>
              {next ? (
                <Check size={14} aria-hidden className={styles.mark} />
              ) : (
                <LoaderCircle size={14} aria-hidden className={styles.mark} />
              )}
              {one.words}
              <span className={styles.elapsed} aria-hidden={next ? undefined : 'true'}>
                {next ? formatDuration(next.at - one.at) : <Elapsed since={one.at} />}
              </span>
            </li>
          );
        })}
      </ol>
      {isLonger && (
        <details className={styles.details}>
          <summary>{words.details}</summary>
          <p>{words.since(formatTimeSeconds(startedAt))}</p>
          {sandboxId !== null && <p>{words.sandboxId(sandboxId)}</p>}
        </details>
      )}
    </Notice>
  );
}

function Elapsed({ since }: { since: number }) {
  const seconds = Math.floor((useNow(1000) - since) / 1000);
  return seconds < 1 ? null : formatDuration(seconds * 1000);
}

/** The steps in the order in which they came; the last one goes on. */
function useSteps(step: string | null): readonly Step[] {
  const seen = useRef<Step[]>([]);
  const [, renew] = useState(0);
  useEffect(() => {
    if (step === null || seen.current.at(-1)?.words === step) return;
    seen.current = [...seen.current, { words: step, at: Date.now() }];
    renew((n) => n + 1);
  }, [step]);
  return seen.current;
}
