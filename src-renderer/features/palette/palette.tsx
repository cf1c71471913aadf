/** The command palette: one field, a list below it. The field keeps the focus; the list is walked with the arrow keys. */
import { Search } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Header } from 'react-aria-components/Header';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { TextField } from 'react-aria-components/TextField';
import { sessionView } from '../../../src-shared/domain/session-view.ts';
import { keySystem } from '../../../src-shared/domain/shortcuts.ts';
import { useActionFacts } from '../../app/action-list/facts.ts';
import { perform } from '../../app/action-list/perform.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { paletteMessages as words } from '../../messages/palette.ts';
import { cx } from '../../ui/cx.ts';
import { shortcut } from '../../ui/shortcut.ts';
import { type Found, find, type Mark, pieces } from './fuzzy.ts';
import styles from './palette.module.css';
import {
  actionItems,
  hiddenItems,
  type PaletteItem,
  placeItems,
  recentItems,
  withRecent,
} from './palette-items.ts';

/** `places`: only sessions and profiles, to switch to. */
export function Palette({ mode, onClose }: { mode: 'actions' | 'places'; onClose: () => void }) {
  const isPlaces = mode === 'places';
  return (
    <ModalOverlay
      isOpen
      isDismissable
      className={cx(styles.overlay)}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx(styles.modal)}>
        <Dialog aria-label={isPlaces ? words.placesTitle : words.title} className={cx(styles.dialog)}>
          <Content isPlaces={isPlaces} onClose={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Content({ isPlaces, onClose }: { isPlaces: boolean; onClose: () => void }) {
  const app = useApp();
  const { actions } = app;
  const [query, setQuery] = useState('');
  /** Why the last choice could not be done. */
  const [refused, setRefused] = useState('');
  const { items, recent, more } = useItems(isPlaces);
  const sections = useMemo(
    () => (query.trim() === '' ? browsed(items, recent) : searched([...items, ...more], query, recent)),
    [items, more, recent, query],
  );
  const count = sections.reduce((sum, { found }) => sum + found.length, 0);
  const said = useDeferredValue(query.trim() === '' ? '' : words.found(count));
  const choose = (id: string) => {
    const item = [...items, ...more].find((one) => one.id === id.replace(/^recent /, ''));
    if (!item) return;
    if (item.why !== null) {
      setRefused(`${item.title}: ${item.why}`);
      return;
    }
    if (item.does.type === 'action') {
      void actions.attempt('settings.update', { recentActions: withRecent(recent, item.id) });
    }
    onClose();
    // After the focus has come back to where it was: the action may move it on.
    afterFocus(() => {
      if (item.does.type === 'action') perform(app, item.does.id);
      else if (item.does.type === 'select') actions.select(item.does.selection);
      else actions.openDialog(item.does.dialog);
    });
  };
  return (
    <Autocomplete
      inputValue={query}
      onInputChange={(value) => {
        setQuery(value);
        setRefused('');
      }}
    >
      <TextField
        autoFocus
        className={cx(styles.search)}
        aria-label={isPlaces ? words.placesPlaceholder : words.placeholder}
      >
        <Search size={16} aria-hidden />
        <Input
          // An editable combobox whose list is always open.
          role="combobox"
          aria-expanded
          className={cx(styles.input)}
          placeholder={isPlaces ? words.placesPlaceholder : words.placeholder}
          spellCheck={false}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing || query.trim() === '') return;
            // Enter may come before the list has put its mark on the first result: the first one is meant all the same.
            const marked = event.currentTarget.getAttribute('aria-activedescendant');
            const first = sections[0]?.found[0]?.item.id;
            if (first !== undefined && !(marked && document.getElementById(marked))) choose(first);
          }}
        />
      </TextField>
      <ListBox
        aria-label={isPlaces ? words.places : words.results}
        className={cx(styles.list)}
        selectionMode="none"
        onAction={(key) => choose(String(key))}
        renderEmptyState={() => <p className={styles.empty}>{words.nothing(query.trim())}</p>}
      >
        {sections.map(({ id, title, found }) => (
          <ListBoxSection key={id} id={id} className={cx(styles.section)} aria-label={title}>
            {id === 'found' ? null : <Header className={cx(styles.group)}>{title}</Header>}
            {found.map((one) => (
              <Row
                key={one.item.id}
                prefix={id === 'recent' ? 'recent ' : ''}
                showGroup={id === 'found'}
                {...one}
              />
            ))}
          </ListBoxSection>
        ))}
      </ListBox>
      <footer className={styles.foot}>
        <span role="status" className={styles.said}>
          {refused || said}
        </span>
        <span className={styles.hint}>{words.keys}</span>
      </footer>
    </Autocomplete>
  );
}

