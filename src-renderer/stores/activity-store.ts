/**
 * What Activity shows: filters, the pages of runs that were read, the chosen run, a comparison. Outside React and kept while other
 * tabs are open. A search that was overtaken by a newer one is dropped.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';
import type { HistoryFilter, HistoryItem } from '../../src-shared/contract/history-operations.ts';
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { ExecutionState, Language } from '../../src-shared/domain/execution.ts';
import type { Bridge } from '../bridge/client.ts';

/** Spans of time to filter by. */
export const activityTimes = ['any', 'today', 'week', 'month', 'older'] as const;
/** One of `activityTimes`. */
export type ActivityTime = (typeof activityTimes)[number];

/** Filters as a person sets them; an empty list means that it does not matter. */
export interface ActivityFilter {
  /** `here`: the shown session, or the shown profile where there is none. */
  scope: 'here' | 'all';
  text: string;
  profileIds: readonly string[];
  driverTypes: readonly DriverType[];
  states: readonly ExecutionState[];
  languages: readonly Language[];
  time: ActivityTime;
}

/** What "here" is. */
export interface ActivityPlace {
  profileId: string;
  sessionId: string | null;
}

/** What the store holds. */
export interface ActivityState {
  filter: ActivityFilter;
  items: readonly HistoryItem[];
  next: string | null;
  total: number | null;
  unindexed: number;
  loading: 'no' | 'first' | 'more';
  /** True once a first page has come. */
  known: boolean;
  problem: Problem | null;
  /** The execution that is open. */
  chosen: string | null;
  /** Set while a person looks for the run to compare with this one. */
  picking: { id: string; number: number } | null;
  compare: { left: string; right: string } | null;
  /** A run that was started again elsewhere, by the id of the new one. */
  again: Readonly<Record<string, { id: string; number: number }>>;
  /** Rises when the search field is to have the focus. */
  focusSearch: number;
}

/** No filter. */
export const noFilter: ActivityFilter = {
  scope: 'here',
  text: '',
  profileIds: [],
  driverTypes: [],
  states: [],
  languages: [],
  time: 'any',
};

const pageSize = 60;
const day = 86_400_000;

/** See the head of the file. */
export class Activity {
  readonly store: StoreApi<ActivityState> = createStore<ActivityState>(() => ({
    filter: noFilter,
    items: [],
    next: null,
    total: null,
    unindexed: 0,
    loading: 'no',
    known: false,
    problem: null,
    chosen: null,
    picking: null,
    compare: null,
    again: {},
    focusSearch: 0,
  }));
  readonly #bridge: Pick<Bridge, 'call'>;
  readonly #now: () => number;
  #place: ActivityPlace | null = null;
  #asked = 0;

  constructor(bridge: Pick<Bridge, 'call'>, now: () => number) {
    this.#bridge = bridge;
    this.#now = now;
  }

  /** Changes filters and searches again. */
  setFilter(change: Partial<ActivityFilter>): void {
    this.store.setState(({ filter }) => ({ filter: { ...filter, ...change } }));
    void this.search();
  }

  /** Shows what belongs to another session or profile, where "here" is asked for. */
  setPlace(place: ActivityPlace): void {
    const before = this.#place;
    this.#place = place;
    const isSame = before?.profileId === place.profileId && before.sessionId === place.sessionId;
    if (isSame && this.store.getState().known) return;
    if (before && !isSame && this.store.getState().filter.scope === 'here') {
      this.store.setState({ items: [], known: false, total: null, next: null });
    }
    if (!before || this.store.getState().filter.scope === 'here' || !this.store.getState().known) {
      void this.search();
    }
  }

