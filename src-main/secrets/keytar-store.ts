/**
 * The system's keyring through keytar (macOS Keychain, Windows Credential Manager, Secret Service). keytar blocks a thread
 * for as long as a prompt is open, answers null for "locked" as for "absent", and its findCredentials ends the whole
 * process on a locked keyring: it is never called here, and one call runs at a time.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import { type Clock, systemClock } from '../../src-shared/lib/clock.ts';
import { describeFinding, findKeyring, type KeyringFinding } from './keyring-diagnosis.ts';
import { keyringName } from './keyring-help.ts';
import { NotAnswered, OneAtATime } from './one-at-a-time.ts';
import type { SecretRead, SecretStore } from './store.ts';

/** The three calls of keytar that are used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** Everything a test may want to have its own way; each has the real thing as its default. */
export interface KeytarStoreOptions {
  loadKeytar?: () => Promise<Keytar>;
  findKeyring?: () => Promise<KeyringFinding>;
  clock?: Clock;
  platform?: NodeJS.Platform;
  /** Longest wait for an answer in ms, without and with a prompt. */
  deadlines?: { quiet: number; interactive: number };
}

/** Name under which the keyring shows all entries. */
export const keyringService = 'SpecBoard';

/** Windows takes 2560 bytes an entry, of which encodings may use some. */
const windowsLimitBytes = 2_000;

/** See the file's first lines. */
export class KeytarStore implements SecretStore {
  readonly #load: () => Promise<Keytar>;
  readonly #find: () => Promise<KeyringFinding>;
  readonly #platform: NodeJS.Platform;
  readonly #deadlines: { quiet: number; interactive: number };
  readonly #calls: OneAtATime;
  #keytar: Promise<Keytar> | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeytarStoreOptions = {}) {
    this.#platform = options.platform ?? process.platform;
    this.#load = options.loadKeytar ?? loadKeytar;
    this.#find = options.findKeyring ?? (() => findKeyring(this.#platform, process.env));
    this.#deadlines = options.deadlines ?? { quiet: 15_000, interactive: 60_000 };
    this.#calls = new OneAtATime(options.clock ?? systemClock);
  }

  /**
   * True while a call holds a thread beyond its deadline. A process cannot end in the ordinary way then (it waits for the
   * thread): use `endProcess` of end-process.ts.
   */
  get isBlocked(): boolean {
    return this.#calls.isBlocked;
  }

  async status(): Promise<SecretStoreStatus> {
    if (this.#calls.isBlocked) {
      const { message, hint } = waitsForAnswer().problem;
      return { state: 'locked', name: keyringName(this.#platform), message, ...(hint ? { hint } : {}) };
    }
    const loaded = await this.#keytarOrNull();
    return this.#describe(loaded ? await this.#find() : 'no-library');
  }

  get(account: string, { interactive }: { interactive: boolean }): Promise<SecretRead> {
    return this.#inOrder(() => this.#get(account, interactive));
  }

  async set(account: string, value: string): Promise<void> {
    if (value === '') throw new SpecboardError('invalid', 'The value is empty.');
    if (this.#platform === 'win32' && Buffer.byteLength(value) > windowsLimitBytes) throw tooLong(value);
    await this.#inOrder(() => this.#set(account, value));
  }

  delete(account: string): Promise<void> {
    return this.#inOrder(() => this.#delete(account));
  }

  /** Whole operations one after the other: a read that was asked for after a write sees it. */
  #inOrder<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  async #get(account: string, interactive: boolean): Promise<SecretRead> {
    await this.#check(interactive);
    const value = await this.#call(interactive, (keytar) => keytar.getPassword(keyringService, account));
    if (value !== null) return { state: 'found', value };
    // The prompt was refused, or nobody saw one.
    if ((await this.#find()) === 'locked') throw this.#problem('locked');
    return { state: 'absent' };
  }

  async #set(account: string, value: string): Promise<void> {
    await this.#check(true);
    await this.#call(true, (keytar) => keytar.setPassword(keyringService, account, value));
    const read = await this.#call(true, (keytar) => keytar.getPassword(keyringService, account));
    if (read !== value) {
      throw new SpecboardError('unavailable', 'The keyring took the key but does not give it back.', {
        hint: 'Try again, or keep the key for this session only.',
      });
    }
  }

  async #delete(account: string): Promise<void> {
    await this.#check(true);
    const deleted = await this.#call(true, (keytar) => keytar.deletePassword(keyringService, account));
    if (!deleted && (await this.#find()) === 'locked') throw this.#problem('locked');
  }

  /** Says what is missing before anything blocks; and where nobody asked, a locked keyring is not made to prompt. */
  async #check(interactive: boolean): Promise<void> {
    if (this.#calls.isBlocked) throw waitsForAnswer();
    const finding = await this.#find();
    if (finding === 'no-session-bus' || finding === 'no-secret-service') throw this.#problem(finding);
    if (!interactive && (finding === 'locked' || finding === 'not-set-up')) throw this.#problem(finding);
  }

  async #call<T>(interactive: boolean, action: (keytar: Keytar) => Promise<T>): Promise<T> {
    const keytar = await this.#keytarOrNull();
    if (!keytar) throw this.#problem('no-library');
    const deadline = interactive ? this.#deadlines.interactive : this.#deadlines.quiet;
    try {
      return await this.#calls.run(deadline, () => action(keytar));
    } catch (error) {
      if (error instanceof NotAnswered) throw waitsForAnswer();
      if (isStale(error)) throw restarted(error);
      const finding = await this.#find();
      if (finding === 'available' || finding === 'unknown') throw refused(error);
      throw this.#problem(finding, error);
    }
  }

  async #keytarOrNull(): Promise<Keytar | null> {
    this.#keytar ??= this.#load();
    try {
      return await this.#keytar;
    } catch {
      // Ask again next time: the person may just have installed what was missing.
      this.#keytar = null;
      return null;
    }
  }

  #describe(finding: KeyringFinding): SecretStoreStatus {
    return describeFinding(finding, this.#platform);
  }

  #problem(finding: KeyringFinding, cause?: unknown): SpecboardError {
    const { state, message, hint } = this.#describe(finding);
    return new SpecboardError(
      state === 'missing' ? 'keyring-missing' : 'keyring-locked',
      message ?? 'The keyring is locked.',
      {
        kept: 'Keys that are stored there are not touched.',
        ...(hint === undefined ? {} : { hint }),
        cause,
      },
    );
  }
}

