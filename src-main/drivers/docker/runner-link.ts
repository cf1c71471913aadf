/** How the runner in a container is reached: links to its keeper are execs; an image without Python is told apart from all else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { BytePipe } from '../../runner/byte-pipe.ts';
import { isMissingProgram } from './engine/map-engine-errors.ts';
import type { StartExec } from './plain-shell.ts';
import { type RunnerSources, runnerCommand } from './runner-command.ts';

/** What links are made of. */
export interface RunnerLinkOptions {
  exec: StartExec;
  /** Name of the keeper in the container: a nonce. */
  name: string;
  sources: RunnerSources;
  /** Environment of the code, with its secrets. */
  environment: Readonly<Record<string, string>>;
  /** In a container of ours, which has a folder for packages. */
  packages: boolean;
  /** A keeper without a client ends after so long; default never. */
  lingerSeconds?: number;
}

/** Opens links; remembers what an exec said that had no Python. */
export class RunnerLink {
  readonly #options: RunnerLinkOptions;
  #missing: SpecboardError | null = null;
  #said = '';

  constructor(options: RunnerLinkOptions) {
    this.#options = options;
  }

  /** Why there is no runner: the image has no Python. Null where it has, or that is not known yet. */
  get missing(): SpecboardError | null {
    return this.#missing;
  }

  /** What Python complained about last, for a start that failed. */
  get said(): string {
    return this.#said.trim().slice(-2_000);
  }

  /** Opens one. Throws `python-missing` where newer engines say so; older ones say it in the output: see `missing`. */
  readonly dial = async (signal: AbortSignal, mode: 'start' | 'attach'): Promise<BytePipe> => {
    if (this.#missing) throw this.#missing;
    const { exec: start, name, lingerSeconds, ...rest } = this.#options;
    const options = lingerSeconds === undefined ? {} : { options: { lingerSeconds } };
    // Whoever only attaches needs no environment: the code has it already.
    const environment = mode === 'start' ? rest.environment : {};
    const { argv, payload } = runnerCommand({ ...rest, environment, call: { mode, name, ...options } });
    const opening = new AbortController();
    const onAbort = (): void => opening.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const exec = await start({ cmd: argv, stdin: true }, opening.signal);
      const sending = exec.write(payload);
      sending.catch(() => {}); // its end says why
      return {
        readable: this.#read(exec),
        write: (bytes) => exec.write(bytes),
        close: () => exec.close(),
      };
    } catch (error) {
      if (error instanceof SpecboardError && error.code === 'not-found')
        throw this.#isMissing(error.problem.details);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };

  async *#read(exec: Awaited<ReturnType<StartExec>>): AsyncGenerator<Uint8Array> {
    let first = true;
    try {
      for await (const bytes of exec.stdout) {
        const words = first ? Buffer.from(bytes.subarray(0, 2_000)).toString('utf8') : '';
        first = false;
        if (isMissingProgram(127, words)) {
          this.#isMissing(words);
          return;
        }
        yield bytes;
      }
    } finally {
      this.#said = exec.stderrTail;
      exec.close();
    }
  }

  #isMissing(details?: string): SpecboardError {
    this.#missing = new SpecboardError('python-missing', 'The image has no python3.', {
      hint: 'Choose an image with Python, for example python:3.12-slim. Commands and terminals work without it.',
      ...(details ? { details } : {}),
    });
    return this.#missing;
  }
}

/** Reads the sources that go into the sandbox. */
export async function readSources(resourcesFolder: string): Promise<RunnerSources> {
  const [keeper, runner] = await Promise.all(
    ['keeper.py', 'runner.py'].map((name) => readFile(join(resourcesFolder, name), 'utf8')),
  );
  return { keeper: keeper ?? '', runner: runner ?? '' };
}
