/**
 * One engine for all test files of a run, started when the first of them asks. Vitest's main process runs this: it only listens
 * on a socket, so runs that need no engine wait for none. `test-engine.ts` is the other side.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DockerEngine,
  type EnginePlace,
  startDockerEngine,
  whyNoEngine,
} from './start-docker-engine.ts';

/** What a test is told: an engine, or why there is none. */
export type EngineAnswer = { engine: EnginePlace; reason: null } | { engine: null; reason: string };

/** Where the main process listens: inherited by all workers. */
export const askVariable = 'SPECBOARD_TEST_ENGINE';

let close: (() => Promise<void>) | null = null;

/** Vitest calls it once a project, before its tests. */
export async function setup(): Promise<void> {
  // Another project of the same run has it already.
  if (process.env[askVariable] !== undefined || process.platform === 'win32') return;
  const folder = mkdtempSync(join(tmpdir(), 'sb-ask-'));
  const path = join(folder, 'engine.sock');
  let starting: Promise<DockerEngine> | null = null;
  const answer = async (): Promise<EngineAnswer> => {
    const reason = whyNoEngine();
    if (reason !== null) return { engine: null, reason };
    starting ??= startDockerEngine();
    try {
      const { url, socket, gateway } = await starting;
      return { engine: { url, socket, gateway }, reason: null };
    } catch (error) {
      return { engine: null, reason: String(error) };
    }
  };
  const server = await listen(path, (socket) => {
    socket.on('error', () => {}); // the worker was killed
    void answer().then((value) => socket.end(JSON.stringify(value)));
  });
  process.env[askVariable] = path;
  close = async () => {
    delete process.env[askVariable];
    server.close();
    await (starting as Promise<DockerEngine> | null)?.then((engine) => engine.close()).catch(() => {});
    rmSync(folder, { recursive: true, force: true });
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
