/**
 * Progress bars that move the cursor up and write lines again (several bars at once, package managers, image pulls). Lines
 * that are still within reach of the cursor are a small list here; nothing else of a terminal is imitated.
 */
import { skipEscape } from './cells.ts';

const LF = 10;
const CR = 13;
const ESC = 27;

/** A line within reach of the cursor. */
export interface ReachedLine {
  bytes: Uint8Array;
  meta: number;
  time: number;
}

/** A movement of the cursor that changes lines: up, down, or to the start of the line. */
export interface CursorMove {
  type: 'up' | 'down' | 'start' | 'erase-below';
  count: number;
  /** Where the sequence ends. */
  end: number;
}

/** The movement that the escape sequence at `at` asks for; null for every other sequence. */
export function cursorMove(bytes: Uint8Array, at: number): CursorMove | null {
  if (bytes[at + 1] !== 0x5b) return null;
  const end = skipEscape(bytes, at);
  if (end - at > 8) return null;
  const final = String.fromCharCode(bytes[end - 1] ?? 0);
  const digits = String.fromCharCode(...bytes.subarray(at + 2, end - 1));
  if (!/^\d*$/.test(digits)) return null;
  const count = digits === '' ? 1 : Number(digits);
  if (final === 'A' || final === 'F') return { type: 'up', count: Math.max(1, count), end };
  if (final === 'B' || final === 'E') return { type: 'down', count: Math.max(1, count), end };
  if (final === 'G' && count <= 1) return { type: 'start', count: 1, end };
  if (final === 'J' && (digits === '' || count === 0)) return { type: 'erase-below', count: 1, end };
  return null;
}

/** True where some sequence of `bytes` moves the cursor. */
export function movesCursor(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(ESC); at !== -1; at = bytes.indexOf(ESC, at + 1)) {
    if (cursorMove(bytes, at)) return true;
  }
  return false;
}

/** How many lines `bytes` can reach above the one they start in. */
export function reachOf(bytes: Uint8Array): number {
  let reach = 0;
  for (let at = bytes.indexOf(ESC); at !== -1; at = bytes.indexOf(ESC, at + 1)) {
    const move = cursorMove(bytes, at);
    if (move?.type === 'up') reach += move.count;
  }
  return Math.min(reach, 200);
}

/** Writes `bytes` over `lines` from line `row` on; gives the line in which the cursor is then. `fresh` is a new line's meta. */
export function writeOver(
  lines: ReachedLine[],
  row: number,
  bytes: Uint8Array,
  fresh: { meta: number; time: number },
): number {
  let at = row;
  let start = 0;
  let restarts = false;
  const put = (end: number): void => {
    if (end <= start) return;
    const piece = bytes.subarray(start, end);
    const line = lines[at];
    if (!line) return;
    line.bytes = restarts ? piece.slice() : joined(line.bytes, piece);
    line.time = fresh.time;
    restarts = false;
  };
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte !== LF && byte !== CR && byte !== ESC) continue;
    const move = byte === ESC ? cursorMove(bytes, i) : null;
    if (byte === ESC && !move) continue;
    put(i);
    start = i + 1;
    if (byte === CR) {
      restarts = true;
    } else if (byte === LF || move?.type === 'down') {
      at = Math.min(at + (move ? move.count : 1), lines.length);
      restarts = byte === LF || move !== null;
      if (at === lines.length) lines.push({ bytes: new Uint8Array(), ...fresh });
    } else if (move?.type === 'up') {
      at = Math.max(0, at - move.count);
      restarts = true;
    } else if (move?.type === 'start') {
      restarts = true;
    } else if (move) {
      lines.length = at + 1;
    }
    if (move) {
      start = move.end;
      i = move.end - 1;
    }
  }
  put(bytes.length);
  return at;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
