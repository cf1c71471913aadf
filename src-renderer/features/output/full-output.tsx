/** All output of an execution in a window of its own, with a search: nothing is ever out of reach, however long it is. */
import { ArrowDown, ArrowUp, Search } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatBytes } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { shellMessages } from '../../messages/shell.ts';
import type { ExecutionOutput } from '../../stores/output/execution-output.ts';
import { OutputSearch } from '../../stores/output/output-search.ts';
import { IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { FindBar } from './find-bar.tsx';
import styles from './output.module.css';
import { OutputParts } from './output-view.tsx';
import { PagedOutput } from './paged-output.tsx';
import { showPlace } from './show-place.ts';
import { Viewport } from './viewport.ts';

/** The dialog of `executionId`. */
export function FullOutput({ executionId, onClose }: { executionId: string; onClose: () => void }) {
  const { bridge } = useApp();
  const [execution, setExecution] = useState<Execution | null>(null);
  useEffect(() => {
    void bridge.call('executions.get', { executionId }).then(setExecution, () => {});
  }, [bridge, executionId]);
  return (
    <Dialog
      size="large"
      title={words.allOutput(execution?.number ?? 0)}
      closeLabel={shellMessages.close}
      onClose={onClose}
    >
      {execution && <Whole execution={execution} />}
    </Dialog>
  );
}

function Whole({ execution }: { execution: Execution }) {
  const { bridge, outputs } = useApp();
  const [viewport] = useState(() => new Viewport());
  const [output, setOutput] = useState<ExecutionOutput | null>(null);
  const [search, setSearch] = useState<OutputSearch | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The container is there with the output.
    const element = output ? scroller.current : null;
    return element ? viewport.attach(element) : undefined;
  }, [viewport, output]);
  useEffect(() => {
    const stop = new AbortController();
    setOutput(outputs.openApart(execution, stop.signal));
    return () => stop.abort();
  }, [outputs, execution]);
  useEffect(() => () => search?.dispose(), [search]);
  if (!output) return null;
  const find = () => setSearch(search ?? new OutputSearch(bridge, execution.id, output));
  const jump = (which: 'first' | 'last') => {
    viewport.leaveEnd();
    const top = which === 'first' ? 0 : Number.MAX_SAFE_INTEGER;
    scroller.current?.scrollTo({ top });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears the key of the search from whatever is focused in it
    <div
      className={styles.full}
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'f') return;
        event.preventDefault();
        find();
      }}
    >
      <div className={styles.fullBar}>
        <Size output={output} />
        <IconButton label={words.find} icon={<Search size={14} aria-hidden />} onPress={find} />
        <IconButton
          label={words.toStart}
          icon={<ArrowUp size={14} aria-hidden />}
          onPress={() => jump('first')}
        />
        <IconButton
          label={words.toBlockEnd}
          icon={<ArrowDown size={14} aria-hidden />}
          onPress={() => jump('last')}
        />
      </div>
      {search && (
        <FindBar
          search={search}
          onShow={(place) => showPlace(viewport, place)}
          onClose={() => setSearch(null)}
        />
      )}
      <ScrollArea ref={scroller} className={styles.fullScroll} label={words.outputRegion}>
        <div>
          <Body execution={execution} output={output} viewport={viewport} search={search} />
        </div>
      </ScrollArea>
    </div>
  );
}

function Size({ output }: { output: ExecutionOutput }) {
  const bytes = useSyncExternalStore(output.subscribe, () => output.totalBytes);
  return <span className={styles.quiet}>{formatBytes(bytes)}</span>;
}

function Body({
  execution,
  output,
  viewport,
  search,
}: {
  execution: Execution;
  output: ExecutionOutput;
  viewport: Viewport;
  search: OutputSearch | null;
}) {
  const isFolded = useSyncExternalStore(
    output.subscribe,
    () => output.state === 'complete' && output.isHeadLoaded && output.droppedBytes > 0,
  );
  if (isFolded)
    return <PagedOutput executionId={execution.id} run={String(execution.number)} viewport={viewport} />;
  return (
    <OutputParts
      output={output}
      viewport={viewport}
      run={String(execution.number)}
      executionId={execution.id}
      search={search}
    />
  );
}
