/** Stored output page by page: for an execution with so many values that they cannot be one view. */
import { useEffect, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { useApp } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { ExecutionOutput } from '../../stores/output/execution-output.ts';
import { Button } from '../../ui/button.tsx';
import styles from './output.module.css';
import { OutputParts } from './output-view.tsx';
import type { Viewport } from './viewport.ts';

const pageBytes = 4 * 1_048_576;
const limits = { bytes: 64 * 1_048_576, parts: 100_000 };

interface Page {
  output: ExecutionOutput;
  next: number | null;
}

/** See the head of the file. */
export function PagedOutput({
  executionId,
  run,
  viewport,
}: {
  executionId: string;
  run: string;
  viewport: Viewport;
}) {
  const { bridge, outputs, actions } = useApp();
  const [page, setPage] = useState<Page | null>(null);
  /** Where each page that was opened starts; the last one is shown. */
  const [starts, setStarts] = useState<readonly number[]>([0]);
  const from = starts.at(-1) ?? 0;
  useEffect(() => {
    let current = true;
    bridge.call('executions.output', { executionId, fromSeq: from, maxBytes: pageBytes }).then(
      ({ items, next }) => {
        if (!current) return;
        const output: ExecutionOutput = new ExecutionOutput(limits, () => outputs.clock.request(output));
        output.startAt(from, 0, { whole: true });
        output.append(items);
        setPage({ output, next });
        viewport.element?.scrollTo({ top: 0 });
      },
      (error) => actions.showProblem(toProblem(error)),
    );
    return () => {
      current = false;
    };
  }, [bridge, outputs, actions, executionId, from, viewport]);
  if (!page) return <p className={styles.quiet}>{words.loadingOutput}</p>;
  return (
    <>
      <OutputParts key={from} output={page.output} viewport={viewport} run={run} executionId={executionId} />
      <p className={styles.earlier}>
        <Button isDisabled={starts.length === 1} onPress={() => setStarts(starts.slice(0, -1))}>
          {words.previousPage}
        </Button>
        <Button
          isDisabled={page.next === null}
          onPress={() => {
            if (page.next !== null) setStarts([...starts, page.next]);
          }}
        >
          {words.nextPage}
        </Button>
      </p>
    </>
  );
}
