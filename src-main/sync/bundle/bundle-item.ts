/** What stands in a bundle's list of items: the wire form of `ApplyItem` (see remote/README.md). Member `n` of the tar holds the bytes of item `n`. */
import type { ApplyItem, Entry, Source } from '../types.ts';

/** A piece of the new file: `[at, length]` of the old file, or `[-1, length]` of the bytes in the bundle. */
export type WireSpan = readonly [at: number, length: number];

/** Where the bytes come from, on the wire. `data` and `delta` have a member of the tar; `copy` and `parts` have none. */
export type WireSource =
  | Extract<Source, { from: 'data' | 'copy' }>
  | (Extract<Source, { from: 'delta' }> & { readonly spans: readonly WireSpan[] })
  /** Pieces that were sent before (`RemoteSide.sendPart`), in order. */
  | { readonly from: 'parts'; readonly names: readonly string[] };

/** One item of `index.json`. */
export type BundleItem =
  | Exclude<ApplyItem, { do: 'put' }>
  | {
      readonly do: 'put';
      readonly path: string;
      readonly entry: Entry;
      readonly over: Entry | null;
      readonly source: WireSource;
    };

/** Name of the first member: the list of items, JSON in UTF-8. */
export const bundleIndexName = 'index.json';

/** Bytes that the member of this item has; null where it has none. */
export function memberSize(item: BundleItem): number | null {
  if (item.do !== 'put') return null;
  if (item.source.from === 'data') return item.entry.size;
  if (item.source.from !== 'delta') return null;
  return item.source.spans.reduce((sum, [at, length]) => (at < 0 ? sum + length : sum), 0);
}
