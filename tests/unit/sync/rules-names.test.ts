/** Names and links: which are possible, which are the same to a file system, which run by themselves, and new ones. */
import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bothName,
  checkPath,
  checkWindowsName,
  clashes,
  foldName,
  linkStaysInside,
  runsByItself,
  whyNotOnWindows,
} from '../../../src-main/sync/rules/names.ts';
import { linkVectors, pathVectors, runningVectors, windowsVectors } from '../../support/sync-names.ts';

const sensitive = { caseSensitive: true, unicodeSensitive: true };
const mac = { caseSensitive: false, unicodeSensitive: false };
const windows = { caseSensitive: false, unicodeSensitive: true };

/** A long path is shown by its beginning. */
const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

test('the tables hold', () => {
  for (const [path, reason] of pathVectors) expect(checkPath(path), shown(path)).toBe(reason);
  for (const [name, possible] of windowsVectors) {
    expect(checkWindowsName(name), shown(name)).toBe(possible ? null : 'name-not-possible');
    if (!possible) expect(whyNotOnWindows(name)).toMatch(/Windows.*\.$/);
  }
  for (const [path, target, inside] of linkVectors)
    expect(linkStaysInside(path, target), `${path} -> ${shown(target)}`).toBe(inside);
  for (const [path, runs] of runningVectors) expect(runsByItself(path), path).toBe(runs);
});

test('a path that passes stays below the folder, and a link that passes does so too, whatever stands beside it', () => {
  const part = fc.constantFrom('a', 'b', '..', '.', '', 'c\0', 'ä', '...');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(path, (path) => {
      if (checkPath(path) !== null) return;
      expect(posix.join('/root', path)).toBe(`/root/${path}`);
    }),
  );
  fc.assert(
    fc.property(path, path, (place, target) => {
      if (checkPath(place) !== null || !linkStaysInside(place, target)) return;
      // As the kernel goes: each `..` from where one really is. Only the ups in front count, and they are among real folders.
      let depth = place.split('/').length - 1;
      for (const name of target.split('/')) {
        if (name === '..') depth -= 1;
        else if (name !== '' && name !== '.') break;
        expect(depth).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

describe('names that a file system does not tell apart', () => {
  test.each([
    ['A', 'a', mac],
    ['ÄRGER/x', 'ärger/X', windows],
    ['\u00e9', 'e\u0301', mac],
    ['\u00c9', 'e\u0301', mac],
    ['ſ', 'S', windows],
    ['Σ', 'ς', windows],
    ['\u212a', 'k', windows],
  ])('%s and %s', (a, b, facts) => {
    expect(foldName(a, facts)).toBe(foldName(b, facts));
    expect(foldName(a, sensitive)).not.toBe(foldName(b, sensitive));
    expect(foldName(a, sensitive)).toBe(a);
  });

  test.each([
    ['ß', 'ss', mac],
    ['a', 'b', mac],
    ['\u00e9', 'e\u0301', windows],
    ['a', 'A', { caseSensitive: true, unicodeSensitive: false }],
  ])('%s and %s are apart', (a, b, facts) => {
    expect(foldName(a, facts)).not.toBe(foldName(b, facts));
  });

  test('come in groups, folders before what is in them', () => {
    const paths = ['src/A.txt', 'src/a.txt', 'Doc/x', 'doc/X', 'doc/y', 'one', 'caf\u00e9', 'cafe\u0301'];
    expect(clashes(paths, mac)).toEqual([
      ['src/A.txt', 'src/a.txt'],
      ['Doc', 'doc'],
      ['cafe\u0301', 'caf\u00e9'],
    ]);
    expect(clashes(paths, windows)).toHaveLength(2);
    expect(clashes(paths, sensitive)).toEqual([]);
  });

  test('folding again changes nothing', () => {
    const codes = fc.array(fc.oneof(fc.nat(0x24f), fc.integer({ min: 0x300, max: 0xffff })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(codes, fc.constantFrom(mac, windows), (codes, facts) => {
        const name = String.fromCharCode(...codes).toWellFormed();
        const folded = foldName(name, facts);
        expect(foldName(folded, facts)).toBe(folded);
      }),
    );
  });
});

describe('the name of the second copy', () => {
  const at = new Date(2026, 10, 29, 10, 41, 55).getTime();
  const free = () => false;

  test.each([
    ['model.py', 'model (sandbox 10-41-55).py'],
    ['a/b/data.tar.gz', 'a/b/data (sandbox 10-41-55).tar.gz'],
    ['.env', '.env (sandbox 10-41-55)'],
    ['Makefile', 'Makefile (sandbox 10-41-55)'],
    ['v1.2 notes', 'v1.2 notes (sandbox 10-41-55)'],
    ['v.1/plain', 'v.1/plain (sandbox 10-41-55)'],
  ])('%s: %s', (path, name) => {
    expect(bothName(path, at, free)).toBe(name);
  });

  test('is none that exists, and one that systems take', () => {
    const taken = new Set(['m (sandbox 10-41-55).py', 'm (sandbox 10-41-55 2).py']);
    expect(bothName('m.py', at, (path) => taken.has(path))).toBe('m (sandbox 10-41-55 3).py');
    for (const path of [`d/${'ä'.repeat(127)}`, `${'🙂'.repeat(62)}.json`, 'n'.repeat(255)]) {
      expect(checkPath(path)).toBeNull();
      const name = bothName(path, at, free);
      expect(checkPath(name), name).toBeNull();
      expect(checkWindowsName(name.slice(name.lastIndexOf('/') + 1))).toBeNull();
    }
  });
});
