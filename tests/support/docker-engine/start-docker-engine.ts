/** A Docker engine for tests: Debian's dockerd with a folder, a socket and a bridge of its own. Nothing of a person's engine is used. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseAddress } from '../../../src-main/drivers/docker/engine/engine-address.ts';
import { EngineClient } from '../../../src-main/drivers/docker/engine/engine-client.ts';
import type { KeeperAnswer, KeeperOptions } from './engine-keeper.ts';
import { rootFilesystem } from './root-filesystem.ts';

/** Debian's Python with pip, coreutils, a user 1000; see `root-filesystem.ts`. */
export const pythonImage = 'specboard-test/python:1';
/** The same without Python. */
export const plainImage = 'specboard-test/plain:1';

/** What a test needs to know of an engine. */
export interface EnginePlace {
  /** For DOCKER_HOST or a profile: "unix:///...". */
  url: string;
  socket: string;
  /** Where containers on the network reach this machine; null where the engine has no network. */
  gateway: string | null;
}

/** An engine that a test started for itself. Whoever started it calls `close`. */
export interface DockerEngine extends EnginePlace {
  /** Everything that belongs to it is in there. */
  folder: string;
  /** Ends dockerd, with SIGKILL or as an administrator does. Its data stay. */
  end(how: 'stop' | 'kill'): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Ends it and removes everything it had. Twice is fine. */
  close(): Promise<void>;
}

/** Why no engine can be started here, in words; null where it can. */
export function whyNoEngine(): string | null {
  if (process.platform !== 'linux') return 'a Docker engine of the tests needs Linux';
  if (process.getuid?.() !== 0) return 'a Docker engine of the tests needs root';
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin');
  if (!folders.some((folder) => existsSync(join(folder, 'dockerd'))))
    return 'dockerd is not installed (docker.io)';
  return null;
}

/** Starts an engine; with the test images unless `images` is false. Rejects with dockerd's last words where it does not start. */
export async function startDockerEngine(
  options: Partial<KeeperOptions> & { images?: boolean } = {},
): Promise<DockerEngine> {
  const reason = whyNoEngine();
  if (reason !== null) throw new Error(reason);
  const { images = true, ...rest } = options;
  const keeper = new Keeper({ bridge: true, ...rest });
  try {
    const { socket, folder, gateway } = await keeper.answer();
    const place: EnginePlace = { url: `unix://${socket}`, socket, gateway };
    if (images) await importImages(place);
    return {
      ...place,
      folder,
      end: async (how) => void (await keeper.ask(how)),
      start: async () => void (await keeper.ask('start')),
      close: () => keeper.close(),
    };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

async function importImages({ url }: EnginePlace): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  const endpoint = { url, address: parseAddress(url), tls: null };
  const client = await EngineClient.connect({ endpoint, foundBy: 'the tests', env: {} }, signal);
  try {
    const changes = ['ENV PATH=/usr/local/bin:/usr/bin:/bin', 'ENV LANG=C.UTF-8', 'CMD ["bash"]'];
    await Promise.all([
      client.images.import(pythonImage, rootFilesystem({ python: true }), changes, signal),
      client.images.import(plainImage, rootFilesystem({ python: false }), changes, signal),
    ]);
  } finally {
    client.dispose();
  }
}

/** Our side of `engine-keeper.ts`. */
class Keeper {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  readonly #gone: Promise<void>;

  constructor(options: KeeperOptions) {
    // A group of its own: Ctrl-C ends the tests, and their end ends the keeper in good order.
    this.#child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'engine-keeper.ts'), JSON.stringify(options)],
      {
        detached: true,
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      },
    );
    this.#child.stdin.on('error', () => {}); // it has ended; the missing answer says so
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#gone = new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }

  async answer(): Promise<Extract<KeeperAnswer, { ok: true }>> {
    const { value, done } = await this.#lines.next();
    const answer: KeeperAnswer = done
      ? { ok: false, message: 'the keeper ended' }
      : (JSON.parse(value) as KeeperAnswer);
    if (!answer.ok) throw new Error(`No Docker engine for the tests: ${answer.message}`);
    return answer;
  }

  async ask(command: 'start' | 'stop' | 'kill'): Promise<void> {
    this.#child.stdin.write(`${command}\n`);
    await this.answer();
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#gone;
  }
}
