/** How items are put together for their way: pure. */
import type { ApplyItem } from '../types.ts';

/** Content that travels in one bundle, at most. */
export const bundleBytes = 4 * 1024 * 1024;
/** Files with content in one bundle, at most. */
export const bundleFiles = 2000;
/** Items in one bundle that carry nothing, at most. */
const bundleItems = 20_000;
/** Files with more literal data than this travel in parts. */
export const largeBytes = 16 * 1024 * 1024;
/** Bytes of a part. */
export const partBytes = 8 * 1024 * 1024;
/** From this size on it pays to ask for a signature first: a request costs as much as about so many bytes. */
export const signatureBytes = 1024 * 1024;
/** Files from this size on get a cached signature. */
export const cachedFromBytes = 256 * 1024;
/** A delta that would carry more than this part of the file does not pay. */
export const deltaShare = 0.7;

/** Items in the three waves in which they must be applied: what makes way and costs nothing, what carries data, what goes. */
export interface Waves<T extends ApplyItem> {
  readonly first: T[];
  readonly data: T[];
  readonly last: T[];
}

/** True for what needs bytes of the other side. */
export function needsData(item: ApplyItem): item is Extract<ApplyItem, { do: 'put' }> {
  return item.do === 'put' && item.source.from !== 'copy';
}

/** Splits steps that are in order (reconcile/steps.ts): removals at their end are the last wave, those before make way. */
export function toWaves<T extends ApplyItem>(items: readonly T[]): Waves<T> {
  const end = items.findLastIndex((item) => item.do !== 'remove') + 1;
  const waves: Waves<T> = { first: [], data: [], last: items.slice(end) };
  for (const item of items.slice(0, end)) (needsData(item) ? waves.data : waves.first).push(item);
  return waves;
}

/** Groups, in order, of at most `bundleBytes` (or one larger item) and `bundleFiles`, or of many that weigh nothing. */
export function toGroups<T>(items: readonly T[], weigh: (item: T) => number | null): T[][] {
  const groups: T[][] = [];
  let group: T[] = [];
  let bytes = 0;
  let files = 0;
  for (const item of items) {
    const weight = weigh(item);
    const isFull =
      group.length >= bundleItems ||
      (weight !== null && files > 0 && (bytes + weight > bundleBytes || files >= bundleFiles));
    if (isFull) {
      groups.push(group);
      group = [];
      bytes = 0;
      files = 0;
    }
    group.push(item);
    if (weight === null) continue;
    bytes += weight;
    files += 1;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Pieces of `size` bytes from `from` on. */
export function piecesOf(size: number, from: number): [offset: number, length: number][] {
  const pieces: [number, number][] = [];
  for (let at = from; at < size; at += partBytes) pieces.push([at, Math.min(partBytes, size - at)]);
  return pieces;
}
