/** Pure models of the Run tab: drafts, blocks of code, tables, charts, JSON trees, scroll positions, the queue. */
import { describe, expect, test } from 'vitest';
import { blockAround } from '../../src-renderer/features/execution-panel/editor-block.ts';
import { chartFrom } from '../../src-renderer/features/output/chart-data.ts';
import { readingsOf, tableOf } from '../../src-renderer/features/output/chart-readings.ts';
import { linearTicks } from '../../src-renderer/features/output/chart-scale.ts';
import {
  childrenShown,
  expandAll,
  jsonRows,
  pathText,
} from '../../src-renderer/features/output/json-tree.ts';
import { movedOffset, offsetFor, toReal, toShown } from '../../src-renderer/features/output/scroll-map.ts';
import { arrangeRows, nextSorting, tableText } from '../../src-renderer/features/output/table-sort.ts';
import { formsOf } from '../../src-renderer/features/output/value-forms.ts';
import { Drafts } from '../../src-renderer/stores/drafts.ts';
import { pendingRun, queuePosition } from '../../src-renderer/stores/runs-store.ts';
import { e2bCharts } from '../support/scenario/charts.ts';

describe('drafts', () => {
  const samples = { language: 'python' as const, code: { python: 'sample', shell: 'echo' } };
  const memory = () => {
    const kept = new Map<string, string>();
    return {
      kept,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };

  test('what was typed is there after a reload, both languages, all drafts, the time limit', () => {
    const storage = memory();
    const drafts = new Drafts(samples, storage);
    drafts.type('p', 'typed');
    drafts.setLanguage('p', 'shell');
    drafts.type('p', 'ls');
    drafts.setTimeout('p', 60_000);
    drafts.add('p', 'Draft 2');
    drafts.type('p', 'pwd');
    drafts.flush();
    const again = new Drafts(samples, storage);
    expect(again.get('p')).toMatchObject({
      name: 'Draft 2',
      language: 'shell',
      code: { shell: 'pwd' },
      timeoutMs: 60_000,
    });
    again.select('p', again.list('p')[0]?.id ?? '');
    expect(again.get('p').code).toEqual({ python: 'typed', shell: 'ls' });
    expect(again.get('other').code.python).toBe('sample');
  });

  test('code that is opened never replaces what a person typed', () => {
    const drafts = new Drafts(samples);
    drafts.open('p', 'a.py', 'python', 'from a file');
    expect(drafts.list('p')).toHaveLength(1);
    drafts.type('p', 'from a file, changed');
    drafts.open('p', 'Run 3', 'python', 'earlier');
    expect(drafts.list('p').map(({ code }) => code.python)).toEqual(['from a file, changed', 'earlier']);
    drafts.remove('p', drafts.get('p').id);
    expect(drafts.get('p').code.python).toBe('from a file, changed');
    drafts.remove('p', drafts.get('p').id);
    expect(drafts.get('p').code.python).toBe('');
  });

  test('a storage that is broken, full or from another version costs nothing but itself', () => {
    const broken = { getItem: () => '{"p": {"drafts": [{"id": 1}]}, "q": 5', setItem: () => {} };
    expect(new Drafts(samples, broken).get('p').code.python).toBe('sample');
    const strange = { ...broken, getItem: () => '{"p": {"active": "x", "drafts": [{"id": 1}]}}' };
    expect(new Drafts(samples, strange).get('p').code.python).toBe('sample');
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    const drafts = new Drafts(samples, full);
    drafts.type('p', 'kept in memory');
    drafts.flush();
    expect(drafts.get('p').code.python).toBe('kept in memory');
  });
});

describe('the block at the cursor', () => {
  const python = [
    'import os',
    '',
    '@cache',
    'def f(x):',
    '    if x:',
    '',
    '        return 1',
    '    return 2',
    'try:',
    '    f(1)',
    'except ValueError:',
    '    pass',
    '',
    '',
    'print(f(',
    '    2,',
    '))',
  ];
  test.each([
    [0, 0, 0],
    [1, 2, 7],
    [2, 2, 7],
    [6, 2, 7],
    [9, 8, 11],
    [10, 8, 11],
    [13, 14, 16],
    [16, 14, 16],
  ])('Python, line %i', (line, first, last) => {
    expect(blockAround(python, line, 'python')).toEqual({ first, last });
  });

  test('shell goes by empty lines; nothing is nothing', () => {
    expect(blockAround(['a', 'b', '', 'c'], 1, 'shell')).toEqual({ first: 0, last: 1 });
    expect(blockAround(['', ' '], 0, 'shell')).toBeNull();
  });
});

describe('tables', () => {
  const rows = [
    ['b', '10', ''],
    ['a', '9', 'x'],
    ['C', 'nan', 'y'],
    ['d', '-1,200.5', 'X'],
  ];

  test('sorted as numbers where they are, as words else, empty ones last; three clicks lead back', () => {
    const by = (column: number, descending = false) =>
      arrangeRows(rows, '', { column, descending }).map(([name]) => name);
    expect(by(0)).toEqual(['a', 'b', 'C', 'd']);
    expect(by(1)).toEqual(['d', 'a', 'b', 'C']);
    expect(by(1, true)).toEqual(['b', 'a', 'd', 'C']);
    expect(by(2)[3]).toBe('b');
    const up = nextSorting(null, 1);
    const down = nextSorting(up, 1);
    expect([up, down, nextSorting(down, 1), nextSorting(down, 0)]).toEqual([
      { column: 1, descending: false },
      { column: 1, descending: true },
      null,
      { column: 0, descending: false },
    ]);
    expect(arrangeRows(rows, ' x', null)).toHaveLength(2);
  });

  test('copied as CSV and TSV; a cell that would be a formula is not one', () => {
    const cells = [
      ['=1+1', 'a,b', 'say "hi"'],
      ['-5', '@x', 'two\nlines'],
    ];
    expect(tableText({ columns: ['c1', 'c2', 'c3'] }, cells, ',')).toBe(
      'c1,c2,c3\n\'=1+1,"a,b","say ""hi"""\n-5,\'@x,"two\nlines"\n',
    );
    expect(tableText({ columns: [] }, cells, '\t')).toBe('\'=1+1\ta,b\tsay "hi"\n-5\t\'@x\ttwo lines\n');
  });
});

describe('charts of E2B', () => {
  const chart = (name: string) => {
    const found = chartFrom(e2bCharts[name]);
    if (!found || found.kind === 'super') throw new Error(name);
    return found;
  };
  const read = (name: string) =>
    readingsOf(chart(name)).map(({ readings }) => readings.map(({ text }) => text));

  test('every type is read, and says the same as text and as a table', () => {
    expect(read('line')[1]?.[2]).toBe('Lagos: 2, 27');
    expect(read('dates')[0]?.[1]).toMatch(/^Series 1: .*2026, 120$/);
    expect(read('scatter')[1]).toEqual(['B: 155, 48', 'B: 168, 66', 'B: 190, 95']);
    expect(read('bar')).toEqual([
      ['Q1: North, 1,200', 'Q2: North, 1,900', 'Q3: North, -300'],
      ['Q1: South, 800', 'Q2: South, 1,500', 'Q3: South, –'],
    ]);
    expect(read('pie')).toEqual([['Reading: 50%', 'Writing: 25%', 'Waiting: 25%']]);
    expect(read('box')[0]?.slice(1)).toEqual(['eu: outlier 110', 'eu: outlier 142']);
    expect(tableOf(chart('bar'))).toMatchObject({
      columns: ['Quarter', 'North', 'South'],
      rows: [
        ['Q1', '1200', '800'],
        ['Q2', '1900', '1500'],
        ['Q3', '-300', ''],
      ],
    });
    expect(tableOf(chart('line')).rows).toHaveLength(72);
    expect(tableOf(chart('box')).rows[0]).toEqual(['eu', '12', '20', '26', '35', '60', '110, 142']);
    expect(chartFrom(e2bCharts.super)).toMatchObject({
      kind: 'super',
      charts: [{ kind: 'bar' }, { kind: 'pie' }],
    });
  });

  test('what is hostile or no chart is nothing, and falls back to the other forms', () => {
    for (const value of [
      null,
      5,
      [],
      {},
      { type: 'line' },
      { type: 'line', elements: [{ points: 'x' }, null, 7] },
      { type: 'pie', elements: [{ angle: 'NaN' }] },
      { type: 'unknown', elements: [] },
    ]) {
      expect(chartFrom(value)).toBeNull();
    }
    const bad = {
      type: 'line',
      elements: [{ label: {}, points: [[1, 2], [null, 3], ['a'], 5, [2, 'inf']] }],
    };
    expect(chartFrom(bad)).toMatchObject({ series: [{ name: '', points: [{ x: 1, y: 2 }] }] });
    const forms = formsOf({
      'application/vnd.specboard.chart+json': {},
      'image/png': 'AA==',
      'text/plain': 'f',
    });
    expect(forms.map(({ kind }) => kind)).toEqual(['image', 'text']);
  });

  test('ticks are round and few', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-3, 17, 4)).toEqual([0, 5, 10, 15]);
    expect(linearTicks(5, 5, 4)).toEqual([]);
  });
});

