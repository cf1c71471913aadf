/** Places in a line that are drawn specially: addresses that can be opened, and what a person searches for. */
import type { Span } from './ansi.ts';

/** A place: characters `from` (included) to `to` (excluded). */
export interface Mark {
  from: number;
  to: number;
  /** Address to open; absent for a match. */
  link?: string;
}

/** Most of each kind in one line; hostile lines have thousands. */
const most = 200;

/** https addresses as people write them into logs; everything that could deceive ends one. Others stay text. */
export function linksIn(text: string): Mark[] {
  if (!text.includes('https://')) return [];
  const marks: Mark[] = [];
  for (const match of text.matchAll(/https:\/\/[\w.-]+(?::\d{1,5})?(?:\/[\w./~%?#[\]@!$&'()*+,;=:-]*)?/g)) {
    const link = withoutTail(match[0]);
    if (/^https:\/\/[^/]*[a-z0-9]/i.test(link))
      marks.push({ from: match.index, to: match.index + link.length, link });
    if (marks.length === most) break;
  }
  return marks;
}

/** Punctuation that ends the sentence, and a bracket that was opened before the address, are not part of it. */
function withoutTail(link: string): string {
  let end = link.replace(/[.,;:!?'*]+$/, '');
  if (end.endsWith(')') && !end.includes('(')) end = end.slice(0, -1);
  if (end.endsWith(']') && !end.includes('[')) end = end.slice(0, -1);
  return end;
}

/** Every place of `find`; none for an empty text. */
export function matchesIn(text: string, find: string, matchCase: boolean): Mark[] {
  if (find === '') return [];
  const [inside, wanted] = matchCase ? [text, find] : [text.toLowerCase(), find.toLowerCase()];
  const marks: Mark[] = [];
  for (
    let at = inside.indexOf(wanted);
    at !== -1 && marks.length < most;
    at = inside.indexOf(wanted, at + wanted.length)
  ) {
    marks.push({ from: at, to: at + wanted.length });
  }
  return marks;
}

/** Spans cut at the marks; `start` is where in the line the spans begin. */
export function markSpans(spans: readonly Span[], start: number, marks: readonly Mark[]): Span[] {
  const result: Span[] = [];
  let at = start;
  for (const span of spans) {
    const end = at + span.text.length;
    const cuts = new Set([at, end]);
    for (const { from, to } of marks) {
      if (from > at && from < end) cuts.add(from);
      if (to > at && to < end) cuts.add(to);
    }
    const sorted = [...cuts].sort((a, b) => a - b);
    for (const [index, cut] of sorted.entries()) {
      const next = sorted[index + 1];
      if (next === undefined) break;
      const inside = marks.filter(({ from, to }) => from <= cut && to >= next);
      const piece: Span = { ...span, text: span.text.slice(cut - at, next - at) };
      const link = inside.find((mark) => mark.link !== undefined)?.link;
      if (link !== undefined) piece.link = link;
      if (inside.some((mark) => mark.link === undefined)) piece.match = true;
      result.push(piece);
    }
    at = end;
  }
  return result;
}
