/** Reads a tar that streams in, entry by entry, at the pace of whoever takes them. */
import { once } from 'node:events';
import { Parser, type ReadEntry } from 'tar';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/**
 * Hands over the entries one after the other and waits for each; `take` reads the entry to its end or resumes it. Its signal
 * aborts when anything else failed. Settles only once nothing runs any more. Rejects with `protocol` for what is no tar, or is
 * cut off; with what `tar` or `take` threw; with the reason of `signal`.
 */
export async function forEachTarEntry(
  tar: AsyncIterable<Uint8Array>,
  take: (entry: ReadEntry, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  let work = Promise.resolve();
  let hasEnd = false;
  const pieces = new WatchedPieces(tar);
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      work = work.then(() => taken(entry, take, over));
      work.catch((error: unknown) => stop.abort(error));
    },
  });
  let unreadable: SpecboardError | undefined;
  parser.on('error', (error: unknown) => {
    unreadable ??= notATar(error);
    stop.abort(unreadable);
  });
  parser.on('eof', () => {
    hasEnd = true;
  });
  try {
    await feed(parser, pieces, over);
    await Promise.race([work, rejectOnAbort(over)]);
    if (!hasEnd) throw notATar(new Error('no end marker'));
  } catch (error) {
    const reason: unknown = over.aborted ? over.reason : error;
    stop.abort(reason);
    await work.catch(() => {});
    // Nothing but zeros is how a tar of nothing looks; the parser takes that for no tar at all.
    if (reason === unreadable && pieces.isEmptyTar()) return;
    throw reason;
  }
}

/** Takes one entry; ends its reading when anything else failed: nothing more would come. */
async function taken(
  entry: ReadEntry,
  take: (entry: ReadEntry, signal: AbortSignal) => Promise<void>,
  over: AbortSignal,
): Promise<void> {
  if (over.aborted) return;
  const onAbort = () => entry.destroy(over.reason instanceof Error ? over.reason : new Error('aborted'));
  entry.on('error', () => {});
  over.addEventListener('abort', onAbort, { once: true });
  try {
    await take(entry, over);
  } finally {
    over.removeEventListener('abort', onAbort);
  }
}

/** The same pieces, watched for whether there is anything in them. */
class WatchedPieces {
  readonly #source: AsyncIterable<Uint8Array>;
  #bytes = 0;
  #hasData = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /** True for the end marker of a tar and nothing before it. */
  isEmptyTar(): boolean {
    return !this.#hasData && this.#bytes >= 1024;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#source) {
      this.#bytes += piece.length;
      this.#hasData ||= piece.some((byte) => byte !== 0);
      yield piece;
    }
  }
}

async function feed(parser: Parser, tar: AsyncIterable<Uint8Array>, over: AbortSignal): Promise<void> {
  const ended = once(parser, 'end', { signal: over });
  ended.catch(() => {});
  for await (const chunk of tar) {
    over.throwIfAborted();
    const wantsMore = parser.write(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    if (!wantsMore) await once(parser, 'drain', { signal: over });
  }
  over.throwIfAborted();
  parser.end();
  await ended;
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function notATar(error: unknown): SpecboardError {
  return new SpecboardError('protocol', 'The sandbox sent an archive that is damaged or cut off.', {
    kept: 'Nothing was changed here.',
    hint: 'Try again.',
    retryable: true,
    details: error instanceof Error ? error.message : String(error),
  });
}
