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
  // A part may have nothing that takes the focus at this moment: then the one after it, never a key that does nothing.
  for (let turn = 1; turn <= regions.length; turn += 1) {
    const next = regions[(current + step * turn + regions.length * 2) % regions.length];
    if (next && focusInside(next)) return;
  }
}

/** Puts the focus into a part; false where it does not take it. */
function focusInside(region: HTMLElement): boolean {
  if (region.dataset.region === 'editor') {
    focusEditor();
    if (region.contains(document.activeElement)) return true;
  }
  const inside = [
    ...region.querySelectorAll<HTMLElement>(
      '[aria-current="true"], button:not([disabled]), [href], input, select, [tabindex="0"]',
    ),
  ].find((element) => element.checkVisibility({ visibilityProperty: true }));
  (inside ?? region).focus();
  if (!region.contains(document.activeElement)) region.focus();
  return region.contains(document.activeElement);
}
