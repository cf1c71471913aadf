/** The test projects: one a folder of tests/, so that a name says what a test needs. `npm test` runs them all (tests/run.ts). */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/setup/longest-first.ts';
import { ProgressReporter } from './tests/setup/progress-reporter.ts';

/** What a project's tests need. */
interface Project {
  /** Seconds that a single test may take; generous, because CI machines are shared. */
  timeoutSeconds: number;
  /** Its tests open windows, whose many processes keep the cores busy by themselves: fewer files at a time, after all others. */
  windows?: boolean;
  /** Its tests may ask for a Docker engine; it is started when the first one does. */
  engine?: boolean;
  /** Its tests may ask for the built renderer; it is built when the first one does. */
  page?: boolean;
}

const projects: Record<string, Project> = {
  architecture: { timeoutSeconds: 30 },
  unit: { timeoutSeconds: 30 },
  runner: { timeoutSeconds: 90 },
  ipc: { timeoutSeconds: 90 },
  integration: { timeoutSeconds: 120, engine: true },
  conformance: { timeoutSeconds: 120, engine: true },
  security: { timeoutSeconds: 120, engine: true },
  renderer: { timeoutSeconds: 120, windows: true, page: true },
  host: { timeoutSeconds: 90, windows: true },
  e2e: { timeoutSeconds: 180, windows: true },
  packaging: { timeoutSeconds: 300, windows: true },
};

/**
 * Files that run at a time. Half of their time tests wait for other processes, so twice as many as there are cores keep the cores
 * busy; with more, tests that watch the clock of the machine would see each other.
 */
const workers = Math.max(4, availableParallelism());

/** Set by tests/run.ts: the folder for what it reads afterwards. */
const results = process.env.SPECBOARD_TEST_RESULTS;

export default defineConfig({
  test: {
    reporters: results
      ? [
          'default',
          ['json', { outputFile: join(results, 'report.json') }],
          new ProgressReporter(join(results, 'progress.json')),
        ]
      : ['default'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: workers,
    projects: Object.entries(projects).map(([name, { timeoutSeconds, windows, engine, page }]) => ({
      test: {
        name,
        environment: 'node',
        globalSetup: [
          ...(engine ? ['tests/support/docker-engine/global-setup.ts'] : []),
          ...(page ? ['tests/support/renderer-build/global-setup.ts'] : []),
        ],
        include: [`tests/${name}/**/*.test.{ts,tsx}`],
        pool: 'forks',
        // The whole run shares its machine: what fails once is tried once more, and that is said. A file by itself is not.
        retry: results ? 1 : 0,
        testTimeout: timeoutSeconds * 1000,
        hookTimeout: timeoutSeconds * 1000,
        ...(windows ? { maxWorkers: Math.ceil(workers * 0.75), sequence: { groupOrder: 1 } } : {}),
      },
    })),
  },
});
