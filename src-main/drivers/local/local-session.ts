/** A live session on this computer: a runner in its sandbox, with its folders. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import { pipeOfChild } from '../../runner/byte-pipe.ts';
import type { Installer } from '../../runner/install.ts';
import { RunnerClient } from '../../runner/runner-client.ts';
import { SessionEvents } from '../base-driver.ts';
import type { DriverSession } from '../driver.ts';
import type { LocalFolders } from './local-folders.ts';
import type { LocalSettings } from './manifest.ts';

/** What a session is made of. */
export interface LocalSessionParts {
  sandboxId: string;
  child: ChildProcessWithoutNullStreams;
  folders: LocalFolders;
  settings: LocalSettings;
  isolation: NonNullable<Session['isolation']>;
  warnings: string[];
  metadata: JsonObject;
  installer: Installer;
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
  /** The profile's rule about packages, or "always" once the person said so. */
  packages: LocalSettings['packages'];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  #said = '';

  constructor(parts: LocalSessionParts) {
    super();
    this.sandboxId = parts.sandboxId;
    this.isolation = parts.isolation;
    this.warnings = parts.warnings;
    this.metadata = parts.metadata;
    this.folders = parts.folders;
    this.installer = parts.installer;
    this.packages = parts.settings.packages;
    this.#child = parts.child;
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.#said += error.message;
        resolve();
      });
    });
    this.client = new RunnerClient(pipeOfChild(this.#child));
    this.client.onBackground((event) => this.late(event));
    this.client.onExit(() => {
      this.lose(
        new SpecboardError('gone', 'The sandbox on this computer ended unexpectedly.', {
          kept: 'All output up to then is stored. Variables are lost.',
          hint: 'Connect again.',
          details: this.#said.trim(),
        }),
      );
    });
  }

  /** What the sandbox itself complained about, for a start that failed. */
  get said(): string {
    return this.#said.trim();
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Ends everything that runs in the sandbox; idempotent. */
  async end(): Promise<void> {
    this.close();
    await this.client.dispose();
    // Killing bubblewrap kills its whole process namespace; the runner without isolation has swept its children already.
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
