/** Whether there is room for two things side by side. */
import { useSyncExternalStore } from 'react';

const query = '(max-width: 860px)';

/** True where list and run, or the two sides of a comparison, are shown one after the other. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(query);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}
