/** The list of assertions and the table of docs/drivers.md fit each other. */
import { expect, test } from 'vitest';
import { chapters } from './assertions/all.ts';
import { pageProblems } from './report.ts';

test('no two assertions have the same name', () => {
  const names = chapters.flatMap(({ assertions }) => assertions.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).not.toMatch(/[|\n]/);
});

// While it is being written, columns come one after the other.
test.skipIf(process.env.UPDATE_DOCS === '1')(
  'docs/drivers.md has every assertion, with a sign for every driver',
  () => {
    expect(pageProblems()).toEqual([]);
  },
);
