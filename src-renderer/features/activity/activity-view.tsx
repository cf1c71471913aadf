/** The tab Activity: every run of this session or of all, also of ended ones. */
import { Columns2 } from 'lucide-react';
import { Suspense, useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { useApp, useRuns, useUi } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { lazyPart } from '../../ui/lazy-part.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './activity.module.css';
import { FilterBar } from './filter-bar.tsx';
import { RunDetail } from './run-detail.tsx';
import { RunList } from './run-list.tsx';

const CompareView = lazyPart(async () => (await import('./compare-view.tsx')).CompareView);

/** See the head of the file. */
export function ActivityView({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const { activity } = useApp();
  const compare = useStore(activity.store, (state) => state.compare);
  // A run that starts or ends, here or elsewhere, is news.
  const version = useRuns(({ runs }) =>
    Object.values(runs)
      .map(({ key, state, executionId }) => (executionId === null ? '' : `${key}${state}`))
      .join(),
  );
  // Older runs may have been deleted in the settings.
  const isCovered = useUi(({ dialog }) => dialog !== null);
  useEffect(() => activity.setPlace({ profileId, sessionId }), [activity, profileId, sessionId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version means that there is more to read
  useEffect(() => {
    if (!isCovered) void activity.search();
  }, [activity, version, isCovered]);
  if (compare) {
    return (
      <Suspense fallback={<Skeleton label={words.comparing} />}>
        <CompareView
          key={`${compare.left} ${compare.right}`}
          left={compare.left}
          right={compare.right}
          onClose={() => activity.endCompare()}
        />
      </Suspense>
    );
  }
  return (
    <div className={styles.activity}>
      <FilterBar isSession={sessionId !== null} />
      <News />
      <Runs profileId={profileId} />
    </div>
  );
}

/** What a person should know before the list: that it is not complete, that they are choosing, what went wrong. */
function News() {
  const { activity } = useApp();
  const [unindexed, picking, problem, known] = useStore(
    activity.store,
    useShallow((state) => [state.unindexed, state.picking, state.problem, state.known] as const),
  );
  useEffect(() => {
    if (unindexed === 0) return;
    const timer = setTimeout(() => void activity.search(), 2000);
    return () => clearTimeout(timer);
  }, [activity, unindexed]);
  return (
    <>
      {problem && known && (
        <div className={styles.news}>
          <ProblemNotice problem={problem} />
        </div>
      )}
      {picking && (
        <div className={styles.picking}>
          <Columns2 size={16} aria-hidden />
          <p>{words.pickCompare(picking.number)}</p>
          <Button look="quiet" onPress={() => activity.pick(null)}>
            {words.stopPicking}
          </Button>
        </div>
      )}
      {unindexed > 0 && <p className={styles.unindexed}>{words.unindexed(unindexed)}</p>}
    </>
  );
}

function Runs({ profileId }: { profileId: string }) {
  const { activity } = useApp();
  const [count, known, problem, chosen, filter] = useStore(
    activity.store,
    useShallow(
      (state) => [state.items.length, state.known, state.problem, state.chosen, state.filter] as const,
    ),
  );
  if (problem && !known) {
    return (
      <div className={styles.news}>
        <ProblemNotice problem={problem} />
        <Button onPress={() => void activity.search()}>{words.tryAgain}</Button>
      </div>
    );
  }
  if (!known) return <Skeleton label={words.loading} rows={6} />;
  const isFiltered =
    filter.text.trim() !== '' ||
    filter.states.length + filter.languages.length + filter.profileIds.length + filter.driverTypes.length >
      0 ||
    filter.time !== 'any';
  const empty = count === 0 && (isFiltered ? <Nothing text={filter.text} /> : <Empty />);
  if (empty && chosen === null) return empty;
  return (
    <div className={cx(styles.split, chosen !== null && styles.open)}>
      <section className={styles.listPart} aria-label={words.list} data-region="activity" tabIndex={-1}>
        {empty || <RunList />}
      </section>
      <section className={styles.detailPart} aria-label={words.detail} data-region="output" tabIndex={-1}>
        {chosen === null ? (
          <p className={styles.pick}>{words.pick}</p>
        ) : (
          <RunDetail key={chosen} executionId={chosen} draftKey={profileId} />
        )}
      </section>
    </div>
  );
}

/** Nothing is like what was asked for: what is searched, and a query that is worth a try. */
function Nothing({ text }: { text: string }) {
  const { activity } = useApp();
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{words.nothing}</p>
      <p className={styles.muted}>{words.nothingHelp}</p>
      {text !== words.sample && (
        <Button onPress={() => activity.setFilter({ text: words.sample })}>
          {words.trySample(words.sample)}
        </Button>
      )}
    </div>
  );
}

function Empty() {
  const { actions } = useApp();
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{words.empty}</p>
      <Button look="primary" onPress={() => actions.showTab('run')}>
        {words.emptyAction}
      </Button>
    </div>
  );
}
