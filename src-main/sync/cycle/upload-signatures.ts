/** What the sandbox has of a file that is sent as a delta: from the cache, else asked for where the file is worth a request. */
import { cachedBlockSize, travellingBlockSize } from '../delta/block-size.ts';
import type { UploadItem } from '../sides.ts';
import type { ApplyItem } from '../types.ts';
import { abortable } from './abort.ts';
import { signatureBytes } from './batches.ts';
import { forEachInFlight, requestsInFlight } from './in-flight.ts';
import type { Pass } from './pass.ts';

/** Gives the items with signatures; those without go whole. What changed in the sandbox meanwhile is postponed. */
export async function withSignatures(
  { deps, ledger, scans }: Pass,
  items: readonly ApplyItem[],
  signal: AbortSignal,
): Promise<readonly UploadItem[]> {
  const hasDelta = (item: ApplyItem) => item.do === 'put' && item.source.from === 'delta';
  if (!items.some(hasDelta)) return items;
  const { store, remote } = deps;
  const onlyWhole = scans.remoteFacts.method === 'shell';
  const given: (UploadItem | null)[] = [...items];
  const ask: number[] = [];
  for (const [index, item] of items.entries()) {
    if (item.do !== 'put' || item.source.from !== 'delta') continue;
    const cached = onlyWhole ? null : store.getSignature(item.source.baseHash, cachedBlockSize);
    if (cached) given[index] = { ...item, signature: cached };
    else {
      given[index] = { ...item, source: { from: 'data' } };
      if (!onlyWhole && item.entry.size >= signatureBytes) ask.push(index);
    }
  }
  await forEachInFlight(ask, requestsInFlight, signal, async (index, inner) => {
    const item = items[index];
    if (item?.do !== 'put' || item.source.from !== 'delta' || !item.over) return;
    const { path } = item.source;
    const old = scans.remote.entries.get(path) ?? item.over;
    const signature = await abortable(
      inner,
      remote.signature(path, old, travellingBlockSize(old.size), inner),
    );
    if (signature) given[index] = { ...item, signature };
    else {
      given[index] = null;
      ledger.postpone(item.path);
    }
  });
  return given.filter((item) => item !== null);
}
