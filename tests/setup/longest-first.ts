/** The order of test files: those that take longest first, so that none of them is left running alone at the end. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take much longer than their size says, in seconds on two cores. It needs no care: a number that is wrong only costs
 * some seconds of waiting at the end.
 */
const seconds: Readonly<Record<string, number>> = {
  'tests/conformance/daytona.test.ts': 140,
  'tests/conformance/e2b.test.ts': 120,
  'tests/conformance/docker.test.ts': 110,
  'tests/conformance/local-plain.test.ts': 60,
  'tests/conformance/local.test.ts': 50,
  'tests/security/crash.test.ts': 44,
  'tests/packaging/packaged-app.test.ts': 40,
  'tests/integration/local-installs.test.ts': 32,
  'tests/security/canary-cli.test.ts': 21,
  'tests/runner/keeper-links.test.ts': 30,
  'tests/integration/docker-driver-parts.test.ts': 30,
  'tests/integration/docker-driver-life.test.ts': 28,
  'tests/integration/cli-docker.test.ts': 26,
  'tests/integration/cli-local.test.ts': 22,
  'tests/security/canary.test.ts': 20,
  'tests/integration/docker-driver-deaths.test.ts': 18,
  'tests/runner/packages.test.ts': 18,
  'tests/renderer/accessibility.test.ts': 50,
  'tests/renderer/flows.test.ts': 28,
  'tests/renderer/run-tab.test.ts': 24,
  'tests/e2e/hostile-output.test.ts': 22,
  'tests/e2e/e2b-profile.test.ts': 20,
  'tests/renderer/files.test.ts': 18,
  'tests/e2e/nothing-lost.test.ts': 16,
  'tests/renderer/capabilities.test.ts': 16,
  'tests/renderer/session-life.test.ts': 16,
  'tests/host/lifecycle.test.ts': 15,
};

/** See the file's first line. Vitest makes one for a run. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = (file: TestSpecification) => file.project.config.sequence.groupOrder;
    const weights = new Map(files.map((file) => [file, this.#weight(file.moduleId)]));
    return [...files].sort((a, b) => group(a) - group(b) || (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
  }

  /** Seconds; of a file that is not in the list a guess by its size, below all that are. */
  #weight(file: string): number {
    const known = seconds[relative(this.ctx.config.root, file).replaceAll('\\', '/')];
    return known ?? Math.min(statSync(file).size / 1000, 15);
  }
}
