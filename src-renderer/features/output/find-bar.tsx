/** The search in the output of one run: text, matches over all that is stored, next and previous. */
import { CaseSensitive, ChevronDown, ChevronUp, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useSyncExternalStore } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { useApp } from '../../app/app-context.tsx';
import { outputMessages as words } from '../../messages/output.ts';
import type { FoundPlace, OutputSearch, SearchState } from '../../stores/output/output-search.ts';
import { IconButton } from '../../ui/button.tsx';
import styles from './find-bar.module.css';

/** `onShow` brings a match into view. */
export function FindBar({
  search,
  onShow,
  onClose,
}: {
  search: OutputSearch;
  onShow: (place: FoundPlace) => void;
  onClose: () => void;
}) {
  const { actions } = useApp();
  const state = useSyncExternalStore(search.subscribe, search.state);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const move = async (step: 1 | -1) => {
    try {
      const place = await search.move(step);
      if (place) onShow(place);
    } catch (error) {
      actions.showProblem(toProblem(error));
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'Enter') void move(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search className={styles.bar} aria-label={words.find}>
      <input
        ref={input}
        className={styles.input}
        type="text"
        spellCheck={false}
        maxLength={1000}
        aria-label={words.find}
        placeholder={words.findPlaceholder}
        defaultValue={state.text}
        onChange={(event) => search.set(event.target.value, state.matchCase)}
        onKeyDown={onKey}
      />
      <IconButton
        label={words.matchCase}
        icon={<CaseSensitive size={16} aria-hidden />}
        aria-pressed={state.matchCase}
        className={state.matchCase ? (styles.pressed ?? '') : ''}
        onPress={() => search.set(state.text, !state.matchCase)}
      />
      <output className={styles.count}>{countOf(state)}</output>
      <IconButton
        label={words.findPrevious}
        icon={<ChevronUp size={16} aria-hidden />}
        isDisabled={state.count === 0}
        onPress={() => void move(-1)}
      />
      <IconButton
        label={words.findNext}
        icon={<ChevronDown size={16} aria-hidden />}
        isDisabled={state.count === 0}
        onPress={() => void move(1)}
      />
      <IconButton label={words.findClose} icon={<X size={16} aria-hidden />} onPress={onClose} />
    </search>
  );
}

function countOf({ text, count, current, isBusy, failed, capped }: SearchState): string {
  if (text === '') return '';
  if (failed) return words.findFailed;
  if (isBusy) return words.findBusy(count);
  if (count === 0) return words.findNone;
  return current === -1 ? words.findMatches(count, capped) : words.findCount(current + 1, count, capped);
}
