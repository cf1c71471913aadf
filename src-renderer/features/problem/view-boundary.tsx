/** A part of the window that fails says so in its own place, with two ways on; the rest of the window works as before. */
import type { ReactNode } from 'react';
import { shellMessages } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './problem-notice.module.css';

const words = shellMessages.brokenView;

/** `onClose`: the part is a dialog, and so is what is said instead of it. */
export function ViewBoundary({ children, onClose }: { children: ReactNode; onClose?: () => void }) {
  return (
    <ErrorBoundary fallback={(error, retry) => <BrokenView error={error} retry={retry} onClose={onClose} />}>
      {children}
    </ErrorBoundary>
  );
}

/** What is shown instead of a part that failed. */
export function BrokenView({
  error,
  retry,
  onClose,
}: {
  error: Error;
  retry: () => void;
  onClose?: (() => void) | undefined;
}) {
  const card = (
    <div className={styles.broken} role="alert">
      <Notice
        level="error"
        title={words.title}
        actions={
          <>
            <Button look="primary" onPress={retry}>
              {words.retry}
            </Button>
            <Button onPress={() => location.reload()}>{words.reload}</Button>
          </>
        }
      >
        <p>{words.kept}</p>
        <details className={styles.details}>
          <summary>{shellMessages.problem.details}</summary>
          <pre>{error.message}</pre>
        </details>
      </Notice>
    </div>
  );
  if (!onClose) return card;
  return (
    <Dialog size="small" title={words.dialog} closeLabel={shellMessages.close} onClose={onClose}>
      {card}
    </Dialog>
  );
}
