/**
 * The table of drivers and assertions in docs/drivers.md. Each target's run holds its own column against the page, and with
 * `UPDATE_DOCS=1` writes it; the other columns stay as they are, so that a machine without an engine spoils nothing.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { chapters } from './assertions/all.ts';
import type { ConformanceTarget } from './target.ts';

/** What came of one assertion with one driver. */
export type Outcome = 'holds' | 'fails' | 'does not apply';

/** Outcomes of one target by the assertion's name. */
export type Column = Map<string, Outcome>;

/** Names of all targets, in the order of the table. */
export const columns = [
  'Local (bubblewrap)',
  'Local (not isolated)',
  'Docker (engine)',
  'E2B (SDK, test server)',
  'Daytona (SDK, test server)',
] as const;

const signs: Record<Outcome, string> = { holds: '✓', fails: '✗', 'does not apply': '–' };
const file = join(import.meta.dirname, '../../docs/drivers.md');
const gapsTitle = '## What does not hold, and why';
const howTo =
  'docs/drivers.md is not what this run found. Write it with: UPDATE_DOCS=1 npx vitest run --project conformance';

/** Holds a column against the page, or writes it. Throws with what to do where they differ. */
export async function checkColumn(target: ConformanceTarget, found: Column): Promise<void> {
  const update = process.env.UPDATE_DOCS === '1';
  const unlock = update ? await lock() : () => {};
  try {
    const page = readPage(existsSync(file) ? readFileSync(file, 'utf8') : '');
    const wanted: Page = {
      signs: new Map([...page.signs, [target.name, signsOf(found)]]),
      gaps: [
        ...page.gaps.filter((line) => !line.startsWith(`- ${target.name}, `)),
        ...gapLines(target),
      ].sort(),
    };
    if (update) writeFileSync(file, writePage(wanted));
    else expect(writePage(page), howTo).toBe(writePage(wanted));
  } finally {
    unlock();
  }
}

/** What is wrong with the page whatever the drivers do: rows that are missing or too many, signs that are not there. */
export function pageProblems(): string[] {
  const text = readFileSync(file, 'utf8');
  const page = readPage(text);
  const problems = text === writePage(page) ? [] : ['the page is not as it is written'];
  for (const column of columns) {
    for (const { assertions } of chapters) {
      for (const { name } of assertions) {
        if (!page.signs.get(column)?.get(name)) problems.push(`${column}, "${name}": not known`);
      }
    }
  }
  return problems;
}

interface Page {
  /** Column, assertion, sign. */
  signs: Map<string, Map<string, string>>;
  gaps: string[];
}

function signsOf(found: Column): Map<string, string> {
  return new Map([...found].map(([name, outcome]) => [name, signs[outcome]]));
}

function gapLines({ name, gaps = {} }: ConformanceTarget): string[] {
  return Object.entries(gaps).map(([assertion, reason]) => `- ${name}, "${assertion}": ${reason}`);
}

function readPage(text: string): Page {
  const page: Page = { signs: new Map(), gaps: [] };
  let heads: string[] = [];
  const [tables = '', gaps = ''] = text.split(gapsTitle);
  for (const line of tables.split('\n')) {
    if (!line.startsWith('| ')) continue;
    const [name = '', ...cells] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    if (name === '') heads = cells;
    else {
      for (const [index, sign] of cells.entries()) {
        const column = heads[index] ?? '';
        page.signs.set(column, (page.signs.get(column) ?? new Map<string, string>()).set(name, sign));
      }
    }
  }
  page.gaps = gaps.split('\n').filter((line) => line.startsWith('- '));
  return page;
}

function writePage({ signs: known, gaps }: Page): string {
  const lines = [
    '# What holds for which driver',
    '',
    'Written by `UPDATE_DOCS=1 npx vitest run --project conformance` on Linux and checked by every run: every driver is held to',
    'the same assertions, with real parts behind it. ✓ holds, ✗ does not, – does not apply (the driver, or its test bed, has no',
    'such thing).',
  ];
  for (const { title, assertions } of chapters) {
    lines.push(
      '',
      `## ${title}`,
      '',
      `| | ${columns.join(' | ')} |`,
      `|---|${':---:|'.repeat(columns.length)}`,
    );
    for (const { name } of assertions) {
      const cells = columns.map((column) => known.get(column)?.get(name) || ' ');
      lines.push(`| ${name} | ${cells.join(' | ')} |`);
    }
  }
  if (gaps.length > 0) lines.push('', gapsTitle, '', ...gaps);
  return `${lines.join('\n')}\n`;
}

/** Targets run in processes of their own: one at a time may write. */
async function lock(): Promise<() => void> {
  const name = `${file}.lock`;
  for (let turn = 0; turn < 1000; turn += 1) {
    try {
      closeSync(openSync(name, 'wx'));
      return () => rmSync(name, { force: true });
    } catch {
      await delay(10);
    }
  }
  throw new Error(`${name} is in the way: remove it.`);
}
