/** The test projects: one a folder of tests/, so that a name says what a test needs. `npm test` runs them all (tests/run.ts). */
import { defineConfig } from 'vitest/config';

/** Seconds a single test of the project may take; generous, because CI machines are shared. */
const projects: Record<string, { timeoutSeconds: number; serial?: boolean; engine?: boolean }> = {
  architecture: { timeoutSeconds: 30 },
  unit: { timeoutSeconds: 30 },
  runner: { timeoutSeconds: 90 },
  ipc: { timeoutSeconds: 90 },
  integration: { timeoutSeconds: 120, engine: true },
  conformance: { timeoutSeconds: 120, engine: true },
  security: { timeoutSeconds: 120, engine: true },
  renderer: { timeoutSeconds: 120, serial: true },
  host: { timeoutSeconds: 90, serial: true },
  e2e: { timeoutSeconds: 180, serial: true },
  packaging: { timeoutSeconds: 300, serial: true },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: Object.entries(projects).map(([name, { timeoutSeconds, serial, engine }]) => ({
      test: {
        name,
        environment: 'node',
        // Tests of these may ask for a Docker engine; it is started when the first one does.
        globalSetup: engine ? ['tests/support/docker-engine/global-setup.ts'] : [],
        include: [`tests/${name}/**/*.test.{ts,tsx}`],
        pool: 'forks',
        testTimeout: timeoutSeconds * 1000,
        hookTimeout: timeoutSeconds * 1000,
        fileParallelism: !serial,
      },
    })),
  },
});
