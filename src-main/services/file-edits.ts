/**
 * What a person does to the files of a sandbox from the window: looks at them, edits them, moves them. Nothing is overwritten
 * without being asked for: a text is saved only where the file still is what was read, and nothing moves over something else.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';
import {
  type FileItem,
  type FilePreview,
  type FileVersion,
  type FolderListing,
  type imageTypes,
  isSameContent,
  maxEntries,
  maxImageBytes,
  maxTextBytes,
  type Saved,
} from '../../src-shared/domain/file.ts';
import type { FileEntry } from '../drivers/driver.ts';
import { imageTypeOf, readAsText, svgType } from './file-kinds.ts';
import type { FilesService } from './files.ts';

/** Links that are followed one after the other, as systems do. */
const mostHops = 16;
/** Links of a listing that are looked at: each may be a call over the network. */
const mostLinks = 64;
const linksAtOnce = 8;
/** Files larger than this have no hash: reading them to compare would take too long. */
const hashAtMost = 67_108_864;
/** Enough to tell text from pictures and from the rest. */
const headBytes = 8192;

/** See the file's first lines. */
export class FileEdits {
  readonly #files: FilesService;

  constructor(files: FilesService) {
    this.#files = files;
  }

  /** What a folder holds, with where its links lead. */
  async list(sessionId: string, path: string, signal?: AbortSignal): Promise<FolderListing> {
    const [folder, found] = await Promise.all([
      this.#files.stat(sessionId, path, signal).catch(() => null),
      this.#files.list(sessionId, path, signal),
    ]);
    const entries = found.slice(0, maxEntries);
    const links = entries.filter(({ type }) => type === 'link');
    const leads = new Map<FileEntry, NonNullable<FileItem['link']>['leadsTo']>();
    const waiting = links.slice(0, mostLinks);
    const look = async () => {
      for (let link = waiting.shift(); link; link = waiting.shift()) {
        leads.set(link, await this.#leadsTo(sessionId, posix.join(path, link.name), signal));
      }
    };
    await Promise.all(Array.from({ length: linksAtOnce }, look));
    return {
      path: folder?.path.startsWith('/') ? folder.path : path,
      items: entries.map((entry) => itemOf(entry, leads.get(entry))),
      more: found.length - entries.length,
    };
  }

  /** What is behind a path, links followed. */
  async readText(sessionId: string, path: string, signal?: AbortSignal): Promise<FilePreview> {
    const entry = await this.#resolve(sessionId, path, signal);
    if (entry.type === 'link') return { kind: 'broken-link', target: entry.linkTarget ?? '' };
    const about = { size: entry.size, modifiedAt: entry.modifiedAt };
    if (entry.type === 'directory') return { kind: 'directory', modifiedAt: entry.modifiedAt };
    if (entry.type !== 'file') return { kind: 'other' };
    const isText = (head: Uint8Array) => !imageTypeOf(head) && readAsText(head, false) !== null;
    const { bytes, whole } = await this.#read(sessionId, entry.at, maxTextBytes, signal, isText);
    const mime = imageTypeOf(bytes);
    if (mime) return { kind: 'image', ...about, mime };
    const read = readAsText(bytes, whole);
    if (!read) return { kind: 'binary', ...about };
    const editable = whole && read.valid && read.encoding === 'utf-8';
    return {
      kind: 'text',
      ...about,
      ...read,
      truncated: !whole,
      version: editable ? { modifiedAt: entry.modifiedAt, size: bytes.length, sha256: hashOf(bytes) } : null,
    };
  }

  /** The bytes of a picture. */
  async readImage(
    sessionId: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<{ mime: (typeof imageTypes)[number]; bytes: Uint8Array<ArrayBuffer> }> {
    const entry = await this.#resolve(sessionId, path, signal);
    if (entry.type !== 'file') throw noPicture();
    const { bytes, whole } = await this.#read(sessionId, entry.at, maxImageBytes, signal);
    if (!whole) {
      throw new SpecboardError('unsupported', 'This picture is too large to be shown here.', {
        hint: 'Download it to look at it.',
      });
    }
    const mime = imageTypeOf(bytes) ?? (svgType(bytes) ? 'image/svg+xml' : null);
    if (!mime) throw noPicture();
    return { mime, bytes };
  }

  /** Saves a text where the file still is what `expected` says (null: where there is none). */
  async save(
    sessionId: string,
    path: string,
    text: string,
    expected: FileVersion | null,
    signal?: AbortSignal,
  ): Promise<Saved> {
    const entry = await this.#find(sessionId, path, signal);
    if (entry && entry.type !== 'file' && entry.type !== 'link') {
      throw new SpecboardError('conflict', 'There is something of that name that is no file.', {
        kept: 'Nothing was changed.',
      });
    }
    const target = entry?.at ?? path;
    const theirs = entry?.type === 'file' ? await this.#version(sessionId, entry, signal) : null;
    const isExpected = expected && theirs ? isSameContent(expected, theirs) : expected === theirs;
    if (!isExpected) return { outcome: 'conflict', theirs };
    const bytes = Buffer.from(text, 'utf8');
    const written = await this.#files.write(sessionId, target, once(bytes), signal);
    const sha256 = hashOf(bytes);
    return { outcome: 'saved', version: { modifiedAt: written.modifiedAt, size: bytes.length, sha256 } };
  }

  /** Copies a file inside of the sandbox; the copy has the content, not the mode. Never over something. */
  async copy(sessionId: string, from: string, to: string, signal?: AbortSignal): Promise<void> {
    const entry = await this.#resolve(sessionId, from, signal);
    if (entry.type !== 'file') throw new SpecboardError('invalid', 'Only files can be copied.');
    await this.#assertFree(sessionId, to, signal);
    const content = await this.#files.read(sessionId, entry.at, signal);
    await this.#files.write(sessionId, to, content, signal);
  }

  /** Moves or renames. Never over something: what the driver would replace is asked about first. */
  async move(sessionId: string, from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.#assertFree(sessionId, to, signal);
    await this.#files.move(sessionId, from, to, signal);
  }

  /** Makes a folder where nothing has that name. */
  async makeDir(sessionId: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.#assertFree(sessionId, path, signal);
    await this.#files.makeDir(sessionId, path, signal);
  }

  /** The real path behind links; the path itself where it is no link, or a broken one. Throws `not-found`. */
  async realPath(sessionId: string, path: string, signal?: AbortSignal): Promise<string> {
    return (await this.#resolve(sessionId, path, signal)).at;
  }

  async #assertFree(sessionId: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const taken = await this.#statOrNull(sessionId, path, signal);
    if (!taken) return;
    throw new SpecboardError('conflict', 'Something in this folder has that name already.', {
      kept: 'Nothing was changed.',
      hint: 'Choose another name.',
    });
  }

  async #statOrNull(sessionId: string, path: string, signal?: AbortSignal): Promise<FileEntry | null> {
    try {
      return await this.#files.stat(sessionId, path, signal);
    } catch (error) {
      if (isSpecboardError(error) && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** What is at a path, links followed; `at` is where. A link that leads nowhere comes back as itself, `at` where it leads. */
  async #find(
    sessionId: string,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<(FileEntry & { at: string }) | null> {
    let at = path;
    let link: FileEntry | null = null;
    for (let hops = 0; hops < mostHops; hops += 1) {
      const entry = await this.#statOrNull(sessionId, at, signal);
      if (!entry) return link && { ...link, at };
      if (entry.type !== 'link') return { ...entry, at };
      link ??= entry;
      at = targetOf(at, entry);
    }
    throw new SpecboardError('invalid', 'This link leads to itself.');
  }

  async #resolve(
    sessionId: string,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<FileEntry & { at: string }> {
    const entry = await this.#find(sessionId, path, signal);
    if (entry) return entry;
    throw new SpecboardError('not-found', 'This file is not there any more.');
  }

  async #leadsTo(
    sessionId: string,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<NonNullable<FileItem['link']>['leadsTo']> {
    try {
      const entry = await this.#find(sessionId, path, signal);
      if (!entry || entry.type === 'link') return 'nothing';
      return entry.type;
    } catch (error) {
      // Out of what may be reached: nobody can tell from here.
      return isSpecboardError(error) && error.code === 'invalid' ? 'nothing' : 'unknown';
    }
  }

  async #version(
    sessionId: string,
    entry: FileEntry & { at: string },
    signal: AbortSignal | undefined,
  ): Promise<FileVersion> {
    const { modifiedAt, size } = entry;
    if (size > hashAtMost) return { modifiedAt, size, sha256: '' };
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of await this.#files.read(sessionId, entry.at, signal)) {
      hash.update(chunk);
      read += chunk.length;
      // It grows while it is read: whatever it is, it is not what anybody saw.
      if (read > hashAtMost) return { modifiedAt, size: read, sha256: '' };
    }
    return { modifiedAt, size: read, sha256: hash.digest('hex') };
  }

  /** At most so many bytes; `whole` says that these are all. No more than a head is read where `isWanted` says no to that. */
  async #read(
    sessionId: string,
    path: string,
    atMost: number,
    signal: AbortSignal | undefined,
    isWanted: (head: Uint8Array) => boolean = () => true,
  ): Promise<{ bytes: Uint8Array<ArrayBuffer>; whole: boolean }> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isWhole = true;
    for await (const chunk of await this.#files.read(sessionId, path, signal)) {
      const before = size;
      chunks.push(chunk);
      size += chunk.length;
      const isHead = before < headBytes && size >= headBytes;
      isWhole = size <= atMost && !(isHead && !isWanted(Buffer.concat(chunks).subarray(0, headBytes)));
      if (!isWhole) break;
    }
    const all = Buffer.concat(chunks);
    // A copy of its own: structured clone would send the whole memory behind a view.
    return { bytes: new Uint8Array(all.subarray(0, atMost)), whole: isWhole };
  }
}

function itemOf(entry: FileEntry, leadsTo: NonNullable<FileItem['link']>['leadsTo'] = 'unknown'): FileItem {
  const { name, type, size, modifiedAt, mode, linkTarget } = entry;
  return {
    name,
    type,
    size,
    modifiedAt,
    ...(mode === undefined ? {} : { mode }),
    ...(type === 'link' ? { link: { target: linkTarget ?? '', leadsTo } } : {}),
  };
}

/** Where a link leads, from its own folder. */
function targetOf(path: string, entry: FileEntry): string {
  const target = entry.linkTarget ?? '';
  return target.startsWith('/') ? posix.normalize(target) : posix.join(posix.dirname(path), target);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function noPicture(): SpecboardError {
  return new SpecboardError('unsupported', 'This is no picture that can be shown here.', {
    hint: 'Download it to look at it.',
  });
}
