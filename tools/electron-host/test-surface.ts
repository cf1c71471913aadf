// require('electron').__host: what tests may look at and do that Electron has no API for. Host-only tests use it.
import { contents, contentsOfTarget } from './api/registry.ts';
import { host } from './host-state.ts';
import type { OverlayControl } from './page/overlay.ts';

/** The record of host-state.ts, and functions on live windows. */
export const testSurface = Object.assign(host, {
  /** How many message ports are open between main and pages. */
  openPorts: (): number => [...contents].reduce((sum, one) => sum + one.link.ports.size, 0),
  /** The controls of the overlay of a window (by web contents id) that can be clicked now. */
  overlayControls: async (contentsId: number): Promise<OverlayControl[]> => {
    const found = [...contents].find((one) => one.id === contentsId);
    if (!found) throw new Error(`there are no web contents ${contentsId}`);
    return found.link.evaluate<OverlayControl[]>('globalThis.__hostOverlayControls?.() ?? []');
  },
  contentsOfTarget,
});
