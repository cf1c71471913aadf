/** A session's state as glyph and word. Renders again only when the state changes; time ticks in a leaf of its own. */

import { useStatus } from '../../app/app-context.tsx';
import { formatClockDuration } from '../../messages/format.ts';
import { sessionMessages as words } from '../../messages/session.ts';
import { cx } from '../../ui/cx.ts';
import { useNow, useReached } from '../../ui/use-now.ts';
import { Glyph } from './glyphs.tsx';
import styles from './session-status-indicator.module.css';
import { endingSoonMs, type SessionViewKind, viewById } from './session-view.ts';

/** `sessionId` null: "Not connected". */
export function SessionStatusIndicator({
  sessionId,
  className,
}: {
  sessionId: string | null;
  className?: string;
}) {
  const view = useStatus(({ status }) => viewById(status, sessionId));
  const [startedAt, endsAt] = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return [session?.startedAt ?? null, session?.endsAt ?? null];
  });
  const soon = useReached(endsAt === null ? null : endsAt - endingSoonMs) && view.kind === 'ready';
  const kind: SessionViewKind = soon ? 'ending-soon' : view.kind;
  return (
    <span className={cx(styles.indicator, styles[kind], className)} title={view.reason} data-state={kind}>
      <Glyph kind={kind} />
      <span className={styles.word}>
        {soon && endsAt !== null ? <EndsIn endsAt={endsAt} /> : view.word}
        {kind === 'starting' && startedAt !== null && <Waited since={startedAt} />}
      </span>
    </span>
  );
}

function EndsIn({ endsAt }: { endsAt: number }) {
  return words.endsIn(formatClockDuration(endsAt - useNow(1000)));
}

/** Seconds somebody has been waiting; nothing in the first one. */
function Waited({ since }: { since: number }) {
  const seconds = Math.floor((useNow(1000) - since) / 1000);
  return seconds >= 1 ? <span aria-hidden="true">{` ${seconds} s`}</span> : null;
}
