/** How the delta functions read: pieces of something large, so that a file never has to be in memory as a whole. */
import { readSync } from 'node:fs';

/** Reads into `into` from `position`; gives how many bytes there were: fewer than asked for only at the end. */
export type ReadAt = (into: Uint8Array, position: number) => number;

/** Something to read, and how long it is said to be. */
export interface ByteSource {
  readonly size: number;
  readonly read: ReadAt;
}

/** An open file. It stays the caller's to close. */
export function fileSource(descriptor: number, size: number): ByteSource {
  return {
    size,
    read(into, position) {
      let done = 0;
      while (done < into.length) {
        const got = readSync(descriptor, into, done, into.length - done, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    },
  };
}

/** Bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(into, position) {
      const piece = bytes.subarray(position, position + into.length);
      into.set(piece);
      return piece.length;
    },
  };
}
