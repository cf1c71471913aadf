/**
 * One engine for all test files of a run, started when the first of them asks. Vitest's main process runs this: it only listens
 * on a socket, so runs that need no engine wait for none. `test-engine.ts` is the other side.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type DockerEngine,
  type EnginePlace,
  startDockerEngine,
  whyNoEngine,
} from './start-docker-engine.ts';

/** What a test is told: an engine, or why there is none. */
export type EngineAnswer = { engine: EnginePlace; reason: null } | { engine: null; reason: string };

/** The name of the abstract socket at which the main process listens: inherited by all workers. */
export const askVariable = 'SPECBOARD_TEST_ENGINE';

let close: (() => Promise<void>) | null = null;

/** Vitest calls it once a project, before its tests. */
export async function setup(): Promise<void> {
  // Where there can be no engine nobody asks; and another project of the same run may listen already.
  if (whyNoEngine() !== null || process.env[askVariable] !== undefined) return;
  // No file: a run that is killed leaves nothing.
  const name = `specboard-tests-${randomUUID()}`;
  let starting: Promise<DockerEngine> | null = null;
  const answer = async (): Promise<EngineAnswer> => {
    starting ??= startDockerEngine();
    try {
      const { url, socket, gateway } = await starting;
      return { engine: { url, socket, gateway }, reason: null };
    } catch (error) {
      return { engine: null, reason: String(error) };
    }
  };
  const server = await listen(`\0${name}`, (socket) => {
    socket.on('error', () => {}); // the worker was killed
    void answer().then((value) => socket.end(JSON.stringify(value)));
  });
  process.env[askVariable] = name;
  close = async () => {
    delete process.env[askVariable];
    server.close();
    await (starting as Promise<DockerEngine> | null)?.then((engine) => engine.close()).catch(() => {});
  };
}

/** Vitest calls it at the end of the run, also when tests failed. */
export async function teardown(): Promise<void> {
  await close?.();
  close = null;
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
