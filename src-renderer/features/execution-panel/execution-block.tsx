/** One execution in the panel: a head that stays in view, the search, its code, its output. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, memo, useEffect, useState } from 'react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { OutputSearch } from '../../stores/output/output-search.ts';
import { executionOf } from '../../stores/runs-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { FindBar } from '../output/find-bar.tsx';
import { OutputView } from '../output/output-view.tsx';
import { showPlace } from '../output/show-place.ts';
import type { Viewport } from '../output/viewport.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { BlockActions } from './block-actions.tsx';
import { CancelButton } from './cancel-button.tsx';
import { CodePreview } from './code-preview.tsx';
import styles from './execution-panel.module.css';
import { RunOutcome } from './run-outcome.tsx';

/** The block of the run `runKey`; `draftKey` is where "open in the editor" puts its code. */
export const ExecutionBlock = memo(function ExecutionBlock({
  runKey,
  draftKey,
  viewport,
  isTabStop = true,
}: {
  runKey: string;
  draftKey: string;
  viewport: Viewport;
  /** One block at a time is reached with Tab; arrow keys go to the others. */
  isTabStop?: boolean;
}) {
  const run = useRuns(({ runs }) => runs[runKey]);
  const [open, setOpen] = useState(true);
  const [timestamps, setTimestamps] = useState(false);
  const [search, openSearch, closeSearch] = useSearch(run?.executionId ?? null);
  if (!run) return null;
  const language = words[run.language];
  const execution = executionOf(run);
  const label = run.number === null ? words.blockPending(language) : words.block(run.number, language);
  const Fold = open ? ChevronDown : ChevronRight;
  const find = () => {
    setOpen(true);
    openSearch();
  };
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'f') find();
    else if (event.target !== event.currentTarget) return;
    else if (event.key === 'ArrowLeft') setOpen(false);
    else if (event.key === 'ArrowRight') setOpen(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <article
      className={styles.block}
      aria-label={label}
      tabIndex={isTabStop ? 0 : -1}
      data-block={runKey}
      onKeyDown={onKey}
    >
      <header className={styles.blockHead}>
        <div className={styles.blockBar}>
          <IconButton
            label={open ? words.collapse : words.expand}
            icon={<Fold size={14} aria-hidden />}
            aria-expanded={open}
            onPress={() => setOpen(!open)}
          />
          {run.number !== null && <span className={styles.number}>{words.number(run.number)}</span>}
          <span className={styles.language}>{language}</span>
          <RunOutcome run={run} />
          <span className={styles.grow} />
          <BlockActions
            run={run}
            draftKey={draftKey}
            viewport={viewport}
            timestamps={timestamps}
            onTimestamps={setTimestamps}
            onFind={find}
          />
          {!isFinal(run.state) && <CancelButton runKey={runKey} />}
        </div>
        {open && search && (
          <FindBar
            search={search}
            onShow={(place) => showPlace(viewport, place)}
            onClose={() => {
              closeSearch();
              document.querySelector<HTMLElement>(`[data-block="${CSS.escape(runKey)}"]`)?.focus();
            }}
          />
        )}
      </header>
      {open && (
        <div className={styles.blockBody}>
          <CodePreview code={run.code} />
          {execution && (
            <OutputView execution={execution} viewport={viewport} search={search} timestamps={timestamps} />
          )}
          {run.result?.reason !== undefined && <Notice level="info" title={run.result.reason} />}
          {run.result?.kernelLost && <Notice level="warning" title={words.kernelLost} />}
          {run.result?.problem && run.result.problem.message !== run.result.reason && (
            <ProblemNotice problem={run.result.problem} />
          )}
          {run.problem && <ProblemNotice problem={run.problem} />}
        </div>
      )}
    </article>
  );
});

/** The search of a block while its bar is open. */
function useSearch(executionId: string | null): [OutputSearch | null, () => void, () => void] {
  const { bridge, outputs } = useApp();
  const [search, setSearch] = useState<OutputSearch | null>(null);
  useEffect(() => () => search?.dispose(), [search]);
  const open = () => {
    if (executionId === null) return;
    if (search) document.querySelector<HTMLInputElement>('search input:focus')?.select();
    else setSearch(new OutputSearch(bridge, executionId, outputs.get(executionId)));
  };
  return [search, open, () => setSearch(null)];
}
