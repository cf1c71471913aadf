/**
 * CRC-32 (zlib's) of a window that moves through a file byte by byte. The sandbox makes the sums of whole blocks at C speed with
 * Python's zlib; only this side rolls.
 *
 * A CRC register is linear over XOR: what a byte contributed when it came in is, one window later, that byte's table entry with a
 * window of zero bytes pushed after it. XORing that away takes the byte out again. So one step of the window is two look-ups:
 * the usual one for the byte that comes, and one in a table made for this window's length for the byte that goes.
 *
 * Registers here are the raw ones (before the final NOT), as signed 32-bit numbers.
 */
import { crc32 } from 'node:zlib';

const polynomial = 0xedb88320;

/** What each byte does to a register: the usual table of CRC-32. */
export const crcTable: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let register = byte;
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ polynomial : register >>> 1;
  return register;
});

/** The register after a whole block, by zlib. */
export function registerOf(block: Uint8Array): number {
  return ~crc32(block);
}

/** What takes a byte out that came in `window` bytes ago: `next = (r >>> 8) ^ crcTable[(r ^ comes) & 255] ^ leaving[goes]`. */
export function leavingTable(window: number): Int32Array {
  // Where `window` zero bytes take each single bit; every register is a XOR of those.
  const bits = Int32Array.from({ length: 32 }, (_, bit) => zerosAfter(1 << bit, window));
  const after = (register: number): number => {
    let sum = 0;
    for (let bit = 0; bit < 32; bit++) if ((register >>> bit) & 1) sum ^= bits[bit] ?? 0;
    return sum;
  };
  // The start value -1 moves through the window like a byte does; both are taken out together, and a new -1 is put in.
  return Int32Array.from({ length: 256 }, (_, byte) => after(step(-1, byte) ^ -1));
}

function zerosAfter(register: number, count: number): number {
  let result = register;
  for (let at = 0; at < count; at++) result = step(result, 0);
  return result;
}

function step(register: number, byte: number): number {
  return (register >>> 8) ^ (crcTable[(register ^ byte) & 255] ?? 0);
}
