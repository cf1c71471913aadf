/**
 * Names of a sandbox as a person may read them: what cannot be seen or turns the text around is spelled out, so that no name looks
 * like another one. Pure.
 */

/** A piece of a name; `marked` pieces stand for something that cannot be shown. */
export interface NamePart {
  text: string;
  marked: boolean;
}

/** Control characters, zero-width ones, those that turn the direction, and spaces at either end. */
// biome-ignore format: one expression
const unseen =
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|^ +| +$/g;

/** The name in pieces, in order. */
export function nameParts(name: string): NamePart[] {
  const parts: NamePart[] = [];
  let from = 0;
  for (const match of name.matchAll(unseen)) {
    if (match.index > from) parts.push({ text: name.slice(from, match.index), marked: false });
    parts.push({ text: spelled(match[0]), marked: true });
    from = match.index + match[0].length;
  }
  if (from < name.length) parts.push({ text: name.slice(from), marked: false });
  return parts;
}

/** The name as plain text, for labels and titles. */
export function visibleName(name: string): string {
  return nameParts(name)
    .map(({ text }) => text)
    .join('');
}

/** A path as plain text. */
export function visiblePath(path: string): string {
  return path.split('/').map(visibleName).join('/');
}

/** Names that people know, of characters that have no look. */
const known: Readonly<Record<number, string>> = {
  7: 'BEL',
  8: 'BS',
  9: 'TAB',
  10: 'LF',
  13: 'CR',
  27: 'ESC',
};

function spelled(char: string): string {
  if (char.startsWith(' ')) return '\u2039SP\u203a'.repeat(char.length);
  const code = char.charCodeAt(0);
  const word = known[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `\u2039${word}\u203a`;
}
