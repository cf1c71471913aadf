// envd's filesystem service: entries, folders, moving and removing.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';
import type { Jail } from '../vendor-server/jail.ts';
import { type JsonRecord, number, text } from '../vendor-server/json.ts';
import { ConnectError } from './connect-protocol.ts';

/** EntryInfo of the protocol. */
export interface EntryInfo {
  readonly name: string;
  readonly type: 'FILE_TYPE_FILE' | 'FILE_TYPE_DIRECTORY' | 'FILE_TYPE_SYMLINK';
  readonly path: string;
  /** Bytes, as a string (int64). */
  readonly size: string;
  readonly mode: number;
  readonly permissions: string;
  readonly owner: string;
  readonly group: string;
  readonly modifiedTime: string;
  readonly symlinkTarget?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Files of one sandbox, as its filesystem service shows them. */
export class FilesystemService {
  readonly #jail: Jail;
  /** Metadata given with X-Metadata-* at upload, by absolute path. */
  readonly metadata = new Map<string, Record<string, string>>();

  constructor(jail: Jail) {
    this.#jail = jail;
  }

  /** Answer a unary call. */
  call(method: string, message: JsonRecord): unknown {
    const target = text(message.path) ?? '';
    switch (method) {
      case 'Stat':
        return { entry: this.entry(target) };
      case 'MakeDir':
        return { entry: this.#makeDir(target) };
      case 'Remove':
        rmSync(this.#jail.host(target), { recursive: true, force: true });
        return {};
      case 'Move':
        return { entry: this.#move(text(message.source) ?? '', text(message.destination) ?? '') };
      case 'ListDir':
        return { entries: this.#listDir(target, Math.max(number(message.depth) ?? 1, 1)) };
      default:
        throw new ConnectError('unimplemented', `filesystem.Filesystem/${method} is not implemented`);
    }
  }

  /** One file, folder or link (not followed). Throws ConnectError not_found. */
  entry(given: string): EntryInfo {
    const target = this.#jail.absolute(given);
    const host = this.#jail.host(given);
    const stats = lstatSync(host, { throwIfNoEntry: false });
    if (!stats) throw new ConnectError('not_found', `file not found: ${target}`);
    const metadata = this.metadata.get(target);
    return {
      name: path.posix.basename(target),
      type: typeOf(stats),
      path: target,
      size: String(stats.size),
      mode: stats.mode & 0o7777,
      permissions: permissions(stats),
      owner: 'user',
      group: 'user',
      modifiedTime: stats.mtime.toISOString(),
      ...(stats.isSymbolicLink() ? { symlinkTarget: readlinkSync(host) } : {}),
      ...(metadata ? { metadata } : {}),
    };
  }

  /** The folder behind a path, for listing and watching. Throws ConnectError not_found or invalid_argument. */
  folder(given: string): string {
    const host = this.#jail.hostFollowed(given);
    const stats = statSync(host, { throwIfNoEntry: false });
    if (!stats) throw new ConnectError('not_found', `path not found: ${this.#jail.absolute(given)}`);
    if (!stats.isDirectory()) {
      throw new ConnectError('invalid_argument', `path is not a directory: ${this.#jail.absolute(given)}`);
    }
    return host;
  }

  #makeDir(given: string): EntryInfo {
    const host = this.#jail.host(given);
    const stats = statSync(host, { throwIfNoEntry: false });
    if (stats?.isDirectory()) throw new ConnectError('already_exists', `directory already exists: ${given}`);
    if (stats)
      throw new ConnectError('invalid_argument', `path already exists but it is not a directory: ${given}`);
    mkdirSync(host, { recursive: true });
    return this.entry(given);
  }

  #move(source: string, destination: string): EntryInfo {
    const from = this.#jail.host(source);
    if (!existsSync(from) && !lstatSync(from, { throwIfNoEntry: false })) {
      throw new ConnectError('not_found', `source file not found: ${source}`);
    }
    const to = this.#jail.host(destination);
    mkdirSync(path.dirname(to), { recursive: true });
    renameSync(from, to);
    return this.entry(destination);
  }

  #listDir(given: string, depth: number): EntryInfo[] {
    const host = this.folder(given);
    const target = this.#jail.absolute(given);
    const found: EntryInfo[] = [];
    for (const name of readdirSync(host).sort()) {
      const child = path.posix.join(target, name);
      const entry = this.#entryOrNone(child);
      if (!entry) continue;
      found.push(entry);
      if (depth > 1 && entry.type === 'FILE_TYPE_DIRECTORY') found.push(...this.#listDir(child, depth - 1));
    }
    return found;
  }

  #entryOrNone(target: string): EntryInfo | undefined {
    try {
      return this.entry(target);
    } catch (error) {
      if (error instanceof ConnectError && error.code === 'not_found') return undefined; // removed meanwhile
      throw error;
    }
  }
}

function typeOf(stats: Stats): EntryInfo['type'] {
  if (stats.isSymbolicLink()) return 'FILE_TYPE_SYMLINK';
  return stats.isDirectory() ? 'FILE_TYPE_DIRECTORY' : 'FILE_TYPE_FILE';
}

function permissions(stats: Stats): string {
  const kind = stats.isSymbolicLink() ? 'L' : stats.isDirectory() ? 'd' : '-';
  return kind + [...'rwxrwxrwx'].map((letter, at) => (stats.mode & (1 << (8 - at)) ? letter : '-')).join('');
}
