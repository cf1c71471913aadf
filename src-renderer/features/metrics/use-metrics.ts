/** A session's readings for a component: they come while it is mounted and the window is visible. */
import { useEffect, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../../app/app-context.tsx';
import type { Feed } from '../../stores/metrics-feeds.ts';

/** See the head of the file. `select` picks what the component shows; it renders again when that changes. */
export function useMetrics<T>(sessionId: string, select: (feed: Feed) => T): T {
  const { metrics } = useApp();
  const visible = useSyncExternalStore(onVisibility, isVisible);
  useEffect(() => (visible ? metrics.use(sessionId) : undefined), [metrics, sessionId, visible]);
  return useStore(metrics.store(sessionId), select);
}

function onVisibility(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}
