/** The output of one execution: its parts in order, what is missing, and what state it is in. */
import { memo, useEffect, useLayoutEffect, useSyncExternalStore } from 'react';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatBytes } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { plainText } from '../../stores/output/ansi.ts';
import type { ExecutionOutput, OutputPart } from '../../stores/output/execution-output.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ErrorPart } from './error-part.tsx';
import styles from './output.module.css';
import { RichPart } from './rich-part.tsx';
import { TextPart } from './text-part.tsx';
import type { Viewport } from './viewport.ts';

/** The output of `execution`, inside of `viewport`. Reads ended executions from main when they come into view. */
export function OutputView({ execution, viewport }: { execution: Execution; viewport: Viewport }) {
  const { outputs, actions } = useApp();
  const output = outputs.get(execution.id);
  const ended = execution.endedAt !== null;
  useSyncExternalStore(output.subscribe, output.version);
  const { state } = output;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only these two say that there is something to read
  useEffect(() => {
    if (ended && state === 'idle') void outputs.load(execution);
  }, [ended, state]);
  const problem = outputs.problemOf(execution.id);
  return (
    <div className={styles.output} role="log" aria-live="off" aria-label={words.outputRegion}>
      {output.droppedBytes > 0 && (
        <p className={styles.earlier}>
          {words.earlier(formatBytes(output.droppedBytes))}
          <Button
            look="quiet"
            onPress={() => actions.openDialog({ type: 'full-output', executionId: execution.id })}
          >
            {words.openAll}
          </Button>
        </p>
      )}
      <OutputParts output={output} viewport={viewport} run={String(execution.number)} />
      {output.parts.length === 0 && <Empty state={state} ended={ended} />}
      {state === 'failed' && (
        <Notice
          level="error"
          title={words.outputFailed}
          actions={<Button onPress={() => void outputs.load(execution)}>{words.openAll}</Button>}
        >
          {problem?.message}
        </Notice>
      )}
    </div>
  );
}

function Empty({ state, ended }: { state: ExecutionOutput['state']; ended: boolean }) {
  if (state === 'failed') return null;
  if (state === 'loading') return <p className={styles.quiet}>{words.loadingOutput}</p>;
  return <p className={styles.quiet}>{ended ? words.noOutput : words.waitingForOutput}</p>;
}

/** The parts of an output; also used for a page of stored output. */
export function OutputParts({
  output,
  viewport,
  run,
}: {
  output: ExecutionOutput;
  viewport: Viewport;
  run: string;
}) {
  const wrap = useStatus(({ status }) => status?.settings.wrapOutput ?? true);
  const width = useSyncExternalStore(viewport.subscribe, () => viewport.columns);
  const columns = wrap ? width : Number.POSITIVE_INFINITY;
  useSyncExternalStore(output.subscribe, () => output.parts);
  // Before the children draw: they ask for rows at this width.
  output.setColumns(columns);
  useLayoutEffect(() => viewport.contentChanged());
  return output.parts.map((part) => (
    <Part key={part.id} part={part} output={output} viewport={viewport} columns={columns} run={run} />
  ));
}

const Part = memo(function Part({
  part,
  output,
  viewport,
  columns,
  run,
}: {
  part: OutputPart;
  output: ExecutionOutput;
  viewport: Viewport;
  columns: number;
  run: string;
}) {
  switch (part.kind) {
    case 'text':
      return <TextPart output={output} buffer={part.buffer} viewport={viewport} columns={columns} />;
    case 'rich':
      return <RichPart data={part.data} run={run} />;
    case 'error':
      return <ErrorPart error={part.error} />;
    case 'notice':
      return <p className={styles[part.level]}>{plainText(part.text)}</p>;
    case 'gap':
      return <p className={styles.gap}>{gapText(part.reason, part.bytes)}</p>;
  }
});

function gapText(reason: string, bytes: number | null): string {
  if (bytes !== null && reason) return words.gapSizeReason(formatBytes(bytes), reason);
  if (bytes !== null) return words.gapSize(formatBytes(bytes));
  return reason ? words.gapReason(reason) : words.gap;
}