test('a value has all its forms, best first, twins told apart', () => {
  const forms = formsOf({
    'text/plain': 'x',
    'text/html': '<b>x</b>',
    'image/png': 'AA==',
    'image/svg+xml': '<svg/>',
    'application/json': { a: 1 },
    'text/latex': ['$', 'x$'],
  });
  expect(forms.map(({ label }) => label)).toEqual([
    'Image (PNG)',
    'Image (SVG)',
    'HTML',
    'LaTeX',
    'JSON',
    'Text',
  ]);
  expect(formsOf({ 'application/vnd.other+json': { a: 1 } }).map(({ kind }) => kind)).toEqual(['json']);
  expect(formsOf({ 'application/x-unknown': 'y' })).toEqual([]);
});

describe('JSON trees', () => {
  const value = { users: Array.from({ length: 250 }, (_, id) => ({ id, tags: ['a'] })), 'a "b"': null };

  test('what is open is shown, long lists in steps', () => {
    expect(jsonRows(value, new Set(), new Set())).toHaveLength(1);
    const rows = jsonRows(value, new Set(['$', '$/"users"']), new Set());
    expect(rows).toHaveLength(1 + 2 + childrenShown + 1);
    expect(rows.find(({ kind }) => kind === 'more')).toMatchObject({ count: 150, depth: 2 });
    expect(jsonRows(value, new Set(['$', '$/"users"']), new Set(['$/"users"']))).toHaveLength(1 + 2 + 250);
    expect(pathText(rows[2]?.path ?? [])).toBe('["users"][0]');
    expect(pathText(['a "b"'])).toBe('["a \\"b\\""]');
  });

  test('"expand all" stops before the window does', () => {
    const { open, all } = expandAll(value, 200);
    expect(all).toBe(false);
    expect(jsonRows(value, open, new Set()).length).toBeLessThanOrEqual(201);
    expect(expandAll({ a: [1, { b: 2 }] }, 200)).toEqual({
      open: new Set(['$', '$/"a"', '$/"a"/1']),
      all: true,
    });
  });
});

