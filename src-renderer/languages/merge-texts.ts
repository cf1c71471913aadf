/** What two texts changed of a third one, put together line by line. Where both changed the same place, it stays as in the first. Pure. */
import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';

/** See the file's first line. `open`: places that both changed, each in its own way. */
export function mergeTexts(base: string, local: string, remote: string): { text: string; open: number } {
  // One more line, the same in all three: else a chunk at the very end has no line break of its own.
  const [from, mine, theirs] = [base, local, remote].map((text) => Text.of(`${text}\n`.split('\n')));
  if (!from || !mine || !theirs) return { text: local, open: 0 };
  const own = Chunk.build(from, mine);
  const parts: string[] = [];
  let open = 0;
  let at = 0;
  for (const chunk of Chunk.build(from, theirs)) {
    const other = theirs.sliceString(chunk.fromB, chunk.toB);
    // Places that touch count as the same one: what stands next to a change may depend on it.
    const overlap = own.filter(({ fromA, toA }) => chunk.fromA <= toA && fromA <= chunk.toA);
    if (overlap.length > 0) {
      const [first] = overlap;
      const isSame =
        first !== undefined &&
        overlap.length === 1 &&
        first.fromA === chunk.fromA &&
        first.toA === chunk.toA &&
        mine.sliceString(first.fromB, first.toB) === other;
      if (!isSame) open += 1;
      continue;
    }
    const shift = own
      .filter(({ toA }) => toA < chunk.fromA)
      .reduce((sum, { fromA, toA, fromB, toB }) => sum + (toB - fromB) - (toA - fromA), 0);
    parts.push(mine.sliceString(at, chunk.fromA + shift), other);
    at = chunk.toA + shift;
  }
  parts.push(mine.sliceString(at));
  return { text: parts.join('').slice(0, -1), open };
}
