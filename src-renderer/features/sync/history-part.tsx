/** What the syncs of a pair did, and the copies that they kept, which can be brought back. */
import { type ReactNode, useCallback, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncKept, SyncRun } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatDuration, formatWhen } from '../../messages/format.ts';
import { syncMessages as words } from '../../messages/sync.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { visibleName } from '../files/visible-name.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { SyncGlyph } from '../sync-status/sync-glyph.tsx';
import { PathRow } from './path-row.tsx';
import { SearchField } from './search-field.tsx';
import styles from './sync.module.css';
import { useRootVersion } from './use-root.ts';

const glyphs = { done: 'synced', cancelled: 'new', failed: 'failed', waiting: 'needs-you' } as const;

/** `choice` chooses another part. */
export function SyncHistory({ rootId, choice }: { rootId: string; choice: ReactNode }) {
  const { bridge } = useApp();
  const version = useRootVersion(rootId);
  const [list, setList] = useState<'runs' | 'kept'>('runs');
  const [search, setSearch] = useState('');
  const [restored, setRestored] = useState(0);
  const loadRuns = useCallback(
    async (offset: number, limit: number) => {
      const { runs, total } = await bridge.call('sync.history', { rootId, offset, limit });
      return { items: runs, total };
    },
    [bridge, rootId],
  );
  const loadKept = useCallback(
    (offset: number, limit: number) => bridge.call('sync.kept', { rootId, search, offset, limit }),
    [bridge, rootId, search],
  );
  const failed = (error: unknown) => <ProblemNotice problem={toProblem(error)} />;
  return (
    <>
      <div className={styles.bar}>
        {choice}
        <Segments
          label={words.historyOfWhat}
          hideLabel
          value={list}
          options={[
            { value: 'runs', label: words.runs },
            { value: 'kept', label: words.kept },
          ]}
          onChange={setList}
        />
        {list === 'kept' && <SearchField label={words.search} onSearch={setSearch} />}
      </div>
      {list === 'runs' ? (
        <PagedList<SyncRun>
          label={words.runs}
          loading={words.readingHistory}
          load={loadRuns}
          version={version}
          failed={failed}
          empty={<p className={styles.empty}>{words.noRuns}</p>}
          renderRow={(run) => <RunRow run={run} />}
        />
      ) : (
        <PagedList<SyncKept>
          label={words.kept}
          loading={words.readingHistory}
          load={loadKept}
          version={`${version} ${restored}`}
          failed={failed}
          empty={
            <p className={styles.empty}>
              {search === '' ? words.noKept : words.notFound} {search === '' && words.keptHelp}
            </p>
          }
          renderRow={(kept) => <KeptRow kept={kept} onRestored={() => setRestored((count) => count + 1)} />}
        />
      )}
    </>
  );
}

function RunRow({ run: { outcome, trigger, summary, problem, startedAt, endedAt } }: { run: SyncRun }) {
  const what = problem?.message ?? words.ended(summary);
  return (
    <div className={styles.row}>
      <SyncGlyph kind={glyphs[outcome]} />
      <div className={styles.rowWords}>
        <p className={styles.rowPath} title={what}>
          {what}
        </p>
        <p className={styles.rowFacts}>{`${words.outcomes[outcome]} · ${words.triggers[trigger]}`}</p>
      </div>
      <span className={styles.rowSize}>{formatDuration(endedAt - startedAt)}</span>
      <time className={styles.rowSize} dateTime={new Date(endedAt).toISOString()}>
        {formatWhen(endedAt, Date.now())}
      </time>
    </div>
  );
}

function KeptRow({ kept, onRestored }: { kept: SyncKept; onRestored: () => void }) {
  const { actions, announcer } = useApp();
  const [busy, setBusy] = useState(false);
  const { id, path, available } = kept;
  const name = visibleName(nameOf(path));
  const restore = async () => {
    setBusy(true);
    const answer = await actions.attempt('sync.restore', { keptId: id });
    setBusy(false);
    if (answer === undefined) return;
    announcer.say('sync-restore', words.restored(name));
    onRestored();
  };
  return (
    <PathRow
      path={path}
      glyph={<SyncGlyph kind="new" />}
      facts={available ? words.keptFacts(kept) : `${words.keptFacts(kept)} · ${words.unavailable}`}
      end={
        available && (
          <Button aria-label={words.restoreOf(name)} isDisabled={busy} onPress={() => void restore()}>
            {words.restore}
          </Button>
        )
      }
    />
  );
}
