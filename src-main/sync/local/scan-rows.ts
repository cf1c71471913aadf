/**
 * What a scan knows of every path, in columns: a hundred thousand paths are a few megabytes, on the disk (the cache of hashes) as
 * well as on the way from the worker to the main thread.
 */
import type { Stats } from 'node:fs';
import { freeAll } from '../free-bytes.ts';

/** The kinds in a row. */
export const rowKinds = ['file', 'directory', 'link'] as const;

const statWidth = 5;
const hashWidth = 32;

/** Rows in the order in which they were found. Rows are only added. */
export class ScanRows {
  paths: string[] = [];
  /** Index into `rowKinds`, plus 4 where the file is executable, plus 8 where its hash may be believed later. */
  flags: Uint8Array;
  /** Of files: size, mtime, ctime (ms with fractions), inode, mode. */
  stats: Float64Array;
  hashes: Uint8Array;
  /** Of links, by row. */
  targets = new Map<number, string>();
  /** What the columns are views of, where they were read. */
  read: Uint8Array | null = null;
  #index: Map<string, number> | null = null;
  #last = -1;

  constructor(capacity = 256) {
    this.flags = new Uint8Array(capacity);
    this.stats = new Float64Array(capacity * statWidth);
    this.hashes = new Uint8Array(capacity * hashWidth);
  }

  get count(): number {
    return this.paths.length;
  }

  /** -1: not there. Cheap where they are asked for in the order of the rows. */
  find(path: string): number {
    if (this.paths[this.#last + 1] === path) {
      this.#last += 1;
      return this.#last;
    }
    if (this.#index === null) {
      this.#index = new Map();
      for (let row = 0; row < this.paths.length; row += 1) this.#index.set(this.paths[row] ?? '', row);
    }
    const row = this.#index.get(path) ?? -1;
    if (row >= 0) this.#last = row;
    return row;
  }

  /** `hash`: 32 bytes; null for folders. */
  add(path: string, flags: number, stat: Stats, hash: Uint8Array | null, target: string | null = null): void {
    const row = this.#next(path);
    this.flags[row] = flags;
    if ((flags & 3) === 0) {
      const at = row * statWidth;
      this.stats[at] = stat.size;
      this.stats[at + 1] = stat.mtimeMs;
      this.stats[at + 2] = stat.ctimeMs;
      this.stats[at + 3] = stat.ino;
      this.stats[at + 4] = stat.mode;
    }
    if (hash !== null) this.hashes.set(hash, row * hashWidth);
    if (target !== null) this.targets.set(row, target);
  }

  /** Rows that begin as the first `count` of others do. */
  static beginning(from: ScanRows, count: number): ScanRows {
    const rows = new ScanRows(from.count + 64);
    rows.paths = from.paths.slice(0, count);
    rows.flags.set(from.flags.subarray(0, count));
    rows.stats.set(from.stats.subarray(0, count * statWidth));
    rows.hashes.set(from.hashes.subarray(0, count * hashWidth));
    for (const [row, target] of from.targets) if (row < count) rows.targets.set(row, target);
    return rows;
  }

  /** Takes over a row of another one. */
  copy(from: ScanRows, row: number): void {
    const to = this.#next(from.paths[row] ?? '');
    this.flags[to] = from.flags[row] ?? 0;
    // Loops: views of so few bytes would cost more than their copying.
    for (let at = 0; at < statWidth; at += 1)
      this.stats[to * statWidth + at] = from.stats[row * statWidth + at] ?? 0;
    for (let at = 0; at < hashWidth; at += 1)
      this.hashes[to * hashWidth + at] = from.hashes[row * hashWidth + at] ?? 0;
    const target = from.targets.get(row);
    if (target !== undefined) this.targets.set(to, target);
  }

  hash(row: number): Uint8Array {
    return this.hashes.subarray(row * hashWidth, (row + 1) * hashWidth);
  }

  /** True where a file has the very state in which it was hashed, and a later change must have shown. */
  isUnchanged(row: number, stat: Stats): boolean {
    const at = row * statWidth;
    return (
      ((this.flags[row] ?? 0) & 11) === 8 &&
      this.stats[at] === stat.size &&
      this.stats[at + 1] === stat.mtimeMs &&
      this.stats[at + 2] === stat.ctimeMs &&
      this.stats[at + 3] === stat.ino &&
      this.stats[at + 4] === stat.mode
    );
  }

  /** True where a folder or link is still that. */
  isSame(row: number, flags: number, hash: Uint8Array | null): boolean {
    return this.flags[row] === flags && (hash === null || Buffer.compare(this.hash(row), hash) === 0);
  }

  /** True where both rows tell others the same: kind, size, time, executable, hash. */
  saysTheSame(row: number, other: ScanRows, otherRow: number): boolean {
    return (
      ((this.flags[row] ?? 0) & 7) === ((other.flags[otherRow] ?? 0) & 7) &&
      this.size(row) === other.size(otherRow) &&
      this.modifiedAt(row) === other.modifiedAt(otherRow) &&
      Buffer.compare(this.hash(row), other.hash(otherRow)) === 0
    );
  }

  /** Bytes of a file, else 0. */
  size(row: number): number {
    return this.stats[row * statWidth] ?? 0;
  }

  /** ms, whole; 0 for what is no file. */
  modifiedAt(row: number): number {
    return Math.floor(this.stats[row * statWidth + 1] ?? 0);
  }

  /** Gives the memory of the columns back; nothing can be read any more. */
  free(): void {
    freeAll([this.read, this.flags, this.hashes, this.stats]);
    this.paths = [];
    this.#index = null;
  }

  #next(path: string): number {
    const row = this.paths.push(path) - 1;
    if (row >= this.flags.length) {
      const capacity = Math.ceil(row * 1.5) + 64;
      this.flags = grown(this.flags, new Uint8Array(capacity));
      this.stats = grown(this.stats, new Float64Array(capacity * statWidth));
      this.hashes = grown(this.hashes, new Uint8Array(capacity * hashWidth));
    }
    return row;
  }

