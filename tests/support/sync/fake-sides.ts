/**
 * Both sides of a sync in memory, for tests of the cycle: real preconditions, staging by content, kept copies, an epoch in the marker;
 * and every call can be made to fail before or after its effect, to hang, or to be used for a change at just that moment.
 */

import type { BlockSignature } from '../../../src-main/sync/delta/block-signature.ts';
import type { ExclusionRules } from '../../../src-main/sync/rules/exclusion-rules.ts';
import type {
  DeltaSpan,
  LeftCopy,
  LocalSide,
  OnMoved,
  PackedBundle,
  RemoteFacts,
  RemoteSide,
  ScanOptions,
  UploadItem,
} from '../../../src-main/sync/sides.ts';
import type { ApplyItem, ApplyResult, Entry, Marker, Scan, SideFacts } from '../../../src-main/sync/types.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { alignedMatch, FakeTree, isSameEntry, sha256, signatureOf } from './fake-tree.ts';

/** A file system that can do everything. */
export const ableFacts: SideFacts = {
  caseSensitive: true,
  unicodeSensitive: true,
  executableBit: true,
  links: true,
  windowsNames: false,
  freeBytes: null,
};

/** What happens around a call. Throw to make it fail; before: without its effect, after: with it. */
export interface CallHooks {
  before?: (call: string, n: number) => void | Promise<void>;
  after?: (call: string, n: number) => void | Promise<void>;
}

/** All calls to both sides, in order: `local.scan`, `remote.apply`... */
export class Calls {
  readonly names: string[] = [];
  hooks: CallHooks = {};

  count(name: string): number {
    return this.names.filter((other) => other === name).length;
  }

  async run<T>(name: string, signal: AbortSignal | null, work: () => T | Promise<T>): Promise<T> {
    const n = this.names.push(name);
    await Promise.resolve();
    await this.hooks.before?.(name, n);
    if (signal?.aborted) throw new SpecboardError('cancelled', 'Cancelled.');
    const value = await work();
    await this.hooks.after?.(name, n);
    return value;
  }
}

/** What a packed bundle holds; the sandbox finds it by its "file". */
interface Packed {
  readonly items: readonly UploadItem[];
  readonly data: ReadonlyMap<UploadItem, Uint8Array>;
  readonly literal: ReadonlyMap<UploadItem, number>;
}

const bundles = new Map<string, Packed>();
let bundleCount = 0;

/** This computer. */
export class FakeLocal implements LocalSide {
  readonly tree = new FakeTree();
  readonly calls: Calls;
  facts = ableFacts;
  identity = 'disk 1';
  exists = true;
  rules: ExclusionRules = { texts: [] };
  readonly unusable: Scan['unusable'] = [];
  readonly excluded: Scan['excluded'] = [];
  readonly staged = new Map<string, Uint8Array>();
  recovered = 0;
  /** What a crash left. */
  left: LeftCopy[] = [];
  /** Bundles whose file was not removed yet. */
  openBundles = 0;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  open(signal: AbortSignal) {
    return this.calls.run('local.open', signal, () => {
      if (!this.exists) throw new SpecboardError('not-found', 'The folder is not there.');
      return { facts: this.facts, identity: this.identity };
    });
  }

  scan(_options: unknown, signal: AbortSignal) {
    return this.calls.run('local.scan', signal, () => ({
      entries: this.tree.entries(),
      unusable: [...this.unusable],
      excluded: [...this.excluded],
      excludedCount: this.excluded.length,
      rules: this.rules,
    }));
  }

  pack(items: readonly UploadItem[], signal: AbortSignal): Promise<PackedBundle> {
    return this.calls.run('local.pack', signal, () => {
      const data = new Map<UploadItem, Uint8Array>();
      const literal = new Map<UploadItem, number>();
      const changed: ApplyItem[] = [];
      const whole: ApplyItem[] = [];
      const packed: UploadItem[] = [];
      let content = 0;
      for (const item of items) {
        if (item.do === 'put' && item.source.from !== 'copy' && !item.parts) {
          const node = this.tree.nodes.get(item.path);
          if (node?.entry.hash !== item.entry.hash) {
            changed.push(item);
            continue;
          }
          const bytes = item.signature ? missingIn(item.signature, node.data) : node.data.length;
          if (item.source.from === 'delta' && bytes > 0.7 * node.data.length) {
            whole.push(item);
            continue;
          }
          data.set(item, node.data);
          literal.set(item, bytes);
          content += bytes;
        }
        packed.push(item);
      }
      bundleCount += 1;
      const file = `bundle ${bundleCount}`;
      bundles.set(file, { items: packed, data, literal });
      this.openBundles += 1;
      return {
        file,
        bytes: content + 200,
        hash: '',
        items: packed,
        changed,
        whole,
        content,
        [Symbol.asyncDispose]: async () => {
          if (bundles.delete(file)) this.openBundles -= 1;
        },
      };
    });
  }

