/** How long the vendor lets the sandbox live, and more of it where the driver can ask for that. */
import { useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatClockDuration, formatTime } from '../../messages/format.ts';
import { metricsMessages as words } from '../../messages/metrics.ts';
import { Button } from '../../ui/button.tsx';
import { useNow } from '../../ui/use-now.ts';
import styles from './metrics.module.css';

/** Minutes that one press adds. */
const step = 30;

/** Nothing where the sandbox has no end. */
export function TimeLeft({ sessionId }: { sessionId: string }) {
  const { actions } = useApp();
  const [isExtending, setExtending] = useState(false);
  const [endsAt, canExtend] = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const manifest = drivers.find(({ type }) => type === session?.driverType);
    const isActive = session?.status === 'active';
    return [isActive ? session.endsAt : null, isActive && manifest?.capabilities.extend === true] as const;
  });
  if (endsAt === null) return null;
  const extend = async () => {
    setExtending(true);
    await actions.attempt('sessions.extend', { sessionId, minutes: step });
    setExtending(false);
  };
  return (
    <span className={styles.timeLeft}>
      <span className={styles.muted}>{words.timeLeft}</span>
      <span className={styles.clock} title={words.endsAt(formatTime(endsAt))}>
        <Countdown endsAt={endsAt} />
      </span>
      {canExtend && (
        <Button isPending={isExtending} onPress={() => void extend()}>
          {isExtending ? words.extending : words.extend(step)}
        </Button>
      )}
    </span>
  );
}

function Countdown({ endsAt }: { endsAt: number }) {
  return formatClockDuration(endsAt - useNow(1000));
}
