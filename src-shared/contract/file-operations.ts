/** Files of sandboxes: looked at, edited and moved. Transfers are streams; the bytes of an upload come by `files.uploadPiece`. */
import { z } from 'zod';
import {
  filePreviewSchema,
  fileVersionSchema,
  folderListingSchema,
  imageTypes,
  maxPieceBytes,
  maxTextBytes,
  savedSchema,
} from '../domain/file.ts';
import { idSchema } from './ids.ts';

/** A path in a sandbox. Which ones may be reached is the driver's to say. */
export const remotePathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'));
/** A path inside of an uploaded folder: no way up, no root. */
export const innerPathSchema = remotePathSchema.refine((path) =>
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
);

const at = z.strictObject({ sessionId: idSchema, path: remotePathSchema });
const fromTo = z.strictObject({ sessionId: idSchema, from: remotePathSchema, to: remotePathSchema });
const done = z.null();

/** The operations of this group; see operations.ts. */
export const fileOperations = {
  /** What a folder holds. `.` is the working folder of the session. */
  'files.list': { input: at, output: folderListingSchema },
  /** What is behind a path, links followed: text with its content, pictures and the rest without. */
  'files.readText': { input: at, output: filePreviewSchema },
  /** The bytes of a picture. `unsupported` for what is none, or too large. */
  'files.readImage': {
    input: at,
    output: z.strictObject({ mime: z.enum(imageTypes), bytes: z.instanceof(Uint8Array) }),
  },
  /**
   * Writes a text where the file still is what `expected` says; null: where there is none. The mode of a file stays. A file that
   * is something else by now is a result (`conflict`), not an error.
   */
  'files.write': {
    input: z.strictObject({
      sessionId: idSchema,
      path: remotePathSchema,
      /** UTF-8 makes at most three bytes of a character, of which the limit of reading is the bound here too. */
      text: z.string().max(2 * maxTextBytes),
      expected: fileVersionSchema.nullable(),
    }),
    output: savedSchema,
  },
  /** Copies a file inside of the sandbox. `conflict` where something has that name. */
  'files.copy': { input: fromTo, output: done },
  /** Moves or renames. `conflict` where something has that name. */
  'files.move': { input: fromTo, output: done },
  /** Makes a folder. `conflict` where something has that name. */
  'files.makeDir': { input: at, output: done },
  /** Removes a file, a link, or a folder with all that is in it. */
  'files.remove': { input: at, output: done },
  /**
   * The next bytes of an upload that this window began. Resolves once they have been taken: the sender waits for that. `entry`
   * begins a file or a folder inside of an uploaded folder; bytes without one go on with the last. False: nothing more is wanted,
   * and the stream says why.
   */
  'files.uploadPiece': {
    input: z.strictObject({
      uploadId: idSchema,
      pieces: z
        .array(
          z.strictObject({
            entry: z
              .strictObject({
                path: innerPathSchema,
                folder: z.boolean(),
                size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
                modifiedAt: z.number().min(0).max(8.64e15),
              })
              .nullable(),
            bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.length <= maxPieceBytes),
          }),
        )
        .max(256)
        .refine((pieces) => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) <= maxPieceBytes),
      last: z.boolean(),
    }),
    output: z.boolean(),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
