/**
 * What a person types into the search field, as an FTS5 expression that is always valid: words that all must be there,
 * "phrases in quotes", and beginnings* of words. Nothing else has a meaning; every other sign is text.
 */

/** One thing that must be found. */
export interface Term {
  /** Its words, as the index splits them: letters and digits. */
  words: string[];
  /** The last word may go on. */
  prefix: boolean;
}

/** What to look for. Both empty: everything matches. */
export interface SearchQuery {
  terms: Term[];
  /** Signs without any letter or digit ("=="); looked for in code, and only where there are no terms. */
  signs: string[];
}

/** More terms than this are no question of a person. */
const mostTerms = 32;
/** What the index takes for part of a word: `unicode61` of FTS5. */
const wordPattern = /[\p{L}\p{N}\p{Co}]+/gu;

/** Reads a query. The last word counts as a beginning while it is being typed: until a space or a quote ends it. */
export function parseQuery(text: string): SearchQuery {
  const clean = text.normalize('NFC').replace(/[\u0000-\u001f\u007f]+/g, ' ');
  const terms: Term[] = [];
  const signs: string[] = [];
  for (const match of clean.matchAll(/"([^"]*)("?)(\*?)|[^\s"]+/g)) {
    const [piece, phrase, , star] = match;
    const isPhrase = phrase !== undefined;
    const raw = isPhrase ? phrase : piece;
    const words = raw.match(wordPattern);
    if (!words) {
      if (raw.trim() !== '') signs.push(raw.trim());
      continue;
    }
    const isLast = match.index + piece.length === clean.length;
    const prefix = isPhrase ? star === '*' : /\*+$/.test(raw) || (isLast && /[\p{L}\p{N}\p{Co}]$/u.test(raw));
    terms.push({ words, prefix });
  }
  return { terms: terms.slice(0, mostTerms), signs: terms.length > 0 ? [] : signs.slice(0, mostTerms) };
}

/** The FTS5 expression; undefined where there are no terms. Every word is in quotes, and has no quote in it. */
export function toMatch({ terms }: SearchQuery): string | undefined {
  if (terms.length === 0) return undefined;
  return terms.map(termMatch).join(' AND ');
}

function termMatch({ words, prefix }: Term): string {
  const star = prefix ? '*' : '';
  const whole = `"${words.join(' ')}"${star}`;
  // "NotFound" is a part of FileNotFoundError: its own parts, one after another.
  const parts = words.length === 1 ? namePartsOf(words[0] ?? '') : [];
  return parts.length > 1 ? `(${whole} OR words : "${parts.join(' ')}"${star})` : whole;
}

/** "ValueError" -> Value, Error; "HTTPServer" -> HTTP, Server. One part where it is not in camelCase. */
export function namePartsOf(name: string): string[] {
  return name.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
}

/** A range of a text, in UTF-16 units. */
export type Mark = [start: number, end: number];

/**
 * Where the terms are in `text`, in order and without overlaps, at most `atMost`. Finds what the index finds: whole words,
 * beginnings, and parts of names in camelCase.
 */
export function findMarks(text: string, { terms, signs }: SearchQuery, atMost: number): Mark[] {
  const found: Mark[] = [];
  for (const term of terms) found.push(...marksOfTerm(text, term, atMost));
  for (const sign of signs) {
    for (
      let at = text.indexOf(sign);
      at >= 0 && found.length < atMost;
      at = text.indexOf(sign, at + sign.length)
    ) {
      found.push([at, at + sign.length]);
    }
  }
  found.sort(([a], [b]) => a - b);
  const marks: Mark[] = [];
  for (const mark of found) {
    const last = marks.at(-1);
    if (last && mark[0] < last[1]) last[1] = Math.max(last[1], mark[1]);
    else marks.push([...mark]);
  }
  return marks.slice(0, atMost);
}

function marksOfTerm(text: string, { words, prefix }: Term, atMost: number): Mark[] {
  const marks: Mark[] = [];
  // Words have letters and digits only: nothing in them means anything to a pattern.
  const pattern = new RegExp(words.join('[^\\p{L}\\p{N}\\p{Co}]+'), 'giu');
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (!startsWord(text, match.index) || !(prefix || endsWord(text, end))) continue;
    marks.push([match.index, end]);
    if (marks.length >= atMost) break;
  }
  return marks;
}

function startsWord(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  if (!/[\p{L}\p{N}\p{Co}]$/u.test(before)) return true;
  const here = text.slice(at, at + 4);
  return /^\p{Lu}/u.test(here) && (/[\p{Ll}\p{N}]$/u.test(before) || /^\p{Lu}\p{Ll}/u.test(here));
}

function endsWord(text: string, at: number): boolean {
  const after = text.slice(at, at + 4);
  if (!/^[\p{L}\p{N}\p{Co}]/u.test(after)) return true;
  const before = text.slice(Math.max(0, at - 2), at);
  return /^\p{Lu}/u.test(after) && (/[\p{Ll}\p{N}]$/u.test(before) || /^\p{Lu}\p{Ll}/u.test(after));
}
