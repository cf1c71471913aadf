/** Before a run elsewhere: what is known to be different there. Nothing has started yet. */
import { useEffect, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Difference } from '../../../src-shared/contract/history-operations.ts';
import { useApp } from '../../app/app-context.tsx';
import { differenceWords, activityMessages as words } from '../../messages/activity.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './activity.module.css';
import type { Place } from './run-elsewhere.ts';

/** See the head of the file. */
export function PreflightSheet({
  executionId,
  number,
  place,
  name,
  onClose,
  onRun,
}: {
  executionId: string;
  number: number;
  place: Place;
  name: string;
  onClose: () => void;
  onRun: () => void;
}) {
  const { bridge } = useApp();
  const [differences, setDifferences] = useState<readonly Difference[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let isOpen = true;
    bridge.call('history.preflight', { executionId, target: place }).then(
      (found) => isOpen && setDifferences(found.differences),
      (error: unknown) => isOpen && setProblem(toProblem(error)),
    );
    return () => {
      isOpen = false;
    };
  }, [bridge, executionId, place]);
  return (
    <Dialog
      title={words.preflightTitle(number, name)}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button look="primary" onPress={onRun} autoFocus>
            {words.preflightRun}
          </Button>
        </>
      }
    >
      {problem ? (
        <ProblemNotice problem={problem} />
      ) : differences === null ? (
        <Skeleton label={words.preflightLoading} />
      ) : differences.length === 0 ? (
        <p>{words.preflightNone}</p>
      ) : (
        <>
          <p>{words.preflightIntro}</p>
          <dl className={styles.differences}>
            {differences.map((difference) => {
              const { topic, text } = differenceWords(difference);
              return (
                <div key={topic}>
                  <dt>{topic}</dt>
                  <dd dir="auto">{text}</dd>
                </div>
              );
            })}
          </dl>
        </>
      )}
    </Dialog>
  );
}
