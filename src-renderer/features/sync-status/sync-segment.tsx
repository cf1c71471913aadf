/** Syncing in the status bar: in a word for the pairs of what is shown; a press leads to what needs the person. */
import { syncView } from '../../../src-shared/domain/sync-view.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { targetOf } from '../../app/target.ts';
import { formatTime } from '../../messages/format.ts';
import { syncTabMessages as words } from '../../messages/sync-tab.ts';
import { Button } from '../../ui/button.tsx';
import { SyncGlyph } from './sync-glyph.tsx';

/** Nothing where no folder is paired. */
export function SyncSegment() {
  const { actions } = useApp();
  const selection = useUi((state) => state.selection);
  const { kind, word, conflict } = useStatus(({ status }) => {
    const profileId = targetOf(status, selection)?.profileId;
    const roots = (status?.syncs ?? []).filter((root) => root.profileId === profileId);
    return {
      ...syncView(roots, formatTime),
      conflict: roots.find(({ conflicts }) => conflicts > 0)?.id ?? null,
    };
  });
  if (kind === 'none') return null;
  return (
    <Button
      look="quiet"
      icon={<SyncGlyph kind={kind} size={12} />}
      tooltip={words.showSync}
      onPress={() => {
        if (conflict !== null) actions.openDialog({ type: 'sync-conflicts', rootId: conflict });
        else actions.showTab('sync');
      }}
    >
      {word}
    </Button>
  );
}
