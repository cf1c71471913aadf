/**
 * Which sessions have texts that are not saved. Apart from the files themselves, whose code is loaded with their tab: whoever is
 * about to take the window or the session away asks here.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';

/** Paths by session; only sessions that have some. */
export type UnsavedTexts = StoreApi<Readonly<Record<string, readonly string[]>>>;

const stores = new WeakMap<object, UnsavedTexts>();

/** The store of a window, which its bridge stands for. */
export function unsavedTexts(bridge: object): UnsavedTexts {
  let found = stores.get(bridge);
  if (!found) {
    found = createStore(() => ({}));
    stores.set(bridge, found);
  }
  return found;
}
