/** The keys that leave a remote terminal, and that everything else is passed on as it was typed. */
import { expect, test } from 'vitest';
import { EscapeKeys } from '../../../src-main/cli/escape-keys.ts';

function typed(...pieces: string[]) {
  const keys = new EscapeKeys();
  let passed = '';
  for (const piece of pieces) {
    const { keys: out, leaves } = keys.take(Buffer.from(piece));
    passed += Buffer.from(out).toString();
    if (leaves) return { passed, left: keys.hasLeft };
  }
  return { passed, left: keys.hasLeft };
}

test('a tilde and a dot leave at the beginning and after Enter, in whatever pieces they come', () => {
  expect(typed('~.')).toEqual({ passed: '', left: true });
  expect(typed('ls\r~.x')).toEqual({ passed: 'ls\r', left: true });
  expect(typed('ls\r', '~', '.')).toEqual({ passed: 'ls\r', left: true });
});

test('nowhere else', () => {
  expect(typed('cd ~.\r')).toEqual({ passed: 'cd ~.\r', left: false });
  expect(typed('\r~/bin\r')).toEqual({ passed: '\r~/bin\r', left: false });
  expect(typed('\r~~.\r')).toEqual({ passed: '\r~.\r', left: false });
  expect(typed('.', '~', '.')).toEqual({ passed: '.~.', left: false });
});
