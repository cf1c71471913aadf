/**
 * The sync beside rsync and Unison: the same trees and edits in one run, on a plain link and on one that waits 100 ms. Also what
 * it holds in memory, and how soon an edit is on the other side while it watches. Data lies in memory, where there is a tmpfs.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, spread } from './stats.ts';
import { type Contender, type Figures, isInstalled } from './sync/contender.ts';
import { startOurs } from './sync/ours.ts';
import { measurePeaks, type Peak } from './sync/peaks.ts';
import { startRsync } from './sync/rsync.ts';
import {
  type Goal,
  type Measured,
  measureBig,
  measureTree,
  type Sizes,
  situations,
} from './sync/scenarios.ts';
import { makeTree } from './sync/trees.ts';
import { startUnison } from './sync/unison.ts';
import { measureWatch, type WatchFigures } from './sync/watch.ts';

/** Everything that was measured. */
export interface SyncFigures {
  readonly links: readonly { readonly delayMs: number; readonly programs: ReadonlyMap<string, Measured> }[];
  readonly peaks: readonly Peak[];
  readonly watch: readonly WatchFigures[];
  /** Programs that are not installed here. */
  readonly missing: readonly string[];
  /** Parts that failed or for which no time was left, and why. */
  readonly leftOut: readonly string[];
}

type Start = (root: string, delayMs: number) => Promise<Contender>;

/** No part begins later than this; each ends by itself, because every program and every cycle has a limit. */
const budgetMs = { quick: 75_000, whole: 420_000 };

/**
 * A few minutes; `quick`: below 90 s on a machine that does nothing else, fewer repetitions. Parts do not depend on one another: one
 * that fails is said and the others go on.
 */
