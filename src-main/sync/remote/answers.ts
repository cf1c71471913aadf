/** What the helper may answer. Strict and bounded: a sandbox may say anything. */
import { z } from 'zod';
import { unusableReasons } from '../types.ts';

/** Entries of a tree, at most. */
export const mostEntries = 2_000_000;

const path = z.string().min(1).max(20_000);
/** A path in the sandbox at which a file is put or read. */
const place = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const snapshotId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);

const common = {
  ok: z.literal(true),
  state: place,
  marker: z.strictObject({ rootId: z.string().max(64), epoch: count }).nullable(),
  exists: z.boolean(),
  python: z.string().max(100),
};

/** See `SideFacts`. */
export const factsSchema = z.strictObject({
  caseSensitive: z.boolean(),
  unicodeSensitive: z.boolean(),
  executableBit: z.boolean(),
  links: z.boolean(),
  windowsNames: z.boolean(),
  freeBytes: z.number().nonnegative().nullable(),
});

/** A kept copy's name: plain words and slashes. */
export const keptNameSchema = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/);

/** Entries and paths are looked at one by one in tree-changes.ts: a hostile one is no reason to lose the others. */
const changes = {
  base: snapshotId.nullable(),
  set: z.array(z.unknown()).max(mostEntries),
  del: z.array(path).max(mostEntries),
};

/** An answer of nothing but what all have. */
export const plainSchema = z.strictObject(common);
/** What every answer has. */
export type Common = z.infer<typeof plainSchema>;

/** `hello` */
export const helloSchema = z.strictObject({ ...common, facts: factsSchema });

/** `scan` */
export const scanSchema = z.strictObject({
  ...common,
  ...changes,
  facts: factsSchema,
  snapshot: snapshotId,
  unusable: z
    .array(z.tuple([path, z.enum(unusableReasons), z.string().max(2000).nullable()]))
    .max(mostEntries),
  /** Copies that were not confirmed: where that is noted, the copy's name, its path, why, then as in an entry of a tree. */
  left: z
    .array(
      z.tuple([
        z.string().regex(/^[A-Za-z0-9_-]{1,64}(?:\.odd)?$/),
        keptNameSchema,
        path,
        z.enum(['replaced', 'deleted']),
        ...([z.unknown(), z.unknown(), z.unknown(), z.unknown(), z.unknown()] as const),
      ]),
    )
    .max(100_000)
    .optional(),
});

/** What came of one item. */
export const resultSchema = z.discriminatedUnion('result', [
  z.strictObject({ result: z.literal('done'), kept: keptNameSchema.nullable() }),
  z.strictObject({ result: z.literal('changed') }),
  z.strictObject({
    result: z.literal('failed'),
    reason: z.enum([...unusableReasons, 'no-space']),
    detail: z.string().max(2000).nullish(),
  }),
]);

/** `apply` */
export const applySchema = z.strictObject({
  ...common,
  ...changes,
  snapshot: snapshotId.nullable(),
  results: z.array(resultSchema).max(100_000),
});

/** Bytes: here, or in a file. */
const inline = { data: z.base64() };
const inFile = { file: place, bytes: count, sha256: hash };

/** `pack` */
export const bytesSchema = z.union([
  z.strictObject({ ...common, ...inline }),
  z.strictObject({ ...common, ...inFile }),
]);

const notSo = z.strictObject({ ...common, changed: z.literal(true) });
const isSo = { ...common, changed: z.literal(false) };

/** `ranges` */
export const rangesSchema = z.union([
  notSo,
  z.strictObject({ ...isSo, ...inline }),
  z.strictObject({ ...isSo, ...inFile }),
]);

/** `sig` */
export const signatureSchema = z.union([
  notSo,
  z.strictObject({ ...isSo, size: count, ...inline }),
  z.strictObject({ ...isSo, size: count, ...inFile }),
]);

/** `parts` */
export const partsSchema = z.strictObject({ ...common, have: z.array(hash).max(100_000) });

/** `wait` */
export const waitSchema = z.strictObject({ ...common, changed: z.boolean() });

/** `kept` */
export const keptSchema = z.strictObject({
  ...common,
  found: z
    .array(
      z.strictObject({
        name: keptNameSchema,
        kind: z.enum(['file', 'link']),
        file: place,
        size: count,
        target: z.string().max(4096).nullable(),
      }),
    )
    .max(10_000),
});

/** `drop` */
export const dropSchema = z.strictObject({ ...common, dropped: count });

/** `forget` */
export const forgetSchema = z.strictObject({ ok: z.literal(true) });
