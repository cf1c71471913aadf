/** The accessible view: what a terminal shows and keeps above, as text that stands still, with its links as buttons. */
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatCount } from '../../messages/format.ts';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import styles from './terminal.module.css';
import { linksIn, maxPlainLines, plainText } from './terminal-text.ts';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. */
export function PlainText({ views, terminals }: { views: TerminalViews; terminals: readonly Terminal[] }) {
  const dialog = useStore(views.ui, (ui) => ui.dialog);
  const terminal = terminals.find(({ id }) => id === dialog?.terminalId);
  if (dialog?.type !== 'plain-text' || !terminal) return null;
  return <OpenPlainText key={terminal.id} views={views} terminal={terminal} />;
}

function OpenPlainText({ views, terminal }: { views: TerminalViews; terminal: Terminal }) {
  const { actions, announcer } = useApp();
  // As it was when it was opened: text that moves cannot be read.
  const [{ text, cut }] = useState(() => plainText(views.get(terminal.id).terminal.buffer.active));
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    element.focus();
    // The newest is below, as in the terminal.
    element.setSelectionRange(text.length, text.length);
    element.scrollTop = element.scrollHeight;
  }, [text]);
  const onClose = () => {
    views.ui.setState({ dialog: null });
    views.focusSoon(terminal.id);
  };
  const links = linksIn(text);
  return (
    <Dialog
      size="large"
      title={words.plainTitle(words.name(terminal.number))}
      closeLabel={words.closeDialog}
      onClose={onClose}
      footer={
        <Button
          onPress={() => {
            void navigator.clipboard.writeText(text).catch(() => {});
            announcer.say('terminal', words.copied);
          }}
        >
          {words.copyAll}
        </Button>
      }
    >
      <div className={styles.stack}>
        {cut && <p className={styles.muted}>{words.plainCut(formatCount(maxPlainLines))}</p>}
        <textarea
          ref={area}
          className={styles.plain}
          aria-label={words.plainLabel}
          value={text}
          readOnly
          spellCheck={false}
        />
        {links.length > 0 && (
          <>
            <h3>{words.plainLinks}</h3>
            <ul className={styles.links}>
              {links.map((url) => (
                <li key={url}>
                  <Button look="quiet" onPress={() => void actions.attempt('shell.openExternal', { url })}>
                    {url}
                  </Button>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Dialog>
  );
}
