/** Peak memory of a sync: in a process of its own that runs what the build makes of the code, as the app does. */
import { closeSync, cpSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createBuilder } from 'vite';
import { runProgram } from './contender.ts';
import { makeTree, noise } from './trees.ts';

const root = join(import.meta.dirname, '../../..');
/** Below node_modules: native packages are found from there. */
const built = join(root, 'node_modules/.cache/specboard/bench-sync');

/** What a process held at most, in MB. */
export interface Peak {
  readonly what: string;
  readonly ourMb: number;
  /** Ours before its first sync: Node, the database. */
  readonly idleMb: number;
  /** The largest process of the helper in the sandbox. */
  readonly helperMb: number;
  readonly seconds: number;
}

/**
 * Many files, and one that is larger than memory should be. `folder`: an existing one for the data. Each is measured by `part`,
 * which may leave it out.
 */
export async function measurePeaks(
  folder: string,
  quick: boolean,
  part: (what: string, work: () => Promise<void>) => Promise<void>,
): Promise<Peak[]> {
  await buildChild();
  const files = quick ? 20_000 : 100_000;
  const gigabytes = quick ? 1 : 4;
  const peaks: Peak[] = [];
  for (const [what, fill] of [
    [
      `${files.toLocaleString('en')} files: first copy, 100 changed, no change`,
      (at: string) => makeTree(at, files),
    ],
    [
      `a ${gigabytes} GB file: first copy, 1 KB changed here, 1 KB changed there`,
      (at: string) => makeHuge(at, gigabytes),
    ],
  ] as const) {
    const run = join(folder, 'peak');
    await part(`memory: ${what}`, async () => {
      mkdirSync(join(run, 'local'), { recursive: true });
      fill(join(run, 'local'));
      const start = performance.now();
      try {
        const child = [join(built, 'peak-child.js'), run, String(files)];
        const { output } = await runProgram(process.execPath, child);
        const said = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Omit<Peak, 'what' | 'seconds'>;
        peaks.push({ what, ...said, seconds: (performance.now() - start) / 1000 });
      } finally {
        rmSync(run, { recursive: true, force: true });
      }
    });
  }
  rmSync(built, { recursive: true, force: true });
  return peaks;
}

/** Mostly holes, with a megabyte of noise now and then. */
function makeHuge(folder: string, gigabytes: number): void {
  const file = openSync(join(folder, 'huge.bin'), 'w');
  const size = gigabytes * 2 ** 30;
  ftruncateSync(file, size);
  for (let at = 0; at < size; at += size / 64) writeSync(file, noise(2 ** 20, at / 2 ** 20), 0, 2 ** 20, at);
  closeSync(file);
}

async function buildChild(): Promise<void> {
  process.env['NODE_ENV'] = 'production';
  const builder = await createBuilder({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    environments: {
      main: {
        build: {
          outDir: built,
          rolldownOptions: { input: { 'peak-child': join(import.meta.dirname, 'peak-child.ts') } },
        },
      },
    },
  });
  const main = builder.environments['main'];
  if (main === undefined) throw new Error('vite.config.ts has no main environment.');
  await builder.build(main);
  // What the code finds by its place.
  cpSync(join(root, 'resources/synckit.py'), join(built, 'resources/synckit.py'));
  cpSync(join(root, 'migrations'), join(built, 'migrations'), { recursive: true });
}
