/** What ends a line: only where all lines end alike is that a choice; else a "\r" is a character that is shown, and kept. Pure. */

/** See the file's first line. */
export function lineBreakOf(text: string): '\n' | '\r\n' {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  return windows > 0 && windows === all ? '\r\n' : '\n';
}
