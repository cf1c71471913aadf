/** The tabs of the main area: each with its words, when it is offered, and what it shows. A new tab is one entry here. */
import { lazy, type ReactNode, Suspense } from 'react';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { ExecutionPanel } from '../features/execution-panel/execution-panel.tsx';
import { History } from '../features/history/history.tsx';
import { metricsMessages } from '../messages/metrics.ts';
import { shellMessages as words } from '../messages/shell.ts';
import type { MainTab } from '../stores/ui-store.ts';
import { Skeleton } from '../ui/skeleton.tsx';

const Metrics = lazy(async () => ({
  default: (await import('../features/metrics/metrics.tsx')).Metrics,
}));

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
  render: (target: TabTarget) => ReactNode;
}

/** In the order in which they are shown. */
export const tabEntries: readonly TabEntry[] = [
  { id: 'run', label: words.tabRun, render: (target) => <ExecutionPanel {...target} /> },
  {
    id: 'history',
    label: words.tabHistory,
    render: ({ profileId, sessionId }) => (
      <History key={sessionId ?? profileId} profileId={profileId} sessionId={sessionId} />
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
