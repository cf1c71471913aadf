/** What the person looks at: selection, open dialog, sidebar. Nothing here is known to the main process. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { KeepMode } from '../../src-shared/domain/session.ts';
import type { SessionLoss } from '../../src-shared/domain/session-loss.ts';

/** The thing shown in the main area. */
export type Selection = { type: 'session'; id: string } | { type: 'profile'; id: string };

/** The one dialog that is open. */
export type OpenDialog =
  | { type: 'new-profile'; driverType?: DriverType }
  | { type: 'edit-profile'; profileId: string; focusField?: string }
  | { type: 'delete-profile'; profileId: string }
  | { type: 'consent'; profileId: string; problem: Problem; onAgree: () => void }
  | { type: 'end-session'; sessionId: string; mode: KeepMode; keep: KeepMode | undefined; loss: SessionLoss }
  | { type: 'end-sandbox'; sessionId: string }
  | { type: 'full-output'; executionId: string }
  /** `start`: what the section begins with at once. */
  | { type: 'settings'; section?: SettingsSection; profileId?: string; start?: 'export' | 'import' }
  | { type: 'palette'; mode: 'actions' | 'places' }
  | { type: 'shortcuts' }
  | { type: 'accessibility-help' }
  | { type: 'sync-pair'; sessionId: string }
  /** The first one of the pair where none is named. */
  | { type: 'sync-conflicts'; rootId: string; conflictId?: string }
  /** A question before something is lost; `danger` colours the button. */
  | {
      type: 'confirm';
      title: string;
      body: string;
      confirm: string;
      danger: boolean;
      onConfirm: () => void;
    };

/** The sections of the settings, in their order. */
export const settingsSections = [
  'general',
  'profiles',
  'appearance',
  'terminal',
  'notifications',
  'accessibility',
  'keyboard',
  'data',
  'advanced',
] as const;
/** One of `settingsSections`. */
export type SettingsSection = (typeof settingsSections)[number];

/** The tabs of the main area, in their order. */
export const mainTabs = ['run', 'terminal', 'files', 'sync', 'activity', 'metrics'] as const;
/** One of `mainTabs`. */
export type MainTab = (typeof mainTabs)[number];

/** Parts of the Sync tab below a pair of folders. */
export const syncParts = ['files', 'history', 'exclusions', 'plan'] as const;
/** One of `syncParts`. */
export type SyncPart = (typeof syncParts)[number];

/** Which files of a pair are listed. */
export const syncShows = ['all', 'changes', 'problems', 'excluded'] as const;
/** One of `syncShows`. */
export type SyncShow = (typeof syncShows)[number];

/** What the store holds. */
export interface UiState {
  selection: Selection | null;
  dialog: OpenDialog | null;
  tab: MainTab;
  /** What the Sync tab shows; the profile's first pair where `rootId` is none of its own. */
  sync: { rootId: string | null; part: SyncPart; show: SyncShow };
  /** Else the sidebar is a column of icons. */
  sidebarOpen: boolean;
  /** Facts of the session, right of the main area. */
  inspectorOpen: boolean;
  /** The window is too narrow for anything beside the main area: what is opened lies over it. */
  isNarrow: boolean;
  /** The last problem of something the person just did that has no other place to be shown. */
  problem: Problem | null;
  /** Profiles that this window is connecting to, before the status says so. */
  connecting: Record<string, boolean>;
  /** Runs hidden by "clear view", by session. */
  cleared: Record<string, ReadonlySet<string>>;
}

/** The store of `UiState`. */
export type UiStore = StoreApi<UiState>;

/** A store with nothing selected. */
export function createUiStore(): UiStore {
  return createStore<UiState>(() => ({
    selection: null,
    dialog: null,
    tab: 'run',
    sync: { rootId: null, part: 'files', show: 'all' },
    sidebarOpen: true,
    inspectorOpen: false,
    isNarrow: false,
    problem: null,
    connecting: {},
    cleared: {},
  }));
}
