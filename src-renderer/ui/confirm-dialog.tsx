/** A question before something is lost or agreed to: the focus is on the answer that keeps everything as it is. */
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** `onClose` comes first in both answers; `onConfirm` only after a yes. */
export function ConfirmDialog({
  title,
  closeLabel,
  cancel,
  confirm,
  look = 'danger',
  onClose,
  onConfirm,
  children,
}: {
  title: string;
  closeLabel: string;
  cancel: string;
  confirm: string;
  look?: 'danger' | 'primary';
  onClose: () => void;
  onConfirm: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={title}
      closeLabel={closeLabel}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {cancel}
          </Button>
          <Button
            look={look}
            onPress={() => {
              onClose();
              onConfirm();
            }}
          >
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
