/** What is open beside the main area: remembered while the window is wide, closed while it is narrow. */
import type { UiStore } from '../stores/ui-store.ts';
import type { App } from './app-context.tsx';

/** Below this width sidebar and inspector lie over the content. Also what 200 % zoom makes of a usual window. */
export const narrowQuery = '(max-width: 760px)';

/** Starts with what was remembered once the first status came, and remembers changes. Returns the function that stops it. */
export function rememberLayout({ ui, layout, status }: App): () => void {
  const query = matchMedia(narrowQuery);
  const remembered = () => ({
    sidebarOpen: layout.get('sidebar.open', 1) !== 0,
    inspectorOpen: layout.get('inspector.open', 0) !== 0,
  });
  const adapt = () => {
    const isNarrow = query.matches;
    ui.setState({ isNarrow, ...(isNarrow ? { sidebarOpen: false, inspectorOpen: false } : remembered()) });
  };
  let isReady = false;
  const start = () => {
    if (isReady || status.getState().status === null) return;
    isReady = true;
    adapt();
  };
  start();
  query.addEventListener('change', adapt);
  const ends = [
    status.subscribe(start),
    ui.subscribe((state, before) => {
      if (!isReady || state.isNarrow || before.isNarrow) return;
      if (state.sidebarOpen !== before.sidebarOpen) layout.set('sidebar.open', state.sidebarOpen ? 1 : 0);
      if (state.inspectorOpen !== before.inspectorOpen) {
        layout.set('inspector.open', state.inspectorOpen ? 1 : 0);
      }
    }),
  ];
  return () => {
    query.removeEventListener('change', adapt);
    for (const end of ends) end();
    layout.flush();
  };
}

/** In a narrow window, what lies over the content goes away when something was chosen in it. */
export function closeOver(ui: UiStore): void {
  if (ui.getState().isNarrow) ui.setState({ sidebarOpen: false, inspectorOpen: false });
}
