/** The pieces of an uploaded file or folder as what drivers take: plain bytes, or a tar. Sizes must be what was announced. */
import { Header, Pax } from 'tar';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { UploadPieces } from './upload-queue.ts';

/** Counts what has been taken. */
export interface UploadCount {
  files: number;
  bytes: number;
  /** Path inside of the folder of what comes now; '' for a single file. */
  name: string;
}

const block = 512;

/** The bytes of a single file of `size` bytes. */
export async function* contentOf(
  batches: AsyncIterable<UploadPieces>,
  size: number,
  count: UploadCount,
): AsyncGenerator<Uint8Array> {
  for await (const pieces of batches) {
    for (const { entry, bytes } of pieces) {
      if (entry) throw brokenUpload();
      if (count.bytes + bytes.length > size) throw changed();
      if (bytes.length > 0) yield bytes;
      count.bytes += bytes.length;
    }
  }
  if (count.bytes !== size) throw changed();
  count.files = 1;
}

/** A tar of everything that comes. */
export async function* tarOf(
  batches: AsyncIterable<UploadPieces>,
  count: UploadCount,
): AsyncGenerator<Uint8Array> {
  let left = 0;
  let padding = 0;
  for await (const pieces of batches) {
    for (const { entry, bytes } of pieces) {
      if (entry) {
        if (left > 0) throw changed();
        yield headerOf(entry);
        left = entry.folder ? 0 : entry.size;
        padding = (block - (left % block)) % block;
        count.name = entry.path;
        if (!entry.folder) count.files += 1;
      }
      if (bytes.length > left) throw entry || left > 0 ? changed() : brokenUpload();
      if (bytes.length === 0) continue;
      yield bytes;
      left -= bytes.length;
      count.bytes += bytes.length;
      if (left === 0 && padding > 0) yield new Uint8Array(padding);
    }
  }
  if (left > 0) throw changed();
  yield new Uint8Array(2 * block);
}

function headerOf(entry: NonNullable<UploadPieces[number]['entry']>): Uint8Array {
  const data = {
    path: entry.folder ? `${entry.path}/` : entry.path,
    size: entry.folder ? 0 : entry.size,
    mtime: new Date(Math.floor(entry.modifiedAt / 1000) * 1000),
    type: entry.folder ? ('Directory' as const) : ('File' as const),
    mode: entry.folder ? 0o755 : 0o644,
  };
  const header = new Header(data);
  const needsPax = header.encode();
  const own = header.block ?? Buffer.alloc(block);
  return needsPax ? Buffer.concat([new Pax({ ...data, size: data.size }).encode(), own]) : own;
}

function changed(): SpecboardError {
  return new SpecboardError('conflict', 'The file changed while it was being sent.', {
    kept: 'The sandbox does not have it.',
    hint: 'Try again when nothing writes to it.',
    retryable: true,
  });
}

function brokenUpload(): SpecboardError {
  return new SpecboardError('invalid-request', 'SpecBoard did not understand this upload.');
}
