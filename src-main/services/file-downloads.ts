/**
 * Files and folders of a sandbox, brought to where the person said with the system's dialogs. Also what may be replaced is asked
 * by the main process: the window is untrusted and must not be able to overwrite anything of this computer.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DownloadDialogs, TransferEnd, TransferProgress } from '../../src-shared/domain/file.ts';
import type { FileEntry } from '../drivers/driver.ts';
import type { FileEdits } from './file-edits.ts';
import type { FilesService } from './files.ts';
import { leaveOut, type WithLeftOut } from './left-out.ts';
import { freeName, safeLocalName } from './local-name.ts';

interface Item {
  remote: string;
  entry: FileEntry;
  /** Its name here. */
  name: string;
  force: boolean;
}

/** See the file's first lines. */
export class FileDownloads {
  readonly #files: FilesService;
  readonly #edits: FileEdits;
  readonly #platform: NodeJS.Platform;

  constructor(files: FilesService, edits: FileEdits, platform: NodeJS.Platform = process.platform) {
    this.#files = files;
    this.#edits = edits;
    this.#platform = platform;
  }

  /** Brings `paths` here. Null where the person cancelled a dialog. What was brought before a failure stays, whole. */
  async download(
    sessionId: string,
    paths: readonly string[],
    dialogs: DownloadDialogs,
    onProgress: (progress: TransferProgress) => void,
    signal: AbortSignal,
  ): Promise<TransferEnd | null> {
    const found: Item[] = [];
    for (const path of new Set(paths)) found.push(await this.#itemOf(sessionId, path, signal));
    const place = await this.#place(found, dialogs);
    if (place === null) return null;
    signal.throwIfAborted();
    const done: TransferEnd = {
      files: 0,
      bytes: 0,
      place: place.shown,
      skipped: found.length - place.items.length,
      leftOut: [],
      leftOutMore: 0,
    };
    const isKnown = place.items.every(({ entry }) => entry.type === 'file');
    const total = isKnown ? place.items.reduce((sum, { entry }) => sum + entry.size, 0) : null;
    for (const { remote, name, force } of place.items) {
      const before = done.bytes;
      onProgress({ bytes: before, total, name });
      try {
        const brought = await this.#files.get(sessionId, remote, place.folder, {
          name,
          force,
          signal,
          onBytes: (bytes) => onProgress({ bytes: before + bytes, total, name }),
        });
        done.files += brought.files;
        done.bytes += brought.bytes;
        addLeftOut(done, name, brought);
      } catch (error) {
        throw withKept(error, done.files);
      }
    }
    return done;
  }

  async #itemOf(sessionId: string, path: string, signal: AbortSignal): Promise<Item> {
    const remote = await this.#edits.realPath(sessionId, path, signal);
    const entry = await this.#files.stat(sessionId, remote, signal);
    // A link is brought as what it leads to, under its own name.
    const own = posix.basename(posix.normalize(path).replace(/\/+$/, ''));
    const name = own === '.' || own === '' ? entry.name : own;
    return { remote, entry, name: safeLocalName(name, this.#platform), force: false };
  }

  async #place(
    found: readonly Item[],
    dialogs: DownloadDialogs,
  ): Promise<{ folder: string; shown: string; items: Item[] } | null> {
    const [only] = found;
    if (only && found.length === 1 && only.entry.type !== 'directory') {
      const file = await dialogs.saveFile(only.name);
      if (file === null) return null;
      const item = { ...only, name: basename(file), force: true };
      return { folder: dirname(file), shown: file, items: [item] };
    }
    const folder = await dialogs.chooseFolder();
    if (folder === null) return null;
    const taken = new Set((await readdir(folder)).map(key));
    const clashes = found.filter(({ name }) => taken.has(key(name)));
    const answer = clashes.length > 0 ? await dialogs.askClash(clashes.map(({ name }) => name)) : 'skip';
    if (answer === 'cancel') return null;
    const items: Item[] = [];
    const chosen = new Set<string>();
    for (const item of found) {
      const isClash = taken.has(key(item.name));
      if (isClash && answer === 'skip') continue;
      const isReplaced = isClash && answer === 'replace';
      const isTaken = (name: string) =>
        chosen.has(key(name)) || (taken.has(key(name)) && !(isReplaced && name === item.name));
      const name = freeName(item.name, isTaken);
      chosen.add(key(name));
      items.push({ ...item, name, force: isReplaced && name === item.name });
    }
    return { folder, shown: folder, items };
  }
}

/** Names that differ in case only, or in how an umlaut is written, are one name to some systems. */
function key(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function addLeftOut(done: TransferEnd, name: string, brought: WithLeftOut): void {
  for (const { path, reason } of brought.leftOut) leaveOut(done, `${name}/${path}`, reason);
  done.leftOutMore += brought.leftOutMore;
}

function withKept(error: unknown, files: number): unknown {
  if (!isSpecboardError(error) || files === 0) return error;
  const { code, message, ...info } = error.problem;
  const kept =
    files === 1 ? 'One file was brought before, and stays.' : `${files} files were brought before, and stay.`;
  return new SpecboardError(code, message, { ...info, kept });
}