function waitsForAnswer(): SpecboardError {
  return new SpecboardError(
    'keyring-locked',
    'The keyring does not answer: it may be waiting for its password.',
    {
      kept: 'Keys that are stored there are not touched.',
      hint: "Look for the system's prompt and answer it, then try again.",
    },
  );
}

/** libsecret holds on to the service it met first, for as long as the process lives. */
function isStale(error: unknown): boolean {
  return error instanceof Error && /The name :\d+\.\d+ was not provided/.test(error.message);
}

function restarted(error: unknown): SpecboardError {
  return new SpecboardError(
    'unavailable',
    'The keyring service was restarted, and SpecBoard cannot reach the new one.',
    {
      kept: 'Keys that are stored there are not touched.',
      hint: 'Quit SpecBoard and start it again.',
      retryable: false,
      cause: error,
    },
  );
}

/** keytar's texts name no secret: it never puts the value into them. */
function refused(error: unknown): SpecboardError {
  return new SpecboardError('unavailable', 'The keyring could not do this.', {
    hint: 'Try again, or keep the key for this session only.',
    details: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}

function tooLong(value: string): SpecboardError {
  const length = Buffer.byteLength(value);
  return new SpecboardError(
    'invalid',
    `The value is too long for Windows: ${length} bytes, at most ${windowsLimitBytes}.`,
    { hint: 'Use a shorter key, or set the environment variable instead.' },
  );
}

/** Loaded on first use: it is native code, and a system without libsecret must be able to start. */
async function loadKeytar(): Promise<Keytar> {
  const module = (await import('keytar')) as unknown as { default?: Keytar } & Keytar;
  return module.default ?? module;
}
