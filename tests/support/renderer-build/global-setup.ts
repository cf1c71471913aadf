/** One build of the page for all test files of a run, made in Vitest's main process when the first of them asks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerFiles } from '../ask-main.ts';
import { buildRenderer, type RendererBuild } from './build-renderer.ts';

/** What a test file is told: where the page is, or why it could not be built. */
export type BuildAnswer = { folder: string; problem?: undefined } | { problem: string };

/** Names the socket at which the main process listens. */
export const askVariable = 'SPECBOARD_TEST_RENDERER';

/** Vitest calls it once a project, before its tests; the result at the end of the run, also when tests failed. */
export async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'specboard-renderer-'));
  const made = new Map<boolean, Promise<BuildAnswer>>();
  // One build after the other: a build sets NODE_ENV while it runs.
  let last: Promise<unknown> = Promise.resolve();
  const end = await answerFiles(askVariable, (question) => {
    const { profiling } = question as RendererBuild;
    let answer = made.get(profiling);
    if (answer === undefined) {
      const out = join(folder, profiling ? 'profiling' : 'release');
      answer = last
        .then(() => buildRenderer(out, { profiling }))
        .then(
          () => ({ folder: out }),
          (error: unknown) => ({ problem: `The page could not be built: ${String(error)}` }),
        );
      made.set(profiling, answer);
      last = answer;
    }
    return answer;
  });
  return () => {
    end?.();
    rmSync(folder, { recursive: true, force: true });
  };
}
