/** Terminals in the sandboxes of sessions. Their output comes through the stream `terminal`. */
import { z } from 'zod';
import { terminalSchema, terminalSizeSchema } from '../domain/terminal.ts';
import { maxTerminalInput } from '../domain/terminal-limits.ts';
import { idSchema } from './ids.ts';

const done = z.null();
const size = terminalSizeSchema.shape;

/** The operations of this group; see operations.ts. */
export const terminalOperations = {
  /** Opens one with the sandbox's shell in it; resolves once the shell runs. `cwd`: a folder of the sandbox. */
  'terminals.open': {
    input: z.strictObject({ sessionId: idSchema, ...size, cwd: z.string().min(1).max(4096).optional() }),
    output: terminalSchema,
  },
  /** Keys and pasted text. `gone` where no shell is there: nothing is kept for later. */
  'terminals.write': {
    input: z.strictObject({
      terminalId: idSchema,
      data: z.instanceof(Uint8Array).refine((bytes) => bytes.length > 0 && bytes.length <= maxTerminalInput),
    }),
    output: done,
  },
  'terminals.resize': { input: z.strictObject({ terminalId: idSchema, ...size }), output: done },
  /** Ends the shell and forgets its text. */
  'terminals.close': { input: z.strictObject({ terminalId: idSchema }), output: done },
  /** A fresh shell below the text of the one that ended; in the session that has the sandbox now. */
  'terminals.reopen': {
    input: z.strictObject({ terminalId: idSchema, ...size }),
    output: terminalSchema,
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
