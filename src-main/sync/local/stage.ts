/** Puts what comes from the sandbox into staging: hostile until its hash is right. Jobs `localStage`, `localStagePiece`, `localStageDelta`. */

import { hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { readBundle } from '../bundle/read-bundle.ts';
import { tarBlock } from '../bundle/tar-format.ts';
import { patch } from '../delta/patch.ts';
import { fileSource } from '../delta/read-at.ts';
import type { DeltaSpan } from '../sides.ts';
import type { Entry } from '../types.ts';
import type { Job, JobContext } from '../worker/job.ts';
import { codeOf, isNoSpace, stateProblem } from './file-errors.ts';
import { hashFile } from './hash-file.ts';
import { lookAt } from './look.ts';
import { realParents } from './parents.ts';
import { inRoot, type LocalPlace, partFile, stagedFile, temporaryFile } from './place.ts';
import { openToRead, writeAll, writePieces } from './write-file.ts';

/** A file that was asked for. */
export interface Wanted {
  readonly path: string;
  readonly entry: Entry;
}

/** Bytes of an entry in the bundle's list at the most, but for its path, which may be escaped letter by letter. */
const listedBytes = 512;

/** Gives the paths whose bytes are not what was asked for. Throws `protocol` where the whole is no bundle, or a bomb. */
export const stageBundle: Job<
  { place: LocalPlace; bundle: Uint8Array; wanted: readonly Wanted[] },
  { bad: string[] }
> = ({ place, bundle, wanted }, context) => {
  let most = 8 * tarBlock;
  for (const { path, entry } of wanted) most += listedBytes + path.length * 6 + tarBlock * 2 + entry.size;
  const { index, members } = readBundle(bundle, most);
  const places = new Map<string, number>();
  for (const [number, listed] of index.entries()) {
    const path: unknown = Array.isArray(listed) ? listed[0] : null;
    if (typeof path === 'string') places.set(path, number);
  }
  const bad: string[] = [];
  try {
    for (const { path, entry } of wanted) {
      context.throwIfStopped();
      const number = places.get(path);
      const bytes = number === undefined ? undefined : (members.get(number) ?? new Uint8Array());
      if (bytes === undefined || bytes.length !== entry.size || hash('sha256', bytes) !== entry.hash)
        bad.push(path);
      else intoStage(place, entry, [bytes], context);
    }
  } catch (error) {
    throw failed(place, error);
  }
  return { bad };
};

/** How many bytes of a file are there. Where all are, they were verified. Job `localStagedBytes`. */
export const stagedBytes: Job<{ place: LocalPlace; entry: Entry }, number> = ({ place, entry }, context) => {
  if (lookAt(stagedFile(place, entry.hash))?.size === entry.size) return entry.size;
  const part = partFile(place, entry.hash);
  const stat = lookAt(part);
  if (!stat) return 0;
  if (!stat.isFile() || stat.size > entry.size) rmSync(part, { recursive: true, force: true });
  else if (stat.size < entry.size) return stat.size;
  else if (finishPart(place, entry, context)) return entry.size;
  return 0;
};

/** Appends; the last piece brings the hash. Throws `protocol` where that is wrong: the whole file is needed again. */
export const stagePiece: Job<{ place: LocalPlace; entry: Entry; offset: number; bytes: Uint8Array }, void> = (
  { place, entry, offset, bytes },
  context,
) => {
  const end = offset + bytes.length;
  if (!Number.isSafeInteger(offset) || offset < 0 || end > entry.size)
    throw wrongPiece('a piece is longer than the file');
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    const descriptor = openSync(partFile(place, entry.hash), flags, 0o666);
    try {
      const { size } = fstatSync(descriptor);
      if (size < offset) throw wrongPiece('a piece is missing before this one');
      if (size > offset) ftruncateSync(descriptor, offset);
      writeAll(descriptor, bytes, offset);
    } finally {
      closeSync(descriptor);
    }
    if (end === entry.size && !finishPart(place, entry, context)) throw wrongPiece('the hash is wrong');
  } catch (error) {
    throw failed(place, error);
  }
};

/** False where what comes out is not the file: then it is needed whole. */
export const stageDelta: Job<
  { place: LocalPlace; basePath: string; entry: Entry; spans: readonly DeltaSpan[]; bytes: Uint8Array },
  boolean
> = ({ place, basePath, entry, spans, bytes }, context) => {
  if (spans.reduce((sum, { length }) => sum + length, 0) !== entry.size) return false;
  let base: number;
  try {
    if (!realParents(place, basePath, false)) return false;
    base = openToRead(inRoot(place, basePath));
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return false;
  }
  try {
    const stat = fstatSync(base);
    return (
      stat.isFile() && intoStage(place, entry, patch(fileSource(base, stat.size), spans, bytes), context)
    );
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw failed(place, error);
  } finally {
    closeSync(base);
  }
};

/** True: it has its hash, and is there. */
function intoStage(
  place: LocalPlace,
  entry: Entry,
  pieces: Iterable<Uint8Array>,
  context: JobContext,
): boolean {
  const temporary = temporaryFile(place);
  let isRight = false;
  try {
    const written = writePieces(temporary, pieces, context);
    isRight = written.bytes === entry.size && written.hash === entry.hash;
    if (isRight) renameSync(temporary, stagedFile(place, entry.hash));
  } finally {
    if (!isRight) rmSync(temporary, { force: true });
  }
  return isRight;
}

function finishPart(place: LocalPlace, entry: Entry, context: JobContext): boolean {
  const part = partFile(place, entry.hash);
  const hashed = hashFile(part, context);
  if (hashed.ok && hashed.hash === entry.hash) {
    renameSync(part, stagedFile(place, entry.hash));
    return true;
  }
  rmSync(part, { force: true });
  return false;
}

/** On a full disk staging is freed: it is the person's space. */
function failed(place: LocalPlace, error: unknown): unknown {
  if (isNoSpace(error)) {
    rmSync(join(place.state, 'stage'), { recursive: true, force: true });
    mkdirSync(join(place.state, 'stage'), { recursive: true, mode: 0o700 });
  }
  return stateProblem(error);
}

function wrongPiece(why: string): SpecboardError {
  return new SpecboardError('protocol', 'A large file did not arrive as the sandbox said it would.', {
    kept: 'The file here is as it was.',
    hint: 'Sync again.',
    retryable: true,
    details: `staging: ${why}`,
  });
}
