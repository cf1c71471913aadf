/** The compact table of widths says the same as xterm's own add-on, for every code point there is. */
import { Unicode11Addon } from '@xterm/addon-unicode11/lib/addon-unicode11.mjs';
import { expect, test } from 'vitest';
import { applyUnicode11, widthOf } from '../../../src-shared/lib/unicode-widths.ts';

interface Provider {
  version: string;
  wcwidth(codepoint: number): number;
  charProperties(codepoint: number, preceding: number): number;
}

function providerOf(setUp: (terminal: never) => void): Provider {
  const taken: Provider[] = [];
  setUp({ unicode: { register: (provider: Provider) => taken.push(provider), activeVersion: '' } } as never);
  const [provider] = taken;
  if (!provider) throw new Error('Nothing was registered.');
  return provider;
}

const own = providerOf(applyUnicode11);
const theirs = providerOf((terminal) => new Unicode11Addon().activate(terminal));

test('every code point is as wide as in the add-on, and joins as there', () => {
  const different: number[] = [];
  for (let codepoint = 0; codepoint <= 0x110000; codepoint += 1) {
    // Before it: nothing, a character without width, a narrow one, a wide one, a joined one.
    const same = [0, 1, 2, 4, 5].every(
      (preceding) => own.charProperties(codepoint, preceding) === theirs.charProperties(codepoint, preceding),
    );
    if (!same || own.wcwidth(codepoint) !== theirs.wcwidth(codepoint)) different.push(codepoint);
  }
  expect(different).toEqual([]);
  expect(own.version).toBe(theirs.version);
  expect([0x41, 0x301, 0x4e00, 0x1f600].map(widthOf)).toEqual([1, 0, 2, 2]);
});
