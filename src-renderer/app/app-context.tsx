/** How components reach the stores and the actions: one object, made once, never changing (so that it re-renders nothing). */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Bridge } from '../bridge/client.ts';
import type { Activity } from '../stores/activity-store.ts';
import type { Announcer } from '../stores/announcer.ts';
import type { Drafts } from '../stores/drafts.ts';
import type { Elsewhere } from '../stores/elsewhere-store.ts';
import type { LayoutMemory } from '../stores/layout-memory.ts';
import type { MetricsFeeds } from '../stores/metrics-feeds.ts';
import type { OutputRegistry } from '../stores/output/output-registry.ts';
import type { RunsState, RunsStore } from '../stores/runs-store.ts';
import type { StatusState, StatusStore } from '../stores/status-store.ts';
import type { Survivors } from '../stores/survivors.ts';
import type { UiState, UiStore } from '../stores/ui-store.ts';
import type { Actions } from './actions.ts';

/** Everything a feature may use. */
export interface App {
  bridge: Bridge;
  status: StatusStore;
  ui: UiStore;
  runs: RunsStore;
  outputs: OutputRegistry;
  drafts: Drafts;
  announcer: Announcer;
  layout: LayoutMemory;
  elsewhere: Elsewhere;
  metrics: MetricsFeeds;
  activity: Activity;
  actions: Actions;
  /** What ran before the window was reloaded. */
  survivors: Survivors;
}

const AppContext = createContext<App | null>(null);
/** Gives the app to everything below. */
export const AppProvider = AppContext.Provider;

/** The app. Throws outside of `AppProvider`. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('No AppProvider above this component.');
  return app;
}

/** Part of the status store; re-renders when the part changes (shallowly). */
export function useStatus<T>(select: (state: StatusState) => T): T {
  return useStore(useApp().status, useShallow(select));
}

/** Part of the ui store. */
export function useUi<T>(select: (state: UiState) => T): T {
  return useStore(useApp().ui, useShallow(select));
}

/** Part of the runs store. */
export function useRuns<T>(select: (state: RunsState) => T): T {
  return useStore(useApp().runs, useShallow(select));
}
