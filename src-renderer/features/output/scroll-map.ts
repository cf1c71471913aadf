/**
 * Where a scroll position lies in a text that is higher than an element may be. Chromium ends elements at 33,554,428 px:
 * longer texts get an element of a smaller height, and each of its pixels stands for more. Small movements are still pixel by
 * pixel; only a drag of the scroll bar jumps. Pure.
 */

/** A text in its element. Heights in pixels: `real` of all rows, `shown` of the element, `view` of what is visible. */
export interface ScrollMap {
  real: number;
  shown: number;
  view: number;
}

/** True where both are the same: nothing to map. */
export function isExact({ real, shown }: ScrollMap): boolean {
  return real <= shown;
}

/** The real position for a position in the element, with the offset that small movements left. */
export function toReal(map: ScrollMap, scroll: number, offset: number): number {
  if (isExact(map) || scroll <= 0) return scroll;
  const { real, shown, view } = map;
  const last = Math.max(1, shown - view);
  if (scroll >= last) return real - view + (scroll - last);
  const lastReal = real - view;
  const wanted = (scroll / last) * lastReal + offset;
  // Both ends are always reached, however the offset drifted; near them the way is at most twenty times as fast.
  const steepest = 20 * (lastReal / last);
  const low = Math.max(scroll, lastReal - steepest * (last - scroll));
  const high = Math.min(lastReal - (last - scroll), steepest * scroll);
  return Math.min(Math.max(wanted, low), high);
}

/** The offset with which `scroll` shows `real`. */
export function offsetFor(map: ScrollMap, scroll: number, real: number): number {
  if (isExact(map)) return 0;
  const last = Math.max(1, map.shown - map.view);
  return real - (scroll / last) * (map.real - map.view);
}

/** The position in the element that shows `real`, without an offset. */
export function toShown(map: ScrollMap, real: number): number {
  if (isExact(map)) return real;
  return (real / Math.max(1, map.real - map.view)) * Math.max(1, map.shown - map.view);
}

/** The offset after a movement: small ones go pixel by pixel, jumps start anew. */
export function movedOffset(map: ScrollMap, before: number, after: number, offset: number): number {
  if (isExact(map) || Math.abs(after - before) > map.view) return 0;
  return offsetFor(map, after, toReal(map, before, offset) + (after - before));
}
