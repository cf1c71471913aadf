/** The output of one execution: its parts in order, what is missing, and what state it is in. */
import { memo, Suspense, useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react';
import type { Execution, MimeBundle } from '../../../src-shared/domain/execution.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatBytes } from '../../messages/format.ts';
import { outputMessages } from '../../messages/output.ts';
import { runMessages as words } from '../../messages/run.ts';
import { plainText } from '../../stores/output/ansi.ts';
import type { ExecutionOutput, OutputPart } from '../../stores/output/execution-output.ts';
import type { OutputSearch } from '../../stores/output/output-search.ts';
import { Button } from '../../ui/button.tsx';
import { lazyPart } from '../../ui/lazy-part.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ViewBoundary } from '../problem/view-boundary.tsx';
import { clockColumns } from './clock-time.ts';
import { ErrorPart } from './error-part.tsx';
import styles from './output.module.css';
import { type TextLook, TextPart } from './text-part.tsx';
import type { Viewport } from './viewport.ts';

const RichPart = lazyPart(async () => (await import('./rich-part.tsx')).RichPart);

/** The output of `execution`, inside of `viewport`. Reads ended executions from main when they come into view. */
export function OutputView({
  execution,
  viewport,
  search = null,
  timestamps = false,
}: {
  execution: Execution;
  viewport: Viewport;
  search?: OutputSearch | null;
  timestamps?: boolean;
}) {
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
      {output.droppedBytes > 0 && state !== 'loading' && (
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
      <OutputParts
        output={output}
        viewport={viewport}
        run={String(execution.number)}
        executionId={execution.id}
        search={search}
        timestamps={timestamps}
      />
      {output.parts.length === 0 && <Empty state={state} ended={ended} />}
      {state === 'failed' && (
        <Notice
          level="error"
          title={words.outputFailed}
          actions={<Button onPress={() => void outputs.load(execution)}>{words.tryAgain}</Button>}
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
  if (state === 'complete') return <p className={styles.quiet}>{words.noOutput}</p>;
  // The end is known before the last of the output is here.
  return ended ? null : <p className={styles.quiet}>{words.waitingForOutput}</p>;
}

const noSearch = { subscribe: () => () => {}, state: () => null };

/** The parts of an output; also used for a page of stored output. */
export function OutputParts({
  output,
  viewport,
  run,
  executionId,
  search = null,
  timestamps = false,
}: {
  output: ExecutionOutput;
  viewport: Viewport;
  run: string;
  executionId: string;
  search?: OutputSearch | null;
  timestamps?: boolean;
}) {
  const wrap = useStatus(({ status }) => status?.settings.wrapOutput ?? true);
  const width = useSyncExternalStore(viewport.subscribe, () => viewport.columns);
  const source = search ?? noSearch;
  const found = useSyncExternalStore(source.subscribe, source.state);
  const columns = wrap ? Math.max(20, width - (timestamps ? clockColumns : 0)) : Number.POSITIVE_INFINITY;
  useSyncExternalStore(output.subscribe, () => output.parts);
  // Before the children draw: they ask for rows at this width.
  output.setColumns(columns);
  useLayoutEffect(() => viewport.contentChanged());
  const [find, matchCase, active] = [found?.text ?? '', found?.matchCase ?? false, found?.active ?? null];
  return output.parts.map((part) => (
    <Part
      key={part.id}
      part={part}
      output={output}
      viewport={viewport}
      columns={columns}
      timestamps={timestamps}
      find={find}
      matchCase={matchCase}
      active={active}
      run={run}
      executionId={executionId}
    />
  ));
}

const Part = memo(function Part({
  part,
  output,
  viewport,
  run,
  executionId,
  ...look
}: {
  part: OutputPart;
  output: ExecutionOutput;
  viewport: Viewport;
  run: string;
  executionId: string;
} & TextLook) {
  switch (part.kind) {
    case 'text':
      return <TextPart output={output} buffer={part.buffer} viewport={viewport} look={look} />;
    case 'rich':
      return (
        <div data-part={part.id}>
          <ViewBoundary>
            <Suspense fallback={<Fallback data={part.data} />}>
              <RichPart data={part.data} run={run} source={{ executionId, seq: part.seq }} />
            </Suspense>
          </ViewBoundary>
        </div>
      );
    case 'shelved':
      return <Shelved part={part} output={output} />;
    case 'error':
      return (
        <div data-part={part.id}>
          <ErrorPart error={part.error} />
        </div>
      );
    case 'notice':
      return (
        <p data-part={part.id} className={styles[part.level]}>
          {plainText(part.text)}
        </p>
      );
    case 'gap':
      return (
        <p data-part={part.id} className={styles.gap}>
          {gapText(part.reason, part.bytes)}
        </p>
      );
  }
});

/** The text of a value, until its other forms can be drawn. */
function Fallback({ data }: { data: MimeBundle }) {
  const plain = data['text/plain'];
  return (
    <pre className={styles.plain}>{typeof plain === 'string' ? plainText(plain.slice(0, 2000)) : ''}</pre>
  );
}

/** A value that is in main only: there were too many, or too large ones, to keep them all. */
function Shelved({ part, output }: { part: OutputPart & { kind: 'shelved' }; output: ExecutionOutput }) {
  const [busy, setBusy] = useState(false);
  const show = () => {
    setBusy(true);
    void output
      .unshelve(part.id)
      .catch(() => {})
      .finally(() => setBusy(false));
  };
  const { what } = part;
  const text =
    what === 'error'
      ? outputMessages.shelvedError
      : what === 'notice'
        ? outputMessages.shelvedNotice
        : what === 'gap'
          ? outputMessages.shelvedGap
          : outputMessages.shelved(plainText(what), part.size);
  return (
    <p data-part={part.id} className={styles.earlier}>
      {text}
      <Button look="quiet" isDisabled={busy} onPress={show}>
        {outputMessages.show}
      </Button>
    </p>
  );
}

function gapText(reason: string, bytes: number | null): string {
  if (bytes !== null && reason) return words.gapSizeReason(formatBytes(bytes), reason);
  if (bytes !== null) return words.gapSize(formatBytes(bytes));
  return reason ? words.gapReason(reason) : words.gap;
}
