/** Keeps a file with what runs at the moment, so that a run that has to be ended can say where it hung (tests/run.ts). */
import { renameSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What is in the file. */
export interface Progress {
  passed: number;
  failed: number;
  skipped: number;
  /** Test files that have begun and not ended; of each its test of the moment. */
  running: { file: string; test: string; sinceMs: number }[];
}

/** Writes are this far apart at least, in milliseconds. */
const everyMs = 1000;

/** See the file's first line. Vitest's main process has one. */
export class ProgressReporter implements Reporter {
  readonly #file: string;
  readonly #running = new Map<string, Progress['running'][number]>();
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param file where it is written */
  constructor(file: string) {
    this.#file = file;
  }

  onTestModuleStart(module: TestModule): void {
    this.#running.set(module.id, { file: nameOf(module), test: '', sinceMs: Date.now() });
    this.#changed();
  }

  onTestCaseReady(test: TestCase): void {
    const entry = { file: nameOf(test.module), test: test.fullName, sinceMs: Date.now() };
    this.#running.set(test.module.id, entry);
    this.#changed();
  }

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    // Never silent: a test that passes at its second try has a race that wants mending.
    if (test.diagnostic()?.flaky) process.stdout.write(`Passed at the second try: ${test.fullName}\n`);
    if (state === 'passed') this.#passed += 1;
    else if (state === 'failed') this.#failed += 1;
    else this.#skipped += 1;
    const entry = this.#running.get(test.module.id);
    // A hook, or nothing any more: what ran last is not to blame.
    if (entry?.test === test.fullName) Object.assign(entry, { test: '', sinceMs: Date.now() });
    this.#changed();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module.id);
    this.#changed();
  }

  onTestRunEnd(): void {
    clearTimeout(this.#timer);
    this.#write();
  }

  #changed(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#written + everyMs - Date.now());
    this.#timer = setTimeout(() => this.#write(), wait).unref();
  }

  #write(): void {
    this.#timer = undefined;
    this.#written = Date.now();
    const progress: Progress = {
      passed: this.#passed,
      failed: this.#failed,
      skipped: this.#skipped,
      running: [...this.#running.values()],
    };
    writeFileSync(`${this.#file}.new`, JSON.stringify(progress));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function nameOf(module: TestModule): string {
  return relative(module.project.config.root, module.moduleId).replaceAll('\\', '/');
}
