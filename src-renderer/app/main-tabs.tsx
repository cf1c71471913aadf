/** The tabs of the main area: each with its words, when it is offered, and what it shows. A new tab is one entry here. */
import { type ReactNode, Suspense } from 'react';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { syncView } from '../../src-shared/domain/sync-view.ts';
import { ExecutionPanel } from '../features/execution-panel/execution-panel.tsx';
import { activityMessages } from '../messages/activity.ts';
import { metricsMessages } from '../messages/metrics.ts';
import { shellMessages as words } from '../messages/shell.ts';
import { syncTabMessages } from '../messages/sync-tab.ts';
import { terminalMessages } from '../messages/terminal.ts';
import type { MainTab } from '../stores/ui-store.ts';
import { lazyPart } from '../ui/lazy-part.tsx';
import { Skeleton } from '../ui/skeleton.tsx';

const Metrics = lazyPart(async () => (await import('../features/metrics/metrics.tsx')).Metrics);

const FilesView = lazyPart(async () => (await import('../features/files/files-view.tsx')).FilesView);

const TerminalTab = lazyPart(async () => (await import('../features/terminal/terminal-tab.tsx')).TerminalTab);

const SyncView = lazyPart(async () => (await import('../features/sync/sync-view.tsx')).SyncView);

const ActivityView = lazyPart(
  async () => (await import('../features/activity/activity-view.tsx')).ActivityView,
);

/** What a tab is about. */
export interface TabTarget {
  profileId: string;
  sessionId: string | null;
  /** The session is connecting or active. */
  live: boolean;
}

/** One tab. */
export interface TabEntry {
  id: MainTab;
  label: string;
  /** Absent where the driver cannot do it; undefined means always. */
  isOffered?: (capabilities: Capabilities) => boolean;
  /** How many there are of what the tab is about; shown from one on. */
  count?: (status: Status, sessionId: string) => number;
  /** How many decisions wait there. */
  waiting?: (status: Status, profileId: string) => number;
  render: (target: TabTarget) => ReactNode;
}

/** In the order in which they are shown. */
export const tabEntries: readonly TabEntry[] = [
  { id: 'run', label: words.tabRun, render: (target) => <ExecutionPanel {...target} /> },
  {
    id: 'files',
    label: words.tabFiles,
    isOffered: ({ files }) => files,
    render: ({ profileId, sessionId }) => (
      <Suspense fallback={<Skeleton label={words.filesLoading} />}>
        <FilesView profileId={profileId} sessionId={sessionId} />
      </Suspense>
    ),
  },
  {
    id: 'terminal',
    label: terminalMessages.tab,
    isOffered: ({ terminal }) => terminal,
    count: ({ terminals }, sessionId) =>
      terminals.filter((terminal) => terminal.sessionId === sessionId).length,
    render: ({ profileId, sessionId }) => (
      <Suspense fallback={<Skeleton label={terminalMessages.waiting} />}>
        <TerminalTab key={sessionId} profileId={profileId} sessionId={sessionId} />
      </Suspense>
    ),
  },
  {
    id: 'sync',
    label: syncTabMessages.tab,
    isOffered: ({ files, shell }) => files && shell,
    waiting: ({ syncs }, profileId) =>
      syncView(
        syncs.filter((root) => root.profileId === profileId),
        String,
      ).waiting,
    render: ({ profileId, sessionId }) => (
      <Suspense fallback={<Skeleton label={syncTabMessages.loading} />}>
        <SyncView key={profileId} profileId={profileId} sessionId={sessionId} />
      </Suspense>
    ),
  },
  {
    id: 'activity',
    label: activityMessages.tab,
    render: ({ profileId, sessionId }) => (
      <Suspense fallback={<Skeleton label={activityMessages.loading} />}>
        <ActivityView profileId={profileId} sessionId={sessionId} />
      </Suspense>
    ),
  },
  {
    id: 'metrics',
    label: metricsMessages.tab,
    isOffered: ({ metrics }) => metrics,
    render: ({ sessionId }) => (
      <Suspense fallback={<Skeleton label={metricsMessages.waiting} />}>
        <Metrics key={sessionId} sessionId={sessionId} />
      </Suspense>
    ),
  },
];
