/** How a run stands or ended, in words: "Running 0:12", "Done 0.8 s", "Failed, exit 2". */
import { useSyncExternalStore } from 'react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns } from '../../app/app-context.tsx';
import { formatBytes, formatClockDuration, formatDuration } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { queuePosition, type Run } from '../../stores/runs-store.ts';
import { useNow } from '../../ui/use-now.ts';
import styles from './execution-panel.module.css';
import { RunGlyph } from './run-glyph.tsx';

/** Glyph, word, time and size of `run`. */
export function RunOutcome({ run }: { run: Run }) {
  const before = useRuns((state) => queuePosition(state, run.key));
  return (
    <>
      <RunGlyph state={run.state} />
      <span className={styles[`state-${run.state}`]}>
        {before > 0 ? words.queuedBehind(before) : wordOf(run)}
      </span>
      <span className={styles.facts}>
        {isFinal(run.state) ? (
          formatDuration(run.result?.durationMs ?? (run.endedAt ?? run.startedAt) - run.startedAt)
        ) : (
          <Elapsed since={run.startedAt} />
        )}
      </span>
      {run.executionId !== null && <Size executionId={run.executionId} stored={run.stored.bytes} />}
    </>
  );
}

function wordOf(run: Run): string {
  if (run.problem && run.executionId === null) return words.notStarted;
  if (run.executionId === null && run.state === 'queued') return words.starting;
  const { result } = run;
  if (result?.state === 'failed' && typeof result.exitCode === 'number')
    return words.exitCode(result.exitCode);
  if (result?.state === 'failed' && result.signal !== undefined) return words.signal(result.signal);
  return words.states[run.state];
}

function Elapsed({ since }: { since: number }) {
  return formatClockDuration(useNow(1000) - since);
}

/** Grows while output streams; a leaf, so that nothing else renders for it. */
function Size({ executionId, stored }: { executionId: string; stored: number }) {
  const output = useApp().outputs.get(executionId);
  const bytes = useSyncExternalStore(output.subscribe, () => output.totalBytes);
  const size = Math.max(bytes, stored);
  return size > 0 ? <span className={styles.facts}>{formatBytes(size)}</span> : null;
}
