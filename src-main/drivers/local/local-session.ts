/** A live session on this computer: a runner in its sandbox, with its folders. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import { pipeOfChild } from '../../runner/byte-pipe.ts';
import type { Installer } from '../../runner/install.ts';
import { RunnerClient } from '../../runner/runner-client.ts';
import { RunnerFiles } from '../../runner/runner-files.ts';
import { abortable, deadline, SessionEvents } from '../base-driver.ts';
import type { DriverSession } from '../driver.ts';
import { watchDisk } from './disk-watch.ts';
import type { LocalFolders } from './local-folders.ts';
import type { LocalSettings } from './manifest.ts';
import type { SandboxProcess } from './sandbox-process.ts';

const resetDeadlineMs = 10_000;

/** What a session is made of. */
export interface LocalSessionParts {
  sandboxId: string;
  process: SandboxProcess;
  folders: LocalFolders;
  settings: LocalSettings;
  isolation: NonNullable<Session['isolation']>;
  warnings: string[];
  metadata: JsonObject;
  installer: Installer;
  /** The text of resources/filekit.py. */
  fileHelper: string;
  /** How often the size of the working folder is looked at while code runs. */
  diskEveryMs: number;
}

/** Owns its process; `end` stops everything in it. */
export class LocalSession extends SessionEvents implements DriverSession {
  readonly sandboxId: string;
  readonly isolation: NonNullable<Session['isolation']>;
  readonly warnings: readonly string[];
  readonly metadata: JsonObject;
  readonly endsAt = null;
  readonly folders: LocalFolders;
  readonly client: RunnerClient;
  readonly installer: Installer;
  /** Bytes that the session's own folder may hold; null where it is a folder of the person's own. */
  readonly diskLimit: number | null;
  /** The profile's rule about packages, or "always" once the person said so. */
  packages: LocalSettings['packages'];
  readonly #process: SandboxProcess;
  readonly #bulk: RunnerFiles;
  readonly #diskEveryMs: number;
  #running = 0;
  readonly #ending = new AbortController();

  constructor(parts: LocalSessionParts) {
    super();
    this.sandboxId = parts.sandboxId;
    this.isolation = parts.isolation;
    this.warnings = parts.warnings;
    this.metadata = parts.metadata;
    this.folders = parts.folders;
    this.installer = parts.installer;
    this.packages = parts.settings.packages;
    this.diskLimit = parts.folders.chosen ? null : parts.settings.diskMb * 1_048_576;
    this.#diskEveryMs = parts.diskEveryMs;
    this.#process = parts.process;
    this.client = new RunnerClient(pipeOfChild(parts.process.child));
    this.#bulk = new RunnerFiles(this.client, { source: parts.fileHelper, confined: true });
    this.client.onBackground((event) => this.late(event));
    this.client.onExit(() => this.#lost());
    this.client.onKernelLost((reason) => {
      // An execution says so itself; between two of them nobody would.
      if (this.#running > 0) return;
      const text = `Python ended by itself and was started anew: its variables are gone. ${reason}`.trim();
      this.late({ type: 'notice', level: 'warning', text });
    });
  }

  /** Aborts with `gone` when the session is ended: files that are on their way stop. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** The folders whose size counts as the sandbox's. */
  get measured(): string[] {
    return [this.folders.workspace, this.folders.temporary, this.folders.packages];
  }

  /** What the sandbox itself complained about, for a start that failed. */
  get said(): string {
    return this.#process.said;
  }

  /**
   * Many files at once, by a helper in the sandbox: it sees what code there sees, and leaves the working folder as little
   * where nothing else keeps it in. Throws `gone` where the sandbox has ended, `unsupported` on Windows.
   */
  bulk(): RunnerFiles {
    this.assertUsable('code');
    if (process.platform !== 'win32') return this.#bulk;
    throw new SpecboardError('unsupported', 'Many files at once are not possible on Windows.', {
      hint: 'Transfer them one by one.',
    });
  }

  /** Throws `gone` after the end. Files (`what`) outlive a sandbox that died: they can still be fetched until disconnect. */
  assertUsable(what: 'code' | 'files'): void {
    if (!(what === 'code' ? this.over : this.ending.aborted)) return;
    throw goneError();
  }

  /** Calls `onFull` with the reason, at most once, when the session's own folder holds too much; until the signal aborts. */
  watchFull(onFull: (reason: string) => void, signal: AbortSignal): void {
    const { diskLimit: limitBytes } = this;
    if (limitBytes === null) return;
    const options = { folders: this.measured, limitBytes, everyMs: this.#diskEveryMs };
    void watchDisk(options, () => onFull(fullReason(limitBytes)), signal);
  }

  /** Runs an execution and ends it where it fills the disk. Throws `gone` where nothing can run any more. */
  async guard(
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    this.assertUsable('code');
    const { diskLimit: limitBytes } = this;
    const over = new AbortController();
    const full = new AbortController();
    this.#running += 1;
    try {
      if (limitBytes === null) return await run(signal);
      this.watchFull(() => full.abort(), over.signal);
      const result = await run(AbortSignal.any([signal, full.signal]));
      const ended = result.state === 'cancelled' && full.signal.aborted && !signal.aborted;
      return ended ? fullResult(result, limitBytes) : result;
    } finally {
      this.#running -= 1;
      over.abort();
    }
  }

  /** Fresh Python: resolves when it is there. Throws `gone` after the end, `timeout` where the runner does not do it. */
  async resetPython(signal: AbortSignal): Promise<void> {
    this.assertUsable('code');
    const bounded = deadline(resetDeadlineMs, signal);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const listening = this.client.onKernelLost(() => resolve());
    this.#running += 1;
    try {
      // A cell sent between the answer and the end of the old Python would end with it.
      await abortable(Promise.all([this.client.reset(), ended]), bounded);
    } finally {
      this.#running -= 1;
      listening.dispose();
    }
  }

  /** Ends everything that runs in the sandbox; idempotent. */
  async end(): Promise<void> {
    this.#ending.abort(goneError());
    this.close();
    const closing = this.client.dispose();
    // Without isolation the runner first ends what it started; a sandbox is ended from outside, whatever the code does.
    if (this.isolation === 'none') await closing;
    await this.#process.kill();
    await closing;
  }

  #lost(): void {
    this.lose(
      new SpecboardError('gone', 'The sandbox on this computer ended unexpectedly.', {
        kept: 'All output up to then is stored. Variables are lost.',
        hint: 'Connect again.',
        ...(this.said ? { details: this.said } : {}),
      }),
    );
  }
}

function fullReason(limitBytes: number): string {
  return `It was ended because its files took more than ${Math.round(limitBytes / 1_048_576)} MB.`;
}

function goneError(): SpecboardError {
  return new SpecboardError('gone', 'The sandbox on this computer is no longer there.', {
    hint: 'Connect again.',
  });
}

function fullResult(result: ExecutionResult, limitBytes: number): ExecutionResult {
  const message = fullReason(limitBytes);
  const problem = new SpecboardError('no-space', message, {
    kept: 'The files are still there.',
    hint: 'Remove some of them, or allow more disk in the profile.',
  }).problem;
  return { ...result, state: 'failed', reason: message, problem };
}
