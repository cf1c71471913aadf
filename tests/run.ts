/**
 * `npm test`: everything, on a fresh machine. Checks (types, lint, format), installs what the tests need of the system where
 * it may (Debian, root), builds, runs every project, and ends with the line "N passed, N failed".
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { newCanary, scanForCanary } from './setup/canary.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string) =>
  join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const results = join(root, 'test-results');

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

function step(name: string, command: string, args: readonly string[]): boolean {
  process.stdout.write(`\n# ${name}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, FORCE_COLOR: process.env.CI ? '0' : (process.env.FORCE_COLOR ?? '') },
  });
  return status === 0;
}

/** Adds a Vitest JSON report to the tally; a report that is missing counts as one failure. */
function count(file: string, tally: Tally): void {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    tally.passed += report.numPassedTests ?? 0;
    tally.failed += report.numFailedTests ?? 0;
    tally.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
    // A file that does not even load has no failed test, only a failed suite.
    if ((report.numFailedTests ?? 0) === 0) tally.failed += report.numFailedTestSuites ?? 0;
  } catch {
    tally.failed += 1;
  }
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const plain = (ok: boolean) => {
  if (ok) tally.passed += 1;
  else tally.failed += 1;
};

process.env.SPECBOARD_CANARY = newCanary();
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
ensureSystemPackages();
plain(step('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']));
plain(step('lint and format', bin('biome'), ['check', '.']));
plain(step('build', process.execPath, ['tools/build.ts']));
const only = process.argv.slice(2);
const report = join(results, 'report.json');
const ok = step('tests', bin('vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...only,
]);
count(report, tally);
const leaks = scanForCanary([results]);
if (leaks.length > 0) process.stdout.write(`A secret was found in: ${leaks.join(', ')}\n`);
plain(leaks.length === 0);
// A worker that crashed may leave every counted test green.
if (!ok && tally.failed === 0) tally.failed += 1;

process.stdout.write(
  `\n${tally.passed} passed, ${tally.failed} failed${tally.skipped ? `, ${tally.skipped} skipped` : ''}\n`,
);
process.exit(tally.failed === 0 ? 0 : 1);
