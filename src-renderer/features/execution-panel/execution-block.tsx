/** One execution in the panel: a head that stays in view, its code, its output. */
import { Check, ChevronDown, ChevronRight, Copy, CornerLeftUp } from 'lucide-react';
import { memo, useState } from 'react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { executionOf } from '../../stores/runs-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { OutputView } from '../output/output-view.tsx';
import type { Viewport } from '../output/viewport.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { CancelButton } from './cancel-button.tsx';
import { CodePreview } from './code-preview.tsx';
import styles from './execution-panel.module.css';
import { RunOutcome } from './run-outcome.tsx';

/** The block of the run `runKey`; `draftKey` is where "put this code into the editor" puts it. */
export const ExecutionBlock = memo(function ExecutionBlock({
  runKey,
  draftKey,
  viewport,
}: {
  runKey: string;
  draftKey: string;
  viewport: Viewport;
}) {
  const run = useRuns(({ runs }) => runs[runKey]);
  const { drafts } = useApp();
  const [open, setOpen] = useState(true);
  if (!run) return null;
  const language = words[run.language];
  const execution = executionOf(run);
  const label = run.number === null ? words.blockPending(language) : words.block(run.number, language);
  const Fold = open ? ChevronDown : ChevronRight;
  return (
    <article className={styles.block} aria-label={label}>
      <header className={styles.blockHead}>
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
        <IconButton
          label={words.reuseCode}
          icon={<CornerLeftUp size={14} aria-hidden />}
          onPress={() => drafts.replace(draftKey, run.language, run.code)}
        />
        {execution && <CopyButton executionId={execution.id} />}
        {!isFinal(run.state) && <CancelButton runKey={runKey} requestedAt={run.cancelRequestedAt} />}
      </header>
      {open && (
        <div className={styles.blockBody}>
          <CodePreview code={run.code} />
          {execution && <OutputView execution={execution} viewport={viewport} />}
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

function CopyButton({ executionId }: { executionId: string }) {
  const { outputs } = useApp();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(outputs.get(executionId).text());
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const Icon = copied ? Check : Copy;
  return (
    <IconButton
      label={copied ? words.copied : words.copyOutput}
      icon={<Icon size={14} aria-hidden />}
      onPress={() => void copy().catch(() => {})}
    />
  );
}
