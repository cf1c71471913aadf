/** Large files from the sandbox: what an old version here has not, or all of it in ranges that go on where a break left them. */

import { isSpecboardError } from '../../../src-shared/contract/errors.ts';
import { travellingBlockSize } from '../delta/block-size.ts';
import type { Entry } from '../types.ts';
import { abortable, throwIfAborted } from './abort.ts';
import { deltaShare, largeBytes, partBytes, piecesOf } from './batches.ts';
import { inOrder, requestsInFlight } from './in-flight.ts';
import type { Pass } from './pass.ts';
import type { ProgressTask } from './progress.ts';

/** A file of the sandbox as its scan saw it. */
export interface RemoteFile {
  readonly path: string;
  readonly entry: Entry;
}

/** Three or four requests: a signature, all missing ranges. `no-gain`: it has to come whole. */
export async function fetchMissing(
  { deps }: Pass,
  { path, entry }: RemoteFile,
  basePath: string,
  task: ProgressTask,
  signal: AbortSignal,
): Promise<'staged' | 'changed' | 'no-gain'> {
  const { local, remote } = deps;
  const signature = await abortable(
    signal,
    remote.signature(path, entry, travellingBlockSize(entry.size), signal),
  );
  if (!signature) return 'changed';
  const { spans, missing } = await abortable(
    signal,
    local.findBlocks(basePath, signature, entry.size, signal),
  );
  const bytes = missing.reduce((sum, [, length]) => sum + length, 0);
  // All of it is in memory at once; what is more goes in pieces, which a break does not lose either.
  if (bytes > entry.size * deltaShare || bytes > largeBytes) return 'no-gain';
  const spared = entry.size - bytes;
  task.to(spared, 0);
  const onMoved = (moved: { bytes: number }) => task.to(spared + Math.min(bytes, moved.bytes), 0);
  const data =
    bytes === 0
      ? new Uint8Array()
      : await abortable(signal, remote.ranges(path, entry, missing, onMoved, signal));
  if (!data) return 'changed';
  const isRight = await abortable(signal, local.stageDelta(basePath, entry, spans, data, signal));
  return isRight ? 'staged' : 'no-gain';
}

/** False where it is something else by now. Its hash is checked when it is applied. */
export async function fetchInPieces(
  { deps }: Pass,
  { path, entry }: RemoteFile,
  task: ProgressTask,
  signal: AbortSignal,
): Promise<boolean> {
  const { local, remote } = deps;
  const known = await abortable(signal, local.stagedBytes(entry));
  let done = known > entry.size ? 0 : known;
  task.to(done, 0);
  const pieces = piecesOf(entry.size, done);
  const moving = new Map<number, number>();
  const tell = () => task.to(done + [...moving.values()].reduce((sum, bytes) => sum + bytes, 0), 0);
  const fetched = inOrder(pieces, requestsInFlight, (piece) => {
    const onMoved = ({ bytes }: { bytes: number }) => {
      moving.set(piece[0], Math.min(bytes, piece[1]));
      tell();
    };
    return abortable(signal, remote.ranges(path, entry, [piece], onMoved, signal));
  });
  for await (const bytes of fetched) {
    throwIfAborted(signal);
    const length = Math.min(partBytes, entry.size - done);
    if (bytes?.length !== length) return false;
    const isTaken = await staged(abortable(signal, local.stagePiece(entry, done, bytes, signal)));
    if (!isTaken) return false;
    moving.delete(done);
    done += length;
    tell();
  }
  return true;
}

/** False where the last piece shows that it is not the file that was asked for. */
async function staged(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isSpecboardError(error) && error.code === 'protocol') return false;
    throw error;
  }
}
