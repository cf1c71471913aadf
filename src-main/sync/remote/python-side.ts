/** `RemoteSide` where the sandbox has Python: one request of the helper a call, as README.md tells them. */

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type BlockSignature, blockCount } from '../delta/block-signature.ts';
import { strongBytesFor } from '../delta/block-size.ts';
import { signatureFromWire } from '../delta/signature-from-wire.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import { pruneNames } from '../rules/prune-names.ts';
import type { LeftCopy, OnMoved, PackedBundle, RemoteFacts, RemoteSide, ScanOptions } from '../sides.ts';
import type { ApplyResult, Entry, Excluded, Scan, SideFacts, Unusable } from '../types.ts';
import * as answers from './answers.ts';
import type { CountedPort, Traffic } from './counted-port.ts';
import { KitCaller, type KitOptions, pieces } from './kit-call.ts';
import { LeftOut } from './left-out.ts';
import { ToldTree } from './told-tree.ts';
import { entryOfRow, type Shared, shownPath } from './tree-changes.ts';

/** Which folder, and what it is reached with. */
export interface RemoteRoot {
  /** Absolute, `~`, `~/...`, or relative to the working folder. */
  readonly root: string;
  readonly rootId: string;
  /** Names that Windows cannot have are told as unusable. */
  readonly windowsNames: boolean;
}

/** A bundle up to this size goes with its request. */
const smallBundle = 60 * 1024;
/** Times that a bundle is put again because its answer was lost. */
const mostTries = 3;
const quickMs = 60_000;
const workMs = 15 * 60_000;
const waitSeconds = 25;
/** How long a bundle waits for others there, and how many times. */
const patienceSeconds = 60;
const mostWaits = 15;
const namesAtOnce = 5000;

/** See the file's head. */
export class PythonSide implements RemoteSide {
  readonly #caller: KitCaller;
  readonly #port: CountedPort;
  readonly #root: RemoteRoot;
  readonly #closing = new AbortController();
  readonly #leftOut = new LeftOut();
  readonly #told: ToldTree;
  /** Of the last scan; `wait` looks at the same. */
  #prune: string[] = [];
  #common: answers.Common | null = null;
  #sideFacts: SideFacts | null = null;
  #left: readonly LeftCopy[] = [];
  /** Of the last scan. */
  #unusable: readonly Unusable[] = [];
  /** What the next scan says of copies that are in the history: names of notes. */
  readonly #stored = new Set<string>();
  /** Scans are alone: each tells changes since the last. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Applies that are on their way. */
  readonly #besides = new Set<Promise<unknown>>();

  constructor(root: RemoteRoot, options: KitOptions) {
    this.#root = root;
    this.#told = new ToldTree(root.windowsNames);
    this.#port = options.port;
    this.#caller = new KitCaller(options);
  }

