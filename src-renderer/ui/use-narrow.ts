/** Whether there is room for two things side by side: a tree and a preview, a list and a detail. */
import { useSyncExternalStore } from 'react';

const query = '(max-width: 860px)';

/** True where they are shown one after the other. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(query);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}
