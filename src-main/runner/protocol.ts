/** What the runner may say. Every frame is hostile input: it comes from where the person's code runs. */
import { z } from 'zod';

const id = z.string().max(200);
const cost = z
  .number()
  .int()
  .min(0)
  .max(64 * 1024 * 1024);
const words = z.string().max(1_000_000);

const errorSchema = z.object({
  name: words,
  value: words,
  traceback: words,
  line: z.number().int().optional(),
  module: z.string().max(1000).optional(),
});

const readySchema = z.object({
  ev: z.literal('ready'),
  v: z.literal(1),
  python: words,
  executable: words,
  prefix: words,
  platform: words,
  pid: z.number().int(),
  cwd: words,
  window: cost,
});

const frameSchema = z.discriminatedUnion('ev', [
  readySchema,
  z.object({ ev: z.literal('start'), id, n: z.number().optional(), pid: z.number().int().optional() }),
  z.object({
    ev: z.literal('out'),
    id,
    s: z.enum(['stdout', 'stderr']),
    c: cost,
    text: z.string().optional(),
    b64: z.string().optional(),
  }),
  z.object({
    ev: z.literal('rich'),
    id,
    role: z.enum(['display', 'result']),
    data: z.record(z.string().max(200), z.json()),
    cut: z.record(z.string().max(200), z.number()).nullish(),
    c: cost,
  }),
  z.object({
    ev: z.literal('done'),
    id,
    status: z.enum(['ok', 'error', 'exit', 'killed', 'died', 'cancelled']),
    cancelled: z.enum(['queued', 'interrupted', 'killed']).optional(),
    ms: z.number().min(0),
    code: z.number().int().nullish(),
    signal: z.string().max(40).nullish(),
    error: errorSchema.nullish(),
    kernelLost: z.boolean().optional(),
  }),
  z.object({ ev: z.literal('kernel'), state: z.literal('lost'), reason: words }),
  z.object({
    ev: z.literal('reply'),
    req: z.number().int(),
    value: z.json().optional(),
    error: words.optional(),
    open: z.boolean().optional(),
  }),
  z.object({
    ev: z.literal('refused'),
    req: z.number().int().nullish(),
    id: id.nullish(),
    message: words,
  }),
]);

/** One frame of the runner, checked. */
export type RunnerFrame = z.infer<typeof frameSchema>;
/** How an execution ended, in the runner's words. */
export type DoneFrame = Extract<RunnerFrame, { ev: 'done' }>;

/** What the runner says about itself when it is ready. */
export type RunnerInfo = Omit<z.infer<typeof readySchema>, 'ev' | 'v'>;

const bytesMark = ',"b64":"';

/** A frame with its number; null where the line is not one of ours. `seq` rises by one from 1. */
export function parseFrame(line: string): { frame: RunnerFrame; seq: number | null } | null {
  // Bytes are most of what comes when files are transferred: they are cut out, so that they are not copied once more.
  const from = line.startsWith('{"ev":"out"') ? line.indexOf(bytesMark) : -1;
  const to = from < 0 ? -1 : line.indexOf('"', from + bytesMark.length);
  let value: unknown;
  try {
    value = JSON.parse(to < 0 ? line : line.slice(0, from) + line.slice(to + 1));
  } catch {
    return null;
  }
  const parsed = frameSchema.safeParse(value);
  if (!parsed.success) return null;
  if (to >= 0 && parsed.data.ev === 'out') parsed.data.b64 = line.slice(from + bytesMark.length, to);
  const seq = (value as { q?: unknown }).q;
  return { frame: parsed.data, seq: typeof seq === 'number' ? seq : null };
}

/** Usage of everything the runner started. `cpuPercent` is of one core since the last question, null at the first. */
export const usageSchema = z.object({
  cpuMs: z.number(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number(),
  processes: z.number().int(),
  /** Bytes of all interfaces but loopback since they are there; null where the system does not say. */
  network: z.object({ received: z.number(), sent: z.number() }).nullish(),
});
/** See `usageSchema`. */
export type RunnerUsage = z.infer<typeof usageSchema>;

/** What could install packages where the runner runs; paths there. */
export const toolsSchema = z.object({
  python: words,
  prefix: words,
  basePrefix: words,
  uv: words.nullable(),
  pip: z.boolean(),
  /** The interpreter a virtual environment was made from, where that one has pip. */
  basePython: words.nullable(),
});
/** See `toolsSchema`. */
export type RunnerTools = z.infer<typeof toolsSchema>;

/** An import that cannot be found. `conditional`: inside try, if or a function; the code may do without it. */
export const missingImportSchema = z.object({ name: z.string().max(1000), conditional: z.boolean() });
/** See `missingImportSchema`. */
export type MissingImport = z.infer<typeof missingImportSchema>;

/** Completions for the end of a text: `stem` is what they complete. */
export const completionSchema = z.object({
  stem: words,
  matches: z.array(words).max(1000),
  busy: z.boolean().optional(),
});
/** See `completionSchema`. */
export type Completion = z.infer<typeof completionSchema>;
