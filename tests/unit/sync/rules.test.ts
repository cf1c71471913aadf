/** Exclusions beside what git knows: our own lists, why, what need not be listed, and that no pattern costs too much. */
import { describe, expect, test } from 'vitest';
import { chooseRules } from '../../../src-main/sync/rules/choose-rules.ts';
import { compileRules, startRules } from '../../../src-main/sync/rules/compile-rules.ts';
import { defaultPatterns, secretPatterns } from '../../../src-main/sync/rules/default-patterns.ts';
import type { RuleText } from '../../../src-main/sync/rules/exclusion-rules.ts';
import { compileGlob, type Meter, matchGlob } from '../../../src-main/sync/rules/glob.ts';
import { pruneNames } from '../../../src-main/sync/rules/prune-names.ts';
import { whyExcluded } from '../../../src-main/sync/rules/why-excluded.ts';
import type { ExclusionChoice } from '../../../src-main/sync/sides.ts';
import { randomRuleSets } from '../../support/git-rules.ts';

const everything: ExclusionChoice = { defaults: true, secrets: true, gitignore: true, patterns: [] };
const file = (source: string, text: string): RuleText => ({
  source,
  folder: source.slice(0, Math.max(0, source.lastIndexOf('/'))),
  text,
});

function matcher(files: RuleText[], choice: Partial<ExclusionChoice> = {}) {
  return compileRules(chooseRules({ ...everything, ...choice }, files));
}