describe('scrolling a text that is higher than an element may be', () => {
  const map = { real: 180_000_000, shown: 30_000_000, view: 500 };

  test('both ends are reached, and the way there never goes back', () => {
    expect(toReal(map, 0, 0)).toBe(0);
    expect(toReal(map, map.shown - map.view, 0)).toBe(map.real - map.view);
    for (const offset of [-5_000_000, 0, 5_000_000]) {
      let before = -1;
      for (let scroll = 0; scroll <= map.shown - map.view; scroll += 99_999) {
        const real = toReal(map, scroll, offset);
        expect(real).toBeGreaterThanOrEqual(before);
        before = real;
      }
      expect(toReal(map, 0, offset)).toBe(0);
      expect(toReal(map, map.shown - map.view, offset)).toBe(map.real - map.view);
    }
  });

  test('a step of the wheel is a step, a drag is a jump, a place is found again', () => {
    let scroll = 1_000_000;
    let offset = 0;
    const start = toReal(map, scroll, offset);
    for (let step = 1; step <= 50; step += 1) {
      offset = movedOffset(map, scroll, scroll + 100, offset);
      scroll += 100;
      expect(toReal(map, scroll, offset)).toBeCloseTo(start + step * 100, 3);
    }
    expect(movedOffset(map, scroll, scroll + 1_000_000, offset)).toBe(0);
    const wanted = 123_456_789;
    const shown = toShown(map, wanted);
    expect(toReal(map, shown, offsetFor(map, shown, wanted))).toBeCloseTo(wanted, 3);
  });

  test('a text that fits is not mapped', () => {
    const exact = { real: 1000, shown: 1000, view: 500 };
    expect([toReal(exact, 321, 7), movedOffset(exact, 0, 9, 5)]).toEqual([321, 0]);
  });
});

test('a queued cell knows how many are before it; shell waits for nobody', () => {
  const run = (key: string, language: 'python' | 'shell', state: 'running' | 'queued' | 'succeeded') => ({
    ...pendingRun(key, 's', language, '', 0),
    state,
  });
  const runs = [
    run('a', 'python', 'succeeded'),
    run('b', 'python', 'running'),
    run('c', 'shell', 'running'),
    run('d', 'python', 'queued'),
    run('e', 'python', 'queued'),
    run('f', 'shell', 'queued'),
  ];
  const state = {
    bySession: { s: runs.map(({ key }) => key) },
    runs: Object.fromEntries(runs.map((r) => [r.key, r])),
  };
  expect(['b', 'd', 'e', 'f'].map((key) => queuePosition(state, key))).toEqual([0, 1, 2, 0]);
});
