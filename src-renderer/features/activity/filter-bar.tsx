/** Search and filters of Activity. */
import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { executionStates, languages } from '../../../src-shared/domain/execution.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { runMessages } from '../../messages/run.ts';
import { activityTimes, noFilter } from '../../stores/activity-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import styles from './activity.module.css';
import { FilterMenu } from './filter-menu.tsx';

/** ms after the last key until it is searched. */
const typingPause = 180;

/** `isSession`: what "here" is. */
export function FilterBar({ isSession }: { isSession: boolean }) {
  const { activity } = useApp();
  const filter = useStore(activity.store, (state) => state.filter);
  const profiles = useStatus(({ status }) => status?.profiles ?? []);
  const drivers = useStatus(({ drivers: all }) => all);
  const isAll = filter.scope === 'all';
  const isFiltered =
    filter.states.length + filter.languages.length > 0 ||
    filter.time !== 'any' ||
    (isAll && filter.profileIds.length + filter.driverTypes.length > 0);
  return (
    <div className={styles.bar} data-region="activity-filters" tabIndex={-1}>
      <div className={styles.searchRow}>
        <SearchInput />
        <Segments
          label={words.scope}
          hideLabel
          value={filter.scope}
          options={[
            { value: 'here' as const, label: isSession ? words.scopeSession : words.scopeProfile },
            { value: 'all' as const, label: words.scopeAll },
          ]}
          onChange={(scope) => activity.setFilter({ scope })}
        />
      </div>
      <fieldset className={styles.chips} aria-label={words.filters}>
        {isAll && (
          <>
            <FilterMenu
              name={words.profile}
              options={profiles.map(({ id, name }) => ({ value: id, label: name }))}
              chosen={filter.profileIds}
              onChange={(profileIds) => activity.setFilter({ profileIds })}
            />
            <FilterMenu
              name={words.driver}
              options={drivers.map(({ type, label }) => ({ value: type, label }))}
              chosen={filter.driverTypes}
              onChange={(driverTypes) => activity.setFilter({ driverTypes })}
            />
          </>
        )}
        <FilterMenu
          name={words.state}
          options={executionStates.map((state) => ({ value: state, label: runMessages.states[state] }))}
          chosen={filter.states}
          onChange={(states) => activity.setFilter({ states })}
        />
        <FilterMenu
          name={words.language}
          options={languages.map((language) => ({ value: language, label: runMessages[language] }))}
          chosen={filter.languages}
          onChange={(chosen) => activity.setFilter({ languages: chosen })}
        />
        <FilterMenu
          name={words.time}
          options={activityTimes.map((time) => ({ value: time, label: words.times[time] }))}
          chosen={[filter.time]}
          rest="any"
          onChange={([time]) => activity.setFilter({ time: time ?? 'any' })}
        />
        {isFiltered && (
          <Button
            look="quiet"
            onPress={() => activity.setFilter({ ...noFilter, scope: filter.scope, text: filter.text })}
          >
            {words.clearFilters}
          </Button>
        )}
        <Totals />
      </fieldset>
    </div>
  );
}

/** Searches while a person types; Enter searches at once, Escape empties it. */
function SearchInput() {
  const { activity } = useApp();
  const [asked, focusSearch] = useStore(
    activity.store,
    useShallow((state) => [state.filter.text, state.focusSearch] as const),
  );
  const [text, setText] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  // The text may be changed from elsewhere: a sample query, `showActivity`.
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (focusSearch > 0) input.current?.focus();
  }, [focusSearch]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  const search = (next: string, pause: number) => {
    setText(next);
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => activity.setFilter({ text: next }), pause);
  };
  return (
    <div className={styles.search}>
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        dir="auto"
        aria-label={words.search}
        placeholder={words.search}
        title={words.searchHelp}
        value={text}
        maxLength={1000}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => search(event.target.value, typingPause)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search(text, 0);
          else if (event.key === 'Escape' && text !== '') search('', 0);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {text !== '' && (
        <IconButton
          label={words.clearSearch}
          icon={<X size={14} aria-hidden />}
          onPress={() => {
            search('', 0);
            input.current?.focus();
          }}
        />
      )}
    </div>
  );
}

/** How many there are; a reader hears it after a search. */
function Totals() {
  const { activity, announcer } = useApp();
  const [total, text] = useStore(
    activity.store,
    useShallow((state) => [state.total, state.filter.text] as const),
  );
  const isSearch = text.trim() !== '';
  const shown = total === null ? '' : isSearch ? words.found(total) : words.total(total);
  useEffect(() => {
    if (isSearch && shown !== '') announcer.say('activity', shown);
  }, [announcer, isSearch, shown]);
  return <span className={styles.totals}>{shown}</span>;
}
