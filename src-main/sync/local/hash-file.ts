/** Reads files to hash them: never through a link, in pieces, and not believing a file that changed meanwhile. */
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { JobContext } from '../worker/job.ts';
import { codeOf, isGone } from './file-errors.ts';

/** Bytes that are read at a time. One buffer a thread, for all files. */
export const pieceBytes = 1_048_576;
const buffer = Buffer.allocUnsafeSlow(pieceBytes);
const tries = 3;

/** Not through a link in the last place; does not wait for a pipe that somebody put there. Windows has neither. */
export const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What came of it: `stat` is the file's at the end, which was also its state at the beginning. */
export type Hashed =
  | { readonly ok: true; readonly hash: string; readonly stat: Stats }
  | { readonly ok: false; readonly reason: 'gone' | 'changing' | 'unreadable' | 'special-file' };

/** SHA-256 of a file as it is now. */
export function hashFile(file: string, context: Pick<JobContext, 'throwIfStopped'>): Hashed {
  for (let count = 0; count < tries; count += 1) {
    const result = hashOnce(file, context);
    if (result !== null) return result;
  }
  return { ok: false, reason: 'changing' };
}

/** Null: it changed while it was read. */
function hashOnce(file: string, context: Pick<JobContext, 'throwIfStopped'>): Hashed | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, readFlags);
  } catch (error) {
    return failed(error);
  }
  try {
    const before = fstatSync(descriptor);
    if (!before.isFile()) return { ok: false, reason: 'special-file' };
    const { digest, bytes } = hashDescriptor(descriptor, context);
    const after = fstatSync(descriptor);
    return bytes === after.size && sameState(before, after) ? { ok: true, hash: digest, stat: after } : null;
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return failed(error);
  } finally {
    closeSync(descriptor);
  }
}

function failed(error: unknown): Hashed {
  // ELOOP: a link stands there now.
  const gone = isGone(error) || codeOf(error) === 'ELOOP';
  return { ok: false, reason: gone ? 'gone' : 'unreadable' };
}

/** SHA-256 of what an open file has from its beginning on. */
export function hashDescriptor(
  descriptor: number,
  context: Pick<JobContext, 'throwIfStopped'>,
): { digest: string; bytes: number } {
  let bytes = readSync(descriptor, buffer, 0, pieceBytes, 0);
  if (bytes < pieceBytes) {
    // Most files end here: one more read says so.
    const more = readSync(descriptor, buffer, bytes, pieceBytes - bytes, bytes);
    if (more === 0) return { digest: hash('sha256', buffer.subarray(0, bytes)), bytes };
    bytes += more;
  }
  const sum = createHash('sha256').update(buffer.subarray(0, bytes));
  for (let read = bytes; read > 0; ) {
    context.throwIfStopped();
    read = readSync(descriptor, buffer, 0, pieceBytes, bytes);
    sum.update(buffer.subarray(0, read));
    bytes += read;
  }
  return { digest: sum.digest('hex'), bytes };
}

/** True where nothing was written between the two. */
export function sameState(a: Stats, b: Stats): boolean {
  return (
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs &&
    a.ino === b.ino &&
    a.mode === b.mode
  );
}

/** SHA-256 of a text in UTF-8: of a link's target. */
export function hashText(text: string): string {
  return hash('sha256', text);
}
