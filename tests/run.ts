/**
 * `npm test`: everything, on a fresh machine. Checks (types, lint, format), installs what the tests need of the system where
 * it may (Debian, root), builds, runs every project, and ends with the line "N passed, N failed", also where something hangs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { newCanary, scanForCanary } from './setup/canary.ts';
import type { Progress } from './setup/progress-reporter.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

const root = join(import.meta.dirname, '..');
const windows = process.platform === 'win32';
const bin = (name: string) => join(root, 'node_modules/.bin', windows ? `${name}.cmd` : name);
const results = join(root, 'test-results');
const report = join(results, 'report.json');
const progressFile = join(results, 'progress.json');

/** Minutes after which what still runs is named and ended: a run that somebody else ends says nothing. */
const minutes = Number(process.env.SPECBOARD_TEST_MINUTES ?? 18);
const lastMoment = Date.now() + minutes * 60_000;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const plain = (ok: boolean) => {
  if (ok) tally.passed += 1;
  else tally.failed += 1;
};

/** Steps that run now; each leads a group of processes, which ends with it. */
const children = new Set<ChildProcess>();
let stopped = false;
const endGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals) => {
  if (pid === undefined) return;
  try {
    process.kill(windows ? pid : -pid, signal);
  } catch {
    // It has ended.
  }
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopped = true;
    for (const child of children) endGroup(child, signal);
  });

/** Runs it. Its output is shown as it comes, or, where `quiet`, at its end, so that steps can run side by side. */
async function step(
  name: string,
  command: string,
  args: readonly string[],
  quiet = false,
): Promise<'ok' | 'failed' | 'late'> {
  if (stopped) return 'failed';
  if (!quiet) process.stdout.write(`\n# ${name}\n`);
  const child = spawn(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: windows,
    detached: !windows,
    env: {
      ...process.env,
      SPECBOARD_TEST_RESULTS: results,
      FORCE_COLOR: process.env.CI ? '0' : (process.env.FORCE_COLOR ?? ''),
    },
  });
  children.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  let late = false;
  const timers = [
    setTimeout(
      () => {
        late = true;
        endGroup(child, 'SIGTERM');
        // What does not end has had its time; what it started ends with its input (tests/support/docker-engine).
        timers.push(setTimeout(() => endGroup(child, 'SIGKILL'), 10_000));
      },
      Math.max(0, lastMoment - Date.now()),
    ),
  ];
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once(quiet ? 'close' : 'exit', resolve);
  });
  for (const timer of timers) clearTimeout(timer);
  children.delete(child);
  if (quiet) process.stdout.write(`\n# ${name}\n${said}`);
  if (late) process.stdout.write(`\n${name}: ended after ${minutes} minutes.\n`);
  return late ? 'late' : code === 0 ? 'ok' : 'failed';
}

/** Adds Vitest's report to the tally. False where there is none. */
function countReport(): boolean {
  try {
    const found = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    tally.passed += found.numPassedTests ?? 0;
    tally.failed += found.numFailedTests ?? 0;
    tally.skipped += (found.numPendingTests ?? 0) + (found.numTodoTests ?? 0);
    // A file that does not even load has no failed test, only a failed suite.
    if ((found.numFailedTests ?? 0) === 0) tally.failed += found.numFailedTestSuites ?? 0;
    return true;
  } catch {
    return false;
  }
}

/** Of a run that did not come to its report: names what ran, and counts what had ended. Whatever still ran has failed. */
function countProgress(): void {
  try {
    const found = JSON.parse(readFileSync(progressFile, 'utf8')) as Progress;
    tally.passed += found.passed;
    tally.skipped += found.skipped;
    tally.failed += found.failed + Math.max(1, found.running.length);
    process.stdout.write(found.running.length > 0 ? 'Still running:\n' : 'No test was running.\n');
    for (const { file, test, sinceMs } of found.running) {
      const seconds = Math.round((Date.now() - sinceMs) / 1000);
      process.stdout.write(`  ${file} > ${test || '(between its tests, or in a hook)'}, for ${seconds} s\n`);
    }
  } catch {
    tally.failed += 1;
  }
}

process.env.SPECBOARD_CANARY = newCanary();
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
ensureSystemPackages();
const checks = await Promise.all([
  step('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json'], true),
  step('lint and format', bin('biome'), ['check', '.'], true),
  step('build', process.execPath, ['tools/build.ts'], true),
]);
for (const outcome of checks) plain(outcome === 'ok');
const outcome = await step('tests', bin('vitest'), ['run', ...process.argv.slice(2)]);
if (outcome === 'late' || !countReport()) countProgress();
const leaks = scanForCanary([results]);
if (leaks.length > 0) process.stdout.write(`A secret was found in: ${leaks.join(', ')}\n`);
plain(leaks.length === 0);
// A worker that crashed may leave every counted test green.
if (outcome !== 'ok' && tally.failed === 0) tally.failed += 1;

const took = Math.round((Date.now() - lastMoment) / 1000 + minutes * 60);
process.stdout.write(
  `\nIt took ${Math.floor(took / 60)} min ${took % 60} s.\n` +
    `${tally.passed} passed, ${tally.failed} failed${tally.skipped ? `, ${tally.skipped} skipped` : ''}\n`,
);
process.exitCode = tally.failed === 0 ? 0 : 1;
