/** What a transfer did not take: the first ones by name, the rest counted. A hostile sandbox could send millions. */

/** Something that was not taken, and why, in words. */
export interface LeftOut {
  /** Its name, cut where it is very long. */
  path: string;
  reason: string;
}

/** Part of a result; see `leaveOut`. */
export interface WithLeftOut {
  /** At most 100. */
  leftOut: LeftOut[];
  /** How many more there were. */
  leftOutMore: number;
}

const namedAtMost = 100;
const nameAtMost = 1000;

/** Notes one more. */
export function leaveOut(result: WithLeftOut, path: string, reason: string): void {
  if (result.leftOut.length < namedAtMost) result.leftOut.push({ path: copyOf(path, nameAtMost), reason });
  else result.leftOutMore += 1;
}

/** The text in memory of its own: a piece of a longer text, as parsers cut them, keeps the whole of it alive. */
export function copyOf(text: string, atMost = text.length): string {
  return Buffer.from(text.slice(0, atMost), 'utf16le').toString('utf16le');
}