  stage(bundle: Uint8Array, wanted: readonly { path: string; entry: Entry }[], signal: AbortSignal) {
    return this.calls.run('local.stage', signal, () => {
      const files = unpack(bundle);
      const bad: string[] = [];
      for (const { path, entry } of wanted) {
        const data = files.get(path);
        if (data && sha256(data) === entry.hash) this.staged.set(entry.hash, data);
        else bad.push(path);
      }
      return { bad };
    });
  }

  stagedBytes(entry: Entry) {
    return this.calls.run('local.stagedBytes', null, () => this.staged.get(entry.hash)?.length ?? 0);
  }

  stagePiece(entry: Entry, offset: number, bytes: Uint8Array, signal: AbortSignal) {
    return this.calls.run('local.stagePiece', signal, () => {
      const before = this.staged.get(entry.hash) ?? new Uint8Array();
      if (before.length !== offset) throw new Error(`A piece for ${offset} where ${before.length} are.`);
      const data = Buffer.concat([before, bytes]);
      if (data.length === entry.size && sha256(data) !== entry.hash) {
        this.staged.delete(entry.hash);
        throw new SpecboardError('protocol', 'It did not arrive as the sandbox said.');
      }
      this.staged.set(entry.hash, data);
    });
  }

  stageDelta(
    basePath: string,
    entry: Entry,
    spans: readonly DeltaSpan[],
    bytes: Uint8Array,
    signal: AbortSignal,
  ) {
    return this.calls.run('local.stageDelta', signal, () => {
      const old = this.tree.nodes.get(basePath)?.data ?? new Uint8Array();
      let at = 0;
      const pieces = spans.map((span) => {
        if (span.at !== null) return old.subarray(span.at, span.at + span.length);
        at += span.length;
        return bytes.subarray(at - span.length, at);
      });
      const data = Buffer.concat(pieces);
      if (sha256(data) !== entry.hash) return false;
      this.staged.set(entry.hash, data);
      return true;
    });
  }

  findBlocks(basePath: string, signature: BlockSignature, _size: number, signal: AbortSignal) {
    return this.calls.run('local.findBlocks', signal, () =>
      alignedMatch(this.tree.nodes.get(basePath)?.data ?? new Uint8Array(), signature),
    );
  }

  signature(path: string, entry: Entry, blockSize: number, signal: AbortSignal) {
    return this.calls.run('local.signature', signal, () => {
      const node = this.tree.nodes.get(path);
      return node?.entry.hash === entry.hash ? signatureOf(node.data, blockSize) : null;
    });
  }

  parts(path: string, entry: Entry, partBytes: number, signal: AbortSignal) {
    return this.calls.run('local.parts', signal, () => {
      const node = this.tree.nodes.get(path);
      if (node?.entry.hash !== entry.hash) return null;
      const names: string[] = [];
      for (let at = 0; at < node.data.length; at += partBytes)
        names.push(sha256(node.data.subarray(at, at + partBytes)));
      return names;
    });
  }

  readPiece(path: string, offset: number, length: number, signal: AbortSignal) {
    return this.calls.run(
      'local.readPiece',
      signal,
      () => this.tree.nodes.get(path)?.data.subarray(offset, offset + length) ?? new Uint8Array(),
    );
  }

  apply(cycle: string, items: readonly ApplyItem[], signal: AbortSignal): Promise<ApplyResult[]> {
    return this.calls.run('local.apply', signal, () =>
      this.tree.apply(
        cycle,
        items,
        ({ entry }) => this.staged.get(entry.hash) ?? null,
        () => signal.aborted,
      ),
    );
  }

  recover() {
    return this.calls.run('local.recover', null, () => {
      this.recovered += 1;
    });
  }

  async leftCopies() {
    return this.left;
  }

  async readKept(name: string) {
    return name;
  }

  keep(entry: Entry, data: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    return this.calls.run('local.keep', signal, async () => {
      const pieces: Uint8Array[] = [];
      for await (const piece of data) pieces.push(piece);
      const whole = Buffer.concat(pieces);
      if (sha256(whole) !== entry.hash) throw new Error('A copy of something else.');
      const name = `home/${this.tree.kept.size + 1}`;
      this.tree.kept.set(name, { entry, data: whole });
      return name;
    });
  }

  async keepFile(): Promise<string> {
    throw new Error('Not used by the cycle.');
  }

  async dropKept() {}

  async forget() {}

  watch() {
    return { degraded: null, [Symbol.dispose]: () => {} };
  }

  async close() {}
}

