/**
 * Many secrets in one: lines of NAME=value (a credential whose format is `pairs`). Messages name lines, never what is in
 * them: a secret pasted in the wrong place must not be told back.
 */

/** What is wrong with a line; lines count from 1. */
export interface PairsProblem {
  line: number;
  message: string;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads the lines. Empty lines and lines that start with # are left out; a value is taken as it is, up to the end of its
 * line. With any problem, `pairs` is not to be used.
 */
export function parseSecretPairs(text: string): {
  pairs: Record<string, string>;
  problems: PairsProblem[];
} {
  const found = new Map<string, { value: string; line: number }>();
  const problems: PairsProblem[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (raw.trim() === '' || raw.trimStart().startsWith('#')) continue;
    const at = raw.indexOf('=');
    const name = raw.slice(0, at).trim();
    const value = raw.slice(at + 1);
    const earlier = found.get(name);
    const message = problemOf(at, name, value, earlier?.line);
    if (message === null) found.set(name, { value, line });
    else problems.push({ line, message });
  }
  return { pairs: Object.fromEntries([...found].map(([name, { value }]) => [name, value])), problems };
}

/** The problems as one message for a form: "Line 2: ...". Null where there are none. */
export function pairsMessage(problems: readonly PairsProblem[]): string | null {
  const [first, ...others] = problems;
  if (!first) return null;
  const more = others.length > 0 ? ` Also: line ${others.map(({ line }) => line).join(', ')}.` : '';
  return `Line ${first.line}: ${first.message}${more}`;
}

function problemOf(at: number, name: string, value: string, earlier: number | undefined): string | null {
  if (at < 0) return 'write NAME=value.';
  if (!namePattern.test(name)) {
    return 'a name has letters, digits and _, and does not start with a digit.';
  }
  if (value === '') return 'the value is empty.';
  if (value.includes('\0')) return 'a value cannot contain a NUL character.';
  return earlier === undefined ? null : `the same name as in line ${earlier}.`;
}
