/** Files of a sandbox as the window sees them: entries, versions, what a preview found. Every text in them is hostile input. */
import { z } from 'zod';

/** Text larger than this is shown in part and cannot be edited here. */
export const maxTextBytes = 2_097_152;
/** Pictures larger than this are not drawn. */
export const maxImageBytes = 16_777_216;
/** Entries of a folder that are listed at most. */
export const maxEntries = 20_000;
/** Bytes of a piece of an upload. */
export const maxPieceBytes = 1_048_576;

/** Where a link leads; `unknown` where nobody looked (in folders with many links), or where looking is not allowed. */
export const linkSchema = z.strictObject({
  target: z.string(),
  leadsTo: z.enum(['file', 'directory', 'other', 'nothing', 'unknown']),
});

/** One entry of a folder. Its path is that of the folder and its name: what the sandbox says of paths is not asked. */
export const fileItemSchema = z.strictObject({
  name: z.string(),
  type: z.enum(['file', 'directory', 'link', 'other']),
  size: z.number(),
  /** ms since the epoch; 0 where the sandbox does not say. */
  modifiedAt: z.number(),
  mode: z.number().optional(),
  link: linkSchema.optional(),
});
/** See `fileItemSchema`. */
export type FileItem = z.infer<typeof fileItemSchema>;

/** What a folder holds. */
export const folderListingSchema = z.strictObject({
  /** Full path of the folder where the driver says it, else as it was asked for. */
  path: z.string(),
  items: z.array(fileItemSchema),
  /** Entries beyond `maxEntries`. */
  more: z.number().int(),
});
/** See `folderListingSchema`. */
export type FolderListing = z.infer<typeof folderListingSchema>;

/**
 * A content that was seen. The hash decides where both sides have one: times of some sandboxes are whole seconds, and a tool
 * may put them back. It is empty for files that are too large to be read for it.
 */
export const fileVersionSchema = z.strictObject({
  modifiedAt: z.number(),
  size: z.number(),
  sha256: z.string().max(64),
});
/** See `fileVersionSchema`. */
export type FileVersion = z.infer<typeof fileVersionSchema>;

/** True where both are the same content, as far as can be told. */
export function isSameContent(one: FileVersion, other: FileVersion): boolean {
  if (one.sha256 !== '' && other.sha256 !== '') return one.sha256 === other.sha256;
  return one.size === other.size && one.modifiedAt === other.modifiedAt;
}

/** Formats of pictures that are drawn. */
export const imageTypes = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/bmp',
  'image/x-icon',
  'image/svg+xml',
] as const;

const about = { size: z.number(), modifiedAt: z.number() };

/** What is behind a path. */
export const filePreviewSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('text'),
    ...about,
    text: z.string(),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be']),
    /** False where bytes of it are no text of that encoding; they are shown as U+FFFD, and must not be written back. */
    valid: z.boolean(),
    /** There is more than `maxTextBytes`. */
    truncated: z.boolean(),
    /** Null where it cannot be edited here: not valid, not whole, not UTF-8. */
    version: fileVersionSchema.nullable(),
  }),
  z.strictObject({ kind: z.literal('image'), ...about, mime: z.enum(imageTypes) }),
  z.strictObject({ kind: z.literal('binary'), ...about }),
  z.strictObject({ kind: z.literal('directory'), modifiedAt: z.number() }),
  /** A device, a pipe, a socket. */
  z.strictObject({ kind: z.literal('other') }),
  z.strictObject({ kind: z.literal('broken-link'), target: z.string() }),
]);
/** See `filePreviewSchema`. */
export type FilePreview = z.infer<typeof filePreviewSchema>;

/** What became of a text that was to be saved. */
export const savedSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('saved'), version: fileVersionSchema }),
  /** Nothing was written: what is there now is not what was expected. `theirs` is null where the file is gone. */
  z.strictObject({ outcome: z.literal('conflict'), theirs: fileVersionSchema.nullable() }),
]);
/** See `savedSchema`. */
export type Saved = z.infer<typeof savedSchema>;

/** How far a transfer is. */
export const transferProgressSchema = z.strictObject({
  bytes: z.number(),
  /** All bytes there will be; null where nobody knows before the end (folders of a sandbox). */
  total: z.number().nullable(),
  /** What is on its way now. */
  name: z.string(),
});
/** See `transferProgressSchema`. */
export type TransferProgress = z.infer<typeof transferProgressSchema>;

/** What a transfer brought. */
export const transferEndSchema = z.strictObject({
  files: z.number().int(),
  bytes: z.number(),
  /** Where it is now, for a person: a path in the sandbox, or the name of the place on this computer. */
  place: z.string(),
  /** Entries that the person chose to skip. */
  skipped: z.number().int(),
  leftOut: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  leftOutMore: z.number().int(),
});
/** See `transferEndSchema`. */
export type TransferEnd = z.infer<typeof transferEndSchema>;

/** What to do with names that are in the folder already. */
export type ClashAnswer = 'replace' | 'keep-both' | 'skip' | 'cancel';

/** The system's dialogs. Null: cancelled. */
export interface DownloadDialogs {
  /** A file to save to; the system has asked about replacing. */
  saveFile(name: string): Promise<string | null>;
  chooseFolder(): Promise<string | null>;
  /** Asked once, for all of these names. */
  askClash(names: readonly string[]): Promise<ClashAnswer>;
}
