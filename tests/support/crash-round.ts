/** The crash test's children: builds them, starts one, kills it at a chosen point, and tells what it had said. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import type { CrashOrder, CrashPhase, CrashReport } from './crash-child.ts';
import { type FoundProcess, processesOf } from './e2e/processes.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Bundles crash-child.ts, which then starts in a tenth of the time, into `outDir` (within the repository, because native
 * packages are found from there). Gives the file.
 */
export async function buildCrashChild(outDir: string): Promise<string> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: ['better-sqlite3', 'keytar', '@e2b/code-interpreter', 'e2b'] },
    build: {
      ssr: join(import.meta.dirname, 'crash-child.ts'),
      outDir,
      target: 'node24',
      minify: false,
      rolldownOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  return join(outDir, 'crash-child.mjs');
}

/** Where to kill: `fraction` of the usual length of a part of the child's life after its beginning. */
export interface KillPoint {
  phase: CrashPhase;
  fraction: number;
}

/** What the child had promised by the time it was dead. */
export interface Crash {
  /** The part of its life in which it died. */
  diedIn: CrashPhase;
  /** Its session, with the last status that was said. */
  session: { id: string; status: string } | null;
  execution: { id: string; shownSeq: number; shownBytes: number; result: string | null } | null;
  profileId: string | null;
  /** Everything it had started, at the moment before it was killed. */
  processes: FoundProcess[];
  /** What went wrong in it by itself. */
  errors: string[];
}

/** How long each part takes usually, ms; learned from round to round, so that kills are spread on any machine. */
export class UsualLengths {
  readonly #known = new Map<string, number>();

  of(driver: CrashOrder['driver'], phase: CrashPhase): number {
    return (
      this.#known.get(`${driver} ${phase}`) ??
      { open: 30, connect: 300, execute: 300, disconnect: 20, idle: 1 }[phase]
    );
  }

  learn(driver: CrashOrder['driver'], phase: CrashPhase, ms: number): void {
    this.#known.set(`${driver} ${phase}`, (this.of(driver, phase) * 3 + ms) / 4);
  }
}

/** Runs a child, `program`, to its death. */
export function crashOnce(
  program: string,
  order: CrashOrder,
  at: KillPoint,
  lengths: UsualLengths,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Crash> {
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const crash: Crash = {
    diedIn: 'open',
    session: null,
    execution: null,
    profileId: null,
    processes: [],
    errors: [],
  };
  let since = 0;
  const kill = () => {
    crash.processes = processesOf(child.pid ?? -1, order.name);
    child.kill('SIGKILL');
  };
  const onPhase = (phase: CrashPhase) => {
    const now = performance.now();
    if (since > 0) lengths.learn(order.driver, crash.diedIn, now - since);
    since = now;
    crash.diedIn = phase;
    if (phase === at.phase) setTimeout(kill, at.fraction * lengths.of(order.driver, phase));
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as CrashReport;
    if (report.type === 'phase') onPhase(report.phase);
    else note(crash, report);
    // It failed by itself and would wait for ever.
    if (report.type === 'error') kill();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(crash);
      else reject(new Error(`the child ended by itself, with ${code ?? signal}`));
    });
  });
}

function note(crash: Crash, report: Exclude<CrashReport, { type: 'phase' }>): void {
  switch (report.type) {
    case 'profile':
      crash.profileId = report.id;
      return;
    case 'session':
      crash.session = { id: report.id, status: report.status };
      return;
    case 'execution':
      crash.execution = { id: report.id, shownSeq: -1, shownBytes: 0, result: null };
      return;
    case 'shown':
      if (crash.execution) Object.assign(crash.execution, { shownSeq: report.seq, shownBytes: report.bytes });
      return;
    case 'result':
      if (crash.execution) crash.execution.result = report.state;
      return;
    case 'error':
      crash.errors.push(report.text);
  }
}

/** Processes whose environment holds `marker`; Linux only, elsewhere none is found. */
export function processesMarked(marker: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(marker) ? [Number(name)] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}
