/** This computer's side of a sync, as the cycle sees it: hands the work to jobs and remembers the last tree. */
import { createHash } from 'node:crypto';
import { lstat, open, rm } from 'node:fs/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import type { BlockSignature } from '../delta/block-signature.ts';
import { ownBuffer } from '../free-bytes.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { DeltaSpan, ExclusionChoice, LeftCopy, LocalSide, PackedBundle, UploadItem } from '../sides.ts';
import type { ApplyItem, ApplyResult, Entry, Scan, SideFacts } from '../types.ts';
import type { JobInput, JobOutput } from '../worker/job.ts';
import { isGone, stateProblem } from './file-errors.ts';
import type { LocalJobs } from './jobs.ts';
import { LocalWatch } from './local-watch.ts';
import { OwnWork } from './own-work.ts';
import { keptFile, type LocalPlace, temporaryFile } from './place.ts';
import type { RunLocalJob } from './run-job.ts';
import { readReply } from './scan-reply.ts';

/** What it is made of. */
export interface LocalRootOptions {
  /** The synced folder, absolute. */
  readonly root: string;
  readonly rootId: string;
  /** SpecBoard's own folder. */
  readonly dataFolder: string;
  readonly run: RunLocalJob;
  readonly clock?: Clock;
}

/** See the file's first line. One at a time uses a root. Close it. */
export class LocalRoot implements LocalSide {
  readonly #options: LocalRootOptions;
  readonly #clock: Clock;
  readonly #end = new AbortController();
  readonly #ownWork: OwnWork;
  readonly #watches = new Set<LocalWatch>();
  readonly #running = new Set<Promise<unknown>>();
  #opening: Promise<LocalPlace> | null = null;
  #tree = new Map<string, Entry>();
  #opened: LocalPlace | null = null;
  #scanId = '';

