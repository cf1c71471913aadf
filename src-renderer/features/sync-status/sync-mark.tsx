/** A mark in a session's row: decisions of its sync that wait, or that it syncs now. Calm states have none. */
import { syncView } from '../../../src-shared/domain/sync-view.ts';
import { useStatus } from '../../app/app-context.tsx';
import { syncTabMessages as words } from '../../messages/sync-tab.ts';
import styles from './sync-glyph.module.css';
import { SyncGlyph } from './sync-glyph.tsx';

/** See the head of the file. */
export function SyncMark({ sessionId }: { sessionId: string }) {
  const { kind, word, waiting } = useStatus(({ status }) =>
    syncView(
      (status?.syncs ?? []).filter((root) => root.sessionId === sessionId),
      String,
    ),
  );
  if (kind !== 'needs-you' && kind !== 'failed' && kind !== 'busy') return null;
  return (
    <span
      className={styles.mark}
      role="img"
      aria-label={waiting > 0 ? words.markLabel(waiting) : word}
      title={word}
    >
      {waiting > 0 ? words.mark(waiting) : <SyncGlyph kind={kind} size={12} />}
    </span>
  );
}
