/** Exclusions are what git says they are: thousands of random sets, in one git process, with the rule that decided. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRuleText, toByteText } from '../../../src-main/sync/rules/byte-text.ts';
import { compileRules, type FolderRules, startRules } from '../../../src-main/sync/rules/compile-rules.ts';
import { exclusionSource, type RuleText } from '../../../src-main/sync/rules/exclusion-rules.ts';
import {
  askGit,
  git,
  makeRepository,
  type RuleSet,
  randomRuleSets,
  writeRuleSet,
} from '../../support/git-rules.ts';

let folder = '';
const randomSeed = Math.trunc(Math.random() * 2 ** 31);

beforeAll(() => {
  // Tens of thousands of empty files: in memory where there is such a place.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'specboard-rules-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Trees with names of any bytes, and with `a` beside `A`: other systems cannot hold them. */
const onLinux = test.skipIf(process.platform !== 'linux');

const text = (bytes: string) => decodeRuleText(Buffer.from(bytes, 'latin1'));
const below = (parent: string, path: string) => [parent, path].filter((part) => part !== '').join('/');

function ruleTexts(set: RuleSet, parent = ''): RuleText[] {
  return [...set.files].map(([path, bytes]) => ({
    source: exclusionSource(text(below(parent, path)), '.gitignore'),
    folder: text(below(parent, path)),
    text: text(bytes),
  }));
}

test('a text with odd bytes comes back as it was', () => {
  const bytes = Buffer.from([
    0xef, 0xbb, 0xbf, 0x61, 0xff, 0xc3, 0xa4, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f,
  ]);
  expect(toByteText(decodeRuleText(bytes))).toBe(bytes.toString('latin1'));
  expect(toByteText('a\ud800b\u{1f600}')).toBe(Buffer.from('61eda08062f09f9880', 'hex').toString('latin1'));
});

/** Asks git and us about every path of every set, all in one repository, and each set also by itself. */
function compare(name: string, sets: readonly RuleSet[]) {
  const repository = makeRepository(join(folder, name));
  const asked: string[] = [];
  sets.forEach((set, index) => {
    writeRuleSet(join(repository, `s${index}`), set);
    for (const path of set.paths.keys()) asked.push(`s${index}/${path}`);
  });
  const verdicts = askGit(repository, asked);
  expect(verdicts.size).toBe(asked.length);
  const all = compileRules({ texts: sets.flatMap((set, index) => ruleTexts(set, `s${index}`)) });
  const wrong: unknown[] = [];
  const counts = { asked: asked.length, excluded: 0, takenIn: 0 };
  sets.forEach((set, index) => {
    const alone = compileRules({ texts: ruleTexts(set) });
    for (const [path, isDirectory] of set.paths) {
      const said = verdicts.get(`s${index}/${path}`);
      const git = said?.source ? { ...said, excluded: !said.pattern.startsWith('!') } : null;
      if (git?.excluded) counts.excluded += 1;
      else if (git) counts.takenIn += 1;
      const decided = all.decide(`s${index}/${text(path)}`, isDirectory);
      const ours = decided && {
        source: toByteText(decided.source),
        line: decided.line,
        pattern: toByteText(decided.pattern),
        excluded: decided.excluded,
      };
      const own = alone.decide(text(path), isDirectory);
      const same = JSON.stringify(ours) === JSON.stringify(git) && own?.excluded === git?.excluded;
      if (!same) wrong.push({ index, path, isDirectory, git, ours, own, files: [...set.files] });
    }
  });
  return { wrong, counts };
}

onLinux.each([
  ['fixed', 5, 1300],
  ['random', randomSeed, 900],
])('nested files of %s sets (seed %i) decide as git check-ignore does', (kind, seed, count) => {
  const { wrong, counts } = compare(`many-${kind}`, randomRuleSets(seed, count));
  expect(wrong.slice(0, 3), `${wrong.length} of ${counts.asked} paths differ; seed ${seed}`).toEqual([]);
  // The sets say something: many paths of each kind.
  expect(counts.excluded).toBeGreaterThan(counts.asked / 10);
  expect(counts.takenIn).toBeGreaterThan(counts.asked / 100);
});

onLinux('rare things that random sets seldom meet', () => {
  const set = (patterns: string, ...paths: string[]): RuleSet => ({
    files: new Map([['', patterns]]),
    paths: new Map(
      paths.flatMap((path) => {
        const parts = path.split('/');
        return parts.map((_, at): [string, boolean] => [
          parts.slice(0, at + 1).join('/'),
          at + 1 < parts.length,
        ]);
      }),
    ),
  });
  const { wrong, counts } = compare('rare', [
    set('a/**\\/x\nb/**\\/x', 'a/b/c/x', 'a/x', 'b/c/x', 'b/x'),
    set('x/a?b\nx/c[!q]d\nx/e*f\nx/[/]', 'x/a/b', 'x/c/d', 'x/e/f', 'x/a1b', 'x/cäd', 'x/e-f'),
    set('*.tar.gz\n*.gz.\n*..\n*.', 'x.tar.gz', '.tar.gz', 'x.gz', 'tar.gz', 'a.gz.', 'b..', 'c.'),
    set('[[:foo:]b]\n[[:alpha:]\n[[:\n[[:]\n[[::]]', 'b', 'a', '[:', ':', '[[:', ':]'),
    set('!keep\n*\n!*/\n!deep/**/keep', 'keep', 'deep/keep', 'deep/er/keep', 'deep/er/x', 'other/keep'),
    set('same\n!same\nsame\n!other\nother\n!other', 'same', 'other', 'deep/same'),
    set('**\n!**/', 'a', 'b/c'),
    set('/**\n!/a/**', 'a/b', 'c'),
    set('foo**bar/x\nq/**\n**/z/**\n***/w', 'foo1bar/x', 'foo/bar/x', 'q/r', 'z/y', 'k/z/y', 'k/w'),
  ]);
  expect(wrong).toEqual([]);
  expect(counts.excluded).toBeGreaterThan(20);
});

