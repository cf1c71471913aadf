/** The parts of the window that the keyboard can jump to: elements with `data-region`, in the order of the document. */

/** Puts the focus into the code editor, where it is shown. */
export function focusEditor(): void {
  document.querySelector<HTMLElement>('[data-editor] .cm-content')?.focus();
}

/** Moves the focus to the next (1) or previous (-1) part of the window. */
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
