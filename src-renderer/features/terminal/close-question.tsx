/** Asks before a terminal is closed in which a full-screen program runs. */
import { useStore } from 'zustand';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. */
export function CloseQuestion({
  views,
  terminals,
}: {
  views: TerminalViews;
  terminals: readonly Terminal[];
}) {
  const dialog = useStore(views.ui, (ui) => ui.dialog);
  const terminal = terminals.find(({ id }) => id === dialog?.terminalId);
  if (dialog?.type !== 'close' || !terminal) return null;
  const onCancel = () => {
    views.ui.setState({ dialog: null });
    views.focusSoon(terminal.id);
  };
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={words.closeTitle(words.name(terminal.number))}
      closeLabel={words.closeDialog}
      onClose={onCancel}
      footer={
        <>
          <Button autoFocus onPress={onCancel}>
            {words.cancel}
          </Button>
          <Button look="danger" onPress={() => void views.closeNow(terminal)}>
            {words.closeConfirm}
          </Button>
        </>
      }
    >
      <p>{words.closeBody}</p>
    </Dialog>
  );
}
