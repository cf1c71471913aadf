/** `RemoteSide` without Python: the same by the sandbox's own shell, with whole files only. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../../src-shared/lib/clock.ts';
import { bundleIndexName } from '../../bundle/bundle-item.ts';
import { readIndex } from '../../bundle/read-index.ts';
import { endOfTar, padding, tarHeader } from '../../bundle/tar-format.ts';
import { pruneNames } from '../../rules/prune-names.ts';
import type { OnMoved, PackedBundle, RemoteFacts, RemoteSide, ScanOptions } from '../../sides.ts';
import type { ApplyResult, Entry, Excluded, Marker, Scan, SideFacts, Unusable } from '../../types.ts';
import { keptNameSchema } from '../answers.ts';
import type { CountedPort, Traffic } from '../counted-port.ts';
import { pieces } from '../kit-call.ts';
import { LeftOut } from '../left-out.ts';
import { noShell } from '../locate.ts';
import type { RemoteRoot } from '../python-side.ts';
import { quote } from '../quote.ts';
import { elsewhereCodes, ReachingFiles } from '../reaching-files.ts';
import { withRetries } from '../retry.ts';
import { changeTree, emptyTree, type KnownTree, shownPath } from '../tree-changes.ts';
import { applyBody, readResults } from './apply-script.ts';
import { readLines, script } from './frame.ts';
import { plainTar } from './plain-tar.ts';
import { findWords, hashBody, type Listing, readHashes, readListing, scanBody } from './scan-script.ts';

/** What it needs beside the folder. */
export interface ShellOptions {
  readonly port: CountedPort;
  readonly clock: Clock;
  readonly random: () => number;
}

const note = 'There is no Python in this sandbox, so files are compared and sent as a whole.';
const mostInline = 90 * 1024;
const mostOutput = 512 * 1024 * 1024;
/** Times that a bundle is put again because its answer was lost. */
const mostTries = 3;
const quickMs = 60_000;
const workMs = 15 * 60_000;
/** A change within the same second would not be seen by the times of a file. */
const settledSeconds = 2;

const markerSchema = z.strictObject({ rootId: z.string().max(64), epoch: z.int().nonnegative() });

/** What is remembered of a file: hashed when it was so. */
interface Hashed {
  readonly stat: string;
  readonly hash: string;
}

