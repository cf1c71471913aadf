/**
 * Requests to the helper (resources/synckit.py) in a sandbox. The interpreter and the helper's place are found with the first
 * request and remembered; the helper is put when it turns out to be missing. From then on a call is one command.
 */
import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import { stateFolder } from '../state-folder.ts';
import type { CountedPort, RunResult } from './counted-port.ts';
import { type Found, locateCommand, readFound } from './locate.ts';
import { packKit } from './pack-kit.ts';
import { quote } from './quote.ts';
import { elsewhereCodes, ReachingFiles } from './reaching-files.ts';
import { GarbledAnswer, withRetries } from './retry.ts';
import { decodeAnswer, encodeRequest, findAnswer } from './wire.ts';

/** What calls need beside the port. */
export interface KitOptions {
  readonly port: CountedPort;
  /** The text of the helper. */
  readonly kit: Uint8Array;
  readonly clock: Clock;
  /** 0 to 1, for pauses. */
  readonly random: () => number;
}

/** A request: `op` and what it needs. */
export interface KitRequest {
  readonly op: string;
  /** Absolute, `~`, `~/...`, or relative to the working folder. */
  readonly root: string;
  readonly rootId: string;
  readonly [field: string]: unknown;
}

/** Where things are. */
interface Place {
  readonly python: string;
  /** Folders that may hold the helper, the first untried one first. */
  readonly bases: readonly string[];
  readonly here: string;
  readonly home: string | null;
}

const failureSchema = z.strictObject({
  ok: z.literal(false),
  code: z.string().max(40),
  message: z.string().max(2000),
  path: z.string().max(10_000).nullable().optional(),
  state: z.unknown().optional(),
  marker: z.unknown().optional(),
  exists: z.unknown().optional(),
  python: z.unknown().optional(),
});

/** More than an answer line and a login shell's greetings. */
const mostOutput = 2 * 1024 * 1024;
const shortDeadlineMs = 60_000;

/** See the file's head. */
export class KitCaller {
  readonly #options: KitOptions;
  /** What is put. */
  readonly #kit: Uint8Array;
  readonly #name: string;
  readonly #files: ReachingFiles;
  #place: Place | null = null;
  #locating: Promise<void> | null = null;
  /** Answers in files that were read: told with the next request. */
  #done: string[] = [];

  constructor(options: KitOptions) {
    this.#options = options;
    this.#files = new ReachingFiles(options.port);
    this.#kit = packKit(options.kit);
    this.#name = `kit-${createHash('sha256').update(this.#kit).digest('hex').slice(0, 12)}.py`;
  }

