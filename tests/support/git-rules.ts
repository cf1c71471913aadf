/** Random exclusion files with trees beside them, and what git says about each path: the measure of src-main/sync/rules. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** A tree with exclusion files. All texts are byte texts: one character a byte. */
export interface RuleSet {
  /** Folder ('' for the top) -> what its exclusion file says. */
  readonly files: ReadonlyMap<string, string>;
  /** Path -> whether it is a folder. */
  readonly paths: ReadonlyMap<string, boolean>;
}

const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

const plain = ['a', 'b', 'c', 'x', 'ab', 'foo', 'o', 'ax', '1'];
const odd = ['ä', 'é', 'ax.o', '日', ' ', '.', '-', 'A', '!', '#', ']', '^']
  .map(bytes)
  .concat('\xff', '\xc3');
const special = ['*', '**', '?', '\\'];
const brackets = [
  '[ab]',
  '[!a]',
  '[^b]',
  '[a-c]',
  '[]a]',
  '[!]a]',
  '[[:alpha:]]',
  '[![:space:]x]',
  '[[:punct:]]',
  '[[:digit:][:upper:]]',
  '[[:foo:]]',
  '[[:alpha]',
  '[a',
  '[a-',
  '[a-]',
  '[\\]a]',
  '[\\a-\\c]',
  '[/]',
  '[a/]',
  '[c-a]',
  '[--0]',
  '[[::]]',
  '[[a-c]',
  bytes('[ä]'),
  bytes('[!ä]'),
  '[\x80-\xff]',
];
const joints = ['/', '/', '/', '**/', '/**', '/**/', '//', '\\/', '***/', '/*/'];

/** Draws numbers, so that a set is one flat list for fast-check: quick to make, and it can be made smaller. */
class Draw {
  #at = 0;
  readonly #numbers: readonly number[];
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(limit: number): number {
    const number = this.#numbers[this.#at % this.#numbers.length] ?? 0;
    this.#at += 1;
    // Once round, the list goes on differently, so that a short one says enough.
    return Math.abs(number + Math.imul(Math.floor(this.#at / this.#numbers.length), 7919)) % limit;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

function name(draw: Draw): string {
  let text = '';
  for (let count = draw.chance(30) ? 2 : 1; count > 0; count -= 1)
    text += draw.chance(75)
      ? draw.of(plain)
      : draw.chance(85)
        ? draw.of(odd)
        : draw.of(['*', '[a]', '\\a', '?']);
  if (draw.chance(15)) text += '.o';
  return text === '.' || text === '..' ? 'a.' : text;
}

function pattern(draw: Draw, names: readonly string[]): string {
  let text = '';
  for (let count = 1 + draw.below(4); count > 0; count -= 1) {
    const kind = draw.below(100);
    if (kind < 35) text += draw.of(names);
    else if (kind < 50) text += draw.of(plain);
    else if (kind < 55) text += draw.of(odd);
    else if (kind < 72) text += draw.of(special);
    else if (kind < 82) text += draw.of(brackets);
    else text += draw.of(joints);
  }
  if (draw.chance(15)) text = `/${text}`;
  if (draw.chance(20)) text += '/';
  if (draw.chance(30)) text = `!${text}`;
  if (draw.chance(8)) text += draw.of([' ', '  ', '\\ ', '\\  ', '\t', ' \\', '\\\\ ', '\0a']);
  if (draw.chance(3)) text = `#${text}`;
  if (draw.chance(3)) text = draw.of(['', ' ', '!', '/', '\\', '*', '**', '/*', '!*/', '!/']);
  return text;
}

function exclusionFile(draw: Draw, names: readonly string[]): string {
  const end = draw.chance(15) ? '\r\n' : '\n';
  let text = draw.chance(8) ? '\xef\xbb\xbf' : '';
  for (let count = 1 + draw.below(6); count > 0; count -= 1)
    text += pattern(draw, names) + (draw.chance(2) ? '\r' : end);
  return draw.chance(20) ? text.slice(0, -1) : text;
}

function ruleSet(numbers: readonly number[]): RuleSet {
  const draw = new Draw(numbers);
  const names = Array.from({ length: 5 }, () => name(draw));
  const paths = new Map<string, boolean>();
  for (let count = 6 + draw.below(5); count > 0; count -= 1) {
    let path = '';
    for (let depth = draw.below(4); depth >= 0; depth -= 1) {
      const next = path === '' ? draw.of(names) : `${path}/${draw.of(names)}`;
      const isDirectory = depth > 0 || draw.chance(15);
      if (!paths.has(next)) paths.set(next, isDirectory);
      else if (!paths.get(next)) break;
      path = next;
    }
  }
  const files = new Map([['', exclusionFile(draw, names)]]);
  for (const [path, isDirectory] of paths)
    if (isDirectory && draw.chance(35)) files.set(path, exclusionFile(draw, names));
  return { files, paths };
}

/** So many sets, the same for the same seed. */
export function randomRuleSets(seed: number, count: number): RuleSet[] {
  const numbers = fc.array(fc.nat(1_000_003), { minLength: 60, maxLength: 90, size: 'max' });
  return fc.sample(numbers, { seed, numRuns: count }).map(ruleSet);
}

/** Writes a set's tree and its exclusion files. */
export function writeRuleSet(folder: string, set: RuleSet, fileName = '.gitignore'): void {
  const at = (path: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
  mkdirSync(folder, { recursive: true });
  for (const [path, isDirectory] of set.paths)
    if (isDirectory) mkdirSync(at(path));
    else writeFileSync(at(path), '');
  for (const [path, text] of set.files)
    writeFileSync(at(path === '' ? fileName : `${path}/${fileName}`), Buffer.from(text, 'latin1'));
}

/** git without what the machine's user set. */
export function git(cwd: string, args: readonly string[], input?: string): string {
  return execFileSync('git', ['-c', 'core.ignorecase=false', '-c', 'core.excludesFile=/dev/null', ...args], {
    cwd,
    input: input === undefined ? undefined : Buffer.from(input, 'latin1'),
    encoding: 'latin1',
    maxBuffer: 512 * 1024 * 1024,
    env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', HOME: cwd, LC_ALL: 'C' },
  });
}

/** What git decided about a path. Empty source: no rule is about it. */
export interface GitVerdict {
  readonly source: string;
  readonly line: number;
  readonly pattern: string;
}

/** `git check-ignore` about many paths in one process. */
export function askGit(repository: string, paths: readonly string[]): Map<string, GitVerdict> {
  const fields = git(
    repository,
    ['check-ignore', '-v', '-n', '-z', '--no-index', '--stdin'],
    paths.map((path) => `${path}\0`).join(''),
  ).split('\0');
  const verdicts = new Map<string, GitVerdict>();
  for (let at = 0; at + 3 < fields.length; at += 4)
    verdicts.set(fields[at + 3] ?? '', {
      source: fields[at] ?? '',
      line: Number(fields[at + 1] ?? 0),
      pattern: fields[at + 2] ?? '',
    });
  return verdicts;
}

/** An empty repository in `folder`, without exclusions of its own. */
export function makeRepository(folder: string): string {
  mkdirSync(folder, { recursive: true });
  git(folder, ['init', '-q']);
  writeFileSync(join(folder, '.git/info/exclude'), '');
  return folder;
}
