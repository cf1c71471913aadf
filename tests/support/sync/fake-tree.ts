/** A folder in memory with the semantics that both sides have: preconditions, kept copies, nothing half, a disk that can be full. */
import { createHash } from 'node:crypto';
import type { BlockSignature } from '../../../src-main/sync/delta/block-signature.ts';
import type { ApplyItem, ApplyResult, Entry } from '../../../src-main/sync/types.ts';

/** Something in it. */
export interface FakeNode {
  readonly entry: Entry;
  readonly data: Uint8Array;
}

/** SHA-256 in hex. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A file's node. */
export function fileNode(content: string | Uint8Array, modifiedAt = 1000, executable = false): FakeNode {
  const data = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const entry: Entry = {
    kind: 'file',
    size: data.length,
    modifiedAt,
    executable,
    hash: sha256(data),
    target: null,
  };
  return { entry, data };
}

const folderNode: FakeNode = {
  entry: { kind: 'directory', size: 0, modifiedAt: 0, executable: false, hash: '', target: null },
  data: new Uint8Array(),
};

/** A link's node. */
export function linkNode(target: string): FakeNode {
  const entry: Entry = {
    kind: 'link',
    size: 0,
    modifiedAt: 0,
    executable: false,
    hash: sha256(target),
    target,
  };
  return { entry, data: new Uint8Array() };
}

/** The same thing, times aside. */
export function isSameEntry(one: Entry | null | undefined, other: Entry | null | undefined): boolean {
  if (!one || !other) return !one && !other;
  return one.kind === other.kind && one.hash === other.hash && one.executable === other.executable;
}

/** See the file's first line. */
export class FakeTree {
  readonly nodes = new Map<string, FakeNode>();
  /** By name: what was replaced or removed. */
  readonly kept = new Map<string, FakeNode>();
  /** Bytes that fit. */
  capacity = Number.POSITIVE_INFINITY;
  /** Paths that cannot be written. */
  readonly readOnly = new Set<string>();
  #keptCount = 0;

  /** Writes as a person does: parents are made, nothing is kept. */
  write(
    path: string,
    content: string | Uint8Array,
    options: { at?: number; executable?: boolean } = {},
  ): void {
    this.#parents(path);
    this.nodes.set(path, fileNode(content, options.at, options.executable));
  }

  link(path: string, target: string): void {
    this.#parents(path);
    this.nodes.set(path, linkNode(target));
  }

  folder(path: string): void {
    this.#parents(path);
    this.nodes.set(path, folderNode);
  }

  /** Removes it with all that is in it. */
  remove(path: string): void {
    for (const other of [...this.nodes.keys()])
      if (other === path || other.startsWith(`${path}/`)) this.nodes.delete(other);
  }

  read(path: string): string | null {
    const node = this.nodes.get(path);
    return node?.entry.kind === 'file' ? new TextDecoder().decode(node.data) : (node?.entry.target ?? null);
  }

