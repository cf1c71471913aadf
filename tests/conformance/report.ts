/** The table of drivers and assertions in docs/drivers.md; written only with `UPDATE_DOCS=1` and after a whole run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chapters } from './assertions/all.ts';
import type { ConformanceTarget } from './target.ts';

/** What came of one assertion with one driver. */
export type Outcome = 'holds' | 'fails' | 'does not apply';

const signs: Record<Outcome, string> = { holds: '✓', fails: '✗', 'does not apply': '–' };

/** Collects outcomes while the tests run. */
export class Report {
  readonly #targets: readonly ConformanceTarget[];
  readonly #outcomes = new Map<string, Outcome>();

  /** The drivers, in the order of the columns. */
  constructor(targets: readonly ConformanceTarget[]) {
    this.#targets = targets;
  }

  get #names(): string[] {
    return this.#targets.map(({ name }) => name);
  }

  /** The last word counts. */
  note(chapter: string, assertion: string, driver: string, outcome: Outcome): void {
    this.#outcomes.set(key(chapter, assertion, driver), outcome);
  }

  /** Writes the page, if it is wanted and everything was run and went as it should. */
  write(): void {
    if (process.env.UPDATE_DOCS !== '1') return;
    const expected =
      chapters.reduce((sum, { assertions }) => sum + assertions.length, 0) * this.#names.length;
    if (this.#outcomes.size < expected || this.#surprises() > 0) return;
    writeFileSync(join(import.meta.dirname, '../../docs/drivers.md'), this.#page());
  }

  /** Assertions that failed and are not known to. */
  #surprises(): number {
    let count = 0;
    for (const { name, gaps = {} } of this.#targets) {
      for (const { title, assertions } of chapters) {
        for (const assertion of assertions) {
          const fails = this.#outcomes.get(key(title, assertion.name, name)) === 'fails';
          if (fails && gaps[assertion.name] === undefined) count += 1;
        }
      }
    }
    return count;
  }

  #page(): string {
    const lines = [
      '# What holds for which driver',
      '',
      'Made by `UPDATE_DOCS=1 npx vitest run --project conformance`: every driver is held to the same assertions, with real',
      'parts behind it. ✓ holds, ✗ does not, – does not apply (the driver, or its test bed, has no such thing).',
    ];
    for (const { title, assertions } of chapters) {
      lines.push(
        '',
        `## ${title}`,
        '',
        `| | ${this.#names.join(' | ')} |`,
        `|---|${':---:|'.repeat(this.#names.length)}`,
      );
      for (const { name } of assertions) {
        const cells = this.#names.map((driver) => {
          const outcome = this.#outcomes.get(key(title, name, driver));
          return outcome ? signs[outcome] : ' ';
        });
        lines.push(`| ${name} | ${cells.join(' | ')} |`);
      }
    }
    const gaps = this.#targets.flatMap(({ name, gaps = {} }) =>
      Object.entries(gaps).map(([assertion, reason]) => `- ${name}, "${assertion}": ${reason}`),
    );
    if (gaps.length > 0) lines.push('', '## What does not hold, and why', '', ...gaps);
    return `${lines.join('\n')}\n`;
  }
}

function key(...parts: string[]): string {
  return JSON.stringify(parts);
}