  /** As bytes, to be read by `parseRows`. */
  toBytes(id: string): Uint8Array[] {
    const { count } = this;
    const paths = Buffer.from(this.paths.join('\0'));
    const head = Buffer.from(JSON.stringify({ id, count, paths: paths.length, targets: [...this.targets] }));
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(magic, 0);
    lengths.writeUInt32LE(head.length, 4);
    return [
      lengths,
      head,
      paths,
      this.flags.subarray(0, count),
      asBytes(this.stats.subarray(0, count * statWidth)),
      this.hashes.subarray(0, count * hashWidth),
    ];
  }
}

const magic = 0x31534273;

function grown<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function asBytes(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Rows that were written by `toBytes`; null where they are damaged: then everything is hashed again. */
export function parseRows(bytes: Buffer): { id: string; rows: ScanRows } | null {
  try {
    if (bytes.readUInt32LE(0) !== magic) return null;
    let at = 8 + bytes.readUInt32LE(4);
    const head = JSON.parse(bytes.toString('utf8', 8, at)) as {
      id: string;
      count: number;
      paths: number;
      targets: [number, string][];
    };
    const { count } = head;
    if (bytes.length !== at + head.paths + count * (1 + statWidth * 8 + hashWidth)) return null;
    const rows = new ScanRows(0);
    rows.paths = count === 0 ? [] : bytes.toString('utf8', at, at + head.paths).split('\0');
    if (rows.paths.length !== count) return null;
    at += head.paths;
    // Views of what was read, but for the numbers, which may not lie as numbers must.
    rows.flags = bytes.subarray(at, at + count);
    at += count;
    const stats = Uint8Array.from(bytes.subarray(at, at + count * statWidth * 8));
    rows.stats = new Float64Array(stats.buffer);
    at += stats.length;
    rows.hashes = bytes.subarray(at);
    rows.targets = new Map(head.targets);
    rows.read = bytes;
    return { id: head.id, rows };
  } catch {
    return null;
  }
}
