/** The bar at the foot of the window: session, what runs with its Cancel, resources, and what is wrong with keys. */
import { LockKeyhole } from 'lucide-react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { shellMessages as words } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { CancelButton } from '../execution-panel/cancel-button.tsx';
import { MetricsStrip } from '../metrics-strip/metrics-strip.tsx';
import { SessionStatusIndicator } from '../session-status/session-status-indicator.tsx';
import styles from './status-bar.module.css';

/** `sessionId` is the selected session, if one is. */
export function StatusBar({ sessionId }: { sessionId: string | null }) {
  const { actions } = useApp();
  const hasReadings = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const driver = drivers.find(({ type }) => type === session?.driverType);
    return session?.status === 'active' && driver?.capabilities.metrics === true;
  });
  const [secrets, store] = useStatus(({ status }) => {
    const needed = status?.profiles.some(({ credentials }) => credentials.length > 0);
    return needed ? [status?.secrets.state, status?.secrets.name] : [];
  });
  return (
    <footer className={styles.bar} data-region="status" tabIndex={-1}>
      <SessionStatusIndicator sessionId={sessionId} />
      {sessionId !== null && <RunningNow sessionId={sessionId} />}
      <span className={styles.grow} />
      {sessionId !== null && hasReadings && <MetricsStrip key={sessionId} sessionId={sessionId} />}
      {(secrets === 'locked' || secrets === 'missing') && (
        <Button
          look="quiet"
          className={styles.keyring ?? ''}
          icon={<LockKeyhole size={12} aria-hidden />}
          tooltip={store ?? ''}
          onPress={() => void actions.attempt('credentials.refresh', {})}
        >
          {words.keyringTrouble[secrets]}
        </Button>
      )}
    </footer>
  );
}

function RunningNow({ sessionId }: { sessionId: string }) {
  const [key, requestedAt] = useRuns(({ bySession, runs }) => {
    const keys = bySession[sessionId] ?? [];
    const running = keys.findLast((candidate) => !isFinal(runs[candidate]?.state ?? 'lost'));
    return [running ?? null, running === undefined ? null : (runs[running]?.cancelRequestedAt ?? null)];
  });
  if (typeof key !== 'string') return null;
  return (
    <CancelButton quiet runKey={key} requestedAt={typeof requestedAt === 'number' ? requestedAt : null} />
  );
}
