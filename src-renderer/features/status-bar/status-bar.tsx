/** The bar at the foot of the window: session, what runs with its Cancel, resources, time left, network, and trouble with keys. */
import { LockKeyhole, Wifi, WifiOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { endingSoonMs } from '../../../src-shared/domain/session-view.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { formatClockDuration, formatTime } from '../../messages/format.ts';
import { metricsMessages } from '../../messages/metrics.ts';
import { shellMessages as words } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Measured } from '../../ui/measured.tsx';
import { useNow } from '../../ui/use-now.ts';
import { CancelButton } from '../execution-panel/cancel-button.tsx';
import { MetricsStrip } from '../metrics-strip/metrics-strip.tsx';
import { SessionStatusIndicator } from '../session-status/session-status-indicator.tsx';
import { SyncSegment } from '../sync-status/sync-segment.tsx';
import styles from './status-bar.module.css';

/** `sessionId` is the selected session, if one is. */
export function StatusBar({ sessionId }: { sessionId: string | null }) {
  return (
    <Measured id="status-bar">
      <footer className={styles.bar} data-region="status" tabIndex={-1}>
        <SessionStatusIndicator sessionId={sessionId} className={cx(styles.state)} />
        {sessionId !== null && <RunningNow sessionId={sessionId} />}
        <SyncSegment />
        <span className={styles.grow} />
        <Keyring />
        {sessionId !== null && <Resources sessionId={sessionId} />}
        <Network />
      </footer>
    </Measured>
  );
}

function Resources({ sessionId }: { sessionId: string }) {
  const [hasReadings, endsAt] = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const driver = drivers.find(({ type }) => type === session?.driverType);
    const isActive = session?.status === 'active';
    return [isActive && driver?.capabilities.metrics === true, isActive ? session.endsAt : null] as const;
  });
  return (
    <>
      {hasReadings && <MetricsStrip key={sessionId} sessionId={sessionId} />}
      {endsAt !== null && <TimeLeft endsAt={endsAt} />}
    </>
  );
}

/** The last minutes count in the session's state. */
function TimeLeft({ endsAt }: { endsAt: number }) {
  const left = endsAt - useNow(1000);
  if (left <= endingSoonMs) return null;
  return (
    <span className={styles.left} title={metricsMessages.endsAt(formatTime(endsAt))}>
      {metricsMessages.left(formatClockDuration(left))}
    </span>
  );
}

/** Whether this computer has a network at all; what becomes of a session's own link says the session. */
function Network() {
  const online = useSyncExternalStore(onNetwork, () => navigator.onLine);
  const Icon = online ? Wifi : WifiOff;
  return (
    <span
      className={cx(styles.network, !online && styles.trouble)}
      title={online ? metricsMessages.online : metricsMessages.offlineHelp}
    >
      <Icon size={12} aria-hidden />
      <span className={styles.networkWord}>{online ? metricsMessages.online : metricsMessages.offline}</span>
    </span>
  );
}

function onNetwork(changed: () => void): () => void {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}

function Keyring() {
  const { actions } = useApp();
  const [secrets, store] = useStatus(({ status }) => {
    const needed = status?.profiles.some(({ credentials }) => credentials.length > 0);
    return needed ? [status?.secrets.state, status?.secrets.name] : [];
  });
  if (secrets !== 'locked' && secrets !== 'missing') return null;
  return (
    <Button
      look="quiet"
      className={styles.trouble ?? ''}
      icon={<LockKeyhole size={12} aria-hidden />}
      tooltip={store ?? ''}
      onPress={() => void actions.attempt('credentials.refresh', {})}
    >
      {words.keyringTrouble[secrets]}
    </Button>
  );
}

function RunningNow({ sessionId }: { sessionId: string }) {
  const key = useRuns(({ bySession, runs }) => {
    const keys = bySession[sessionId] ?? [];
    return keys.findLast((candidate) => !isFinal(runs[candidate]?.state ?? 'lost')) ?? null;
  });
  if (key === null) return null;
  return <CancelButton quiet runKey={key} />;
}
