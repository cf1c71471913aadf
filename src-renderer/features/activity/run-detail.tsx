/** One run: facts, what can be done with it, its code and all its output. */
import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { HistoryItem } from '../../../src-shared/contract/history-operations.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { formatDay, formatTimeSeconds } from '../../messages/format.ts';
import { runMessages } from '../../messages/run.ts';
import { mergeExecutions } from '../../stores/runs-store.ts';
import { Button } from '../../ui/button.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { ExecutionBlock } from '../execution-panel/execution-block.tsx';
import { Viewport } from '../output/viewport.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './activity.module.css';
import { RunToolbar } from './run-toolbar.tsx';

/** See the head of the file. `draftKey`: where "Open in editor" puts its code. */
export function RunDetail({ executionId, draftKey }: { executionId: string; draftKey: string }) {
  const { bridge, runs, activity } = useApp();
  const [problem, setProblem] = useState<Problem | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [viewport] = useState(() => new Viewport());
  const key = useRuns(({ runs: all }) =>
    all[executionId] ? executionId : Object.values(all).find((run) => run.executionId === executionId)?.key,
  );
  const item = useStore(
    activity.store,
    useShallow(({ items }) => items.find(({ id }) => id === executionId)),
  );
  useEffect(() => {
    const element = scroller.current;
    return element ? viewport.attach(element) : undefined;
  }, [viewport]);
  useEffect(() => {
    let isCurrent = true;
    bridge.call('executions.get', { executionId }).then(
      (execution) => mergeExecutions(runs, [execution]),
      (error: unknown) => {
        if (isCurrent) setProblem(toProblem(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bridge, runs, executionId]);
  return (
    <>
      <div className={styles.detailHead}>
        <div className={styles.back}>
          <Button
            look="quiet"
            icon={<ArrowLeft size={14} aria-hidden />}
            onPress={() => activity.choose(null)}
          >
            {words.back}
          </Button>
        </div>
        {item && <Facts item={item} />}
        {key !== undefined && <RunToolbar runKey={key} item={item ?? null} draftKey={draftKey} />}
      </div>
      {problem ? (
        <div className={styles.news}>
          <ProblemNotice problem={problem} />
        </div>
      ) : (
        <ScrollArea ref={scroller} className={styles.scroller} label={runMessages.outputRegion}>
          <div className={styles.block}>
            {key !== undefined && <ExecutionBlock runKey={key} draftKey={draftKey} viewport={viewport} />}
          </div>
        </ScrollArea>
      )}
    </>
  );
}

function Facts({ item }: { item: HistoryItem }) {
  const driver = useStatus(
    ({ drivers }) => drivers.find(({ type }) => type === item.driverType)?.label ?? item.driverType,
  );
  const name = item.profileId === null ? `${item.profileName} (${words.deletedProfile})` : item.profileName;
  return (
    <dl className={styles.facts} aria-label={words.facts}>
      <div>
        <dt>{words.where}</dt>
        <dd>
          <bdi>{name}</bdi>
          {driver !== item.profileName && ` · ${driver}`}
        </dd>
      </div>
      <div>
        <dt>{words.started}</dt>
        <dd>{`${formatDay(item.startedAt)}, ${formatTimeSeconds(item.startedAt)}`}</dd>
      </div>
    </dl>
  );
}
