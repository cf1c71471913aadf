/** The Sync tab: the pairs of folders of the session's profile, and what is known of the chosen one. */
import { FolderSync, Plus } from 'lucide-react';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { type SyncPart, syncParts } from '../../stores/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { SyncExclusionsPart } from './exclusions.tsx';
import { SyncFiles } from './files-part.tsx';
import { SyncHistory } from './history-part.tsx';
import { PairList } from './pair-list.tsx';
import { PlanPart } from './plan-part.tsx';
import { RootHead } from './root-head.tsx';
import styles from './sync.module.css';

/** See the head of the file. */
export function SyncView({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const { actions } = useApp();
  const ids = useStatus(({ status }) =>
    (status?.syncs ?? []).filter((root) => root.profileId === profileId).map(({ id }) => id),
  );
  const wanted = useUi(({ sync }) => sync.rootId);
  const part = useUi(({ sync }) => sync.part);
  const session = useStatus(({ status }) => status?.sessions.find(({ id }) => id === sessionId)?.status);
  const isActive = session === 'active';
  const chosen = ids.find((id) => id === wanted) ?? ids[0];
  const pair = isActive && sessionId !== null && (
    <Button
      look={ids.length === 0 ? 'primary' : 'secondary'}
      icon={<Plus size={14} aria-hidden />}
      onPress={() => actions.openDialog({ type: 'sync-pair', sessionId })}
    >
      {words.pair}
    </Button>
  );
  if (chosen === undefined) {
    return (
      <section className={styles.nothing} aria-label={words.region}>
        <FolderSync size={32} aria-hidden />
        <p>{isActive ? words.empty : session === 'connecting' ? words.connecting : words.needsSession}</p>
        {pair || session === 'connecting' || (
          <Button look="primary" onPress={() => void actions.connect(profileId)}>
            {words.connect}
          </Button>
        )}
      </section>
    );
  }
  return (
    <section className={styles.view} aria-label={words.region}>
      {ids.length > 1 && <PairList ids={ids} chosen={chosen} />}
      <RootHead key={chosen} rootId={chosen} pair={pair} />
      <div className={styles.part} data-region="sync" tabIndex={-1}>
        {part === 'plan' && chosen === wanted ? (
          <PlanPart key={chosen} rootId={chosen} />
        ) : (
          <Parts key={chosen} rootId={chosen} part={part === 'plan' ? 'files' : part} />
        )}
      </div>
    </section>
  );
}

function Parts({ rootId, part }: { rootId: string; part: Exclude<SyncPart, 'plan'> }) {
  const { actions } = useApp();
  const choice = (
    <Segments
      label={words.partsLabel}
      hideLabel
      value={part}
      options={syncParts
        .filter((one) => one !== 'plan')
        .map((value) => ({ value, label: words.parts[value] }))}
      onChange={(next) => actions.showSync(next, rootId)}
    />
  );
  switch (part) {
    case 'files':
      return <SyncFiles rootId={rootId} choice={choice} />;
    case 'history':
      return <SyncHistory rootId={rootId} choice={choice} />;
    case 'exclusions':
      return <SyncExclusionsPart rootId={rootId} choice={choice} />;
  }
}
