/** The list of runs by day: only what is visible is in the document; the end reads the next page. */
import { useMemo } from 'react';
import { Collection } from 'react-aria-components/Collection';
import { Header } from 'react-aria-components/Header';
import { ListBox, ListBoxItem, ListBoxLoadMoreItem, ListBoxSection } from 'react-aria-components/ListBox';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { useApp } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { runMessages } from '../../messages/run.ts';
import { cx } from '../../ui/cx.ts';
import styles from './activity.module.css';
import { dayGroups } from './day-groups.ts';
import { RunRow, stateOf } from './run-row.tsx';

const layout = { estimatedRowHeight: 52, estimatedHeadingHeight: 28 };

/** See the head of the file. */
export function RunList() {
  const { activity } = useApp();
  const [items, chosen, scope, loading, next] = useStore(
    activity.store,
    useShallow(
      (state) => [state.items, state.chosen, state.filter.scope, state.loading, state.next] as const,
    ),
  );
  const groups = useMemo(() => dayGroups(items, Date.now()), [items]);
  const selected = useMemo(() => new Set(chosen === null ? [] : [chosen]), [chosen]);
  return (
    <Virtualizer layout={ListLayout} layoutOptions={layout}>
      <ListBox
        aria-label={words.list}
        className={cx(styles.list)}
        selectionMode="single"
        selectedKeys={selected}
        onSelectionChange={(keys) => {
          const [key] = keys === 'all' ? [] : keys;
          // Pressing the chosen one again opens it again, where it lies over the list.
          activity.choose(key === undefined ? chosen : String(key));
        }}
      >
        <Collection items={groups}>
          {(group) => (
            <ListBoxSection id={`day-${group.id}`} className={cx(styles.day)}>
              <Header className={cx(styles.dayTitle)}>{group.title}</Header>
              <Collection items={group.items}>
                {(item) => (
                  <ListBoxItem
                    id={item.id}
                    className={cx(styles.row)}
                    textValue={`${runMessages.number(item.number)} ${item.firstLine.text}, ${stateOf(item)}`}
                  >
                    <RunRow item={item} showProfile={scope === 'all'} />
                  </ListBoxItem>
                )}
              </Collection>
            </ListBoxSection>
          )}
        </Collection>
        {next !== null && (
          <ListBoxLoadMoreItem
            className={cx(styles.loadMore)}
            isLoading={loading === 'more'}
            onLoadMore={() => void activity.more()}
          >
            {words.loadingMore}
          </ListBoxLoadMoreItem>
        )}
      </ListBox>
    </Virtualizer>
  );
}