export async function measureSync(
  quick: boolean,
  say: (text: string) => void = () => {},
): Promise<SyncFigures> {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const root = mkdtempSync(join(memory, 'specboard-bench-'));
  const missing: string[] = [];
  const leftOut: string[] = [];
  const end = performance.now() + (quick ? budgetMs.quick : budgetMs.whole);
  const part = async (what: string, work: () => Promise<void>): Promise<void> => {
    if (performance.now() > end) {
      leftOut.push(`${what}: no time was left`);
      return;
    }
    say(`  ${what} ...`);
    try {
      await work();
    } catch (error) {
      leftOut.push(`${what}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`);
      say(`    failed: ${String(error)}`);
    }
  };
  const starts: [string, Start][] = [['SpecBoard', startOurs]];
  for (const [name, command, start] of [
    ['rsync', 'rsync', startRsync],
    ['Unison', 'unison', startUnison],
  ] as const) {
    if (await isInstalled(command)) starts.push([name, start]);
    else missing.push(name);
  }
  const sizes: Sizes = {
    files: 10_000,
    edits: 100,
    bigBytes: 100 * 2 ** 20,
    repeats: quick ? 1 : 3,
    changes: quick ? ['middle'] : ['middle', 'start', 'end'],
  };
  try {
    const tree = join(root, 'tree');
    makeTree(tree, sizes.files);
    const links = [0, 100].map((delayMs) => ({ delayMs, programs: new Map<string, Measured>() }));
    // What the goals are about first: it is measured also where time runs out.
    const rounds = [
      starts.filter(([name]) => name !== 'Unison'),
      starts.filter(([name]) => name === 'Unison'),
    ];
    const measureLinks = async (programs: typeof starts): Promise<void> => {
      for (const link of links)
        for (const [name, start] of programs) {
          const isSlow = name === 'Unison' && link.delayMs > 0;
          // Unison takes long over the far link: what it is there is in the full run.
          if (quick && isSlow) continue;
          const less = isSlow ? { ...sizes, repeats: 1 } : sizes;
          const measured: Measured = new Map();
          link.programs.set(name, measured);
          for (const [what, measure] of [
            ['10,000 files', (program: Contender) => measureTree(program, tree, less, measured)],
            ['100 MB', (program: Contender) => measureBig(program, less, measured)],
          ] as const)
            await part(`${name}, ${what}, ${link.delayMs} ms`, () =>
              measureProgram(start, join(root, 'run'), link.delayMs, measure),
            );
        }
    };
    await measureLinks(rounds[0] ?? []);
    const watch = await measureWatch(quick, part);
    const peaks = await measurePeaks(root, quick, part);
    await measureLinks(rounds[1] ?? []);
    return { links, peaks, watch, missing, leftOut };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measureProgram(
  start: Start,
  root: string,
  delayMs: number,
  measure: (program: Contender) => Promise<void>,
): Promise<void> {
  mkdirSync(root);
  try {
    await using program = await start(root, delayMs);
    await measure(program);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The section of docs/performance.md. */
export function syncSection({ links, peaks, watch, missing, leftOut }: SyncFigures): string {
  const tables = links.map(({ delayMs, programs }) => {
    const others = [...programs.keys()].filter((name) => name !== 'SpecBoard');
    const head = [
      '',
      'SpecBoard',
      'requests',
      'bytes',
      ...others.flatMap((name) => [name, 'bytes', 'ratio', 'bytes']),
    ];
    const rows = Object.entries(situations).flatMap(([what, goal]) => {
      const ours = programs.get('SpecBoard')?.get(what) ?? [];
      if (ours.length === 0) return [];
      const cells = others.flatMap((name) => {
        const theirs = programs.get(name)?.get(what) ?? [];
        const isYardstick = name === 'rsync';
        const wall = median(ours, 'ms') / median(theirs, 'ms');
        const bytes = median(ours, 'bytes') / median(theirs, 'bytes');
        const wallGoal = isYardstick
          ? delayMs > 0
            ? (goal as Goal).wallDelayed
            : (goal as Goal).wall
          : undefined;
        const bytesGoal = isYardstick ? (goal as Goal).bytes : undefined;
        return [
          milliseconds(median(theirs, 'ms')),
          size(median(theirs, 'bytes')),
          withGoal(wall, wallGoal),
          withGoal(bytes, bytesGoal),
        ];
      });
      const requests = median(ours, 'requests');
      const asked = (goal as Goal).requests;
      return [
        [
          what,
          milliseconds(median(ours, 'ms')),
          asked === undefined ? String(requests) : `${requests} (goal ${asked})`,
          size(median(ours, 'bytes')),
          ...cells,
        ],
      ];
    });
    return [
      `### ${delayMs > 0 ? `${delayMs} ms a request (rsync and Unison: ${delayMs} ms there and back)` : 'Plain link (loopback)'}`,
      '',
      `| ${head.join(' | ')} |`,
      `|${'---|'.repeat(head.length)}`,
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ].join('\n');
  });
  return `## Sync

Beside rsync (its own daemon, \`-a --no-whole-file --delete\`)${missing.includes('Unison') ? '' : ' and Unison (its own server)'}, the same trees and edits in one run; medians. "Bytes" are
those of both ways. The ratio of a goal is to rsync. One cycle of SpecBoard is measured from its start to the stored manifest, in
a process that runs, and it is two-way with conflicts, kept copies and hashes checked on both sides.${missing.map((name) => `\n${name} is not installed here and was left out.`).join('')}

${tables.join('\n\n')}

| Peak memory | before a sync | at the most | helper in the sandbox | Goal |
|---|---|---|---|---|
${peaks.map(peakRow).join('\n')}

| An edit is visible on the other side while it watches | Median | p90 | Goal |
|---|---|---|---|
${watch.flatMap(watchRows).join('\n')}
${leftOut.map((why) => `\nNot measured in this run: ${why}.`).join('\n')}`;
}

function peakRow({ what, ourMb, idleMb, helperMb }: Peak): string {
  const above = ourMb - idleMb;
  return `| ${what} | ${format(idleMb)} MB | ${format(ourMb)} MB, ${format(above)} MB more${above > 200 ? ' (missed)' : ''} | ${format(helperMb)} MB | 200 MB more |`;
}

function watchRows({ driver, up, down }: WatchFigures): string[] {
  return [
    `| ${driver}, edited here | ${format(up.median)} ms | ${format(up.p90)} ms | 250 ms${up.median > 250 ? ', missed' : ''} |`,
    `| ${driver}, edited by a command in the sandbox | ${format(down.median)} ms | ${format(down.p90)} ms | |`,
  ];
}

function median(figures: readonly Figures[], what: 'ms' | 'bytes' | 'requests'): number {
  return spread(figures.map((one) => one[what] ?? Number.NaN)).median;
}

function milliseconds(value: number): string {
  return value >= 10_000 ? `${format(value / 1000)} s` : `${format(value)} ms`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${format(bytes / 1000)} kB` : `${format(bytes / 1e6)} MB`;
}

function withGoal(ratio: number, goal: number | undefined): string {
  if (goal === undefined) return format(ratio);
  return `${format(ratio)} (goal ${goal}${ratio > goal ? ', missed' : ''})`;
}

if (import.meta.main) {
  const figures = await measureSync(process.argv.includes('--quick'), (text) =>
    process.stderr.write(`${text}\n`),
  );
  process.stdout.write(syncSection(figures));
}
