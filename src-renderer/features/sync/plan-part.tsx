/** The plan of a pair: what would go where, what is deleted, what waits for a decision; and the way to begin. */
import { ArrowLeft, Eye, RefreshCw } from 'lucide-react';
import { useCallback, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncPlan, SyncPlanItem } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatBytes, formatTimeSeconds } from '../../messages/format.ts';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { FileGlyph } from './file-glyph.tsx';
import { PathRow } from './path-row.tsx';
import styles from './sync.module.css';
import { useRoot } from './use-root.ts';

/** See the head of the file. */
export function PlanPart({ rootId }: { rootId: string }) {
  const { bridge, actions } = useApp();
  const root = useRoot(rootId);
  const [plan, setPlan] = useState<SyncPlan | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another plan
  const load = useCallback(
    async (offset: number, limit: number) => {
      const made = await bridge.call('sync.plan', { rootId, offset, limit });
      setPlan(made);
      return made;
    },
    [bridge, rootId, round],
  );
  const again = () => {
    setPlan(null);
    setRound((count) => count + 1);
  };
  const run = async (watch: boolean) => {
    const began = await actions.attempt('sync.run', { rootId, confirmed: true, checksum: false });
    if (began === undefined) return;
    if (watch) await actions.attempt('sync.watch', { rootId, on: true });
    actions.showSync('files', rootId);
  };
  if (!root) return null;
  const isIdle = root.state !== 'syncing' && root.state !== 'stopping' && !root.elsewhere;
  return (
    <>
      <div className={styles.bar}>
        <Button
          look="quiet"
          icon={<ArrowLeft size={14} aria-hidden />}
          onPress={() => actions.showSync('files', rootId)}
        >
          {words.back}
        </Button>
        <h2 className={styles.title}>{words.plan}</h2>
        <span className={styles.total}>{plan && formatTimeSeconds(plan.at)}</span>
        <Button look="quiet" icon={<RefreshCw size={14} aria-hidden />} isDisabled={!plan} onPress={again}>
          {words.planAgain}
        </Button>
        {isIdle && (
          <>
            <Button isDisabled={!plan} onPress={() => void run(false)}>
              {words.syncOnce}
            </Button>
            <Button
              look="primary"
              icon={<Eye size={14} aria-hidden />}
              tooltip={words.startHelp}
              isDisabled={!plan}
              onPress={() => void run(true)}
            >
              {words.startSyncing}
            </Button>
          </>
        )}
      </div>
      {plan && <Summary plan={plan} rootId={rootId} />}
      <PagedList<SyncPlanItem>
        label={words.planFiles}
        loading={words.planning}
        load={load}
        version={0}
        failed={(error) => (
          <div className={styles.form}>
            <ProblemNotice problem={toProblem(error)} />
            <p>
              <Button onPress={again}>{words.tryAgain}</Button>
            </p>
          </div>
        )}
        empty={<p className={styles.empty}>{words.planNothing}</p>}
        renderRow={(item) => (
          <PathRow
            path={item.path}
            glyph={<FileGlyph of={item.action} />}
            facts={factsOf(item)}
            {...(item.kind === 'file' ? { size: formatBytes(item.size) } : {})}
          />
        )}
      />
    </>
  );
}

function Summary({ plan, rootId }: { plan: SyncPlan; rootId: string }) {
  const { actions } = useApp();
  const { halt, warnings, excluded } = plan;
  const rest = words.planRest(plan);
  return (
    <div className={styles.summary}>
      <p className={styles.muted}>{words.planHelp}</p>
      {plan.total > 0 && (
        <ul className={styles.totals}>
          {words.planTotals(plan).map((total) => (
            <li key={total}>{total}</li>
          ))}
        </ul>
      )}
      {halt && halt.reason !== 'first-sync' && (
        <Notice level="warning" title={halt.message}>
          <p>{halt.hint}</p>
        </Notice>
      )}
      {warnings.map((warning) => (
        <Notice key={warning} level="warning" title={warning} />
      ))}
      {rest !== '' && (
        <p className={styles.state}>
          <span className={styles.muted}>{rest}</span>
          {excluded > 0 && (
            <Button look="quiet" onPress={() => actions.showSync('files', rootId, 'excluded')}>
              {words.showExcluded}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

function factsOf({ action, why, replaces }: SyncPlanItem): string {
  const word = words.actions[action];
  if (why !== null) return `${word} · ${why}`;
  return replaces ? `${word} · ${words.replaces}` : word;
}
