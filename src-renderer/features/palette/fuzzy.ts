/** Finds things by what a person types of their words, in any order, and says which letters matched. Pure. */

/** From, and where it ends. */
export type Mark = readonly [number, number];

/** What can be found. */
export interface Findable {
  title: string;
  /** Other words for it; found by them, nothing is marked. */
  words?: string;
}

/** One thing that was found. */
export interface Found<T> {
  item: T;
  score: number;
  marks: readonly Mark[];
}

/** All `items` that have every word of `query`, best first; in their own order where they are equally good. */
export function find<T extends Findable>(
  items: readonly T[],
  query: string,
  bonus: (item: T) => number = () => 0,
): Found<T>[] {
  const tokens = folded(query).split(/\s+/).filter(Boolean);
  return items
    .flatMap((item) => {
      const match = matchAll(item, tokens);
      return match ? [{ item, score: match.score + bonus(item), marks: merge(match.marks) }] : [];
    })
    .sort((a, b) => b.score - a.score);
}

function matchAll(item: Findable, tokens: readonly string[]): { score: number; marks: Mark[] } | null {
  const title = folded(item.title);
  const words = folded(item.words ?? '');
  let score = 0;
  const marks: Mark[] = [];
  for (const token of tokens) {
    const found = matchTitle(title, token) ?? matchWords(words, token);
    if (!found) return null;
    score += found.score;
    marks.push(...found.marks);
  }
  return { score, marks };
}

/** The start of a word is best, then any part, then the first letters of words ("nt" for "New terminal"). */
function matchTitle(title: string, token: string): { score: number; marks: Mark[] } | null {
  const start = wordStarts(title).find((at) => title.startsWith(token, at));
  if (start !== undefined) {
    const whole = !/[\p{L}\p{N}]/u.test(title[start + token.length] ?? ' ');
    return { score: (start === 0 ? 6 : 5) + (whole ? 1 : 0), marks: [[start, start + token.length]] };
  }
  const inside = title.indexOf(token);
  const letters = initials(title, token);
  // "ns" is meant as "New session" rather than as two letters inside of "density".
  if (letters?.[0]?.[0] === 0) return { score: 4, marks: letters };
  if (inside >= 0 && token.length > 1) return { score: 3, marks: [[inside, inside + token.length]] };
  return letters ? { score: 2, marks: letters } : null;
}

function matchWords(words: string, token: string): { score: number; marks: Mark[] } | null {
  return wordStarts(words).some((at) => words.startsWith(token, at)) ? { score: 2.5, marks: [] } : null;
}

/** Each letter of `token` begins a word, or follows the letter before it. */
function initials(title: string, token: string): Mark[] | null {
  if (token.length < 2) return null;
  const starts = new Set(wordStarts(title));
  const marks: Mark[] = [];
  let at = 0;
  let follows = false;
  for (const letter of token) {
    let next = follows && title[at] === letter ? at : -1;
    for (let index = at; next < 0 && index < title.length; index += 1) {
      if (starts.has(index) && title[index] === letter) next = index;
    }
    if (next < 0) return null;
    marks.push([next, next + 1]);
    at = next + 1;
    follows = true;
  }
  return marks;
}

function wordStarts(text: string): number[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index }) => index);
}

/** Without case and accents, and as long as before: marks must fit the title. */
function folded(text: string): string {
  return [...text]
    .map((letter) => {
      const plain = letter.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      return plain.length === letter.length ? plain : letter.toLowerCase().slice(0, letter.length);
    })
    .join('');
}

/** In order, and none twice. */
function merge(marks: readonly Mark[]): Mark[] {
  const merged: [number, number][] = [];
  for (const [from, to] of marks.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The text in pieces that are marked or not, for drawing. */
export function pieces(text: string, marks: readonly Mark[]): { text: string; marked: boolean }[] {
  const result: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    if (from > at) result.push({ text: text.slice(at, from), marked: false });
    result.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) result.push({ text: text.slice(at), marked: false });
  return result;
}
