/** The lines of an exclusion file, as git reads them. */
import { toByteText } from './byte-text.ts';
import { compileGlob, type Glob } from './glob.ts';

/** A line that says something. */
export interface Rule {
  /** From 1. */
  readonly line: number;
  /** The line without its end and without blanks that do not count. */
  readonly text: string;
  /** It takes in again (`!`). */
  readonly negated: boolean;
  readonly directoryOnly: boolean;
  /** It has no slash: it is about names at any depth. Otherwise about paths from the file's folder on. */
  readonly nameOnly: boolean;
  /** What a name or path begins with (byte text, without a leading slash): all before the first wildcard. */
  readonly prefix: string;
  /**
   * What comes after `prefix`: `none` nothing, `never` it cannot match, `suffix` any bytes and then `suffix`, else a pattern.
   * A pattern begins anew behind the prefix: so `a**` + `/x` is `a`, and then any folders or none: git's own oddity.
   */
  readonly rest: 'none' | 'never' | 'suffix' | Glob;
  readonly suffix: string;
}

const wildcard = /[*?[\\]/;

/** The rules of a text in order. Comments, empty lines, what can say nothing and what is said again later are left out. */
export function parseRules(text: string): Rule[] {
  const rules: Rule[] = [];
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split('\n');
  const known = new Set<string>();
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const raw = lines[index] ?? '';
    if (raw.startsWith('#')) continue;
    let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const nul = line.indexOf('\0');
    if (nul >= 0) line = line.slice(0, nul);
    line = withoutTrailingBlanks(line);
    // The later of two that are the same always wins over the earlier.
    if (known.has(line)) continue;
    known.add(line);
    const rule = parseRule(line, index + 1);
    if (rule) rules.push(rule);
  }
  return rules.reverse();
}

/** Blanks at the end do not count, unless the first of them is escaped. Tabs do. */
function withoutTrailingBlanks(line: string): string {
  if (!line.endsWith(' ')) return line;
  let end = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === ' ') continue;
    if (line[at] === '\\') at += 1;
    end = at + 1;
  }
  return line.slice(0, end);
}

function parseRule(text: string, line: number): Rule | null {
  const negated = text.startsWith('!');
  let pattern = toByteText(negated ? text.slice(1) : text);
  const directoryOnly = pattern.endsWith('/');
  if (directoryOnly) pattern = pattern.slice(0, -1);
  const nameOnly = !pattern.includes('/');
  if (pattern === '') return null;
  const about = { line, text, negated, directoryOnly, nameOnly };
  const start = pattern.startsWith('/') ? 1 : 0;
  const special = pattern.search(wildcard);
  if (special < 0) return { ...about, prefix: pattern.slice(start), rest: 'none', suffix: '' };
  const prefix = pattern.slice(start, special);
  const rest = pattern.slice(special);
  if (nameOnly && rest.startsWith('*') && !wildcard.test(rest.slice(1)))
    return { ...about, prefix, rest: 'suffix', suffix: rest.slice(1) };
  return { ...about, prefix, rest: compileGlob(rest) ?? 'never', suffix: '' };
}
