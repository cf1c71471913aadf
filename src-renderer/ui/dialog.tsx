/** Modal dialogs and sheets: title, body that scrolls, a row of buttons. Focus goes in, is kept, and comes back. */
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import styles from './dialog.module.css';

/** An open modal dialog; `onClose` is called by Escape, the close button and a click outside. */
export function Dialog({
  title,
  closeLabel,
  onClose,
  children,
  footer,
  size = 'medium',
  role = 'dialog',
}: {
  title: string;
  closeLabel: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  size?: 'small' | 'medium' | 'large';
  role?: 'dialog' | 'alertdialog';
}) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={role === 'dialog'}
      className={cx(styles.overlay)}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx(styles.modal, styles[size])}>
        <AriaDialog role={role} className={cx(styles.dialog)}>
          <header className={styles.head}>
            <Heading slot="title" level={2} className={cx(styles.title)}>
              {title}
            </Heading>
            <IconButton label={closeLabel} icon={<X size={16} aria-hidden />} onPress={onClose} />
          </header>
          <div className={styles.body}>{children}</div>
          {footer !== undefined && <footer className={styles.foot}>{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
