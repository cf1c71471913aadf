/** Tells main what the window shows, so that the native menu and notifications know. */
import type { App } from '../app-context.tsx';
import { showingOf } from './facts.ts';

/** Follows the stores; returns the function that stops it. */
export function tellShowing({ bridge, status, ui }: App): () => void {
  let told = '';
  const tell = () => {
    const state = status.getState();
    if (!state.status) return;
    const showing = showingOf(state, ui.getState());
    const text = JSON.stringify(showing);
    if (text === told) return;
    told = text;
    // Menus that are late are no problem of the person's.
    bridge.call('shell.showing', showing).catch(() => {});
  };
  const ends = [status.subscribe(tell), ui.subscribe(tell)];
  return () => {
    for (const end of ends) end();
  };
}
