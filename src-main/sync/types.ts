/**
 * What the stages of a sync hand to one another: trees, scans, decisions and the items that are applied. Plain values, so that
 * they go to a worker and back. Paths are relative to the synced folder, with `/`, without `.` or `..`.
 */
import type { SyncConflictKind, SyncSide } from '../../src-shared/domain/sync.ts';

/** One thing in a tree. `hash` and `executable` decide whether two are the same; times never do (clocks differ). */
export interface Entry {
  readonly kind: 'file' | 'directory' | 'link';
  /** Bytes of a file; 0 for the rest. */
  readonly size: number;
  /** ms since the epoch, whole; of a file: carried to the other side. 0 for the rest. */
  readonly modifiedAt: number;
  readonly executable: boolean;
  /** SHA-256 in hex: of a file's bytes, of a link's target in UTF-8; empty for a folder. */
  readonly hash: string;
  /** Of a link. */
  readonly target: string | null;
}

/** A side's tree, or what both last agreed on. */
export type Tree = ReadonlyMap<string, Entry>;

/** Why something in a tree takes no part. Nothing at or below its path is ever deleted, replaced or taken for deleted. */
export const unusableReasons = [
  'unreadable', // no permission, or an error of the disk
  'special-file', // a socket, a device, a pipe
  'link-leads-out', // absolute, or up and out of the synced folder
  'name-not-text', // bytes that are no UTF-8
  'name-not-possible', // cannot exist on the other system: a device name, a trailing dot, a forbidden character
  'name-too-long',
  'too-deep',
  'other-volume', // a mount point
  'changing', // it changed while it was read, several times
  'hostile-name', // `..`, absolute, NUL: only a sandbox that lies says so
  'read-only', // could not be written
  'too-large',
  'link-not-possible', // that system has no links, or needs a privilege for them
  'exclusions-not-read', // a folder whose exclusion file cannot be read or is too large: what it holds back must not travel
  'not-empty', // a folder that the other side deleted, and that still holds what is left out of the sync
] as const;
/** One of `unusableReasons`. */
export type UnusableReason = (typeof unusableReasons)[number];

/** See `unusableReasons`. */
export interface Unusable {
  readonly path: string;
  readonly side: SyncSide;
  readonly reason: UnusableReason;
  /** For people, where there is more to say than the reason does. */
  readonly detail?: string;
}

/** A path that a rule leaves out. It is invisible: neither synced nor deleted, on either side. Below a folder none are listed. */
export interface Excluded {
  readonly path: string;
  readonly side: SyncSide;
  readonly directory: boolean;
  /** Where the rule stands: `.gitignore`, `src/.gitignore`, `.specboardignore`, `profile`, `defaults`, `secrets`, `specboard`. */
  readonly source: string;
  /** From 1; 0 where it is no file. */
  readonly line: number;
  readonly pattern: string;
}

/** A side as it was when somebody looked. */
export interface Scan {
  readonly entries: Map<string, Entry>;
  readonly unusable: Unusable[];
  /** At most a thousand; `excludedCount` has them all. */
  readonly excluded: Excluded[];
  readonly excludedCount: number;
}

/** What a side's file system can do, found by trying. */
export interface SideFacts {
  readonly caseSensitive: boolean;
  /** Two spellings of a name (NFC, NFD) are two files. */
  readonly unicodeSensitive: boolean;
  readonly executableBit: boolean;
  readonly links: boolean;
  /** Names that Windows cannot have are refused. */
  readonly windowsNames: boolean;
  /** Bytes; null where it cannot be told. */
  readonly freeBytes: number | null;
}

/** One path's outcome of the three-way comparison. What is the same everywhere is not listed. */
export type Decision =
  | { readonly action: 'adopt'; readonly path: string; readonly entry: Entry }
  | { readonly action: 'forget'; readonly path: string }
  | {
      readonly action: 'upload' | 'download';
      readonly path: string;
      /** Null: delete. */
      readonly entry: Entry | null;
      /** What the target side has there now; null: nothing. */
      readonly over: Entry | null;
    }
  | {
      readonly action: 'conflict';
      readonly path: string;
      readonly kind: SyncConflictKind;
      readonly base: Entry | null;
      readonly local: Entry | null;
      readonly remote: Entry | null;
      /** The other paths of a name clash. */
      readonly others?: readonly string[];
    }
  /** One-way modes: the target differs, and it is not this mode's business. */
  | {
      readonly action: 'leave';
      readonly path: string;
      readonly local: Entry | null;
      readonly remote: Entry | null;
    };

/** Where the bytes of a file come from on the side that gets it. */
export type Source =
  /** They travel whole. */
  | { readonly from: 'data' }
  /** The target has the same content under another path (a rename, a copy). */
  | { readonly from: 'copy'; readonly path: string }
  /** Pieces of what the target has at `path`, and what is missing: `baseHash` is checked before. */
  | { readonly from: 'delta'; readonly path: string; readonly baseHash: string };

/** One step on one side. `over` is what must be there for it to happen; null: nothing. Applied in order. */
export type ApplyItem =
  | {
      readonly do: 'put';
      readonly path: string;
      readonly entry: Entry;
      readonly over: Entry | null;
      readonly source: Source;
    }
  | { readonly do: 'directory'; readonly path: string; readonly over: Entry | null }
  | { readonly do: 'link'; readonly path: string; readonly entry: Entry; readonly over: Entry | null }
  | { readonly do: 'mode'; readonly path: string; readonly executable: boolean; readonly over: Entry }
  /** A folder goes only when it is empty by then. */
  | { readonly do: 'remove'; readonly path: string; readonly over: Entry }
  /** Only for a name that changes its case or spelling on a side that does not tell them apart. */
  | { readonly do: 'rename'; readonly path: string; readonly to: string; readonly over: Entry };

/** What came of an item. */
export type ApplyResult =
  /** `kept`: name of the copy of what was there before, in that side's history; null where nothing was. */
  | { readonly result: 'done'; readonly kept: string | null }
  /** Somebody changed it meanwhile: nothing was done, the next cycle looks again. */
  | { readonly result: 'changed' }
  | { readonly result: 'failed'; readonly reason: UnusableReason | 'no-space'; readonly detail?: string };

/** What a root's marker in the sandbox says. */
export interface Marker {
  readonly rootId: string;
  /** Rises with every cycle that changed something. */
  readonly epoch: number;
}