  /** Reads the first page. What is shown stays until it has come. */
  async search(): Promise<void> {
    if (!this.#place) return;
    this.#asked += 1;
    const asked = this.#asked;
    this.store.setState({ loading: 'first' });
    try {
      const input = toInput(this.store.getState().filter, this.#place, this.#now());
      const page = await this.#bridge.call('history.search', { ...input, limit: pageSize });
      if (asked !== this.#asked) return;
      const { items, next, total, unindexed } = page;
      this.store.setState({ items, next, total, unindexed, loading: 'no', known: true, problem: null });
    } catch (error) {
      if (asked === this.#asked) this.store.setState({ loading: 'no', problem: toProblem(error) });
    }
  }

  /** Reads the next page. */
  async more(): Promise<void> {
    const { next, loading, filter } = this.store.getState();
    if (next === null || loading !== 'no' || !this.#place) return;
    const asked = this.#asked;
    this.store.setState({ loading: 'more' });
    try {
      const input = { ...toInput(filter, this.#place, this.#now()), cursor: next, limit: pageSize };
      const page = await this.#bridge.call('history.search', input);
      if (asked !== this.#asked) return;
      this.store.setState(({ items }) => ({
        items: [...items, ...page.items.filter(({ id }) => !items.some((known) => known.id === id))],
        next: page.next,
        loading: 'no',
      }));
    } catch (error) {
      if (asked === this.#asked) this.store.setState({ loading: 'no', problem: toProblem(error) });
    }
  }

  /** Opens a run; while a run to compare with is looked for, compares. */
  choose(id: string | null): void {
    const { picking } = this.store.getState();
    if (picking && id !== null && id !== picking.id) this.compare(picking.id, id);
    else this.store.setState({ chosen: id });
  }

  /** Asks for the run to compare with this one; null stops asking. */
  pick(picking: ActivityState['picking']): void {
    this.store.setState({ picking });
  }

  /** Shows two outputs beside each other. */
  compare(left: string, right: string): void {
    this.store.setState({ compare: { left, right }, picking: null });
  }

  /** Back from the comparison. */
  endCompare(): void {
    this.store.setState({ compare: null });
  }

  /** Remembers what a run repeats, and opens it. */
  startedAgain(id: string, of: { id: string; number: number }): void {
    this.store.setState(({ again }) => ({ again: { ...again, [id]: of }, chosen: id }));
    void this.search();
  }

  /** Runs were deleted: they go from the list, too. */
  async removed(ids: readonly string[]): Promise<void> {
    const gone = new Set(ids);
    this.store.setState(({ items, chosen, compare }) => ({
      items: items.filter(({ id }) => !gone.has(id)),
      chosen: chosen !== null && gone.has(chosen) ? null : chosen,
      compare: compare && (gone.has(compare.left) || gone.has(compare.right)) ? null : compare,
    }));
    await this.search();
  }

  /** What `actions.showActivity` asks for. */
  show(change: Partial<ActivityFilter>, focusSearch: boolean): void {
    this.store.setState(({ filter, focusSearch: count }) => ({
      filter: { ...filter, ...change },
      focusSearch: focusSearch ? count + 1 : count,
      compare: null,
      chosen: null,
    }));
    void this.search();
  }
}

/** The filters as main takes them. */
export function toInput(filter: ActivityFilter, place: ActivityPlace, now: number): HistoryFilter {
  const { scope, text, profileIds, driverTypes, states, languages, time } = filter;
  const isHere = scope === 'here';
  const profiles = isHere && place.sessionId === null ? [place.profileId] : [...profileIds];
  return {
    ...(text.trim() === '' ? {} : { text }),
    ...(isHere && place.sessionId !== null ? { sessionId: place.sessionId } : {}),
    ...(profiles.length > 0 ? { profileIds: profiles } : {}),
    ...(driverTypes.length > 0 && !isHere ? { driverTypes: [...driverTypes] } : {}),
    ...(states.length > 0 ? { states: [...states] } : {}),
    ...(languages.length > 0 ? { languages: [...languages] } : {}),
    ...span(time, now),
  };
}

function span(time: ActivityTime, now: number): { from?: number; to?: number } {
  switch (time) {
    case 'any':
      return {};
    case 'today':
      return { from: new Date(now).setHours(0, 0, 0, 0) };
    case 'week':
      return { from: now - 7 * day };
    case 'month':
      return { from: now - 30 * day };
    case 'older':
      return { to: now - 30 * day };
  }
}
