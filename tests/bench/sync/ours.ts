/** SpecBoard's sync with a sandbox of plain processes; each request may wait. */
import { SyncPair } from '../../support/sync/sync-pair.ts';
import type { Contender } from './contender.ts';

/** `root`: an empty folder for all of it. */
export async function startOurs(root: string, delayMs: number): Promise<Contender> {
  const pair = await SyncPair.open({ root, delayMs });
  return {
    name: 'SpecBoard',
    local: pair.local,
    remote: pair.remote,
    restMs: 2200,
    async sync() {
      const start = performance.now();
      const { summary } = await pair.sync();
      const ms = performance.now() - start;
      // Signatures for the next change: the person has gone on.
      await pair.settled();
      return { ms, bytes: summary.bytesUp + summary.bytesDown, requests: summary.requests };
    },
    forget: () => pair.forget(),
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
}
