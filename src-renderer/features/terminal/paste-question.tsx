/** Asks before a text of several lines is pasted into a program that would run each line at once. */
import { useStore } from 'zustand';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { pastePreview } from './paste-text.ts';
import styles from './terminal.module.css';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. */
export function PasteQuestion({ views }: { views: TerminalViews }) {
  const paste = useStore(views.ui, (ui) => ui.paste);
  if (!paste) return null;
  const { lines, count, more } = pastePreview(paste.text);
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={words.pasteTitle(count)}
      closeLabel={words.closeDialog}
      onClose={() => views.answerPaste(false)}
      footer={
        <>
          <Button onPress={() => views.answerPaste(false)}>{words.cancel}</Button>
          <Button look="primary" autoFocus onPress={() => views.answerPaste(true)}>
            {words.paste}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        <p>{words.pasteBody}</p>
        <pre className={styles.preview} dir="auto">
          {lines.join('\n')}
        </pre>
        {more > 0 && <p className={styles.muted}>{words.pasteMore(more)}</p>}
      </div>
    </Dialog>
  );
}
