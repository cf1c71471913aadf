/** From nothing to a first result or a usable window, beside what a bare interpreter needs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../support/test-core.ts';
import { startBenchApp } from './app.ts';
import { type Spread, spread } from './stats.ts';

const root = join(import.meta.dirname, '../..');
const rounds = 9;

/** Times in ms. */
export interface Startup {
  /** `specboard run -c 1`, process start to exit. */
  cli: Spread;
  /** `node -e 0` and `python3 -c 1`, one after the other: the floor for any program that does this. */
  floor: Spread;
  window: Spread;
}

/** Measures; about half a minute. */
export async function measureStartup(): Promise<Startup> {
  const folder = temporaryFolder();
  const env = { ...process.env, SPECBOARD_HOME: folder.path };
  const once = (command: string, args: string[]) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return performance.now() - start;
  };
  const specboard = () =>
    once(process.execPath, [join(root, 'bin/specboard.mjs'), 'run', '--allow-unisolated', '-c', '1']);
  const floor = () => once(process.execPath, ['-e', '0']) + once('/usr/bin/python3', ['-c', '1']);
  specboard();
  const cli: number[] = [];
  const floors: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    cli.push(specboard());
    floors.push(floor());
  }
  const windows: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const bench = await startBenchApp();
    windows.push(bench.startMs);
    await bench.close();
  }
  folder.remove();
  return { cli: spread(cli), floor: spread(floors), window: spread(windows) };
}