  get facts(): RemoteFacts | null {
    const [common, facts] = [this.#common, this.#sideFacts];
    if (!common || !facts) return null;
    return { method: 'python', note: null, facts, marker: common.marker, exists: common.exists };
  }

  get traffic(): Traffic {
    return this.#port.traffic;
  }

  scan(
    { checksum, rules }: ScanOptions,
    signal: AbortSignal,
  ): Promise<Scan & { remote: RemoteFacts; excluded: Excluded[] }> {
    return this.#inTurn(async () => {
      const have = this.#told.snapshot;
      this.#prune = pruneNames(rules);
      const stored = [...this.#stored];
      const asked = {
        ...{ have, prune: this.#prune },
        ...(checksum ? { checksum } : {}),
        ...(stored.length > 0 ? { stored } : {}),
      };
      const answer = await this.#call('scan', asked, answers.scanSchema, workMs, signal);
      this.#remember(answer, answer.facts);
      for (const note of stored) this.#stored.delete(note);
      this.#left = leftOf(answer.left ?? []);
      await this.#told.look(answer, have, this.#signal(signal));
      this.#unusable = answer.unusable.map(([path, reason, detail]): Unusable => {
        const told = { path: shownPath(path), side: 'remote', reason } as const;
        return detail === null ? told : { ...told, detail };
      });
      return this.#withRules(rules, signal);
    });
  }

  again(rules: ExclusionRules, signal: AbortSignal): ReturnType<NonNullable<RemoteSide['again']>> {
    return this.#inTurn(async () => {
      const names = new Set(pruneNames(rules));
      const isListed = this.#told.snapshot !== null && this.#prune.every((name) => names.has(name));
      return isListed ? this.#withRules(rules, signal) : null;
    });
  }

  async #withRules(rules: ExclusionRules, signal: AbortSignal): ReturnType<RemoteSide['scan']> {
    const remote = this.facts;
    if (!remote) throw new SpecboardError('internal', 'A scan has no facts.');
    const scan = await this.#leftOut.filter(this.#told.tree, this.#unusable, rules, this.#signal(signal));
    return { ...scan, remote };
  }

  async apply(
    cycle: string,
    epoch: number,
    bundle: PackedBundle,
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<ApplyResult[]> {
    const files = bundle.items.filter((item) => item.do === 'put').length;
    const isSmall = bundle.bytes <= smallBundle;
    const inline = isSmall ? { data: (await readFile(bundle.file)).toString('base64') } : null;
    for (let tries = 0; ; tries += 1) {
      const sent = inline ?? { file: await this.#putBundle(bundle, onMoved, files, signal) };
      try {
        const answer = await this.#beside(() => this.#askToApply({ cycle, epoch, bundle: sent }, signal));
        if (answer.results.length !== bundle.items.length) throw wrongCount();
        this.#remember(answer, null);
        await this.#told.add({ ...answer, shared: sharedOf(bundle.items) }, this.#signal(signal));
        const results = answer.results.map(toResult);
        onMoved({ bytes: bundle.content, files });
        return results;
      } catch (error) {
        // The first answer was lost, and with it went the bundle: what is done already is told as done.
        const isGone = error instanceof SpecboardError && error.code === 'not-found' && !isSmall;
        if (!isGone || tries >= mostTries || signal.aborted) throw error;
        // The state may have moved with the root that was made.
        this.#common = null;
      }
    }
  }

  /**
   * Several may be on their way at a time: the helper takes one after the other, and their ways there and back are not waited for
   * one by one. `chain`: the answer tells changes since whatever was before it there.
   */
  async #askToApply(fields: object, signal: AbortSignal): Promise<z.infer<typeof answers.applySchema>> {
    for (let tries = 1; ; tries += 1) {
      const others = this.#besides.size > 1;
      const asked = {
        ...{ ...fields, have: this.#told.snapshot },
        ...(this.#told.snapshot === null ? {} : { chain: true }),
        ...(others ? { patience: patienceSeconds } : {}),
      };
      try {
        return await this.#call('apply', asked, answers.applySchema, workMs, signal);
      } catch (error) {
        // The others take long there.
        const isBehind = error instanceof SpecboardError && error.code === 'conflict' && others;
        if (!isBehind || tries >= mostWaits || signal.aborted) throw error;
      }
    }
  }

  async #putBundle(
    bundle: PackedBundle,
    onMoved: OnMoved,
    files: number,
    signal: AbortSignal,
  ): Promise<string> {
    if (this.#common?.exists === false) await this.#makeRoot(signal);
    const name = `${bundle.hash.slice(0, 24)}-${randomBytes(4).toString('hex')}`;
    const path = posix.join(await this.#state(signal), 'in', name);
    const part = (bytes: number): number => Math.min(1, bytes / Math.max(1, bundle.bytes));
    const onSent = (bytes: number): void =>
      onMoved({
        bytes: Math.floor(bundle.content * part(bytes)),
        files: Math.floor(files * part(bytes)),
      });
    const data = (): AsyncIterable<Uint8Array> => createReadStream(bundle.file, { highWaterMark: 262_144 });
    await this.#caller.put(path, data, { deadlineMs: workMs, onSent }, this.#signal(signal));
    return name;
  }

  /** Before anything large is put: the state may move with the root that is made, away from what waits in it. */
  async #makeRoot(signal: AbortSignal): Promise<void> {
    this.#remember(await this.#call('parts', { names: [] }, answers.partsSchema, quickMs, signal), null);
  }

  async sendPart(name: string, data: Uint8Array, onMoved: OnMoved, signal: AbortSignal): Promise<void> {
    const path = posix.join(await this.#state(signal), 'parts', name);
    const onSent = (bytes: number): void => onMoved({ bytes, files: 0 });
    await this.#caller.put(path, () => pieces(data), { deadlineMs: workMs, onSent }, this.#signal(signal));
  }

  async hasParts(names: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const there = new Set<string>();
    for (let at = 0; at < names.length; at += namesAtOnce) {
      const some = names.slice(at, at + namesAtOnce);
      const answer = await this.#call('parts', { names: some }, answers.partsSchema, workMs, signal);
      // It makes a root that is missing: the state may be another's from now on.
      this.#remember(answer, null);
      const { have } = answer;
      for (const name of have) if (some.includes(name)) there.add(name);
    }
    return there;
  }

  async pack(
    files: readonly { path: string; entry: Entry }[],
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const content = files.reduce((sum, { entry }) => sum + entry.size, 0);
    const rows = files.map(({ path, entry }) => [path, entry.hash, entry.size]);
    const answer = await this.#call('pack', { files: rows }, answers.bytesSchema, workMs, signal);
    // Headers, padding, the list; what does not compress grows a little.
    const most = content * 1.01 + files.length * 16_384 + 65_536;
    return this.#bytes(answer, most, content, files.length, onMoved, signal);
  }

  async signature(
    path: string,
    entry: Entry,
    blockSize: number,
    signal: AbortSignal,
  ): Promise<BlockSignature | null> {
    const strongBytes = strongBytesFor(entry.size, blockSize);
    const asked = { path, hash: entry.hash, block: blockSize, strong: strongBytes };
    const answer = await this.#call('sig', asked, answers.signatureSchema, workMs, signal);
    if (answer.changed) return null;
    const blocks = blockCount(entry.size, blockSize);
    const bytes = await this.#bytes(answer, blocks * (4 + strongBytes), 0, 0, () => {}, signal);
    const signature = signatureFromWire(bytes, { blockSize, strongBytes, size: entry.size });
    if (answer.size !== entry.size || signature === null) throw wrongCount();
    return signature;
  }

  async ranges(
    path: string,
    entry: Entry,
    ranges: readonly [offset: number, length: number][],
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array | null> {
    const total = ranges.reduce((sum, [, length]) => sum + length, 0);
    if (total === 0) return new Uint8Array(0);
    const asked = { path, hash: entry.hash, ranges };
    const answer = await this.#call('ranges', asked, answers.rangesSchema, workMs, signal);
    if (answer.changed) return null;
    const bytes = await this.#bytes(answer, total, total, 0, onMoved, signal);
    if (bytes.length !== total) throw wrongCount();
    return bytes;
  }

  leftCopies(): readonly LeftCopy[] {
    return this.#left;
  }

  keptStored(cycle: string | null): void {
    if (cycle !== null) this.#stored.add(cycle);
    else for (const { cycle: note } of this.#left) this.#stored.add(note);
    if (cycle === null) this.#left = [];
  }

  async mark(epoch: number, signal: AbortSignal): Promise<void> {
    this.#remember(await this.#call('mark', { epoch }, answers.plainSchema, quickMs, signal), null);
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (this.#told.snapshot === null) return;
    const asked = { have: this.#told.snapshot, prune: this.#prune, seconds: waitSeconds };
    await this.#call('wait', asked, answers.waitSchema, waitSeconds * 1000 + quickMs, signal);
  }

  async readKept(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { found } = await this.#call('kept', { names: [name] }, answers.keptSchema, quickMs, signal);
    const kept = found.find((one) => one.name === name);
    if (!kept) throw keptIsGone();
    if (kept.kind === 'link') return pieces(Buffer.from(kept.target ?? ''));
    const limits = { bytes: kept.size, sha256: null, deadlineMs: quickMs };
    return this.#caller.stream(kept.file, limits, this.#signal(signal));
  }

  async dropKept(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < names.length; at += namesAtOnce)
      await this.#call(
        'drop',
        { names: names.slice(at, at + namesAtOnce) },
        answers.dropSchema,
        quickMs,
        signal,
      );
  }

  async forget(signal: AbortSignal): Promise<void> {
    await this.#call('forget', {}, answers.forgetSchema, workMs, signal);
    this.#told.forget();
    this.#common = null;
  }

  async close(): Promise<void> {
    this.#closing.abort(new SpecboardError('cancelled', 'The sync was ended.'));
    await Promise.allSettled([this.#turn, ...this.#besides]);
  }

  #signal(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  #call<T>(
    op: string,
    fields: Record<string, unknown>,
    schema: z.ZodType<T>,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<T> {
    const { root, rootId } = this.#root;
    const spare = this.#common && posix.join(this.#common.state, 'in');
    return this.#caller.call({ op, root, rootId, ...fields }, schema, {
      deadlineMs,
      spare,
      signal: this.#signal(signal),
    });
  }

  /** The folder for what is put; asked for where nothing was asked yet. */
  async #state(signal: AbortSignal): Promise<string> {
    if (this.#common) return this.#common.state;
    const answer = await this.#call('hello', {}, answers.helloSchema, quickMs, signal);
    this.#remember(answer, answer.facts);
    return answer.state;
  }

  #remember({ ok, state, marker, exists, python }: answers.Common, facts: SideFacts | null): void {
    this.#common = { ok, state, marker, exists, python };
    if (facts) this.#sideFacts = facts;
  }

  async #bytes(
    answer: { data: string } | { file: string; bytes: number; sha256: string },
    most: number,
    content: number,
    files: number,
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    let bytes: Uint8Array;
    if ('data' in answer) {
      bytes = Buffer.from(answer.data, 'base64');
      if (bytes.length > most) throw tooMuch();
    } else {
      if (answer.bytes > most) throw tooMuch();
      const part = (got: number): number => got / Math.max(1, answer.bytes);
      const onGot = (got: number): void =>
        onMoved({ bytes: Math.floor(content * part(got)), files: Math.floor(files * part(got)) });
      const { file, bytes: length, sha256 } = answer;
      bytes = await this.#caller.get(
        { file, bytes: length, sha256 },
        { deadlineMs: quickMs, onGot },
        this.#signal(signal),
      );
    }
    onMoved({ bytes: content, files });
    return bytes;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = Promise.allSettled([this.#turn, ...this.#besides]).then(work);
    this.#turn = next.catch(() => {});
    return next;
  }

  /** Beside others of its kind, but not beside what is to be alone. */
  #beside<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    const done = next
      .catch(() => {})
      .finally(() => {
        this.#besides.delete(done);
      });
    this.#besides.add(done);
    return next;
  }
}

/** What the sandbox has now, if it did as it was asked. */
function sharedOf(items: PackedBundle['items']): Shared {
  const shared = new Map<string, { path: string; entry: Entry }>();
  for (const item of items) if (item.do === 'put' || item.do === 'link') shared.set(item.path, item);
  return shared;
}

/** `cycle` is the name of the note, which may be another than the cycle's. */
function leftOf(rows: NonNullable<z.infer<typeof answers.scanSchema>['left']>): LeftCopy[] {
  return rows.flatMap(([cycle, name, path, why, ...row]) => {
    const found = entryOfRow([path, ...row]);
    return found ? [{ cycle, name, why, ...found }] : [];
  });
}

function toResult(result: z.infer<typeof answers.resultSchema>): ApplyResult {
  if (result.result !== 'failed') return result;
  const { reason, detail } = result;
  return { result: 'failed', reason, ...(detail ? { detail } : {}) };
}

function strange(message: string): SpecboardError {
  return new SpecboardError('protocol', message, {
    kept: 'Nothing of it was used.',
    hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
  });
}

function wrongCount(): SpecboardError {
  return strange('The sandbox answered with another number of things than it was asked for.');
}

function tooMuch(): SpecboardError {
  return strange('The sandbox answered with more than was asked for.');
}

function keptIsGone(): SpecboardError {
  return new SpecboardError('not-found', 'That copy is not in the sandbox any more.', {
    hint: 'Copies are kept for 30 days, and go with their sandbox.',
  });
}
