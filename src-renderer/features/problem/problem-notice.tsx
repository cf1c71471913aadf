/** A problem in place: what happened, what is kept, what to do next, and the details for those who ask. */

import type { Problem } from '../../../src-shared/contract/errors.ts';
import { useApp } from '../../app/app-context.tsx';
import { shellMessages } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './problem-notice.module.css';

const words = shellMessages.problem;

/** Draws `problem`; `onDismiss` adds a way to take it away. */
export function ProblemNotice({ problem, onDismiss }: { problem: Problem; onDismiss?: () => void }) {
  const { actions } = useApp();
  const label = actionLabel(problem);
  return (
    <div role={onDismiss ? 'alert' : undefined}>
      <Notice
        level={problem.code === 'cancelled' ? 'info' : 'error'}
        title={problem.message}
        actions={
          label !== null || onDismiss ? (
            <>
              {label !== null && <Button onPress={() => actions.resolve(problem)}>{label}</Button>}
              {onDismiss && (
                <Button look="quiet" onPress={onDismiss}>
                  {words.dismiss}
                </Button>
              )}
            </>
          ) : undefined
        }
      >
        {problem.kept !== undefined && <p>{problem.kept}</p>}
        {problem.hint !== undefined && <p>{problem.hint}</p>}
        {problem.details !== undefined && (
          <details className={styles.details}>
            <summary>{words.details}</summary>
            <pre>{problem.details}</pre>
            <p>{words.code(problem.code)}</p>
          </details>
        )}
      </Notice>
    </div>
  );
}

function actionLabel({ action, code }: Problem): string | null {
  switch (action?.type) {
    case undefined:
      return null;
    case 'retry':
      return words.retry;
    case 'connect':
      return words.connect;
    case 'set-credential':
      return words.setCredential;
    case 'edit-profile':
      return code === 'python-missing' ? words.chooseInterpreter : words.editProfile;
    case 'consent':
      return words.consent;
  }
}
