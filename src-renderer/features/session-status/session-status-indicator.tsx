/** A session's state as glyph and word. Renders again only when the state changes; time ticks in a leaf of its own. */
import { type SessionView, viewText, viewTooltip } from '../../../src-shared/domain/session-view.ts';
import { formatTime, formatTimeSeconds } from '../../messages/format.ts';
import { cx } from '../../ui/cx.ts';
import { useNow } from '../../ui/use-now.ts';
import { Glyph } from './glyphs.tsx';
import styles from './session-status-indicator.module.css';
import { useSessionView } from './use-session-view.ts';

/** `sessionId` null: "Not connected". */
export function SessionStatusIndicator({
  sessionId,
  className,
}: {
  sessionId: string | null;
  className?: string;
}) {
  const view = useSessionView(sessionId);
  const { kind } = view;
  return (
    <span
      className={cx(styles.indicator, styles[kind], className)}
      title={viewTooltip(view, formatTimeSeconds)}
      data-state={kind}
    >
      <Glyph kind={kind} />
      <span className={styles.word}>
        <ViewWord view={view} />
      </span>
    </span>
  );
}

/** The word; what ticks in it is for eyes only, readers hear the word without it. */
export function ViewWord({ view }: { view: SessionView }) {
  if (!view.clock) return view.word;
  if (view.clock.type === 'at') return viewText(view, view.clock.at, formatTime);
  return (
    <>
      <span aria-hidden="true">
        <TickingWord view={view} />
      </span>
      <span className={styles.hidden}>{view.word}</span>
    </>
  );
}

function TickingWord({ view }: { view: SessionView }) {
  return viewText(view, useNow(1000), formatTime);
}
