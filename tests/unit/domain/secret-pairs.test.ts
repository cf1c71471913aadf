/** Lines of NAME=value: what is read, and that messages name lines and never what is in them. */
import { expect, test } from 'vitest';
import { pairsMessage, parseSecretPairs } from '../../../src-shared/domain/secret-pairs.ts';

test('values are taken as they are; empty lines and comments are left out', () => {
  const { pairs, problems } = parseSecretPairs('TOKEN=a=b c \r\n\n  # no\n_X1 = "q"\n');
  expect(problems).toEqual([]);
  expect(pairs).toEqual({ TOKEN: 'a=b c ', _X1: ' "q"' });
});

test('each problem names its line, and nothing that was written in it', () => {
  const text = 'sk-live-secret\nA=1\n9x=secret\nB=\nA=2\nC=a\0b';
  const { problems } = parseSecretPairs(text);
  expect(problems.map(({ line }) => line)).toEqual([1, 3, 4, 5, 6]);
  const said = JSON.stringify(problems);
  for (const part of ['sk-live', 'secret', '9x']) expect(said).not.toContain(part);
  expect(pairsMessage(problems)).toBe('Line 1: write NAME=value. Also: line 3, 4, 5, 6.');
  expect(pairsMessage([])).toBeNull();
});
