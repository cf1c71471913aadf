/**
 * How wide UTF-8 bytes are in a terminal: columns per character, with escape sequences counted as nothing. Works on bytes,
 * because decoding a hundred megabytes only to count columns would be waste.
 */

/** Columns from one tab stop to the next. */
export const tabWidth = 8;

const ESC = 27;
const BEL = 7;

/** Index after the escape sequence that starts at `start` (where `bytes[start]` is ESC). */
export function skipEscape(bytes: Uint8Array, start: number): number {
  const kind = bytes[start + 1];
  if (kind === 0x5b) {
    // CSI: parameters, then one final byte from @ to ~.
    let i = start + 2;
    while (i < bytes.length) {
      const byte = bytes[i] ?? 0;
      i += 1;
      if (byte >= 0x40 && byte <= 0x7e) break;
    }
    return i;
  }
  if (kind === 0x5d || kind === 0x50 || kind === 0x5e || kind === 0x5f || kind === 0x58) {
    // OSC and the other string sequences: until BEL or ESC \.
    let i = start + 2;
    while (i < bytes.length) {
      const byte = bytes[i] ?? 0;
      if (byte === BEL) return i + 1;
      if (byte === ESC) return bytes[i + 1] === 0x5c ? i + 2 : i;
      i += 1;
    }
    return i;
  }
  return Math.min(bytes.length, start + 2);
}

/** Columns a code point takes: 0 for marks, 2 for East Asian wide characters and emoji, else 1. */
export function cellsOf(codePoint: number): number {
  if (codePoint < 0x300) return codePoint < 32 || codePoint === 127 ? 0 : 1;
  if (codePoint < 0x370) return 0;
  if (codePoint < 0x1100) return 1;
  if (codePoint >= 0x200b && codePoint <= 0x200f) return 0;
  if (codePoint >= 0xfe00 && codePoint <= 0xfe0f) return 0;
  const wide =
    codePoint <= 0x115f ||
    (codePoint >= 0x2e80 && codePoint <= 0x303e) ||
    (codePoint >= 0x3041 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0xffe0 && codePoint <= 0xffe6) ||
    (codePoint >= 0x1f300 && codePoint <= 0x1faff) ||
    (codePoint >= 0x20000 && codePoint <= 0x3fffd);
  return wide ? 2 : 1;
}

/**
 * Calls `onBreak` with the byte offset of each row after the first, when the line `bytes` is folded at `columns`.
 * Returns the number of rows (at least 1).
 */
export function foldLine(bytes: Uint8Array, columns: number, onBreak?: (offset: number) => void): number {
  if (columns === Number.POSITIVE_INFINITY) return 1;
  let rows = 1;
  let column = 0;
  let i = 0;
  while (i < bytes.length) {
    const byte = bytes[i] ?? 0;
    if (byte === ESC) {
      i = skipEscape(bytes, i);
      continue;
    }
    let length = 1;
    let cells = byte < 32 || byte === 127 ? 0 : 1;
    if (byte === 9) {
      cells = tabWidth - (column % tabWidth);
    } else if (byte >= 0xc0) {
      length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      cells = cellsOf(decodeAt(bytes, i, length));
    }
    if (column + cells > columns && column > 0) {
      rows += 1;
      onBreak?.(i);
      column = 0;
      if (byte === 9) cells = tabWidth;
    }
    column += cells;
    i += length;
  }
  return rows;
}

function decodeAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  let point = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i += 1) point = (point << 6) | ((bytes[at + i] ?? 0x80) & 0x3f);
  return point;
}