onLinux('every class and range takes the bytes that git says', () => {
  const names = 'alnum alpha blank cntrl digit graph lower print punct space upper xdigit'.split(' ');
  const patterns = names.map((name) => `[[:${name}:]]q`);
  patterns.push(
    '?q',
    '[!a]q',
    '[^\x80-\xff]q',
    '[ -~]q',
    '[\\!-\\/]q',
    '[]-a]q',
    '[a-]q',
    '[--.]q',
    '[\xc3\xa4]q',
  );
  const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).filter(
    (byte) => byte !== '/',
  );
  const sets = patterns.map((pattern): RuleSet => ({ files: new Map([['', pattern]]), paths: new Map() }));
  const repository = makeRepository(join(folder, 'bytes'));
  for (const [index, set] of sets.entries()) writeRuleSet(join(repository, `p${index}`), set);
  // They need not be there: none of the patterns is about folders.
  const paths = patterns.map((_, index) => bytes.map((byte) => `p${index}/${byte}q`));
  const said = askGit(repository, paths.flat());
  patterns.forEach((pattern, index) => {
    const rules = compileRules({ texts: [{ source: '.gitignore', folder: '', text: text(pattern) }] });
    const ours = bytes.filter((byte) => rules.verdict(text(`${byte}q`), false));
    const theirs = bytes.filter((byte) => said.get(`p${index}/${byte}q`)?.source);
    expect(ours, pattern).toEqual(theirs);
    expect(ours.length, pattern).toBeGreaterThan(0);
  });
});

onLinux(
  'the usual, .gitignore, secrets and the own patterns are as strong as git has excludesFile, files, and one --exclude after the other',
  () => {
    const sets = randomRuleSets(11, 60);
    sets.forEach((set, index) => {
      const repository = join(folder, 'groups.git');
      if (index === 0) makeRepository(repository);
      const tree = join(folder, `group-${index}`);
      writeRuleSet(tree, set);
      const lists = [1, 2, 3].map((step) => sets[(index + step) % sets.length]?.files.get('') ?? '');
      const [defaults = '', secrets = '', profile = ''] = lists;
      writeFileSync(join(folder, 'defaults'), Buffer.from(defaults, 'latin1'));
      // --exclude takes a pattern as it is: no comments, no line ends.
      const wordsOf = (list: string) =>
        list.split('\n').filter((line) => /^[^#\0\r \x7f-\xff][^\0\r \x7f-\xff]*$/.test(line));
      const own = wordsOf(profile);
      // A `!` of theirs takes nothing in, which git has no word for.
      const never = wordsOf(secrets).filter((line) => !line.startsWith('!'));
      const said = git(tree, [
        `--git-dir=${repository}/.git`,
        '--work-tree=.',
        'ls-files',
        '-o',
        '-z',
        `--exclude-from=${folder}/defaults`,
        '--exclude-per-directory=.gitignore',
        ...[...never, ...own].map((line) => `--exclude=${line}`),
      ]).split('\0');
      const rules = compileRules({
        texts: [
          { source: 'profile', folder: '', text: own.join('\n') },
          ...ruleTexts(set),
          { source: 'secrets', folder: '', text: never.join('\n') },
          { source: 'defaults', folder: '', text: text(defaults) },
        ],
      });
      const files = [...set.paths].filter(([, isDirectory]) => !isDirectory).map(([path]) => path);
      const ours = files.filter((path) => !rules.verdict(text(path), false)).sort();
      const theirs = said.filter((path) => set.paths.get(path) === false).sort();
      expect(ours, `set ${index}`).toEqual(theirs);
    });
  },
);

test('a walk with the files it meets decides as all rules together do', () => {
  for (const set of randomRuleSets(3, 300)) {
    const texts = ruleTexts(set);
    const matcher = compileRules({ texts });
    const filesIn = (path: string) => texts.filter((rule) => rule.folder === text(path));
    const folders = new Map<string, FolderRules>([['', startRules(filesIn(''))]]);
    for (const [path, isDirectory] of set.paths) {
      const cut = path.lastIndexOf('/');
      const parent = folders.get(cut < 0 ? '' : path.slice(0, cut));
      const name = text(path.slice(cut + 1));
      expect(parent?.decide(name, isDirectory)).toEqual(matcher.decide(text(path), isDirectory));
      if (isDirectory && parent) folders.set(path, parent.enter(name, filesIn(path)));
    }
  }
});