  /** The answer to a request, checked. Throws `python-missing` where there is none. */
  async call<T>(
    request: KitRequest,
    schema: z.ZodType<T>,
    {
      deadlineMs,
      spare,
      signal,
    }: {
      deadlineMs: number /** A folder for a request that is too long. */;
      spare: string | null;
      signal: AbortSignal;
    },
  ): Promise<T> {
    const { clock, random } = this.#options;
    return withRetries({ clock, random, signal }, async () => {
      const done = this.#done.slice(0, 50);
      const value = await this.#ask(
        done.length > 0 ? { ...request, done } : request,
        deadlineMs,
        spare,
        signal,
      );
      this.#done = this.#done.filter((file) => !done.includes(file));
      return parseAnswer(value, schema);
    });
  }

  /** Puts a file; tried again like a request. */
  async put(
    path: string,
    data: () => AsyncIterable<Uint8Array>,
    { deadlineMs, onSent }: { deadlineMs: number; onSent?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random } = this.#options;
    const options = onSent ? { deadlineMs, onSent } : { deadlineMs };
    await withRetries({ clock, random, signal }, () => this.#files.put(path, data, options, signal));
  }

  /** Reads a file that an answer announced, and has it removed with a later request. */
  async get(
    { file, ...announced }: { file: string; bytes: number; sha256: string },
    { deadlineMs, onGot }: { deadlineMs: number; onGot?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { clock, random } = this.#options;
    const limits = { ...announced, deadlineMs, ...(onGot ? { onGot } : {}) };
    const bytes = await withRetries({ clock, random, signal }, () => this.#files.get(file, limits, signal));
    this.wasRead(file);
    return bytes;
  }

  /** Reads such a file as a stream, once. */
  stream(
    file: string,
    announced: { bytes: number; sha256: string | null; deadlineMs: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array> {
    return this.#files.stream(file, announced, signal);
  }

  /** A file of an answer was read and may go. */
  wasRead(file: string): void {
    if (this.#done.length < 1000) this.#done.push(file);
  }

  async #ask(
    request: KitRequest,
    deadlineMs: number,
    spare: string | null,
    signal: AbortSignal,
  ): Promise<unknown> {
    const limits = { maxBytes: mostOutput, deadlineMs };
    // At most: once to find, once to put, once more because the interpreter moved.
    for (let tries = 0; tries < 4; tries += 1) {
      if (!this.#place) {
        const answer = await this.#locate(request, limits, signal);
        if (answer) return answer.value;
      }
      const place = this.#place;
      const base = place?.bases[0];
      if (!place || base === undefined) continue;
      const word = await this.#wordOf(place, request, spare ?? base, signal);
      // The helper keeps its state in HOME; where the driver's files do not reach that, another folder stands for it.
      const above = posix.dirname(base);
      const home = above === place.home ? '' : `HOME=${quote(above)} `;
      const command = `${home}${quote(place.python)} -I -S -B ${quote(posix.join(base, this.#name))} ${quote(word)}`;
      const result = await this.#options.port.run(command, limits, signal);
      const answer = await this.#answerOf(result, signal);
      if (answer) return answer.value;
      if (result.exitCode === 127 || result.exitCode === 126) this.#forget(place);
      else if (isMissingKit(result)) await this.#put(place, tries > 0, signal);
      else throw garbled(result);
    }
    throw new GarbledAnswer('the helper can be neither found nor put');
  }

  /** Finds everything, once for all calls that wait for it; the answer where the helper was there to give it. */
  async #locate(
    request: KitRequest,
    limits: { maxBytes: number; deadlineMs: number },
    signal: AbortSignal,
  ): Promise<{ value: unknown } | null> {
    if (this.#locating) {
      await this.#locating.catch(() => {});
      return null;
    }
    let settled = (): void => {};
    this.#locating = new Promise((resolve) => {
      settled = resolve;
    });
    try {
      const encoded = encodeRequest(request);
      const word = 'word' in encoded && request.root.startsWith('/') ? encoded.word : null;
      const result = await this.#options.port.run(locateCommand(this.#name, word), limits, signal);
      const found = readFound(result.stdout, `exit code ${result.exitCode}; ${result.stderr.slice(-1000)}`);
      const { python, here, home } = found;
      if (python === null) throw noPython();
      const place = { python, here, home, bases: basesOf(found) };
      const answer = found.base !== null && word !== null ? await this.#answerOf(result, signal) : null;
      if (found.base !== null) this.#place = { ...place, bases: [found.base] };
      else await this.#put(place, false, signal);
      return answer;
    } finally {
      this.#locating = null;
      settled();
    }
  }

  /**
   * Puts the helper into the first folder that the driver's files reach, and where they reach none, by commands into the first.
   * `next`: the one before was of no use to commands.
   */
  async #put(place: Place, next: boolean, signal: AbortSignal): Promise<void> {
    const bases = next && place.bases.length > 1 ? place.bases.slice(1) : place.bases;
    const [first] = bases;
    if (first === undefined) throw notReachable();
    const { clock, random, port } = this.#options;
    const limits = { deadlineMs: shortDeadlineMs };
    const placeOf = (base: string): string => posix.join(base, this.#name);
    for (const [index, base] of bases.entries()) {
      try {
        await withRetries({ clock, random, signal }, () =>
          port.put(placeOf(base), pieces(this.#kit), limits, signal),
        );
        this.#place = { ...place, bases: bases.slice(index) };
        return;
      } catch (error) {
        if (signal.aborted || !(error instanceof SpecboardError)) throw error;
        if (error.code === 'python-missing') break;
        if (!elsewhereCodes.has(error.code)) throw error;
      }
    }
    await this.put(placeOf(first), () => pieces(this.#kit), limits, signal);
    this.#place = { ...place, bases };
  }

  async #wordOf(place: Place, request: KitRequest, folder: string, signal: AbortSignal): Promise<string> {
    const root = plainRoot(place, request.root);
    const encoded = encodeRequest({ ...request, root });
    if ('word' in encoded) return encoded.word;
    const path = posix.join(folder, `request-${randomBytes(8).toString('hex')}`);
    await this.put(path, () => pieces(encoded.file), { deadlineMs: shortDeadlineMs }, signal);
    return `@${path}`;
  }

  async #answerOf(result: RunResult, signal: AbortSignal): Promise<{ value: unknown } | null> {
    const answer = await findAnswer(result.stdout);
    if (!answer || 'value' in answer) return answer;
    const { at, ...announced } = answer.elsewhere;
    const packed = await this.#files.get(at, { ...announced, deadlineMs: shortDeadlineMs }, signal);
    this.wasRead(at);
    return { value: await decodeAnswer(packed) };
  }

  #forget(place: Place): void {
    if (this.#place === place) this.#place = null;
  }
}

/** The root as the helper understands it. */
function plainRoot({ here, home }: Place, root: string): string {
  if (root.startsWith('/')) return root;
  if (root === '~' || root.startsWith('~/')) return home === null ? root : posix.join(home, root.slice(1));
  return posix.join(here, root);
}

function basesOf({ home, here }: Found): string[] {
  const folders = home === null ? [here] : [home, here];
  return [...new Set(folders.map((folder) => posix.join(folder, stateFolder)))];
}

function isMissingKit({ exitCode, stderr }: RunResult): boolean {
  return exitCode === 2 && /can't open file|No such file/.test(stderr);
}

function garbled({ exitCode, stderr }: RunResult): GarbledAnswer {
  return new GarbledAnswer(`no answer; exit code ${exitCode ?? 'none'}; ${stderr.slice(-1500)}`);
}

function parseAnswer<T>(value: unknown, schema: z.ZodType<T>): T {
  const failure = failureSchema.safeParse(value);
  if (failure.success) throw failureOf(failure.data);
  const answer = schema.safeParse(value);
  if (answer.success) return answer.data;
  throw new SpecboardError(
    'protocol',
    'The sandbox answered with something that SpecBoard does not understand.',
    {
      kept: 'Nothing was changed on this computer.',
      hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
      details: z.prettifyError(answer.error).slice(0, 1000),
    },
  );
}

function failureOf({ code, message, path }: z.infer<typeof failureSchema>): SpecboardError {
  const details = { details: path ? `${message} (${path})` : message };
  switch (code) {
    case 'invalid':
      return new SpecboardError('invalid', 'The folder of the sync is not a folder in the sandbox.', {
        ...details,
        hint: 'Choose another folder there.',
      });
    case 'forbidden':
      return new SpecboardError('forbidden', 'The sandbox does not allow reading or writing there.', {
        ...details,
        hint: 'Choose another folder, or change its owner in the sandbox.',
      });
    case 'not-found':
      return new SpecboardError('not-found', 'It is not in the sandbox any more.', details);
    case 'conflict':
      return new SpecboardError('unavailable', 'Another sync uses this folder of the sandbox now.', {
        ...details,
        hint: 'Try again when that one is through.',
      });
    case 'no-space':
      return new SpecboardError('no-space', 'The disk of the sandbox is full.', {
        ...details,
        kept: 'No file there is half written.',
        hint: 'Remove something in the sandbox, then sync again.',
      });
    case 'unavailable':
      return new SpecboardError('unavailable', 'The folder in the sandbox was moved while it was read.', {
        ...details,
        hint: 'Sync again.',
      });
    case 'out-of-memory':
      return new SpecboardError('out-of-memory', 'The sandbox has too little memory for this sync.', {
        ...details,
        kept: 'No file is half written.',
        hint: 'Give the sandbox more memory, or exclude folders that need not be synced.',
      });
    case 'cancelled':
      return new SpecboardError('unavailable', 'The sandbox stopped the work before it was done.', {
        ...details,
        kept: 'No file is half written.',
      });
    case 'unsupported':
      return new SpecboardError(
        'unsupported',
        'The folder in the sandbox has more entries than can be synced.',
        {
          ...details,
          hint: 'Exclude folders that need not be synced.',
        },
      );
    default:
      return new SpecboardError('protocol', 'The helper in the sandbox failed.', {
        ...details,
        kept: 'No file is half written.',
        hint: 'Sync again; if it fails again, the details say more.',
      });
  }
}

function noPython(): SpecboardError {
  return new SpecboardError('python-missing', 'There is no Python 3.8 or newer in this sandbox.', {
    hint: 'Install Python there, or sync without it.',
  });
}

function notReachable(): SpecboardError {
  return new SpecboardError(
    'unsupported',
    'No folder of the sandbox is reached both by its commands and by its files.',
    {
      hint: 'Check the home folder of the sandbox.',
    },
  );
}

/** Bytes as a stream in pieces of 256 KB, so that progress can be seen. */
export async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144);
}
