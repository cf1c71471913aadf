/**
 * git's wildcards (its "wildmatch" with slashes kept apart) as a list of tokens that all are tried at once: time is at most
 * tokens times bytes, whatever the pattern. Patterns and texts are byte texts (byte-text.ts).
 *
 * - `?` and `[...]` are one byte, never `/`; `*` is any bytes but `/`.
 * - `**` between slashes or ends is any bytes, and with the slash after it also none; anywhere else it is `*`.
 * - `\` takes the next byte as it is. A bracket without an end, or with a class that does not exist, never matches.
 */

/** What a token takes. */
const Take = {
  /** The byte `arg`. */
  byte: 0,
  /** Any byte but `/`. */
  any: 1,
  /** A byte of the set `sets[arg]`. */
  set: 2,
  /** Any number of bytes without `/`. */
  star: 3,
  /** Any number of bytes. */
  all: 4,
  /** Nothing: goes on with the next token or with `arg`. */
  fork: 5,
} as const;

const slash = 0x2f;

/** A compiled pattern. */
export interface Glob {
  readonly takes: Uint8Array;
  readonly args: Uint32Array;
  readonly sets: readonly Uint8Array[];
  /** The fewest bytes that it matches. */
  readonly shortest: number;
  /** Bytes in a row that must be in what it matches: most names fail by that already. */
  readonly needs: string;
}

/** Counts the steps of matches, for those who want to know that they are bounded. */
export interface Meter {
  steps: number;
}

/** Null: it can never match. */
export function compileGlob(pattern: string): Glob | null {
  const takes: number[] = [];
  const args: number[] = [];
  const sets: Uint8Array[] = [];
  let shortest = 0;
  let needs = '';
  let row = '';
  const emit = (take: number, arg = 0) => {
    // The slash behind a fork need not be there.
    row = take === Take.byte && takes.at(-2) !== Take.fork ? row + String.fromCharCode(arg) : '';
    if (row.length > needs.length) needs = row;
    takes.push(take);
    args.push(arg);
    if (take <= Take.set) shortest += 1;
  };
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at];
    if (character === '*') {
      const before = at === 0 || pattern[at - 1] === '/';
      const start = at;
      while (pattern[at] === '*') at += 1;
      const after =
        at === pattern.length || pattern[at] === '/' || (pattern[at] === '\\' && pattern[at + 1] === '/');
      if (at - start === 1 || !before || !after) emit(Take.star);
      else {
        // Fork: past the slash that follows, which is the next token but one.
        if (pattern[at] === '/') {
          emit(Take.fork, takes.length + 3);
          shortest -= 1;
        }
        emit(Take.all);
      }
    } else if (character === '?') {
      emit(Take.any);
      at += 1;
    } else if (character === '[') {
      const bracket = readBracket(pattern, at);
      if (!bracket) return null;
      emit(Take.set, sets.length);
      sets.push(bracket.set);
      at = bracket.end;
    } else {
      if (character === '\\') at += 1;
      if (at >= pattern.length) return null;
      emit(Take.byte, pattern.charCodeAt(at));
      at += 1;
    }
  }
  return { takes: Uint8Array.from(takes), args: Uint32Array.from(args), sets, shortest, needs };
}

