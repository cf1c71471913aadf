/** All pairs of a profile, where there are several: which one is shown, and how each is. */
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { syncView } from '../../../src-shared/domain/sync-view.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { formatTime } from '../../messages/format.ts';
import { syncMessages as words } from '../../messages/sync.ts';
import { cx } from '../../ui/cx.ts';
import { visiblePath } from '../files/visible-name.ts';
import { SyncGlyph } from '../sync-status/sync-glyph.tsx';
import styles from './sync.module.css';

/** See the head of the file. */
export function PairList({ ids, chosen }: { ids: readonly string[]; chosen: string }) {
  const { actions } = useApp();
  const part = useUi(({ sync }) => sync.part);
  const roots = useStatus(({ status }) => status?.syncs.filter(({ id }) => ids.includes(id)) ?? []);
  return (
    <ListBox
      aria-label={words.pairs}
      className={cx(styles.pairs)}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      items={roots}
      onSelectionChange={(keys) => {
        const [key] = keys === 'all' ? [] : keys;
        if (key !== undefined) actions.showSync(part === 'plan' ? 'files' : part, String(key));
      }}
    >
      {(root) => {
        const view = syncView([root], formatTime);
        const name = `${visiblePath(root.localPath)} ⇄ ${visiblePath(root.remotePath)}`;
        return (
          <ListBoxItem id={root.id} textValue={`${name}, ${view.word}`} className={cx(styles.pair)}>
            <SyncGlyph kind={view.kind} />
            <bdi className={styles.pairName} title={name}>
              {name}
            </bdi>
            <span className={styles.pairWord}>{view.word}</span>
          </ListBoxItem>
        );
      }}
    </ListBox>
  );
}
