/** The few bytes of tar that bundles need: plain files with short names (POSIX ustar). Pure functions. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** Everything in a tar comes in blocks of so many bytes. */
export const tarBlock = 512;

const mostBytes = 8 ** 11 - 1;
const decoder = new TextDecoder();

/** The header of a plain file, 512 bytes. Names of at most 100 bytes of ASCII; sizes below 8 GiB (larger files go in parts). */
export function tarHeader(name: string, size: number): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || !Number.isSafeInteger(size) || size < 0 || size > mostBytes)
    throw new SpecboardError('internal', 'A bundle cannot hold this.');
  const header = new Uint8Array(plainHeader);
  let sum = plainSum + put(header, 0, name);
  // The zeros that stand there count, too.
  sum += put(header, 124, size.toString(8).padStart(11, '0')) - 11 * 0x30;
  put(header, 148, sum.toString(8).padStart(6, '0'));
  return header;
}

/** Writes ASCII; gives the sum of its bytes. */
function put(header: Uint8Array, offset: number, text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    header[offset + at] = byte;
    sum += byte;
  }
  return sum;
}

/** The header of an empty file without a name, without its checksum: there are ten thousand of them in a sync. */
const plainHeader = new Uint8Array(tarBlock);
put(plainHeader, 100, '0000600\x000000000\x000000000\x0000000000000\x0000000000000\x00');
put(plainHeader, 154, '\0 0');
put(plainHeader, 257, 'ustar\x0000');
const plainSum = checksum(plainHeader);
const zeros = new Uint8Array(tarBlock);

/** The zeros that follow content of `size` bytes: 0 to 511 of them. */
export function padding(size: number): Uint8Array {
  return zeros.subarray(0, (tarBlock - (size % tarBlock)) % tarBlock);
}

/** What ends a tar: two blocks of zeros. */
export function endOfTar(): Uint8Array {
  return new Uint8Array(2 * tarBlock);
}

/** Reads a header of somebody else's: null at the end marker. Throws `protocol` for anything that is not a plain file. */
export function readTarHeader(header: Uint8Array): { name: string; size: number } | null {
  if (header.every((byte) => byte === 0)) return null;
  if (octal(header, 148, 8) !== checksum(header)) throw broken('a header is damaged');
  const type = header[156];
  if (type !== 0x30 && type !== 0) throw broken('an entry is not a plain file');
  const end = header.indexOf(0);
  const name = decoder.decode(header.subarray(0, end < 0 || end > 100 ? 100 : end));
  if (header[345] !== 0 || name === '') throw broken('a name is not one of ours');
  return { name, size: octal(header, 124, 12) };
}

/** A bundle that is not as bundles are. */
export function broken(why: string): SpecboardError {
  return new SpecboardError('protocol', 'The sandbox sent files in a form that cannot be read.', {
    kept: 'Nothing was changed.',
    hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
    details: `bundle: ${why}`,
  });
}

function octal(header: Uint8Array, offset: number, length: number): number {
  const text = decoder.decode(header.subarray(offset, offset + length)).replace(/[\0 ]+$/, '');
  if (!/^ *[0-7]{1,11}$/.test(text)) throw broken('a number in a header is damaged');
  return Number.parseInt(text.trim(), 8);
}

function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < tarBlock; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  return sum;
}
