/** The search field: whatever a person types is a valid FTS5 expression, and marks are where the index found something. */
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namedFiles } from '../../../src-main/services/history/named-files.ts';
import { findMarks, parseQuery, toMatch } from '../../../src-main/services/history/search-query.ts';
import { indexedText } from '../../../src-main/services/history/search-text.ts';
import { firstLineOf, snippetOf } from '../../../src-main/services/history/snippet.ts';
import { plainOutput } from '../../../src-shared/lib/plain-output.ts';

const match = (text: string) => toMatch(parseQuery(text));

describe('a query', () => {
  test.each([
    ['two words ', '"two" AND "words"'],
    ['last wor', '"last" AND "wor"*'],
    ['"a phrase" x ', '"a phrase" AND "x"'],
    ['"a phr"*', '"a phr"*'],
    ['"not closed', '"not closed"'],
    ['read_csv(', '"read csv"'],
    ['NotFound ', '("NotFound" OR words : "Not Found")'],
    ['pre* fix ', '"pre"* AND "fix"'],
    [
      'NOT a OR (b) NEAR c^2 code:d -e ',
      '"NOT" AND "a" AND "OR" AND "b" AND "NEAR" AND "c 2" AND "code d" AND "e"',
    ],
    ['', undefined],
    ['  "" * ', undefined],
    ['== !=', undefined],
  ])('%s', (text, expected) => expect(match(text)).toBe(expected));

  test('signs alone are looked for in code', () => {
    expect(parseQuery('== !=').signs).toEqual(['==', '!=']);
    expect(parseQuery('a == b').signs).toEqual([]);
  });

  test('no text is a syntax error, and what is marked is what the index finds', () => {
    const db = new Sqlite(':memory:');
    db.exec(
      "CREATE VIRTUAL TABLE t USING fts5(code, output, words, tokenize = 'unicode61 remove_diacritics 0')",
    );
    const insert = db.prepare('INSERT INTO t (rowid, code, output, words) VALUES (1, ?, ?, ?)');
    const find = db.prepare('SELECT count(*) FROM t WHERE t MATCH ?').pluck();
    const piece = fc.oneof(
      fc.constantFrom(
        '"',
        '*',
        ' ',
        '(',
        ')',
        'OR',
        'NOT',
        'NEAR(',
        ':',
        '^',
        '-',
        '+',
        '\0',
        "'",
        ';',
        '{',
        'Ärger',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const expression = match(pieces.join(''));
        if (expression !== undefined) find.get(expression);
      }),
      { numRuns: 40 },
    );
    const words = fc.constantFrom(
      'alpha',
      'beta',
      'ValueError',
      'HTTPServer',
      'read_csv',
      'x1',
      'ÄRGER',
      'naïve',
      '42',
    );
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 6 }),
        words,
        fc.boolean(),
        (text, wanted, whole) => {
          const body = text.join(' ');
          db.exec('DELETE FROM t');
          const columns = indexedText('', {
            head: [{ type: 'text', stream: 'stdout', bytes: Buffer.from(body) }],
            tail: [],
            isWhole: true,
          });
          insert.run(columns.code, columns.output, columns.words);
          const query = parseQuery(
            whole ? `${wanted.slice(wanted.length > 6 ? 4 : 0)} ` : wanted.slice(0, 3),
          );
          const isFound = find.get(toMatch(query) ?? '') === 1;
          expect(findMarks(columns.output, query, 5).length > 0).toBe(isFound);
        },
      ),
      { numRuns: 40 },
    );
    db.close();
  });

  test('a part of a name in camelCase is found and marked; a piece of a word is not', () => {
    const error = parseQuery('error ');
    expect(findMarks('raise ValueError(1)', error, 5)).toEqual([[11, 16]]);
    expect(findMarks('terror errors', error, 5)).toEqual([]);
    expect(findMarks('HTTPServer', parseQuery('server '), 5)).toEqual([[4, 10]]);
    expect(findMarks('a b a', parseQuery('a b '), 5)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});

describe('pieces', () => {
  test('are on one line, around the first find, with marks at the right places', () => {
    const text = `${'x '.repeat(100)}\n\tthe needle is here\u202e${' y'.repeat(200)}`;
    const piece = snippetOf(text, parseQuery('needle '));
    expect(piece?.text).toMatch(/^….*the needle is here\ufffd y.*…$/);
    expect(piece?.marks.map(([from, to]) => piece.text.slice(from, to))).toEqual(['needle']);
    expect(piece?.text).not.toMatch(/[\n\t\u202e]/);
    expect(snippetOf(text, parseQuery('absent '))).toBeNull();
  });

  test('the first line is the one that says something', () => {
    expect(firstLineOf('\n\n  import pandas\nx', parseQuery('pandas '))).toEqual({
      text: 'import pandas',
      marks: [[7, 13]],
    });
  });

  test('reading hostile output takes linear time', () => {
    const started = performance.now();
    for (const piece of ['x', 'aA', '1', '\u001b]', '\u001b[1;', '\ud800', '"', 'é']) {
      const bytes = Buffer.from(piece.repeat(250_000));
      const edges = {
        head: [{ type: 'text' as const, stream: 'stdout' as const, bytes }],
        tail: [],
        isWhole: true,
      };
      const { output } = indexedText(piece.repeat(100_000), edges);
      snippetOf(output, parseQuery('x "a b" e*'));
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('terminal output becomes what a person reads, in linear time', () => {
    expect(
      plainOutput(
        '\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007 10%\r20%\r\nend\u0008',
      ),
    ).toBe('red link 10%\n20%\nend');
    const started = performance.now();
    plainOutput('\u001b]'.repeat(200_000));
    plainOutput(`\u001b[${'1;'.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test('files that code reads are named; addresses, numbers and what it writes are not', () => {
  const python = `import numpy.random
df = pd.read_csv("data/sales.csv")
open('notes.txt')
open("out.json", "w")
df.to_csv("copy.csv")
plt.savefig('plot.png')
requests.get("https://example.com/a.csv")
print("version 3.14", "a sentence.", "example.com")`;
  expect(namedFiles(python, 'python')).toEqual(['data/sales.csv', 'notes.txt']);
  expect(namedFiles('# cat no.txt\ncat in.txt | sort > out.txt\npython3 ./run.py --x=1 -o', 'shell')).toEqual(
    ['in.txt', './run.py'],
  );
});
