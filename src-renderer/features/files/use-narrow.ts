/** Whether there is room for the preview beside the tree. */
import { useSyncExternalStore } from 'react';

const query = '(max-width: 860px)';

/** True where tree and preview are shown one after the other. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(query);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}
