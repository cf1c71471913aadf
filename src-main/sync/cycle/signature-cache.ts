/**
 * Block signatures of what was just synced, so that the next change of it needs nothing from the sandbox first. Made after the
 * cycle, in the worker, of a bounded amount; a new cycle does not wait for it, and does not end it.
 */
import { cachedBlockSize } from '../delta/block-size.ts';
import type { CycleDeps } from './cycle-types.ts';
import type { LargeFile } from './ledger.ts';

/** Files and bytes after one cycle, at most. */
const mostFiles = 256;
const mostBytes = 2 * 1024 * 1024 * 1024;

/** Makes and stores them; ends early, quietly, when the signal aborts or a file cannot be read: it is a cache. */
export async function cacheSignatures(
  { local, store }: Pick<CycleDeps, 'local' | 'store'>,
  files: readonly LargeFile[],
  signal: AbortSignal,
): Promise<void> {
  let bytes = 0;
  for (const { path, entry } of files.slice(0, mostFiles)) {
    if (signal.aborted) return;
    if (bytes + entry.size > mostBytes) continue;
    bytes += entry.size;
    try {
      if (store.getSignature(entry.hash, cachedBlockSize)) continue;
      const signature = await local.signature(path, entry, cachedBlockSize, signal);
      if (signature && !signal.aborted) store.putSignature(entry.hash, signature);
    } catch {
      // The next change asks the sandbox instead.
    }
  }
}
