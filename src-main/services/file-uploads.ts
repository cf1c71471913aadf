/**
 * Files that come from a window, piece by piece (a page has their bytes, never their place). A file is there whole or not at all:
 * drivers stage it. A new folder is unpacked beside its place and then moved there, so that a cancelled one leaves nothing.
 */
import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { TransferEnd, TransferProgress } from '../../src-shared/domain/file.ts';
import type { FileEntry } from '../drivers/driver.ts';
import type { FilesService } from './files.ts';
import { type UploadPieces, UploadQueue } from './upload-queue.ts';
import { contentOf, tarOf, type UploadCount } from './upload-tar.ts';

/** What a window wants to send. */
export interface UploadRequest {
  sessionId: string;
  path: string;
  folder: boolean;
  size: number;
  replace: boolean;
}

/** An upload that was begun. */
export interface Upload {
  /** By this the pieces are sent. */
  id: string;
  /** How far the sandbox is. */
  progress(): TransferProgress;
  /** Ends it, and resolves with what came of it. Call once. */
  done: Promise<TransferEnd>;
}

/** See the file's first lines. */
export class FileUploads {
  readonly #files: FilesService;
  readonly #open = new Map<string, { owner: number; queue: UploadQueue }>();

  constructor(files: FilesService) {
    this.#files = files;
  }

  /** Begins one. `owner`: the window that sends its pieces. */
  begin(request: UploadRequest, owner: number, signal: AbortSignal): Upload {
    const id = randomUUID();
    const queue = new UploadQueue(signal);
    const count: UploadCount = { files: 0, bytes: 0, name: '' };
    this.#open.set(id, { owner, queue });
    const name = posix.basename(request.path);
    const done = this.#run(request, queue, count, signal).finally(() => {
      queue.close();
      this.#open.delete(id);
    });
    return {
      id,
      progress: () => ({ bytes: count.bytes, total: request.size, name: count.name || name }),
      done,
    };
  }

  /** Takes pieces of a window's upload; resolves when the sandbox has them. False: there is no such upload any more. */
  take(uploadId: string, owner: number, pieces: UploadPieces, last: boolean): Promise<boolean> {
    const upload = this.#open.get(uploadId);
    if (!upload || upload.owner !== owner) return Promise.resolve(false);
    return upload.queue.put(pieces, last);
  }

  async #run(
    request: UploadRequest,
    queue: UploadQueue,
    count: UploadCount,
    signal: AbortSignal,
  ): Promise<TransferEnd> {
    const { sessionId, path, folder } = request;
    const existing = await this.#look(sessionId, path, signal);
    if (existing && (!request.replace || (existing.type === 'directory') !== folder)) throw isThere();
    if (folder) await this.#putFolder(sessionId, path, existing !== null, tarOf(queue, count), signal);
    else await this.#files.write(sessionId, path, contentOf(queue, request.size, count), signal);
    return { files: count.files, bytes: count.bytes, place: path, skipped: 0, leftOut: [], leftOutMore: 0 };
  }

  async #putFolder(
    sessionId: string,
    path: string,
    isMerged: boolean,
    tar: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    if (isMerged) return this.#files.unpack(sessionId, path, tar, signal);
    const staged = posix.join(posix.dirname(path), `.specboard-${randomUUID()}.part`);
    try {
      await this.#files.unpack(sessionId, staged, tar, signal);
      // Somebody may have made one of that name meanwhile; drivers differ in what a move over it does.
      if (await this.#look(sessionId, path, signal)) throw isThere();
      await this.#files.move(sessionId, staged, path, signal);
    } catch (error) {
      // Not with the signal, which is why this may be needed. A session that ended has taken its files along, or keeps them.
      await this.#files.remove(sessionId, staged, AbortSignal.timeout(removeMs)).catch(() => {});
      throw error;
    }
  }

  async #look(sessionId: string, path: string, signal: AbortSignal): Promise<FileEntry | null> {
    try {
      return await this.#files.stat(sessionId, path, signal);
    } catch (error) {
      if (isSpecboardError(error) && error.code === 'not-found') return null;
      throw error;
    }
  }
}

const removeMs = 30_000;

function isThere(): SpecboardError {
  return new SpecboardError('conflict', 'Something in this folder has that name already.', {
    kept: 'Nothing was changed.',
    hint: 'Send it again and choose what is to happen with it.',
  });
}