describe('lists of SpecBoard', () => {
  const usual = matcher([]);

  test.each([
    ['.git', true],
    ['.git', false], // a worktree's
    ['web/node_modules', true],
    ['.venv', true],
    ['src/__pycache__', true],
    ['src/a.pyc', false],
    ['.DS_Store', false],
    ['notes.txt~', false],
    ['src/.main.py.swp', false],
    ['#scratch#', false],
    ['.#lock', false],
    ['.env', false],
    ['deploy/.env.production', false],
    ['id_ed25519', false],
    ['keys/server.pem', false],
    ['.aws', true],
    ['.npmrc', false],
  ])('%s is left out', (path, isDirectory) => {
    expect(usual.verdict(path, isDirectory)).toMatchObject({ line: 0 });
  });

  test.each([
    ['build', true],
    ['dist', true],
    ['.gitignore', false],
    ['.github', true],
    ['.vscode', true],
    ['venv', false],
    ['.env.example', false],
    ['id_ed25519.pub', false],
    ['src/environment.py', false],
    ['model.pkl', false],
    ['keyboard.ts', false],
  ])('%s takes part', (path, isDirectory) => {
    expect(usual.verdict(path, isDirectory)).toBeNull();
  });

  test('can be turned off, each by itself, and every pattern says something', () => {
    expect(matcher([], { defaults: false }).verdict('node_modules', true)).toBeNull();
    expect(matcher([], { defaults: false }).verdict('.env', false)?.source).toBe('secrets');
    expect(matcher([], { secrets: false }).verdict('.env', false)).toBeNull();
    const files = [file('.gitignore', '*.log')];
    expect(matcher(files).verdict('a.log', false)).toEqual({
      source: '.gitignore',
      line: 1,
      pattern: '*.log',
    });
    expect(matcher(files, { gitignore: false }).verdict('a.log', false)).toBeNull();
    for (const list of [defaultPatterns, secretPatterns]) {
      expect(new Set(list).size).toBe(list.length);
      for (const pattern of list) expect(pattern).not.toMatch(/^\s|\s$|^#|^$/);
    }
  });

  test('are weaker than .gitignore, that than .specboardignore, that than the own patterns', () => {
    const rules = matcher(
      [
        file('deep/.gitignore', '!.venv/\n*.dat'),
        file('.specboardignore', '!*.dat\n*.tmp'),
        file('deep/.specboardignore', '!keep.tmp'),
      ],
      { patterns: ['!secret.tmp', '/deep/last'] },
    );
    expect(rules.verdict('deep/.venv', true)).toBeNull();
    expect(rules.verdict('.venv', true)?.source).toBe('defaults');
    expect(rules.verdict('deep/a.dat', false)).toBeNull();
    expect(rules.decide('deep/a.dat', false)).toMatchObject({ source: '.specboardignore', excluded: false });
    expect(rules.verdict('deep/a.tmp', false)).toMatchObject({ source: '.specboardignore', line: 2 });
    expect(rules.verdict('deep/keep.tmp', false)).toBeNull();
    expect(rules.verdict('secret.tmp', false)).toBeNull();
    expect(rules.verdict('deep/last', false)).toEqual({
      source: 'profile',
      line: 0,
      pattern: '/deep/last',
    });
  });

  test('no file takes in what may hold secrets; only the own patterns do', () => {
    const files = [file('.gitignore', '!.env\n!.git\n.env.example'), file('.specboardignore', '!*.pem')];
    const rules = matcher(files);
    for (const path of ['.env', '.git', 'deep/key.pem'])
      expect(rules.verdict(path, path === '.git')?.source, path).toBe('secrets');
    expect(rules.verdict('.env.example', false)?.source, 'a harmless name is left to the rest').toBe(
      '.gitignore',
    );
    expect(matcher(files, { patterns: ['!.env'] }).verdict('.env', false)).toBeNull();
    expect(matcher(files, { secrets: false }).verdict('.env', false)).toBeNull();
  });

  test("the state folder never takes part, whatever is said and however a system's names differ", () => {
    const rules = matcher([], { patterns: ['!.specboard-sync', '!**/.specboard-sync/**'] });
    for (const name of ['.specboard-sync', '.SpecBoard-Sync', '.spec\u200cboard-sync'])
      for (const path of [name, `a/${name}`, `a/${name}/kept/x`])
        expect(rules.verdict(path, !path.endsWith('x')), path).toMatchObject({ source: 'specboard' });
    expect(rules.verdict('.specboard-sync-2', true)).toBeNull();
  });
});

test('why: the rule, and the folder above that nothing below can come out of', () => {
  const rules = matcher([file('.gitignore', 'out/\n!out/keep.txt\n'), file('out/.gitignore', '!*')]);
  const out = { source: '.gitignore', line: 1, pattern: 'out/' };
  expect(whyExcluded(rules, 'out/keep.txt')).toEqual({ ...out, folder: 'out' });
  expect(whyExcluded(rules, 'out/deep/er')).toEqual({ ...out, folder: 'out' });
  expect(whyExcluded(rules, 'out/')).toEqual({ ...out, folder: null });
  // Nobody says what it is: a folder of that name would be left out.
  expect(whyExcluded(rules, 'out')).toEqual({ ...out, folder: null });
  expect(whyExcluded(rules, 'out', false)).toBeNull();
  expect(whyExcluded(rules, 'src/a.txt')).toBeNull();
  expect(whyExcluded(rules, '/')).toBeNull();
});

describe('names that the other side need not list', () => {
  const prune = (files: RuleText[], patterns: string[] = []) =>
    pruneNames(chooseRules({ ...everything, secrets: false, patterns }, files));

  test('are plain names of the root that no pattern takes in again', () => {
    const names = prune([
      file('.gitignore', 'target/\n*.d/\n/out/\na/b/\nlogs\n'),
      file('x/.gitignore', 'deep/'),
    ]);
    expect(names).toEqual(expect.arrayContaining(['.git', 'node_modules', '.venv', 'target', 'logs']));
    for (const name of ['out', 'b', 'deep', 'a/b', '*.d', '.yarn/cache']) expect(names).not.toContain(name);
  });

  test.each([
    ['!node_modules/'],
    ['!/web/node_modules'],
    ['!node_*'],
    ['!**/n*s/'],
    ['!a**/node_modules'],
    ['!nod[e]_modules'],
    ['!web/**'],
    ['!*/'],
  ])('%s in any file makes it be listed', (pattern) => {
    expect(prune([file('web/.gitignore', pattern)])).not.toContain('node_modules');
  });

  test('others do not', () => {
    expect(prune([file('.gitignore', '!.env.example\n!src/**/keep.txt\n!/build/')])).toContain(
      'node_modules',
    );
  });

  test('are left out wherever they are, in random sets', () => {
    let found = 0;
    for (const set of randomRuleSets(7, 400)) {
      const texts = [...set.files].map(([path, text]) => ({
        source: path === '' ? '.gitignore' : `${path}/.gitignore`,
        folder: path,
        text,
      }));
      const rules = compileRules({ texts });
      for (const name of pruneNames({ texts }))
        for (const [path, isDirectory] of set.paths) {
          if (!isDirectory) continue;
          found += 1;
          expect(rules.verdict(`${path}/${name}`, true), `${path}/${name}`).not.toBeNull();
        }
    }
    expect(found).toBeGreaterThan(100);
  });
});

describe('no pattern costs too much', () => {
  test.each([
    ['*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(255)],
    [`${'**/'.repeat(60)}b`, 'a/'.repeat(2000)],
    [`x/${'**/*a'.repeat(40)}**/b`.slice(2), 'aa/'.repeat(1300)],
    [`${'*?'.repeat(100)}b`, 'a'.repeat(255)],
    [`${'[!b]*'.repeat(100)}b`, 'a'.repeat(255)],
    [`${'*a/**/'.repeat(50)}b`, 'aaaa/'.repeat(800)],
    ['*'.repeat(3000), 'a'.repeat(255)],
    [`${'**/*'.repeat(500)}\\b`, `${'a/'.repeat(2000)}a`],
  ])('%s', (pattern, text) => {
    const meter: Meter = { steps: 0 };
    const glob = compileGlob(pattern);
    expect(glob).not.toBeNull();
    if (glob) matchGlob(glob, text, 0, meter);
    // At most every place of the pattern once for every byte.
    expect(meter.steps).toBeLessThanOrEqual((pattern.length * 1.5 + 2) * text.length);
  });

  test('a typical set takes few steps for a path, and no files are asked twice for their folders', () => {
    const folder = startRules(
      chooseRules(everything, [file('.gitignore', '*.log\nbuild/\n/docs/**/*.html\n!keep.log')]).texts,
    );
    expect(folder.enter('src')).toBeDefined();
    const closed = folder.enter('build');
    expect(closed.enter('deep')).toBe(closed);
    expect(closed.verdict('x', false)).toEqual({ source: '.gitignore', line: 2, pattern: 'build/' });
  });

  test('odd paths are answered, not followed', () => {
    const rules = matcher([file('.gitignore', 'b/')]);
    for (const path of ['', '/', '//a', 'a//b', '/a/b', '../b', `${'a/'.repeat(5000)}b`])
      expect(() => rules.verdict(path, true)).not.toThrow();
    expect(rules.verdict(`${'a/'.repeat(5000)}b/c`, false)).not.toBeNull();
  });
});
