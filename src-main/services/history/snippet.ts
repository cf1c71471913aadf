/** Short pieces of code and output around what was found, with marks as ranges: never HTML. */
import type { Snippet } from '../../../src-shared/contract/history-operations.ts';
import { findMarks, type Mark, type SearchQuery } from './search-query.ts';

const before = 48;
const longest = 200;
const mostMarks = 20;
const longestLine = 200;

/** Around the first place where the query is in `text`; null where it is not. */
export function snippetOf(text: string, query: SearchQuery): Snippet | null {
  const [first] = findMarks(text, query, 1);
  if (!first) return null;
  return cut(text, first[0], query);
}

/** The first line that says something, with its marks. */
export function firstLineOf(code: string, query: SearchQuery): Snippet {
  const trimmed = code.replace(/^\s+/, '').normalize('NFC');
  const end = trimmed.search(/[\r\n]/);
  const line = end < 0 ? trimmed : trimmed.slice(0, end);
  const text = flat(line.slice(0, longestLine));
  const isCut = line.length > longestLine;
  return { text: isCut ? `${text}…` : text, marks: findMarks(text, query, mostMarks) };
}

function cut(text: string, at: number, query: SearchQuery): Snippet {
  const from = startNear(text, Math.max(0, at - before), at);
  const to = Math.min(text.length, from + longest);
  const piece = flat(text.slice(from, to));
  const head = from > 0 ? '…' : '';
  const shown = `${head}${piece}${to < text.length ? '…' : ''}`;
  const marks = findMarks(piece, query, mostMarks).map(
    ([start, end]): Mark => [start + head.length, end + head.length],
  );
  return { text: shown, marks };
}

/** Not in the middle of a word or of a character, where there is a space on the way. */
function startNear(text: string, from: number, at: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, at).search(/\s/);
  if (space >= 0) return from + space + 1;
  const isLow = (text.charCodeAt(from) & 0xfc00) === 0xdc00;
  return isLow ? from + 1 : from;
}

/** On one line, sign for sign, so that places stay; what could turn the text around becomes visible. */
function flat(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\t\n\r\v\f\u0085\u2028\u2029]/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