/** git's own idea of the POSIX classes: ASCII, and a space is one of four. */
const classes: Readonly<Record<string, (code: number) => boolean>> = {
  alnum: (code) => isLetter(code) || isDigit(code),
  alpha: isLetter,
  blank: (code) => code === 0x20 || code === 0x09,
  cntrl: (code) => code < 0x20 || code === 0x7f,
  digit: isDigit,
  graph: (code) => code > 0x20 && code < 0x7f,
  lower: (code) => code >= 0x61 && code <= 0x7a,
  print: (code) => code >= 0x20 && code < 0x7f,
  punct: (code) => code > 0x20 && code < 0x7f && !isLetter(code) && !isDigit(code),
  space: (code) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d,
  upper: (code) => code >= 0x41 && code <= 0x5a,
  xdigit: (code) => isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66),
};

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Reads `[...]` from its `[` on; null where it never matches. A `]` right after the opening is one of the set. */
function readBracket(pattern: string, start: number): { set: Uint8Array; end: number } | null {
  const set = new Uint8Array(256);
  let at = start + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  /** The byte that a range would begin with; 0: none. */
  let before = 0;
  do {
    let code = pattern.charCodeAt(at);
    if (Number.isNaN(code)) return null;
    const next = pattern[at + 1];
    if (pattern[at] === '\\') {
      at += 1;
      if (at >= pattern.length) return null;
      code = pattern.charCodeAt(at);
      set[code] = 1;
    } else if (pattern[at] === '-' && before !== 0 && next !== undefined && next !== ']') {
      at += next === '\\' ? 2 : 1;
      if (at >= pattern.length) return null;
      set.fill(1, before, Math.max(before, pattern.charCodeAt(at) + 1));
      code = 0;
    } else if (pattern[at] === '[' && next === ':') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) return null;
      if (end === at + 2 || pattern[end - 1] !== ':') set[code] = 1;
      else {
        const holds = Object.hasOwn(classes, pattern.slice(at + 2, end - 1))
          ? classes[pattern.slice(at + 2, end - 1)]
          : undefined;
        if (!holds) return null;
        for (let byte = 0; byte < 256; byte += 1) if (holds(byte)) set[byte] = 1;
        at = end;
        code = 0;
      }
    } else set[code] = 1;
    before = code;
    at += 1;
  } while (pattern[at] !== ']');
  if (negated) for (let byte = 0; byte < 256; byte += 1) set[byte] = set[byte] ? 0 : 1;
  set[slash] = 0;
  return { set, end: at + 1 };
}

/** Reused between matches (nothing here waits): places in the pattern, and when each was last taken in. */
let now = new Uint32Array(64);
let next = new Uint32Array(64);
let seen = new Uint32Array(64);
let round = 0;

/** Whether the pattern matches all of `text` from `from` on. */
export function matchGlob(glob: Glob, text: string, from = 0, meter?: Meter): boolean {
  const { takes, args, sets } = glob;
  const end = takes.length;
  if (text.length - from < glob.shortest || !text.includes(glob.needs, from)) return false;
  if (end >= now.length) {
    now = new Uint32Array(end * 2);
    next = new Uint32Array(end * 2);
    seen = new Uint32Array(end * 2);
    round = 0;
  }
  let count = 0;
  /** Takes in a place and those that can be reached from it without a byte. */
  const add = (list: Uint32Array, first: number) => {
    for (let place = first; seen[place] !== round; ) {
      seen[place] = round;
      const take = takes[place];
      if (take === Take.fork) {
        add(list, place + 1); // `all`, and the slash behind it: no deeper than that
        place = args[place] ?? end;
      } else {
        list[count] = place;
        count += 1;
        if (take !== Take.star && take !== Take.all) return;
        place += 1;
      }
    }
  };
  nextRound();
  add(now, 0);
  /** Once it got to a `**` at its end, the rest does not matter. */
  const open = takes[end - 1] === Take.all ? end : -1;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const places = count;
    if (meter) meter.steps += places + 1;
    count = 0;
    nextRound();
    for (let index = 0; index < places; index += 1) {
      const place = now[index] ?? 0;
      if (place === end) {
        if (place === open) return true;
        continue;
      }
      switch (takes[place]) {
        case Take.byte:
          if (args[place] === code) add(next, place + 1);
          break;
        case Take.any:
          if (code !== slash) add(next, place + 1);
          break;
        case Take.set:
          if (sets[args[place] ?? 0]?.[code]) add(next, place + 1);
          break;
        case Take.star:
          if (code !== slash) add(next, place);
          break;
        default:
          add(next, place);
      }
    }
    if (count === 0) return false;
    [now, next] = [next, now];
  }
  for (let index = 0; index < count; index += 1) if (now[index] === end) return true;
  return false;
}

function nextRound(): void {
  round += 1;
  if (round < 0xffff_ffff) return;
  seen.fill(0);
  round = 1;
}
