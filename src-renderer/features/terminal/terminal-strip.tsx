/** What became of a terminal, and what to do: it ended, its session did, or something typed was not sent. */
import { CircleSlash, TriangleAlert } from 'lucide-react';
import { useStore } from 'zustand';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { useStatus } from '../../app/app-context.tsx';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { Button } from '../../ui/button.tsx';
import styles from './terminal.module.css';
import type { TerminalViews } from './terminal-views.ts';

/** What the strip knows of the session. */
export interface StripSession {
  isReady: boolean;
  isOver: boolean;
  canReattach: boolean;
}

/** See the head of the file. Nothing while all is well. */
export function TerminalStrip({
  views,
  terminal,
  session,
}: {
  views: TerminalViews;
  terminal: Terminal;
  session: StripSession;
}) {
  const note = useStore(views.ui, ({ notes }) => notes[terminal.id]);
  const isLinkLost = useStatus(
    ({ status }) => status?.sessions.find(({ id }) => id === terminal.sessionId)?.link.state === 'retrying',
  );
  if (terminal.state === 'ended') {
    return (
      <div className={styles.strip}>
        <CircleSlash size={16} aria-hidden />
        <p className={styles.stripText} dir="auto">
          {endWords(terminal)}
          {note !== undefined && <span className={styles.note}> {words.dropped}</span>}
        </p>
        {session.isReady ? (
          <Button onPress={() => void views.reopen(terminal)}>{words.reopen}</Button>
        ) : (
          session.isOver && (
            <Button onPress={() => void views.reconnect(terminal, session.canReattach)}>
              {session.canReattach ? words.reconnect : words.connect}
            </Button>
          )
        )}
      </div>
    );
  }
  const text = isLinkLost
    ? words.linkLost
    : note === 'too-much'
      ? words.tooMuch
      : note === 'not-taken'
        ? words.notTaken
        : null;
  if (text === null) return null;
  return (
    <div className={styles.strip}>
      <TriangleAlert size={16} aria-hidden className={styles.warn} />
      <p className={styles.stripText}>{text}</p>
    </div>
  );
}

function endWords({ exitCode, reason }: Terminal): string {
  if (exitCode !== null) return words.exited(exitCode);
  return reason === null ? words.ended : words.endedBecause(reason);
}
