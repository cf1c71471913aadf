/**
 * The streams of `window.specboard`: a request that answers with many frames over its own MessagePort.
 * Down (main -> renderer): open, data, end or fail. Up: ack (bytes shown), cancel. The port's closing means "detached"
 * (the window reloaded), never "cancelled".
 */
import { z } from 'zod';
import {
  executionResultSchema,
  executionSchema,
  languages,
  storedOutputSchema,
} from '../domain/execution.ts';
import { transferEndSchema, transferProgressSchema } from '../domain/file.ts';
import { metricsSampleSchema } from '../domain/metrics.ts';
import { terminalEventSchema, terminalSchema } from '../domain/terminal.ts';
import type { problemSchema } from './errors.ts';
import { remotePathSchema } from './file-operations.ts';
import { idSchema } from './ids.ts';

/** Bytes a stream may be ahead of its reader. electron.md, fact 8: without a window RSS grows with the output. */
export const creditWindowBytes = 1_048_576;

/** The streams: what each takes, what its data frames carry, and what ends it. */
export const streams = {
  /** Runs code; streams its output. */
  execute: {
    input: z.strictObject({
      sessionId: idSchema,
      language: z.enum(languages),
      code: z.string().max(8_388_608),
      /** Deadline; none means no deadline. */
      timeoutMs: z
        .number()
        .int()
        .min(1)
        .max(7 * 86_400_000)
        .optional(),
    }),
    open: executionSchema,
    data: z.array(storedOutputSchema),
    end: executionResultSchema,
  },
  /** Follows an execution from an output position on: after a reload, or one that another window started. */
  attach: {
    input: z.strictObject({ executionId: idSchema, fromSeq: z.number().int().min(0) }),
    open: executionSchema,
    data: z.array(storedOutputSchema),
    end: executionResultSchema,
  },
  /** Readings of a session while somebody looks: first those of the last hour that are kept. Ends with the session. */
  metrics: {
    input: z.strictObject({ sessionId: idSchema }),
    open: z.null(),
    data: z.array(metricsSampleSchema),
    end: z.null(),
  },
  /**
   * Brings files and folders here; main asks where to. Ends with null where the person wants nothing after all. A transfer lives
   * with its window: the closing of its port cancels it, and nothing half-written stays.
   */
  download: {
    input: z.strictObject({ sessionId: idSchema, paths: z.array(remotePathSchema).min(1).max(1000) }),
    open: z.null(),
    data: transferProgressSchema,
    end: transferEndSchema.nullable(),
  },
  /**
   * Takes one file or one folder of this computer into the sandbox; its bytes come by `files.uploadPiece`. `replace` allows to
   * replace a file, or to merge into a folder. Lives with its window, as `download` does.
   */
  upload: {
    input: z.strictObject({
      sessionId: idSchema,
      path: remotePathSchema,
      folder: z.boolean(),
      /** Bytes that will come. */
      size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
      replace: z.boolean(),
    }),
    open: z.strictObject({ uploadId: idSchema }),
    data: transferProgressSchema,
    end: transferEndSchema,
  },
  /** Looks at a terminal: first what its screen shows, then what comes. The closing of its port ends nothing. */
  terminal: {
    input: z.strictObject({ terminalId: idSchema }),
    open: terminalSchema,
    data: terminalEventSchema,
    end: terminalSchema,
  },
} as const satisfies Record<string, { input: z.ZodType; open: z.ZodType; data: z.ZodType; end: z.ZodType }>;

/** All streams. */
export type Streams = typeof streams;
/** Name of a stream; also its channel, behind `specboard:`. */
export type StreamName = keyof Streams;
/** What a stream takes. */
export type StreamInput<N extends StreamName> = z.input<Streams[N]['input']>;
/** First frame's value. */
export type StreamOpen<N extends StreamName> = z.output<Streams[N]['open']>;
/** A data frame's value. */
export type StreamData<N extends StreamName> = z.output<Streams[N]['data']>;
/** Last frame's value. */
export type StreamEnd<N extends StreamName> = z.output<Streams[N]['end']>;

/** A frame from main. `cost` is what the reader must ack (bytes). */
export type Frame<N extends StreamName> =
  | { type: 'open'; value: StreamOpen<N> }
  | { type: 'data'; value: StreamData<N>; cost: number }
  | { type: 'end'; value: StreamEnd<N> }
  | { type: 'fail'; error: z.infer<typeof problemSchema> };

/** A frame from the renderer. */
export const upFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ack'), cost: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('cancel'), force: z.boolean() }),
]);
/** See `upFrameSchema`. */
export type UpFrame = z.infer<typeof upFrameSchema>;
