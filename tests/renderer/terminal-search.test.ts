/** Search in a terminal without a page: where a text is, over wrapped rows and wide characters, on the buffer of the real emulator. */
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { expect, test } from 'vitest';
import { findMatches } from '../../src-renderer/features/terminal/terminal-matches.ts';
import { applyUnicode11 } from '../../src-shared/lib/unicode-widths.ts';

async function showing(text: string): Promise<Terminal> {
  const terminal = new Terminal({ cols: 10, rows: 4, scrollback: 20, allowProposedApi: true });
  applyUnicode11(terminal);
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminal;
}

/** The places of `wanted` as row:column+cells. */
async function places(text: string, wanted: string, caseSensitive = false): Promise<string[]> {
  const { buffer, cols } = await showing(text);
  return findMatches(buffer.active, cols, wanted, caseSensitive).map(
    ({ row, column, cells }) => `${row}:${column}+${cells}`,
  );
}

test.each([
  ['one two\r\nTwo', 'two', ['0:4+3', '1:0+3']],
  ['aaaa', 'aa', ['0:0+2', '0:2+2']],
  ['a.b a-b (x) [y] $', '.b', ['0:1+2']],
  ['a\\b (x', '(x', ['0:4+2']],
  // Over the end of a row, and over two.
  ['12345678abcd', 'abcd', ['0:8+4']],
  ['1234567890123456789012345', '90123456789012', ['0:8+14']],
  ['12345678ab\r\ncd', 'abcd', []],
  // Wide characters have two cells, combined ones and pairs of code units one place.
  ['漢字 text', 'text', ['0:5+4']],
  ['x漢字y', '字y', ['0:3+3']],
  ['😀e\u0301 end', 'end', ['0:4+3']],
  // A wide one that does not fit at the end of a row begins the next.
  ['123456789漢字', '9漢', ['0:8+4']],
  ['\x1b[5Cgap', 'gap', ['0:5+3']],
  ['ÄÖ', 'äö', ['0:0+2']],
  ['nothing', 'else', []],
] as const)('%j: %j', async (text, wanted, found) => {
  expect(await places(text, wanted)).toEqual(found);
});

test('case counts where it was asked for, and lines above the screen are looked through', async () => {
  expect(await places('Two two', 'two', true)).toEqual(['0:4+3']);
  const many = Array.from({ length: 12 }, (_, line) => `line ${line}`).join('\r\n');
  expect(await places(many, 'line 1')).toEqual(['1:0+6', '10:0+6', '11:0+6']);
});
