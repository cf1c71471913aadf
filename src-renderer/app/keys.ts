/** Keys of the window: shortcuts, and the F6 ring through its parts (elements with `data-region`). */
import { tinykeys } from 'tinykeys';
import type { App } from './app-context.tsx';
import { focusEditor } from './commands.ts';

/** Listens on `window`; returns the function that stops it. */
export function listenToKeys({ actions, ui }: App): () => void {
  const when =
    (run: () => void, inDialog = false) =>
    (event: KeyboardEvent) => {
      if (event.defaultPrevented || (!inDialog && ui.getState().dialog !== null)) return;
      event.preventDefault();
      run();
    };
  return tinykeys(
    window,
    {
      '$mod+Enter': when(() => void actions.runDraft()),
      '$mod+.': when(() => void actions.cancelCurrent()),
      '$mod+b': when(() => actions.toggleSidebar()),
      '$mod+l': when(() => actions.clearView()),
      '$mod+,': when(() => actions.openDialog({ type: 'settings' })),
      '$mod+/': when(() => actions.openDialog({ type: 'shortcuts' })),
      F6: when(() => moveRegion(1)),
      'Shift+F6': when(() => moveRegion(-1)),
    },
    { ignore: () => false },
  );
}

/** Moves the focus to the next (1) or previous (-1) part of the window, in the order of the document. */
export function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.getClientRects().length > 0,
  );
  if (regions.length === 0) return;
  const current = regions.findLastIndex((region) => region.contains(document.activeElement));
  const next = regions[(current + step + regions.length) % regions.length];
  if (next?.dataset.region === 'editor') {
    focusEditor();
    if (next.contains(document.activeElement)) return;
  }
  const inside = next?.querySelector<HTMLElement>(
    '[aria-current="true"], button:not([disabled]), [href], input, select, [tabindex="0"]',
  );
  (inside ?? next)?.focus();
}
