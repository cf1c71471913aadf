/** Search in what a terminal shows and keeps above: over its upper right corner. */
import { ArrowDown, ArrowUp, CaseSensitive, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { useStore } from 'zustand';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import styles from './terminal.module.css';
import type { SearchResult } from './terminal-search.ts';
import type { TerminalViews } from './terminal-views.ts';

/** Shown while the person searches. */
export function SearchBar({ views, terminalId }: { views: TerminalViews; terminalId: string }) {
  const isOpen = useStore(views.ui, ({ searching }) => searching);
  return isOpen ? <OpenSearch key={terminalId} views={views} terminalId={terminalId} /> : null;
}

function OpenSearch({ views, terminalId }: { views: TerminalViews; terminalId: string }) {
  const { search, terminal } = views.get(terminalId);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(() => terminal.getSelection().split('\n')[0] ?? '');
  const [caseSensitive, setCaseSensitive] = useState(false);
  const [found, setFound] = useState<SearchResult | null>(null);

  useEffect(() => {
    input.current?.select();
    return search.start(setFound).stop;
  }, [search]);

  const find = (direction: 'next' | 'previous', wanted = text, stay = false) => {
    if (wanted === '') {
      search.clear();
      setFound(null);
      return;
    }
    search.find({ text: wanted, caseSensitive, colours: views.matchColours }, direction, stay);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new word is looked for where it is typed
  useEffect(() => find('previous', text), [caseSensitive]);

  const close = () => {
    views.ui.setState({ searching: false });
    views.focusSoon(terminalId);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target === input.current)
      find(event.shiftKey ? 'next' : 'previous');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const isNothing = found?.count === 0 && text !== '';
  return (
    <search className={styles.search} onKeyDown={onKeyDown}>
      <input
        ref={input}
        className={styles.searchInput}
        type="text"
        aria-label={words.searchLabel}
        placeholder={words.searchPlaceholder}
        aria-invalid={isNothing || undefined}
        value={text}
        spellCheck={false}
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: it was asked for
        autoFocus
        onChange={({ target }) => {
          setText(target.value);
          find('previous', target.value, true);
        }}
      />
      <span className={styles.found} role="status">
        {found &&
          text !== '' &&
          (found.count === 0 ? words.noMatch : words.matches(found.index, found.count))}
      </span>
      <ToggleButton
        aria-label={words.matchCase}
        isSelected={caseSensitive}
        onChange={setCaseSensitive}
        className={cx(styles.toggle)}
      >
        <CaseSensitive size={16} aria-hidden />
      </ToggleButton>
      <IconButton
        label={words.previous}
        icon={<ArrowUp size={16} aria-hidden />}
        onPress={() => find('previous')}
      />
      <IconButton
        label={words.next}
        icon={<ArrowDown size={16} aria-hidden />}
        onPress={() => find('next')}
      />
      <IconButton label={words.closeSearch} icon={<X size={16} aria-hidden />} onPress={close} />
    </search>
  );
}
