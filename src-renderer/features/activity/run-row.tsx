/** One run in the list: state, number, its first line, where and when; and the place that the search has found. */
import type { HistoryItem } from '../../../src-shared/contract/history-operations.ts';
import { useStatus } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { formatDuration, formatTime } from '../../messages/format.ts';
import { runMessages } from '../../messages/run.ts';
import { RunGlyph } from '../execution-panel/run-glyph.tsx';
import styles from './activity.module.css';
import { MarkedText } from './marked-text.tsx';

/** See the head of the file. */
export function RunRow({ item, showProfile }: { item: HistoryItem; showProfile: boolean }) {
  const driver = useStatus(
    ({ drivers }) => drivers.find(({ type }) => type === item.driverType)?.label ?? item.driverType,
  );
  const found = item.output ?? item.code;
  return (
    <>
      <span className={styles.rowLine}>
        <RunGlyph state={item.state} />
        <span className={styles.rowNumber}>{runMessages.number(item.number)}</span>
        <code className={styles.rowCode} dir="auto">
          <MarkedText snippet={item.firstLine} />
        </code>
        <time className={styles.rowTime} dateTime={new Date(item.startedAt).toISOString()}>
          {formatTime(item.startedAt)}
        </time>
      </span>
      <span className={styles.rowFacts}>
        <span className={styles[`state-${item.state}`]}>{stateOf(item)}</span>
        <span>{runMessages[item.language]}</span>
        {item.durationMs !== null && <span>{formatDuration(item.durationMs)}</span>}
        {showProfile && (
          <bdi className={styles.rowProfile}>
            {item.profileId === null ? `${item.profileName} (${words.deletedProfile})` : item.profileName}
          </bdi>
        )}
        {showProfile && driver !== item.profileName && <span>{driver}</span>}
      </span>
      {found && (
        <span className={styles.rowFound} dir="auto">
          <MarkedText snippet={found} />
        </span>
      )}
    </>
  );
}

/** The word of its state; a shell command that failed says with what. */
export function stateOf({ state, exitCode }: Pick<HistoryItem, 'state' | 'exitCode'>): string {
  return state === 'failed' && exitCode !== null ? runMessages.exitCode(exitCode) : runMessages.states[state];
}
