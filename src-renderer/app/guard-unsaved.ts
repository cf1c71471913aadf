/** Texts that are not saved hold the window: main asks before it is closed or reloaded, and before the app quits. */
import { unsavedTexts } from '../stores/unsaved-texts.ts';
import type { App } from './app-context.tsx';

/** Follows the texts; returns the function that stops it. */
export function guardUnsaved({ bridge, status }: App): () => void {
  const store = unsavedTexts(bridge);
  let told = -1;
  const hold = (event: BeforeUnloadEvent) => event.preventDefault();
  const tell = () => {
    const files = Object.values(store.getState()).flat().length;
    if (files === told) return;
    told = files;
    // Only while there is something to lose: a page that always holds would make each reload ask main.
    if (files > 0) window.addEventListener('beforeunload', hold);
    else window.removeEventListener('beforeunload', hold);
    bridge.call('shell.unsaved', { files: Math.min(files, 10_000) }).catch(() => {});
  };
  // At once: the page before this one may have had some.
  tell();
  const ends = [
    store.subscribe(tell),
    // What a session takes along when it leaves the list cannot be reached, let alone saved: nothing is held for it.
    status.subscribe(({ status: now }) => {
      const all = Object.entries(store.getState());
      const here = all.filter(([id]) => now?.sessions.some((session) => session.id === id));
      if (here.length < all.length) store.setState(Object.fromEntries(here), true);
    }),
  ];
  return () => {
    for (const end of ends) end();
    window.removeEventListener('beforeunload', hold);
  };
}
