/** Text of sandboxes as spans: colours yes, everything that deceives no. */
import { describe, expect, test } from 'vitest';
import { paletteColor, plainText, spansOf } from '../../src-renderer/stores/output/ansi.ts';
import { cellsOf, foldLine, skipEscape } from '../../src-renderer/stores/output/cells.ts';
import { contrastOf, type Rgb, readable } from '../../src-renderer/stores/output/contrast.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('spans', () => {
  test('named, palette and true colours', () => {
    const spans = spansOf('\u001b[1;31mred\u001b[0m \u001b[38;5;208mx\u001b[48;2;1;2;3my', '');
    expect(spans[0]).toEqual({ text: 'red', className: 'ansi-bold ansi-red-fg' });
    expect(spans.find(({ text }) => text === 'x')?.color).toMatch(/^light-dark\(.*, rgb\(255, 135, 0\)\)$/);
    expect(spans.find(({ text }) => text === 'y')?.background).toBe('rgb(1, 2, 3)');
  });

  test('plain text is one span, untouched', () => {
    expect(spansOf('a <b> & "c"', '')).toEqual([{ text: 'a <b> & "c"', className: '' }]);
  });

  test('titles, links, clipboard writes and cursor movement leave nothing behind', () => {
    const hostile =
      '\u001b]0;title\u0007a\u001b]8;;https://x.invalid\u001b\\b\u001b]52;c;eA==\u0007c\u001b[2J\u001b[1;1Hd\u0000e';
    expect(plainText(hostile)).toBe('abcde');
    expect(
      spansOf(hostile, '')
        .map(({ text }) => text)
        .join(''),
    ).toBe('abcde');
  });

  test('direction controls become visible', () => {
    expect(plainText('user\u202Etxt.exe')).toBe('user⟨U+202E⟩txt.exe');
    expect(spansOf('\u001b[31m\u2066x', '')[0]?.text).toBe('⟨U+2066⟩x');
  });

  test('a sequence that never ends hides nothing else', () => {
    expect(plainText('before\u001b[31')).toBe('before[31');
    expect(plainText('before\u001b]0;no end')).toBe('before');
  });
});

describe('cells', () => {
  test('widths', () => {
    expect(['a', 'é', '\u0301', '語', '😀', '\u200b'].map((c) => cellsOf(c.codePointAt(0) ?? 0))).toEqual([
      1, 1, 0, 2, 2, 0,
    ]);
  });

  test('tabs go to the next stop', () => {
    expect(foldLine(bytes('a\tb'), 8)).toBe(2);
    expect(foldLine(bytes('a\tb'), 9)).toBe(1);
  });

  test('escape sequences end where they should', () => {
    expect(skipEscape(bytes('\u001b[1;31mx'), 0)).toBe(7);
    expect(skipEscape(bytes('\u001b]0;t\u0007x'), 0)).toBe(6);
    expect(skipEscape(bytes('\u001b'), 0)).toBe(1);
  });
});

test('the palette has its three parts', () => {
  expect([16, 231, 232, 255].map(paletteColor)).toEqual([
    [0, 0, 0],
    [255, 255, 255],
    [8, 8, 8],
    [238, 238, 238],
  ]);
  expect(paletteColor(7)).toBeNull();
});

test('every colour of the palette is readable on both themes, and on its own background', () => {
  const rgb = (css: string): Rgb[] =>
    [...css.matchAll(/rgb\((\d+), (\d+), (\d+)\)/g)].map((m) => [Number(m[1]), Number(m[2]), Number(m[3])]);
  for (let index = 16; index < 256; index += 1) {
    const [light = [0, 0, 0], dark = [0, 0, 0]] = rgb(readable(paletteColor(index), null) ?? '');
    expect(contrastOf(light as Rgb, [245, 246, 247])).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf(dark as Rgb, [29, 32, 36])).toBeGreaterThanOrEqual(4.5);
    const background = paletteColor(255 - (index - 16)) ?? [0, 0, 0];
    const [text = [0, 0, 0]] = rgb(readable(paletteColor(index), background) ?? '');
    expect(contrastOf(text as Rgb, background)).toBeGreaterThanOrEqual(4.5);
  }
});
