/** Every file of a pair with its state; why one is left out or cannot be synced; conflicts lead to their decision. */
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncFile } from '../../../src-shared/domain/sync.ts';
import { useApp, useUi } from '../../app/app-context.tsx';
import { formatBytes, formatWhen } from '../../messages/format.ts';
import { syncMessages as words } from '../../messages/sync.ts';
import { type SyncShow, syncShows } from '../../stores/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { FileGlyph } from './file-glyph.tsx';
import { PathRow } from './path-row.tsx';
import { SearchField } from './search-field.tsx';
import styles from './sync.module.css';
import { useRootVersion } from './use-root.ts';

/** `choice` chooses another part. */
export function SyncFiles({ rootId, choice }: { rootId: string; choice: ReactNode }) {
  const { bridge, actions, announcer } = useApp();
  const version = useRootVersion(rootId);
  const show = useUi(({ sync }) => sync.show);
  const [search, setSearch] = useState('');
  const [total, setTotal] = useState<number | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const load = useCallback(
    async (offset: number, limit: number) => {
      const page = await bridge.call('sync.files', { rootId, show, search, offset, limit });
      setAt(page.at);
      return page;
    },
    [bridge, rootId, show, search],
  );
  const counted = total === null ? '' : words.total(total);
  useEffect(() => {
    if (search !== '' && counted !== '') announcer.say('sync-files', counted);
  }, [announcer, search, counted]);
  return (
    <>
      <div className={styles.bar}>
        {choice}
        <Select
          aria-label={words.show}
          value={show}
          options={syncShows.map((value) => ({ value, label: words.shows[value] }))}
          onChange={(value) => actions.showSync('files', rootId, value as SyncShow)}
        />
        <SearchField label={words.search} onSearch={setSearch} />
        <span className={styles.total}>
          {counted}
          {at !== null && `, ${words.asOf(formatWhen(at, Date.now()))}`}
        </span>
      </div>
      <PagedList<SyncFile>
        label={words.list}
        loading={words.listing}
        load={load}
        version={version}
        onTotal={setTotal}
        failed={(error) => <ProblemNotice problem={toProblem(error)} />}
        empty={<p className={styles.empty}>{search === '' ? words.nothing[show] : words.notFound}</p>}
        renderRow={(file) => (
          <PathRow
            path={file.path}
            glyph={<FileGlyph of={file.status} />}
            facts={factsOf(file, Date.now())}
            {...(file.kind === 'file' && file.status !== 'excluded' ? { size: formatBytes(file.size) } : {})}
            end={
              file.status === 'conflict' && (
                <Button
                  aria-label={`${words.decide} ${file.path}`}
                  onPress={() => void openConflict(file.path)}
                >
                  {words.decide}
                </Button>
              )
            }
          />
        )}
      />
    </>
  );

  async function openConflict(path: string): Promise<void> {
    const conflicts = await actions.attempt('sync.conflicts', { rootId });
    const conflictId = conflicts?.find((one) => one.path === path)?.id;
    if (conflictId !== undefined) actions.openDialog({ type: 'sync-conflicts', rootId, conflictId });
  }
}

/** "Left out · .gitignore, line 3: *.log", "The same · uploaded 10:31". */
function factsOf({ status, why, syncedAt, direction }: SyncFile, now: number): string {
  const word = words.statuses[status];
  if (why !== null) return `${word} · ${status === 'excluded' ? words.whyExcluded(why) : why}`;
  if (syncedAt === null) return word;
  const at = formatWhen(syncedAt, now);
  return `${word} · ${words.syncedAt(at, direction === null ? null : words.directions[direction])}`;
}
