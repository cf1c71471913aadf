/**
 * One engine for all test files of a run, started when the first of them asks. Vitest's main process runs this.
 * `test-engine.ts` is the other side.
 */
import { answerFiles } from '../ask-main.ts';
import {
  type DockerEngine,
  type EnginePlace,
  startDockerEngine,
  whyNoEngine,
} from './start-docker-engine.ts';

/** What a test is told: an engine, or why there is none. */
export type EngineAnswer = { engine: EnginePlace; reason: null } | { engine: null; reason: string };

/** Names the socket at which the main process listens. */
export const askVariable = 'SPECBOARD_TEST_ENGINE';

/** Vitest calls it once a project, before its tests; the result at the end of the run, also when tests failed. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Where there can be no engine nobody asks.
  if (whyNoEngine() !== null) return undefined;
  let starting: Promise<DockerEngine> | null = null;
  const end = await answerFiles(askVariable, async (): Promise<EngineAnswer> => {
    starting ??= startDockerEngine();
    try {
      const { url, socket, gateway } = await starting;
      return { engine: { url, socket, gateway }, reason: null };
    } catch (error) {
      return { engine: null, reason: String(error) };
    }
  });
  // Another project of the same run may answer already.
  if (end === undefined) return undefined;
  return async () => {
    end();
    await (starting as Promise<DockerEngine> | null)?.then((engine) => engine.close()).catch(() => {});
  };
}
