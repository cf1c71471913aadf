/** All output of an execution, read from main page by page: nothing is ever out of reach, however long it is. */
import { useEffect, useRef, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { Execution, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatBytes } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { shellMessages } from '../../messages/shell.ts';
import { ExecutionOutput } from '../../stores/output/execution-output.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import styles from './output.module.css';
import { OutputParts } from './output-view.tsx';
import { Viewport } from './viewport.ts';

const pageBytes = 4 * 1_048_576;
const limits = { bytes: 64 * 1_048_576, parts: 100_000 };

interface Page {
  output: ExecutionOutput;
  next: number | null;
}

/** The dialog of `executionId`. */
export function FullOutput({ executionId, onClose }: { executionId: string; onClose: () => void }) {
  const { bridge, outputs, actions } = useApp();
  const [execution, setExecution] = useState<Execution | null>(null);
  const [page, setPage] = useState<Page | null>(null);
  /** Where each page that was opened starts; the last one is shown. */
  const [starts, setStarts] = useState<readonly number[]>([0]);
  const scroller = useRef<HTMLDivElement>(null);
  const [viewport] = useState(() => new Viewport());
  const from = starts.at(-1) ?? 0;

  useEffect(() => {
    const element = scroller.current;
    return element ? viewport.attach(element) : undefined;
  }, [viewport]);
  useEffect(() => {
    void bridge.call('executions.get', { executionId }).then(setExecution, () => {});
  }, [bridge, executionId]);
  useEffect(() => {
    let current = true;
    bridge.call('executions.output', { executionId, fromSeq: from, maxBytes: pageBytes }).then(
      ({ items, next }) => {
        if (!current) return;
        setPage({ output: pageOf(items, from, (output) => outputs.clock.request(output)), next });
        scroller.current?.scrollTo({ top: 0 });
      },
      (error) => actions.showProblem(toProblem(error)),
    );
    return () => {
      current = false;
    };
  }, [bridge, outputs, actions, executionId, from]);

  return (
    <Dialog
      size="large"
      title={words.allOutput(execution?.number ?? 0)}
      closeLabel={shellMessages.close}
      onClose={onClose}
      footer={
        <>
          {page && <span className={styles.quiet}>{formatBytes(page.output.totalBytes)}</span>}
          <Button isDisabled={starts.length === 1} onPress={() => setStarts(starts.slice(0, -1))}>
            {words.previousPage}
          </Button>
          <Button
            isDisabled={page?.next == null}
            onPress={() => {
              if (page?.next != null) setStarts([...starts, page.next]);
            }}
          >
            {words.nextPage}
          </Button>
        </>
      }
    >
      <ScrollArea ref={scroller} className={styles.fullScroll} label={words.outputRegion}>
        <div>
          {page && (
            <OutputParts
              key={from}
              output={page.output}
              viewport={viewport}
              run={String(execution?.number ?? '')}
              executionId={executionId}
            />
          )}
        </div>
      </ScrollArea>
    </Dialog>
  );
}

function pageOf(
  items: readonly StoredOutput[],
  from: number,
  request: (output: ExecutionOutput) => void,
): ExecutionOutput {
  const output: ExecutionOutput = new ExecutionOutput(limits, () => request(output));
  output.startAt(from, 0);
  output.append(items);
  return output;
}