/** See the file's head. */
export class ShellSide implements RemoteSide {
  readonly #root: RemoteRoot;
  readonly #options: ShellOptions;
  readonly #closing = new AbortController();
  readonly #leftOut = new LeftOut();
  #tree: KnownTree = emptyTree;
  #rows = '';
  #hashed = new Map<string, Hashed>();
  #prune: string[] = [];
  #state: string | null = null;
  /** Whether the driver's files come to where the state is. Settled with the first scan. */
  #isReached = false;
  #isAwayFromHome = false;
  readonly #files: ReachingFiles;
  /** Files of `out/` that were read: removed with the next scan. */
  #read: string[] = [];
  #facts: RemoteFacts | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(root: RemoteRoot, options: ShellOptions) {
    this.#root = root;
    this.#options = options;
    this.#files = new ReachingFiles(options.port);
  }

  get facts(): RemoteFacts | null {
    return this.#facts;
  }

  get traffic(): Traffic {
    return this.#options.port.traffic;
  }

  scan(
    { checksum, rules }: ScanOptions,
    signal: AbortSignal,
  ): Promise<Scan & { remote: RemoteFacts; excluded: Excluded[] }> {
    return this.#inTurn(async () => {
      this.#prune = pruneNames(rules);
      const hashAll = checksum || this.#hashed.size === 0;
      let listing = await this.#list(hashAll, signal);
      if (await this.#isOutOfReach(listing, signal)) listing = await this.#list(hashAll, signal);
      let hashes = listing.hashes;
      if (!hashAll) {
        const asked = this.#unknown(listing);
        const words = asked.reduce((sum, path) => sum + path.length * 2 + 8, 0);
        if (words > mostInline / 2) {
          listing = await this.#list(true, signal);
          hashes = listing.hashes;
        } else if (asked.length > 0)
          hashes = readHashes((await this.#run(hashBody(asked), signal)).map((line) => line.subarray(2)));
      }
      const remote = this.#take(listing);
      const unusable = await this.#build(listing, hashes, signal);
      const scan = await this.#leftOut.filter(this.#tree, unusable, rules, this.#signal(signal));
      return { ...scan, remote };
    });
  }

  async apply(
    cycle: string,
    epoch: number,
    bundle: PackedBundle,
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<ApplyResult[]> {
    const items = await readIndex(bundle.file);
    const files = items.filter((item) => item.do === 'put').length;
    const isSmall = bundle.bytes <= 40 * 1024;
    const data = isSmall ? { data: (await readFile(bundle.file)).toString('base64') } : null;
    for (let tries = 0; ; tries += 1) {
      const sent = data ?? { file: await this.#putBundle(bundle, onMoved, files, signal) };
      try {
        const nonce = randomBytes(8).toString('hex');
        const lines = await this.#inTurn(() =>
          this.#run(applyBody({ cycle, epoch, items, nonce, bundle: sent }), signal),
        );
        const results = readResults(lines, items.length);
        if (this.#facts)
          this.#facts = { ...this.#facts, marker: { rootId: this.#root.rootId, epoch }, exists: true };
        onMoved({ bytes: bundle.content, files });
        return results;
      } catch (error) {
        const isGone = error instanceof SpecboardError && error.code === 'not-found' && !isSmall;
        if (!isGone || tries >= mostTries || signal.aborted) throw error;
      }
    }
  }

  async #putBundle(
    bundle: PackedBundle,
    onMoved: OnMoved,
    files: number,
    signal: AbortSignal,
  ): Promise<string> {
    const name = `bundle-${randomBytes(8).toString('hex')}`;
    const state = await this.#stateFolder(signal);
    const part = (bytes: number): number => Math.min(1, bytes / Math.max(1, bundle.bytes));
    const onSent = (bytes: number): void =>
      onMoved({ bytes: Math.floor(bundle.content * part(bytes)), files: Math.floor(files * part(bytes)) });
    await this.#put(
      posix.join(state, 'in', name),
      () => createReadStream(bundle.file, { highWaterMark: 262_144 }),
      onSent,
      signal,
    );
    return name;
  }

  async sendPart(name: string, data: Uint8Array, onMoved: OnMoved, signal: AbortSignal): Promise<void> {
    const path = posix.join(await this.#stateFolder(signal), 'parts', name);
    await this.#put(
      path,
      () => pieces(data),
      (bytes) => onMoved({ bytes, files: 0 }),
      signal,
    );
  }

  async hasParts(names: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set();
    const body = `open_state look
[ -n "$STATE" ] && cd "$STATE/parts" || { printf 'DONE\\n'; exit 0; }
for n in ${names.map(quote).join(' ')}; do [ -f "$n" ] && [ "$(hash "$n")" = "$n" ] && printf 'H %s\\n' "$n"; done`;
    const lines = await this.#run(body, signal);
    const asked = new Set(names);
    return new Set(lines.map((line) => line.subarray(2).toString()).filter((name) => asked.has(name)));
  }

  async pack(
    files: readonly { path: string; entry: Entry }[],
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const name = randomBytes(8).toString('hex');
    const content = files.reduce((sum, { entry }) => sum + entry.size, 0);
    const copies = files.map(
      ({ path, entry }, number) =>
        `[ ! -L ${quote(`./${path}`)} ] && [ -f ${quote(`./${path}`)} ] && cp ${quote(`./${path}`)} "$O/${number}" 2>/dev/null && { [ "$(hash "$O/${number}")" = ${entry.hash} ] || rm -f "$O/${number}"; }`,
    );
    const body = `open_state make
O=$STATE/out/${name}.d; mkdir "$O" || fail forbidden "$O"
cd "$ROOT" || fail forbidden "$ROOT"
${copies.join('\n')}
cd "$O"
set --
n=0; while [ $n -lt ${files.length} ]; do [ ! -f $n ] || set -- "$@" $n; n=$((n + 1)); done
for n do printf 'N %s\\n' $n; done
[ $# = 0 ] || e=$( { tar -cf - "$@" | gzip -c > "$STATE/out/${name}"; } 2>&1) || failed_write "$e"
cd "$STATE/out"; rm -rf "$O"
[ ! -f ${name} ] || { printf 'A %s ' "$(stat -c %s ${name})"; hash ${name}; echo; }`;
    const lines = (await this.#run(body, signal)).map((line) => line.toString());
    const there = lines.filter((line) => /^N \d+$/.test(line));
    // The list comes from here.
    const index = Buffer.from(JSON.stringify(files.map(({ path, entry }) => [path, entry.hash, entry.size])));
    const announced = /^A (\d{1,15}) ([0-9a-f]{64})$/.exec(lines.find((line) => line.startsWith('A ')) ?? '');
    const head = [tarHeader(bundleIndexName, index.length), index, padding(index.length)];
    let tar: Uint8Array = new Uint8Array(0);
    if (there.length > 0 && announced?.[1] && announced[2]) {
      const most = content + files.length * 2048 + 65_536;
      const packed = { bytes: Number(announced[1]), sha256: announced[2] };
      tar = plainTar(await this.#fetch(name, packed, most * 1.01, signal), most);
    }
    onMoved({ bytes: content, files: files.length });
    return gzipSync(Buffer.concat([...head, tar, endOfTar()]), { level: 1 });
  }

  async signature(): Promise<never> {
    throw wholeOnly();
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
    const name = randomBytes(8).toString('hex');
    const cuts = ranges.map(([offset, length]) => `tail -c +${offset + 1} "$f" | head -c ${length}`);
    const body = `open_state make
cd "$ROOT" || fail forbidden "$ROOT"
f=./${quote(path)}
if [ -L "$f" ] || [ ! -f "$f" ] || [ "$(stat -c %s -- "$f")" != ${entry.size} ]; then printf 'C\\n'
else
  e=$( { { ${cuts.join('; ')}; } > "$STATE/out/${name}"; } 2>&1) || failed_write "$e"
  printf 'A %s ' "$(stat -c %s "$STATE/out/${name}")"; hash "$STATE/out/${name}"; echo
fi`;
    const lines = (await this.#run(body, signal)).map((line) => line.toString());
    const announced = /^A (\d{1,15}) ([0-9a-f]{64})$/.exec(lines.at(-1) ?? '');
    if (!announced?.[1] || !announced[2] || Number(announced[1]) !== total) return null;
    const bytes = await this.#fetch(name, { bytes: total, sha256: announced[2] }, total, signal);
    onMoved({ bytes: total, files: 0 });
    return bytes;
  }

  async mark(epoch: number, signal: AbortSignal): Promise<void> {
    await this.#run(`open_state make\nlocked\nwrite_marker ${epoch}`, signal);
    if (this.#facts) this.#facts = { ...this.#facts, marker: { rootId: this.#root.rootId, epoch } };
  }

  async wait(signal: AbortSignal): Promise<void> {
    const body = `open_state look
[ -n "$STATE" ] && [ -f "$STATE/print" ] && cd "$ROOT" 2>/dev/null || { printf 'DONE\\n'; exit 0; }
for t in 1 2 3 4 5 6 7 8 9 10 11 12; do
  n=$(${findWords(this.#prune)} -exec stat -c 'E %f %s %Y %Z %i %d %n' -- {} + 2>/dev/null | sha256sum)
  [ "$n" = "$(cat "$STATE/print")" ] || break
  sleep 2
done`;
    await this.#run(body, signal, { deadlineMs: 2 * quickMs });
  }

  async readKept(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    if (!keptNameSchema.safeParse(name).success) throw keptIsGone();
    const body = `open_state look
k=$STATE/kept/${quote(name)}
if [ -L "$k" ]; then printf 'L '; readlink "$k"
elif [ -f "$k" ]; then printf 'K %s\\n' "$(stat -c %s -- "$k")"; fi
printf 'S %s\\n' "$STATE"`;
    const lines = (await this.#run(body, signal)).map((line) => line.toString());
    const size = /^K (\d{1,15})$/.exec(lines[0] ?? '')?.[1];
    const state = lines.at(-1)?.slice(2) ?? '';
    if (lines[0]?.startsWith('L ')) return pieces(Buffer.from(lines[0].slice(2)));
    if (size === undefined) throw keptIsGone();
    const limits = { bytes: Number(size), sha256: null, deadlineMs: quickMs };
    return this.#files.stream(posix.join(state, 'kept', name), limits, this.#signal(signal));
  }

  async dropKept(names: readonly string[], signal: AbortSignal): Promise<void> {
    const good = names.filter((name) => keptNameSchema.safeParse(name).success);
    if (good.length === 0) return;
    await this.#run(
      `open_state look
[ -n "$STATE" ] && cd "$STATE/kept" || { printf 'DONE\\n'; exit 0; }
rm -f -- ${good.map(quote).join(' ')}
find . -mindepth 1 -type d -exec rmdir {} \\; 2>/dev/null`,
      signal,
    );
  }

  async forget(signal: AbortSignal): Promise<void> {
    await this.#run(
      `rm -rf "$BASE/$ID" "$ROOT/.specboard-sync/$ID"
rmdir "$BASE" "$ROOT/.specboard-sync" 2>/dev/null`,
      signal,
    );
    this.#state = null;
    this.#tree = emptyTree;
    this.#rows = '';
    this.#hashed = new Map();
  }

  async close(): Promise<void> {
    this.#closing.abort(new SpecboardError('cancelled', 'The sync was ended.'));
    await this.#turn.catch(() => {});
  }

  /**
   * True where the driver's files do not come to the state in the home folder: from now on it is below the working folder. Only a
   * state without a marker is tried, so that it moves before anything depends on it.
   */
  async #isOutOfReach({ state, marker }: Listing, signal: AbortSignal): Promise<boolean> {
    if (this.#isReached || state === null || marker !== null) return false;
    const { clock, random, port } = this.#options;
    const stop = this.#signal(signal);
    try {
      await withRetries({ clock, random, signal: stop }, () =>
        port.put(posix.join(state, 'in', 'reach'), pieces(new Uint8Array(0)), { deadlineMs: quickMs }, stop),
      );
    } catch (error) {
      if (signal.aborted || !(error instanceof SpecboardError)) throw error;
      this.#isReached = true;
      // Where files go by commands they come everywhere.
      if (error.code === 'python-missing' || this.#isAwayFromHome) return false;
      if (!elsewhereCodes.has(error.code)) throw error;
      await this.#run('rm -rf "$BASE/$ID"; rmdir "$BASE" 2>/dev/null', signal);
      this.#isAwayFromHome = true;
      return true;
    }
    this.#isReached = true;
    return false;
  }

  async #list(hashAll: boolean, signal: AbortSignal): Promise<Listing> {
    const read = this.#read.slice(0, 100);
    const body = scanBody({ prune: this.#prune, hashAll, read });
    const lines = await this.#run(body, signal, { packed: true });
    this.#read = this.#read.filter((name) => !read.includes(name));
    const problem = lines.find((line) => line[0] === 0x50);
    if (problem) throw notListed(problem.subarray(2).toString());
    return readListing(lines);
  }

  /** Files of which no hash is known, or that may have changed since. */
  #unknown(listing: Listing): string[] {
    const asked: string[] = [];
    for (const [path, stat] of listing.stats)
      if ((stat.mode & 0o170000) === 0o100000 && this.#hashed.get(path)?.stat !== stat.text) asked.push(path);
    return asked;
  }

  #take(listing: Listing): RemoteFacts {
    this.#state = listing.state;
    const [caseSensitive = true, unicodeSensitive = true, executableBit = true, links = true] = listing.facts;
    const facts: SideFacts = {
      ...{ caseSensitive, unicodeSensitive, executableBit, links, windowsNames: false },
      freeBytes: listing.freeBytes,
    };
    let marker: Marker | null = null;
    try {
      marker = listing.marker === null ? null : markerSchema.parse(JSON.parse(listing.marker));
    } catch {
      // Damaged: as if there were none.
    }
    this.#facts = { method: 'shell', note, facts, marker, exists: listing.exists };
    return this.#facts;
  }

  /** Makes the tree of what was listed; what cannot be used is told. */
  async #build(
    listing: Listing,
    hashes: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Unusable[]> {
    const rows: unknown[] = [];
    const unusable: Unusable[] = [];
    const refuse = (path: string, reason: Unusable['reason'], detail?: string): void => {
      unusable.push({ path: shownPath(path), side: 'remote', reason, ...(detail ? { detail } : {}) });
    };
    const hashed = new Map<string, Hashed>();
    const closed = new Set(listing.unreadable);
    const broken = new Set(listing.lineBreaks);
    for (const [path, stat] of listing.stats) {
      const type = stat.mode & 0o170000;
      const seconds = stat.modified * 1000;
      if (stat.volume !== listing.volume) refuse(path, 'other-volume');
      else if (type === 0o040000) {
        if (closed.has(path)) refuse(path, 'unreadable');
        else rows.push([path, 'd', 0, 0, 0, '']);
      } else if (type === 0o120000) {
        const target = listing.links.get(path);
        if (target !== undefined) rows.push([path, 'l', 0, 0, 0, target]);
        else if (!broken.has(path)) refuse(path, 'changing');
      } else if (type !== 0o100000) refuse(path, 'special-file');
      else {
        const known = this.#hashed.get(path);
        const hash = hashes.get(path) ?? (known?.stat === stat.text ? known.hash : undefined);
        if (hash === undefined) {
          refuse(path, 'unreadable');
          continue;
        }
        if (stat.changed < listing.now - settledSeconds) hashed.set(path, { stat: stat.text, hash });
        rows.push([path, 'f', stat.size, seconds, stat.mode & 0o100 ? 1 : 0, hash]);
      }
    }
    for (const path of listing.notText) refuse(path, 'name-not-text');
    for (const path of listing.lineBreaks) refuse(path, 'name-not-possible', 'It has a line break in it.');
    const text = JSON.stringify(rows);
    if (text !== this.#rows) {
      const changes = { set: rows, del: [], fresh: true };
      this.#tree = await changeTree(this.#tree, changes, this.#root.windowsNames, this.#signal(signal));
      this.#rows = text;
    }
    this.#hashed = hashed;
    return unusable;
  }

  async #stateFolder(signal: AbortSignal): Promise<string> {
    if (this.#state !== null) return this.#state;
    const lines = await this.#run(`open_state make\nprintf 'S %s\\n' "$STATE"`, signal);
    const state = lines.map((line) => line.toString()).find((line) => line.startsWith('S /'));
    if (state === undefined) throw noShell('no folder for the state');
    this.#state = state.slice(2);
    return this.#state;
  }

  async #fetch(
    name: string,
    announced: { bytes: number; sha256: string },
    most: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (announced.bytes > most)
      throw new SpecboardError('protocol', 'The sandbox answered with more than was asked for.');
    const { clock, random } = this.#options;
    const stop = this.#signal(signal);
    const path = posix.join(await this.#stateFolder(signal), 'out', name);
    const bytes = await withRetries({ clock, random, signal: stop }, () =>
      this.#files.get(path, { ...announced, deadlineMs: quickMs }, stop),
    );
    this.#read.push(name);
    return bytes;
  }

  async #put(
    path: string,
    data: () => AsyncIterable<Uint8Array>,
    onSent: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random } = this.#options;
    const stop = this.#signal(signal);
    const limits = { deadlineMs: workMs, onSent };
    await withRetries({ clock, random, signal: stop }, () => this.#files.put(path, data, limits, stop));
  }

  /** Runs a script; a long one is put first. Its lines. */
  async #run(
    body: string,
    signal: AbortSignal,
    { packed = false, deadlineMs = workMs }: { packed?: boolean; deadlineMs?: number } = {},
  ): Promise<Buffer[]> {
    const { clock, random, port } = this.#options;
    const stop = this.#signal(signal);
    const nonce = randomBytes(8).toString('hex');
    const root = { ...this.#root, isAwayFromHome: this.#isAwayFromHome };
    const text = script(root, nonce, body, packed);
    let command = text;
    if (Buffer.byteLength(text) > mostInline) {
      const path = posix.join(await this.#stateFolder(signal), 'in', `script-${nonce}`);
      await this.#put(
        path,
        () => pieces(Buffer.from(text)),
        () => {},
        signal,
      );
      command = `sh ${quote(path)}; rm -f ${quote(path)}`;
    }
    return withRetries({ clock, random, signal: stop }, async () => {
      const limits = { maxBytes: packed ? mostOutput : 16 * 1024 * 1024, deadlineMs };
      const { stdout, stderr, exitCode } = await port.run(command, limits, stop);
      return readLines(stdout, nonce, `exit code ${exitCode ?? 'none'}; ${stderr.slice(-1000)}`);
    });
  }

  #signal(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => {});
    return next;
  }
}

function wholeOnly(): SpecboardError {
  return new SpecboardError('unsupported', 'Without Python in the sandbox, files are sent as a whole.');
}

function keptIsGone(): SpecboardError {
  return new SpecboardError('not-found', 'That copy is not in the sandbox any more.', {
    hint: 'Copies are kept for 30 days, and go with their sandbox.',
  });
}

function notListed(details: string): SpecboardError {
  return new SpecboardError('unavailable', 'The folder in the sandbox could not be read completely.', {
    kept: 'Nothing was changed.',
    hint: 'Sync again.',
    details,
  });
}
