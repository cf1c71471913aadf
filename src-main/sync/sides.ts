/**
 * The two sides of a sync as the cycle sees them. `LocalSide` (local/) works in a worker thread on this computer's folder;
 * `RemoteSide` (remote/) works through nothing but a driver's files and commands, with as few requests as can be.
 * Both stage, verify and rename: no path ever shows half a file, and what was there before is kept.
 */
import type { BlockSignature } from './delta/block-signature.ts';
import type { ExclusionRules } from './rules/exclusion-rules.ts';
import type { ApplyItem, ApplyResult, Entry, Excluded, Marker, Scan, SideFacts, Unusable } from './types.ts';

/** Bytes of content and files that this call handed over so far, for progress; called as often as something moves. */
export type OnMoved = (moved: { bytes: number; files: number }) => void;

/** Options of a scan. */
export interface ScanOptions {
  /** Hash everything, whatever size and times say. */
  checksum: boolean;
  rules: ExclusionRules;
}

/** This computer's folder. One at a time uses it (the root's lock). Bytes that are given to it are its own: they may be empty then. */
export interface LocalSide {
  /** Throws `not-found` where the folder is gone or no folder. `identity` changes when another folder stands there. */
  open(signal: AbortSignal): Promise<{ facts: SideFacts; identity: string }>;
  /**
   * Reads the exclusion files on the way: they decide for both sides. `prune` are plain folder names that no rule takes in
   * again, which the other side need not list.
   */
  scan(
    options: Omit<ScanOptions, 'rules'> & { exclusions: ExclusionChoice },
    signal: AbortSignal,
  ): Promise<Scan & { rules: ExclusionRules }>;
  /** The rules as far as the root's own folder tells them: with these the sandbox can be looked at beside the first scan here. */
  firstRules?(exclusions: ExclusionChoice, signal: AbortSignal): Promise<ExclusionRules>;
  /**
   * Makes what `RemoteSide.apply` sends: a tar.gz, in a temporary file, whose first member is the list of items (see
   * remote/README.md) and the rest their bytes. A file that is not what its entry says is left out and told as `changed`.
   */
  pack(items: readonly UploadItem[], signal: AbortSignal): Promise<PackedBundle>;
  /** Puts the files of a bundle that came from the sandbox into staging; gives the paths whose bytes are not what was asked for. */
  stage(
    bundle: Uint8Array,
    wanted: readonly { path: string; entry: Entry }[],
    signal: AbortSignal,
  ): Promise<{ bad: string[] }>;
  /** Begins or goes on with a staged file in pieces: how many bytes of it are there (after a break). */
  stagedBytes(entry: Entry): Promise<number>;
  /** Appends to it. */
  stagePiece(entry: Entry, offset: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * Builds a staged file from pieces of our old file and from bytes that came; false where the hash is not the entry's (then
   * the whole file is needed). `spans` are in the order of the new file.
   */
  stageDelta(
    basePath: string,
    entry: Entry,
    spans: readonly DeltaSpan[],
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Where the blocks of a remote file are in our old one (`basePath`), and which byte ranges of it are missing. */
  findBlocks(
    basePath: string,
    signature: BlockSignature,
    size: number,
    signal: AbortSignal,
  ): Promise<{ spans: DeltaSpan[]; missing: [offset: number, length: number][] }>;
  /** Block signatures of a local file, for the cache of the ancestor. */
  signature(
    path: string,
    entry: Entry,
    blockSize: number,
    signal: AbortSignal,
  ): Promise<BlockSignature | null>;
  /**
   * Names (SHA-256) of the pieces of a file that is too large for a bundle, each of `partBytes` but the last, for
   * `RemoteSide.sendPart`; null where the file is not what its entry says.
   */
  parts(path: string, entry: Entry, partBytes: number, signal: AbortSignal): Promise<string[] | null>;
  /** Bytes of a file as it is now; fewer at its end. */
  readPiece(path: string, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Applies in order; `put` takes the staged file of its entry's hash, or copies. Syncs to disk before it renames. */
  apply(cycle: string, items: readonly ApplyItem[], signal: AbortSignal): Promise<ApplyResult[]>;
  /** Puts right what a crash left between two steps. Before the first scan. */
  recover(): Promise<void>;
  /**
   * Kept copies whose apply may not have been told to anybody, because a crash came before its results were stored: for the
   * history. The same ones, and ones that were told, are given until the next apply: go by their names.
   */
  leftCopies?(): Promise<readonly LeftCopy[]>;
  /** A copy of what apply replaced or removed, or of what came from the sandbox's kept copies. */
  readKept(name: string): Promise<string>;
  /** Stores bytes as a kept copy. */
  keep(entry: Entry, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string>;
  /** Keeps a copy of the file as it is. */
  keepFile(path: string, entry: Entry, signal: AbortSignal): Promise<string>;
  dropKept(names: readonly string[]): Promise<void>;
  /** Calls back when something may have changed in what the rules do not exclude; dispose the result. */
  watch(rules: ExclusionRules, onChange: () => void): Disposable & { readonly degraded: string | null };
  /** The pair is taken apart: removes what SpecBoard keeps of this root here, kept copies included. */
  forget(): Promise<void>;
  /** Ends the worker's jobs of this root. */
  close(): Promise<void>;
}

/** A kept copy that apply made of `path`. */
export interface LeftCopy {
  readonly cycle: string;
  readonly name: string;
  readonly path: string;
  readonly entry: Entry;
  /** `replaced` where it is not said. */
  readonly why?: 'replaced' | 'deleted';
}

/** An item for the sandbox with what is needed to send it. */
export type UploadItem = ApplyItem & {
  /** Of `put` with source `delta`: the signature of what the sandbox has. */
  readonly signature?: BlockSignature;
  /** Of `put` with source `data`: its bytes were sent before, in these pieces; none travel in the bundle. */
  readonly parts?: readonly string[];
};

/** A piece of a new file: from the old file at `at`, or (`at` null) from the bytes that came. */
export interface DeltaSpan {
  readonly at: number | null;
  readonly length: number;
}

/** What `LocalSide.pack` made. Dispose it: the file goes. */
export interface PackedBundle extends AsyncDisposable {
  readonly file: string;
  readonly bytes: number;
  readonly hash: string;
  /** What is in it, in order; `changed` were not what their entries said. */
  readonly items: readonly ApplyItem[];
  readonly changed: readonly ApplyItem[];
  /** `delta` items with which a delta does not pay (more than 70 % would travel): left out, send them whole. */
  readonly whole: readonly ApplyItem[];
  /** Bytes of file content that travel in it, before compression. */
  readonly content: number;
}

/** What of the usual exclusions is wanted, and the profile's own. */
export interface ExclusionChoice {
  readonly defaults: boolean;
  readonly secrets: boolean;
  readonly gitignore: boolean;
  readonly patterns: readonly string[];
}

/** How the sandbox is reached. */
export interface RemoteFacts {
  /** `shell`: no Python there; whole files only, and `note` says so. */
  readonly method: 'python' | 'shell';
  readonly note: string | null;
  readonly facts: SideFacts;
  /** Null: this root was never synced with this sandbox. */
  readonly marker: Marker | null;
  /** The folder is there. */
  readonly exists: boolean;
}

/** The sandbox's folder. Calls throw SpecboardErrors: `unreachable`, `gone`, `no-space`, `protocol`, `cancelled`... */
export interface RemoteSide {
  /** What is known from the last scan or hello; null before the first. */
  readonly facts: RemoteFacts | null;
  /** Counts since the beginning: what the goals of docs/performance.md are about. */
  readonly traffic: { readonly requests: number; readonly bytesUp: number; readonly bytesDown: number };
  /** One request where nothing changed since the last scan. What the rules exclude is left out. */
  scan(
    options: ScanOptions,
    signal: AbortSignal,
  ): Promise<Scan & { remote: RemoteFacts; excluded: Excluded[] }>;
  /**
   * The last scan, told with other rules; null where it has to be asked for: folders that these take in were not even listed. No
   * request.
   */
  again?(
    rules: ExclusionRules,
    signal: AbortSignal,
  ): Promise<(Scan & { remote: RemoteFacts; excluded: Excluded[] }) | null>;
  /** Sends a bundle and applies it: two requests, one where it is small. Idempotent: an item that is done already is `done`. */
  apply(
    cycle: string,
    epoch: number,
    bundle: PackedBundle,
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<ApplyResult[]>;
  /** Sends a piece of a large file into staging, named by content, so that it is not sent again after a break. */
  sendPart(name: string, data: Uint8Array, onMoved: OnMoved, signal: AbortSignal): Promise<void>;
  /** Which of these parts are there already. */
  hasParts(names: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Many small files as one tar.gz for `LocalSide.stage`. Files that changed are missing in it. */
  pack(
    files: readonly { path: string; entry: Entry }[],
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** Block signatures of a file that has this entry's hash; null where it is something else by now. */
  signature(
    path: string,
    entry: Entry,
    blockSize: number,
    signal: AbortSignal,
  ): Promise<BlockSignature | null>;
  /** Byte ranges of such a file, one after the other; null where it is something else by now. */
  ranges(
    path: string,
    entry: Entry,
    ranges: readonly [offset: number, length: number][],
    onMoved: OnMoved,
    signal: AbortSignal,
  ): Promise<Uint8Array | null>;
  /** Says in the marker that this epoch is reached. */
  mark(epoch: number, signal: AbortSignal): Promise<void>;
  /**
   * Kept copies of which no answer told anybody that is known of (it was lost, or the process ended before its results were stored),
   * as of the last scan: for the history, by their names.
   */
  leftCopies?(): readonly LeftCopy[];
  /** The copies of a cycle (null: those of `leftCopies`) are in the history: the next scan says so, and they are not told again. */
  keptStored?(cycle: string | null): void;
  /** Resolves once something may have changed, or after about 25 s. One request. */
  wait(signal: AbortSignal): Promise<void>;
  /** Bytes of a kept copy. `not-found` where it is gone. */
  readKept(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  dropKept(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Removes what SpecBoard put there, kept copies included. */
  forget(signal: AbortSignal): Promise<void>;
  /** Ends what it runs there. */
  close(): Promise<void>;
}

/** A scan's problems of both sides in one list, for those who show them. */
export type Problems = readonly Unusable[];