/** The sandbox. */
export class FakeRemote implements RemoteSide {
  readonly tree = new FakeTree();
  readonly calls: Calls;
  readonly traffic = { requests: 0, bytesUp: 0, bytesDown: 0 };
  facts: RemoteFacts | null = null;
  sideFacts = ableFacts;
  method: RemoteFacts['method'] = 'python';
  marker: Marker | null = null;
  readonly parts = new Map<string, Uint8Array>();
  /** Paths that are there and that no scan tells. */
  readonly hidden = new Set<string>();
  readonly unusable: Scan['unusable'] = [];
  /** Largest number of requests that were on their way at a time. */
  mostInFlight = 0;
  #inFlight = 0;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  scan(_options: ScanOptions, signal: AbortSignal) {
    return this.#request('remote.scan', signal, () => {
      const remote = this.#facts();
      this.facts = remote;
      const entries = this.tree.entries();
      for (const path of this.hidden) entries.delete(path);
      return {
        entries,
        unusable: [...this.unusable],
        excluded: [],
        excludedCount: 0,
        remote,
      };
    });
  }

  apply(
    cycle: string,
    epoch: number,
    bundle: PackedBundle,
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<ApplyResult[]> {
    return this.#request('remote.apply', signal, () => {
      const packed = bundles.get(bundle.file);
      if (!packed) throw new Error('A bundle whose file is gone.');
      onMoved({ bytes: bundle.content, files: packed.data.size });
      this.traffic.bytesUp += bundle.content;
      const results = this.tree.apply(cycle, packed.items, (item) => {
        const parts = (item as UploadItem).parts;
        if (!parts) return packed.data.get(item) ?? null;
        const found = parts.map((name) => this.parts.get(name));
        return found.every((part) => part !== undefined) ? Buffer.concat(found as Uint8Array[]) : null;
      });
      this.marker = { rootId: 'root', epoch };
      this.facts = this.#facts();
      return results;
    });
  }

  sendPart(name: string, data: Uint8Array, onMoved: OnMoved, signal: AbortSignal) {
    return this.#request('remote.sendPart', signal, () => {
      if (sha256(data) !== name) throw new Error('A part of another name.');
      onMoved({ bytes: data.length, files: 0 });
      this.traffic.bytesUp += data.length;
      this.parts.set(name, data);
    });
  }

  hasParts(names: readonly string[], signal: AbortSignal) {
    return this.#request(
      'remote.hasParts',
      signal,
      () => new Set(names.filter((name) => this.parts.has(name))),
    );
  }

  pack(files: readonly { path: string; entry: Entry }[], onMoved: OnMoved, signal: AbortSignal) {
    return this.#request('remote.pack', signal, () => {
      const found: [string, string][] = [];
      for (const { path, entry } of files) {
        const node = this.tree.nodes.get(path);
        if (node && isSameEntry(node.entry, entry))
          found.push([path, Buffer.from(node.data).toString('base64')]);
      }
      const bytes = new TextEncoder().encode(JSON.stringify(found));
      onMoved({ bytes: found.length === files.length ? contentOf(files) : 0, files: found.length });
      this.traffic.bytesDown += bytes.length;
      return bytes;
    });
  }

  signature(path: string, entry: Entry, blockSize: number, signal: AbortSignal) {
    return this.#request('remote.signature', signal, () => {
      const node = this.tree.nodes.get(path);
      return node && isSameEntry(node.entry, entry) ? signatureOf(node.data, blockSize) : null;
    });
  }

  ranges(
    path: string,
    entry: Entry,
    ranges: readonly [number, number][],
    onMoved: OnMoved,
    signal: AbortSignal,
  ) {
    return this.#request('remote.ranges', signal, () => {
      const node = this.tree.nodes.get(path);
      if (!node || !isSameEntry(node.entry, entry)) return null;
      const bytes = Buffer.concat(ranges.map(([at, length]) => node.data.subarray(at, at + length)));
      onMoved({ bytes: bytes.length, files: 0 });
      this.traffic.bytesDown += bytes.length;
      return bytes as Uint8Array;
    });
  }

  mark(epoch: number, signal: AbortSignal) {
    return this.#request('remote.mark', signal, () => {
      this.marker = { rootId: 'root', epoch };
    });
  }

  async wait() {}

  async readKept(): Promise<AsyncIterable<Uint8Array>> {
    throw new Error('Not used by the cycle.');
  }

  async dropKept() {}
  async forget() {}
  async close() {}

  #facts(): RemoteFacts {
    return { method: this.method, note: null, facts: this.sideFacts, marker: this.marker, exists: true };
  }

  async #request<T>(name: string, signal: AbortSignal, work: () => T): Promise<T> {
    this.traffic.requests += 1;
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      return await this.calls.run(name, signal, work);
    } finally {
      this.#inFlight -= 1;
    }
  }
}

function missingIn(signature: BlockSignature, data: Uint8Array): number {
  const mine = signatureOf(data, signature.blockSize);
  const known = new Set<string>();
  for (let n = 0; n < signature.strong.length; n += 8)
    known.add(Buffer.from(signature.strong.subarray(n, n + 8)).toString('hex'));
  let found = 0;
  for (let n = 0; n < mine.strong.length; n += 8)
    if (known.has(Buffer.from(mine.strong.subarray(n, n + 8)).toString('hex'))) found += 1;
  return data.length - found * signature.blockSize;
}

function contentOf(files: readonly { entry: Entry }[]): number {
  return files.reduce((sum, { entry }) => sum + entry.size, 0);
}

function unpack(bundle: Uint8Array): Map<string, Uint8Array> {
  const parsed = JSON.parse(new TextDecoder().decode(bundle)) as [string, string][];
  return new Map(parsed.map(([path, data]) => [path, new Uint8Array(Buffer.from(data, 'base64'))]));
}
