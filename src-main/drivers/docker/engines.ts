/** Connections to engines, one for each that profiles name: finding an engine takes some tens of milliseconds, a ping one. */
import { homedir } from 'node:os';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { deadline } from '../base-driver.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { type FoundEngine, findEngine } from './engine/find-engine.ts';
import type { DockerSettings } from './settings.ts';

const pingMs = 3_000;

/** Which engine a profile means. */
export type EngineChoice = Pick<DockerSettings, 'engine' | 'allowInsecureEngine'>;

/**
 * Finds engines and remembers them. Sessions share the client of an engine; nothing of it keeps the process alive while
 * nothing is asked.
 */
export class Engines {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #found = new Map<string, FoundEngine>();

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** An engine that answers now. Throws the reason where there is none, `unsupported` for one of Windows containers. */
  async get(choice: EngineChoice, signal: AbortSignal): Promise<EngineClient> {
    return (await this.find(choice, signal)).client;
  }

  /** The same, with what was tried before. */
  async find(choice: EngineChoice, signal: AbortSignal): Promise<FoundEngine> {
    signal.throwIfAborted();
    const key = JSON.stringify([choice.engine, choice.allowInsecureEngine]);
    const known = this.#found.get(key);
    if (known && (await answers(known.client, signal))) return known;
    // Not disposed: a session may go on with it when the engine is back.
    this.#found.delete(key);
    const found = await findEngine(
      {
        chosen: choice.engine,
        allowInsecure: choice.allowInsecureEngine,
        env: this.#env,
        home: this.#env.HOME || homedir(),
        platform: process.platform,
      },
      signal,
    );
    if (found.client.description.os === 'windows') {
      found.client.dispose();
      throw new SpecboardError('unsupported', 'This engine runs Windows containers.', {
        hint: 'Switch Docker Desktop to Linux containers.',
      });
    }
    this.#found.set(key, found);
    return found;
  }
}

async function answers(client: EngineClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.ping(deadline(pingMs, signal));
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
