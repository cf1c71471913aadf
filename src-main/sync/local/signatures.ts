/** Deltas over files of the root. Jobs `localFindBlocks`, `localSignature`, `localParts`, `localReadPiece`. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, type Stats } from 'node:fs';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type BlockSignature, blockCount } from '../delta/block-signature.ts';
import { findBlocks } from '../delta/find-blocks.ts';
import { makeSignature } from '../delta/make-signature.ts';
import { fileSource } from '../delta/read-at.ts';
import type { DeltaSpan } from '../sides.ts';
import type { Entry } from '../types.ts';
import type { Job } from '../worker/job.ts';
import { codeOf, isGone, reasonOf } from './file-errors.ts';
import { sameState } from './hash-file.ts';
import { realParents } from './parents.ts';
import { inRoot, type LocalPlace } from './place.ts';
import { openToRead, readPieces } from './write-file.ts';

/** Bytes of each strong part of a signature that stays on this computer. */
const strongBytes = 4;
const mostPiece = 67_108_864;

/** Where blocks of the sandbox's file are in our old one. Everything is missing where that is gone, or the signature is none. */
export const findFileBlocks: Job<
  { place: LocalPlace; basePath: string; signature: BlockSignature; size: number },
  { spans: DeltaSpan[]; missing: [offset: number, length: number][] }
> = ({ place, basePath, signature, size }, context) => {
  const nothing = {
    spans: size === 0 ? [] : [{ at: null, length: size }],
    missing: size === 0 ? [] : [[0, size] satisfies [number, number]],
  };
  if (!isSound(signature, size)) return nothing;
  return (
    withFile(place, basePath, (descriptor, stat) =>
      findBlocks(fileSource(descriptor, stat.size), signature, {
        throwIfStopped: () => context.throwIfStopped(),
      }),
    ) ?? nothing
  );
};

/** Signatures of a file that is what its entry says; null where it is not. */
export const fileSignature: Job<
  { place: LocalPlace; path: string; entry: Entry; blockSize: number },
  BlockSignature | null
> = ({ place, path, entry, blockSize }, context) =>
  withFile(place, path, (descriptor, stat) => {
    if (stat.size !== entry.size) return null;
    const sum = createHash('sha256');
    const made = makeSignature(
      fileSource(descriptor, stat.size),
      { blockSize, strongBytes },
      {
        throwIfStopped: () => context.throwIfStopped(),
        onBytes: (bytes) => void sum.update(bytes),
      },
    );
    return sum.digest('hex') === entry.hash && sameState(stat, fstatSync(descriptor)) ? made : null;
  });

/** Hashes of a file's pieces; null where it is not what its entry says. */
export const fileParts: Job<
  { place: LocalPlace; path: string; entry: Entry; partBytes: number },
  string[] | null
> = ({ place, path, entry, partBytes }, context) =>
  withFile(place, path, (descriptor, stat) => {
    if (stat.size !== entry.size) return null;
    const whole = createHash('sha256');
    const names: string[] = [];
    for (let at = 0; at < stat.size; at += partBytes) {
      const part = createHash('sha256');
      for (const piece of readPieces(descriptor, at, Math.min(partBytes, stat.size - at))) {
        context.throwIfStopped();
        part.update(piece);
        whole.update(piece);
      }
      names.push(part.digest('hex'));
    }
    return whole.digest('hex') === entry.hash ? names : null;
  });

/** Bytes of a file as it is now; fewer at its end. */
export const readFilePiece: Job<
  { place: LocalPlace; path: string; offset: number; length: number },
  Uint8Array
> = ({ place, path, offset, length }) => {
  if (length > mostPiece) throw new SpecboardError('internal', 'A piece of a file is too large.');
  const bytes = withFile(place, path, (descriptor) => {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, fileSource(descriptor, offset + length).read(buffer, offset));
  });
  return bytes ?? new Uint8Array();
};

/** Null where there is no such plain file. */
function withFile<T>(
  place: LocalPlace,
  path: string,
  use: (descriptor: number, stat: Stats) => T | null,
): T | null {
  let descriptor: number;
  try {
    if (!realParents(place, path, false)) return null;
    descriptor = openToRead(inRoot(place, path));
  } catch (error) {
    if (isGone(error) || codeOf(error) === 'ELOOP') return null;
    throw codeOf(error) === '' ? error : unreadable(path, error);
  }
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() ? use(descriptor, stat) : null;
  } catch (error) {
    throw codeOf(error) === '' ? error : unreadable(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, cause: unknown): SpecboardError {
  return new SpecboardError('forbidden', `${path} cannot be read.`, {
    kept: 'It is as it was, on both sides.',
    details: `${reasonOf(cause, 'read')} ${codeOf(cause)}`,
    cause,
  });
}

/** A sandbox made it: its numbers must fit to one another. */
function isSound(signature: BlockSignature, size: number): boolean {
  const { blockSize, strongBytes: strong, weak } = signature;
  if (signature.size !== size || !Number.isSafeInteger(blockSize) || blockSize < 1) return false;
  if (!Number.isSafeInteger(strong) || strong < 1 || strong > 32) return false;
  const count = blockCount(size, blockSize);
  return weak.length === count && signature.strong.length === count * strong;
}