  constructor(options: LocalRootOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ownWork = new OwnWork(options.root, () => this.#clock.now());
  }

  async open(signal: AbortSignal): Promise<{ facts: SideFacts; identity: string }> {
    this.#opening = null;
    const { facts, identity } = await this.#place(signal);
    return { facts, identity };
  }

  async scan(
    { checksum, exclusions }: { checksum: boolean; exclusions: ExclusionChoice },
    signal: AbortSignal,
  ): Promise<Scan & { rules: ExclusionRules }> {
    const place = await this.#place(signal);
    const input = { place, checksum, exclusions, have: this.#scanId, now: this.#clock.now() };
    const reply = await this.#run('localScan', input, signal);
    this.#tree = readReply(reply, this.#tree);
    this.#scanId = reply.id;
    for (const watch of this.#watches) watch.update(this.#folders());
    const { unusable, excluded, excludedCount, rules } = reply;
    // Not a copy: a hundred thousand entries more with every look would be a lot. Who changes it changes what the next scan gives.
    return { entries: this.#tree, unusable, excluded, excludedCount, rules };
  }

  async firstRules(exclusions: ExclusionChoice, signal: AbortSignal): Promise<ExclusionRules> {
    return this.#run('localFirstRules', { place: await this.#place(signal), exclusions }, signal);
  }

  async pack(items: readonly UploadItem[], signal: AbortSignal): Promise<PackedBundle> {
    const packed = await this.#run('localPack', { place: await this.#place(signal), items }, signal);
    const own = ownItems(items, packed.items);
    return { ...packed, items: own, [Symbol.asyncDispose]: () => rm(packed.file, { force: true }) };
  }

  async stage(
    bundle: Uint8Array,
    wanted: readonly { path: string; entry: Entry }[],
    signal: AbortSignal,
  ): Promise<{ bad: string[] }> {
    return this.#run('localStage', { place: await this.#place(signal), bundle, wanted }, signal);
  }

  async stagedBytes(entry: Entry): Promise<number> {
    return this.#run('localStagedBytes', { place: await this.#place(), entry });
  }

  async stagePiece(entry: Entry, offset: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#run('localStagePiece', { place: await this.#place(signal), entry, offset, bytes }, signal);
  }

  async stageDelta(
    basePath: string,
    entry: Entry,
    spans: readonly DeltaSpan[],
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<boolean> {
    const place = await this.#place(signal);
    return this.#run('localStageDelta', { place, basePath, entry, spans, bytes }, signal);
  }

  async findBlocks(basePath: string, signature: BlockSignature, size: number, signal: AbortSignal) {
    const place = await this.#place(signal);
    return this.#run('localFindBlocks', { place, basePath, signature, size }, signal);
  }

  async signature(
    path: string,
    entry: Entry,
    blockSize: number,
    signal: AbortSignal,
  ): Promise<BlockSignature | null> {
    return this.#run('localSignature', { place: await this.#place(signal), path, entry, blockSize }, signal);
  }

  async parts(path: string, entry: Entry, partBytes: number, signal: AbortSignal): Promise<string[] | null> {
    return this.#run('localParts', { place: await this.#place(signal), path, entry, partBytes }, signal);
  }

  async readPiece(path: string, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#run('localReadPiece', { place: await this.#place(signal), path, offset, length }, signal);
  }

  async apply(cycle: string, items: readonly ApplyItem[], signal: AbortSignal): Promise<ApplyResult[]> {
    const place = await this.#place(signal);
    const clockMs = this.#clock.now() - Date.now();
    this.#ownWork.begin(items);
    let results: ApplyResult[] = [];
    try {
      results = await this.#run('localApply', { place, cycle, items, clockMs }, signal);
    } finally {
      this.#ownWork.end(items, results);
    }
    return results;
  }

  async recover(): Promise<void> {
    await this.leftCopies();
  }

  async leftCopies(): Promise<readonly LeftCopy[]> {
    let place: LocalPlace;
    try {
      place = await this.#place();
    } catch (error) {
      // Opening says so, in words; the next apply puts right what is to be.
      if (error instanceof SpecboardError && error.code === 'not-found') return [];
      throw error;
    }
    return this.#run('localRecover', { place });
  }

  /** A path to read. Of a link nothing can be read: its target is in its entry. */
  async readKept(name: string): Promise<string> {
    const file = keptFile(await this.#place(), name);
    try {
      if ((await lstat(file)).isFile()) return file;
    } catch (error) {
      if (!isGone(error)) throw stateProblem(error);
      throw new SpecboardError('not-found', 'This copy is not in the history any more.', {
        hint: 'Copies are kept for 30 days.',
      });
    }
    throw new SpecboardError('unsupported', 'This copy is a link: there is nothing in it to read.');
  }

  async keep(entry: Entry, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
    const place = await this.#place(signal);
    const file = temporaryFile(place);
    try {
      const sum = createHash('sha256');
      let bytes = 0;
      const handle = await open(file, 'wx', 0o600);
      try {
        for await (const piece of entry.kind === 'file' ? data : [Buffer.from(entry.target ?? '')]) {
          signal.throwIfAborted();
          bytes += piece.length;
          if (entry.kind === 'file' && bytes > entry.size) throw wrongCopy();
          sum.update(piece);
          for (let at = 0; at < piece.length; )
            at += (await handle.write(piece, at, piece.length - at)).bytesWritten;
        }
      } finally {
        await handle.close();
      }
      if (sum.digest('hex') !== entry.hash) throw wrongCopy();
      return await this.#run('localKeepAs', { place, file }, signal);
    } catch (error) {
      await rm(file, { force: true });
      throw signal.aborted ? error : stateProblem(error);
    }
  }

  async keepFile(path: string, entry: Entry, signal: AbortSignal): Promise<string> {
    return this.#run('localKeepFile', { place: await this.#place(signal), path, entry }, signal);
  }

  async dropKept(names: readonly string[]): Promise<void> {
    await this.#run('localDropKept', { place: await this.#place(), names });
  }

  /** After the first scan: what there is to watch is known from it. */
  watch(rules: ExclusionRules, onChange: () => void): LocalWatch {
    const place = this.#opened;
    if (place === null) throw new SpecboardError('internal', 'A folder is watched before it was opened.');
    const watch: LocalWatch = new LocalWatch({
      place,
      rules,
      folders: this.#folders(),
      onChange,
      isOwnWork: (path) => this.#ownWork.is(path),
      onEnd: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    return watch;
  }

  /** Removes what SpecBoard keeps of this root, kept copies included. */
  async forget(): Promise<void> {
    await this.#run('localForget', { place: await this.#place() });
    this.#opening = null;
  }

  async close(): Promise<void> {
    this.#end.abort(new SpecboardError('cancelled', 'The sync of this folder was stopped.'));
    for (const watch of [...this.#watches]) watch[Symbol.dispose]();
    await Promise.allSettled([...this.#running]);
  }

  async #place(signal?: AbortSignal): Promise<LocalPlace> {
    const { root, rootId, dataFolder } = this.#options;
    const isFirst = this.#opened === null;
    this.#opening ??= this.#run('localOpen', { root, rootId, dataFolder, isFirst }, signal);
    const opening = this.#opening;
    try {
      this.#opened = await opening;
      return this.#opened;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
  }

  async #run<N extends keyof LocalJobs>(
    name: N,
    input: JobInput<LocalJobs[N]>,
    signal?: AbortSignal,
  ): Promise<JobOutput<LocalJobs[N]>> {
    const both = signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
    both.throwIfAborted();
    // Large bytes are handed over to the thread; they come from the sandbox and nobody reads them again.
    const transfer = Object.values(input).flatMap((part) => ownBuffer(part) ?? []);
    const running = this.#options.run(name, input, { signal: both, transfer });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  *#folders(): Generator<string> {
    for (const [path, { kind }] of this.#tree) if (kind === 'directory') yield path;
  }
}

/** The items that were given instead of copies of them from the worker, which say the same: they end in trees and stay. */
function ownItems(given: readonly ApplyItem[], packed: readonly ApplyItem[]): ApplyItem[] {
  let at = 0;
  return packed.map((item) => {
    for (; at < given.length; at += 1) {
      const own = given[at];
      if (own?.path === item.path && own.do === item.do) return own;
    }
    return item;
  });
}

function wrongCopy(): SpecboardError {
  return new SpecboardError('protocol', 'A copy from the sandbox is not what it is said to be.', {
    kept: 'The copy in the sandbox was not touched.',
  });
}
