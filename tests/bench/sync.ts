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
}

type Start = (root: string, delayMs: number) => Promise<Contender>;

/** A few minutes; `quick`: below 90 s, fewer repetitions. */
export async function measureSync(
  quick: boolean,
  say: (text: string) => void = () => {},
): Promise<SyncFigures> {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const root = mkdtempSync(join(memory, 'specboard-bench-'));
  const missing: string[] = [];
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
    const links = [];
    for (const delayMs of [0, 100]) {
      const programs = new Map<string, Measured>();
      for (const [name, start] of starts) {
        // Unison takes long over the far link: what it is there is in the full run.
        if (quick && name === 'Unison' && delayMs > 0) continue;
        say(`  ${name}, ${delayMs} ms ...`);
        const less = name === 'Unison' && delayMs > 0 ? { ...sizes, repeats: 1 } : sizes;
        programs.set(name, await measureProgram(start, join(root, 'run'), delayMs, tree, less));
      }
      links.push({ delayMs, programs });
    }
    say('  memory ...');
    const peaks = await measurePeaks(root, quick);
    say('  watching ...');
    const watch = await measureWatch(quick);
    return { links, peaks, watch, missing };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measureProgram(
  start: Start,
  root: string,
  delayMs: number,
  tree: string,
  sizes: Sizes,
): Promise<Measured> {
  const measured: Measured = new Map();
  for (const measure of [
    (program: Contender) => measureTree(program, tree, sizes),
    (program: Contender) => measureBig(program, sizes),
  ]) {
    mkdirSync(root);
    try {
      await using program = await start(root, delayMs);
      for (const [what, figures] of await measure(program)) measured.set(what, figures);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return measured;
}

/** The section of docs/performance.md. */
export function syncSection({ links, peaks, watch, missing }: SyncFigures): string {
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
`;
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