  /** Path -> content, folders with a slash. */
  get content(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [path, { entry }] of [...this.nodes].sort(([a], [b]) => (a < b ? -1 : 1)))
      found[entry.kind === 'directory' ? `${path}/` : path] = this.read(path) ?? '';
    return found;
  }

  /** Path -> hash: for files whose content is too much to print. */
  get hashes(): Record<string, string> {
    return Object.fromEntries([...this.nodes].map(([path, { entry }]) => [path, entry.hash]));
  }

  entries(): Map<string, Entry> {
    return new Map([...this.nodes].map(([path, { entry }]) => [path, entry]));
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const { data } of this.nodes.values()) bytes += data.length;
    return bytes;
  }

  /** All files are staged first (`staged` by item), then one after the other is applied. */
  apply(
    cycle: string,
    items: readonly ApplyItem[],
    staged: (item: Extract<ApplyItem, { do: 'put' }>) => Uint8Array | null,
    isStopped: () => boolean = () => false,
  ): ApplyResult[] {
    const ready = new Map<number, Uint8Array | null>();
    for (const [index, item] of items.entries()) {
      if (item.do !== 'put') continue;
      const data =
        item.source.from === 'copy' ? (this.nodes.get(item.source.path)?.data ?? null) : staged(item);
      ready.set(index, data && sha256(data) === item.entry.hash ? data : null);
    }
    const results: ApplyResult[] = [];
    for (const [index, item] of items.entries()) {
      if (isStopped()) break;
      results.push(this.#one(cycle, item, ready.get(index) ?? null));
    }
    return results;
  }

  #one(cycle: string, item: ApplyItem, data: Uint8Array | null): ApplyResult {
    if (this.readOnly.has(item.path)) return { result: 'failed', reason: 'read-only' };
    const now = this.nodes.get(item.path) ?? null;
    const wanted = wantedOf(item);
    if (item.do !== 'rename' && isSameEntry(now?.entry, wanted)) return { result: 'done', kept: null };
    if (!isSameEntry(now?.entry, item.over)) return { result: 'changed' };
    if (!this.#hasParents(item.path)) return { result: 'changed' };
    switch (item.do) {
      case 'remove':
        if (item.over.kind === 'directory' && this.#hasContent(item.path)) return { result: 'changed' };
        this.nodes.delete(item.path);
        return { result: 'done', kept: this.#keep(cycle, now) };
      case 'rename':
        for (const [path, node] of [...this.nodes]) {
          if (path !== item.path && !path.startsWith(`${item.path}/`)) continue;
          this.nodes.delete(path);
          this.nodes.set(`${item.to}${path.slice(item.path.length)}`, node);
        }
        return { result: 'done', kept: null };
      case 'mode':
        if (now) this.nodes.set(item.path, { ...now, entry: { ...now.entry, executable: item.executable } });
        return { result: 'done', kept: null };
      case 'directory':
        this.folder(item.path);
        return { result: 'done', kept: this.#keep(cycle, now) };
      case 'link':
        this.#parents(item.path);
        this.nodes.set(item.path, linkNode(item.entry.target ?? ''));
        return { result: 'done', kept: this.#keep(cycle, now) };
      case 'put': {
        if (!data) return { result: 'changed' };
        if (this.usedBytes + data.length > this.capacity) return { result: 'failed', reason: 'no-space' };
        this.#parents(item.path);
        this.nodes.set(item.path, { entry: item.entry, data });
        return { result: 'done', kept: this.#keep(cycle, now) };
      }
    }
  }

  #keep(cycle: string, node: FakeNode | null): string | null {
    if (!node || node.entry.kind === 'directory') return null;
    this.#keptCount += 1;
    const name = `${cycle}/${this.#keptCount}`;
    this.kept.set(name, node);
    return name;
  }

  #hasContent(path: string): boolean {
    for (const other of this.nodes.keys()) if (other.startsWith(`${path}/`)) return true;
    return false;
  }

  #hasParents(path: string): boolean {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = this.nodes.get(path.slice(0, end));
      if (parent && parent.entry.kind !== 'directory') return false;
    }
    return true;
  }

  #parents(path: string): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      this.nodes.set(path.slice(0, end), folderNode);
  }
}

function wantedOf(item: ApplyItem): Entry | null {
  if (item.do === 'directory') return folderNode.entry;
  if (item.do === 'mode') return { ...item.over, executable: item.executable };
  return item.do === 'put' || item.do === 'link' ? item.entry : null;
}

/** A signature whose strong sums are real; the weak ones are not looked at by the fakes. */
export function signatureOf(data: Uint8Array, blockSize: number): BlockSignature {
  const blocks = Math.floor(data.length / blockSize);
  const strong = new Uint8Array(blocks * 8);
  for (let n = 0; n < blocks; n += 1) {
    const block = data.subarray(n * blockSize, (n + 1) * blockSize);
    strong.set(createHash('sha256').update(block).digest().subarray(0, 8), n * 8);
  }
  return { blockSize, strongBytes: 8, size: data.length, weak: new Uint32Array(blocks), strong };
}

/** Blocks of `data` that `signature` has at the same place; the rest is missing. Aligned only: enough for the cycle. */
export function alignedMatch(
  data: Uint8Array,
  signature: BlockSignature,
): { spans: { at: number | null; length: number }[]; missing: [number, number][] } {
  const mine = signatureOf(data, signature.blockSize);
  const spans: { at: number | null; length: number }[] = [];
  const missing: [number, number][] = [];
  for (let at = 0; at < signature.size; at += signature.blockSize) {
    const length = Math.min(signature.blockSize, signature.size - at);
    const n = (at / signature.blockSize) * 8;
    const isSame =
      length === signature.blockSize &&
      n + 8 <= mine.strong.length &&
      Buffer.from(mine.strong.subarray(n, n + 8)).equals(Buffer.from(signature.strong.subarray(n, n + 8)));
    spans.push({ at: isSame ? at : null, length });
    const last = missing.at(-1);
    if (isSame) continue;
    if (last && last[0] + last[1] === at) last[1] += length;
    else missing.push([at, length]);
  }
  return { spans, missing };
}
