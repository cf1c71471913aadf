/** Makes a new file of pieces of an old one and of bytes that came. */
import type { DeltaSpan } from '../sides.ts';
import type { ByteSource } from './read-at.ts';

/** Read of the old file at a time. */
const pieceBytes = 1024 * 1024;

/**
 * The new file piece by piece; a piece is valid until the next one is asked for. Throws a RangeError where the spans ask for what
 * is not there, or leave bytes over. Whoever writes it checks the whole file's hash.
 */
export function* patch(
  oldFile: ByteSource,
  spans: readonly DeltaSpan[],
  bytes: Uint8Array,
): Generator<Uint8Array, void, void> {
  const longest = spans.reduce((most, { at, length }) => (at === null ? most : Math.max(most, length)), 0);
  const buffer = new Uint8Array(Math.min(pieceBytes, longest, oldFile.size));
  let used = 0;
  for (const { at, length } of spans) {
    if (!(Number.isSafeInteger(length) && length >= 0)) throw new RangeError('A span has no length.');
    if (at === null) {
      const end = used + length;
      if (end > bytes.length) throw new RangeError('A span needs more than what came.');
      if (length > 0) yield bytes.subarray(used, end);
      used = end;
      continue;
    }
    const end = at + length;
    if (!(Number.isSafeInteger(at) && at >= 0 && end <= oldFile.size))
      throw new RangeError('A span is outside of the old file.');
    for (let position = at; position < end; ) {
      const piece = buffer.subarray(0, Math.min(buffer.length, end - position));
      if (oldFile.read(piece, position) < piece.length) throw new RangeError('The old file ended early.');
      yield piece;
      position += piece.length;
    }
  }
  if (used !== bytes.length) throw new RangeError('More came than the spans need.');
}
