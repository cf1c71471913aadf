/** Writes files in the state folder, where nobody sees them half-done. */
import { createHash } from 'node:crypto';
import { close, closeSync, fsync, open, openSync, writeSync } from 'node:fs';
import { fileSource } from '../delta/read-at.ts';
import type { JobContext } from '../worker/job.ts';
import { pieceBytes, readFlags } from './hash-file.ts';

/** Writes pieces into a new file; gives what it wrote. Removing it after a failure is the caller's. */
export function writePieces(
  file: string,
  pieces: Iterable<Uint8Array>,
  context: Pick<JobContext, 'throwIfStopped'>,
): { hash: string; bytes: number } {
  const sum = createHash('sha256');
  let bytes = 0;
  // What the person's umask leaves of it: in the root it is a file like any other.
  const descriptor = openSync(file, 'wx', 0o666);
  try {
    for (const piece of pieces) {
      context.throwIfStopped();
      sum.update(piece);
      writeAll(descriptor, piece);
      bytes += piece.length;
    }
  } finally {
    closeSync(descriptor);
  }
  return { hash: sum.digest('hex'), bytes };
}

/** Writes all of it, at the end or at a position. */
export function writeAll(descriptor: number, piece: Uint8Array, position: number | null = null): void {
  for (let at = 0; at < piece.length; )
    at += writeSync(
      descriptor,
      piece,
      at,
      Math.min(piece.length - at, pieceBytes),
      position === null ? null : position + at,
    );
}

/** A file's bytes in pieces, each valid until the next. */
export function* readPieces(
  descriptor: number,
  from: number,
  length: number,
): Generator<Uint8Array, void, void> {
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, length)));
  const { read } = fileSource(descriptor, from + length);
  for (let at = from; at < from + length; ) {
    const piece = buffer.subarray(0, Math.min(buffer.length, from + length - at));
    const got = read(piece, at);
    if (got > 0) yield piece.subarray(0, got);
    if (got < piece.length) return;
    at += got;
  }
}

/** Opens a file to be read, not through a link. */
export function openToRead(file: string): number {
  return openSync(file, readFlags);
}

/** Files that are synced to the disk at a time: the journal of a file system takes them together. */
const together = 16;

/** Syncs files or folders to the disk. A folder that cannot be synced (Windows) is passed over. */
export async function syncAll(
  files: readonly string[],
  what: 'files' | 'folders',
  context: Pick<JobContext, 'throwIfStopped'>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const file = files[next];
      next += 1;
      if (file === undefined) return;
      context.throwIfStopped();
      await syncOne(file, what);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, files.length) }, work));
}

function syncOne(file: string, what: 'files' | 'folders'): Promise<void> {
  return new Promise((resolve, reject) => {
    // Windows syncs only what is open for writing.
    open(file, what === 'files' && process.platform === 'win32' ? 'r+' : 'r', (failed, descriptor) => {
      if (failed) {
        if (what === 'folders') resolve();
        else reject(failed);
        return;
      }
      fsync(descriptor, (error) =>
        close(descriptor, () => (error && what === 'files' ? reject(error) : resolve())),
      );
    });
  });
}