function Row({
  item,
  marks,
  prefix,
  showGroup,
}: Found<PaletteItem> & { prefix: string; showGroup: boolean }) {
  const { platform } = useApp().bridge.runtime;
  const { title, why, keys, group } = item;
  const text = [title, why, showGroup ? group : null].filter(Boolean).join(', ');
  return (
    <ListBoxItem
      id={`${prefix}${item.id}`}
      textValue={text}
      className={cx(styles.item, why !== null && styles.cannot)}
    >
      <span className={styles.title} dir="auto">
        <Marked text={title} marks={marks} />
      </span>
      {why !== null && <span className={styles.why}>{why}</span>}
      {showGroup && <span className={styles.where}>{group}</span>}
      {keys !== null && <kbd className={styles.keys}>{shortcut(platform, keys)}</kbd>}
    </ListBoxItem>
  );
}

function Marked({ text, marks }: { text: string; marks: readonly Mark[] }) {
  let at = 0;
  return pieces(text, marks).map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.marked ? <mark key={key}>{piece.text}</mark> : piece.text;
  });
}

interface Section {
  id: string;
  title: string;
  found: readonly Found<PaletteItem>[];
}

/** Nothing typed: what was used recently, then everything by group, what cannot be done now at its end. */
function browsed(items: readonly PaletteItem[], recent: readonly string[]): Section[] {
  const plain = (item: PaletteItem): Found<PaletteItem> => ({ item, score: 0, marks: [] });
  const used = recentItems(items, recent).map(plain);
  const groups = [...new Set(items.map(({ group }) => group))];
  return [
    ...(used.length > 0 ? [{ id: 'recent', title: words.recent, found: used }] : []),
    ...groups.map((group) => ({
      id: group,
      title: group,
      found: items
        .filter((item) => item.group === group)
        .toSorted((a, b) => Number(a.why !== null) - Number(b.why !== null))
        .map(plain),
    })),
  ];
}

/** Best first; what was used recently wins, what cannot be done now comes last. */
function searched(items: readonly PaletteItem[], query: string, recent: readonly string[]): Section[] {
  const found = find(
    items,
    query,
    ({ id, why }) => (recent.includes(id) ? 0.75 : 0) - (why === null ? 0 : 2),
  );
  return found.length > 0
    ? [{ id: 'found', title: words.found(found.length), found: found.slice(0, 50) }]
    : [];
}

function useItems(isPlaces: boolean) {
  const facts = useActionFacts();
  const { platform } = useApp().bridge.runtime;
  const [status, drivers] = useStatus((state) => [state.status, state.drivers] as const);
  return useMemo(() => {
    if (!facts || !status) return { items: [], more: [], recent: [] };
    const wordOf = (session: (typeof facts.sessions)[number]) => sessionView(session, status, status.at).word;
    const places = placeItems(facts, drivers, wordOf);
    if (isPlaces)
      return {
        items: places,
        more: hiddenItems(drivers).filter(({ id }) => id.startsWith('new:')),
        recent: [],
      };
    const { shortcuts, recentActions } = status.settings;
    return {
      items: actionItems(facts, keySystem(platform), shortcuts),
      more: [...places, ...hiddenItems(drivers)],
      recent: recentActions,
    };
  }, [facts, status, drivers, platform, isPlaces]);
}

/** The dialog gives the focus back in the frame after it is gone. */
function afterFocus(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
