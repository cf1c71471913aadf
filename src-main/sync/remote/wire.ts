/** How a request becomes a word of a command, and where in a command's output the answer is. The form is in README.md. */
import { promisify } from 'node:util';
import { deflateSync, inflate, type ZlibOptions } from 'node:zlib';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { GarbledAnswer } from './retry.ts';

/** Longer requests are put as a file. */
export const mostInlineRequest = 90 * 1024;
/** Shorter ones are not worth compressing. */
const leastCompressed = 1024;
/** What an answer in a line may unpack to; longer ones come in files. */
const mostLineBytes = 64 * 1024 * 1024;
/** What an answer may unpack to: two million entries are below. */
const mostAnswerBytes = 512 * 1024 * 1024;

/** A request as it travels: a word, or where that is too long the bytes of a file. */
export type EncodedRequest = { readonly word: string } | { readonly file: Uint8Array };

/** Encodes a request. */
export function encodeRequest(request: object): EncodedRequest {
  const json = Buffer.from(JSON.stringify(request));
  if (json.length <= leastCompressed) return { word: json.toString('base64') };
  const packed = deflateSync(json);
  const word = `z${packed.toString('base64')}`;
  return word.length <= mostInlineRequest ? { word } : { file: packed };
}

const elsewhereSchema = z.strictObject({
  at: z.string().min(1).max(4096).startsWith('/'),
  bytes: z.int().nonnegative().max(mostAnswerBytes),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** An answer that waits in a file of the sandbox. */
export type Elsewhere = z.infer<typeof elsewhereSchema>;

const answerLine = /^SYNCKIT 1 ([A-Za-z0-9+/]+={0,2})\r?$/gm;

/**
 * The answer in a command's output: what it says, or where it is. Null where there is no line of an answer; throws
 * `GarbledAnswer` for one that is damaged.
 */
export async function findAnswer(
  stdout: Uint8Array,
): Promise<{ value: unknown } | { elsewhere: Elsewhere } | null> {
  const text = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength).toString('latin1');
  let last: string | undefined;
  for (const match of text.matchAll(answerLine)) last = match[1];
  if (last === undefined) return null;
  const value = await decodeAnswer(Buffer.from(last, 'base64'), mostLineBytes);
  const elsewhere = elsewhereSchema.safeParse(value);
  return elsewhere.success ? { elsewhere: elsewhere.data } : { value };
}

/** Unpacks an answer, off the main thread and bounded. */
export async function decodeAnswer(packed: Uint8Array, maxOutputLength = mostAnswerBytes): Promise<unknown> {
  let json: Buffer;
  try {
    json = await promisify<Uint8Array, ZlibOptions, Buffer>(inflate)(packed, { maxOutputLength });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong();
    throw new GarbledAnswer('the answer is cut off or damaged');
  }
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw new GarbledAnswer('the answer is no JSON');
  }
}

function tooLong(): SpecboardError {
  return new SpecboardError('protocol', 'The sandbox answered with more than was asked for.', {
    kept: 'Nothing was changed on this computer.',
    hint: 'Sync a folder with fewer files.',
  });
}
