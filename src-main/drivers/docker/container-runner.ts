/** The runner of one container, as its session uses it: started or found again, replaced where it died, absent where there is no Python. */
import type { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { KeptRunner } from '../../runner/kept-runner.ts';
import type { RunnerInfo } from '../../runner/protocol.ts';
import type { RunnerClient } from '../../runner/runner-client.ts';
import { RunnerFiles } from '../../runner/runner-files.ts';
import type { ContainerWatch } from './container-watch.ts';
import { LinkPatience } from './link-patience.ts';
import { assertShell } from './plain-shell.ts';
import { RunnerLink, type RunnerLinkOptions } from './runner-link.ts';

const defaultPatienceMs = 60_000;

/** What it is made with. */
export interface ContainerRunnerOptions {
  link: RunnerLinkOptions;
  watch: ContainerWatch;
  /** `attach`: variables of an earlier session are looked for. */
  mode: 'start' | 'attach';
  /** ms that a link may stay broken while the container is not frozen. Default 60 000. */
  patienceMs: number | undefined;
  /** The text of resources/filekit.py. */
  filekit: string;
  /** Absolute path in the container where relative paths of files start. */
  root: string;
}

/** See the file's first line. It dials at once; whoever makes it calls `dispose`. */
export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  readonly #link: RunnerLink;
  readonly #kept: KeptRunner;
  readonly #files = new WeakMap<RunnerClient, RunnerFiles>();
  #python: RunnerInfo | null = null;

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
    this.#link = new RunnerLink(options.link);
    const patience = new LinkPatience(this.#link, options.watch, options.patienceMs ?? defaultPatienceMs);
    this.#kept = new KeptRunner({
      dial: patience.dial,
      diagnose: patience.diagnose,
      mode: options.mode,
      // How long is enough is decided by `patience`: a frozen container is no broken link.
      patienceMs: Number.MAX_SAFE_INTEGER,
    });
    this.#kept.onLink((state) => patience.onLink(state));
    this.onLateOutput = this.#kept.onLateOutput;
    this.onKernelLost = this.#kept.onKernelLost;
    this.onTry = this.#kept.onTry;
  }

  /** Output that belongs to no execution. */
  readonly onLateOutput: KeptRunner['onLateOutput'];
  /** The variables of Python are gone, with the reason. */
  readonly onKernelLost: KeptRunner['onKernelLost'];
  /** The link broke and is tried again, or works again. */
  readonly onTry: KeptRunner['onTry'];

  /** The container cannot be reached any more, with the reason. Not for an image without Python. */
  onLost(listener: (error: SpecboardError) => void): void {
    this.#kept.onLost((error) => {
      if (!this.#link.missing) listener(error);
    });
  }

  /** Why there is no Python, where there is none. */
  get missing(): SpecboardError | null {
    return this.#link.missing;
  }

  /** What Python says of itself; null before it is there. */
  get python(): RunnerInfo | null {
    return this.#python;
  }

  /** What Python said of a start that failed. */
  get said(): string {
    return this.#link.said;
  }

  /** Waits until code can run: false where only commands can. Throws the true reason where nothing can run. */
  async ready(signal: AbortSignal): Promise<boolean> {
    try {
      this.#python = await this.#kept.ready(signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!this.missing) throw error;
      await this.#kept.dispose({ leave: false });
      await assertShell(this.#options.link.exec, signal);
      return false;
    }
  }

  /** The client to use now; ask each time. Throws `python-missing`, or why the runner is lost. */
  async client(signal: AbortSignal): Promise<RunnerClient> {
    if (this.missing) throw this.missing;
    return this.#kept.client(signal);
  }

  /** Looks at the link now. */
  check(signal: AbortSignal): Promise<LinkChange> {
    return this.#kept.check(signal);
  }

  /** Single files. Throws as `client` does. */
  async files(signal: AbortSignal): Promise<RunnerFiles> {
    const client = await this.client(signal);
    let files = this.#files.get(client);
    if (!files) {
      const { filekit, root } = this.#options;
      files = new RunnerFiles(client, { source: filekit, root, confined: false });
      this.#files.set(client, files);
    }
    return files;
  }

  /** Ends it; `leave` keeps Python with its variables alive in the container. Idempotent; never rejects. */
  async dispose(how: { leave: boolean }): Promise<void> {
    await this.#kept.dispose(how).catch(() => {});
  }
}
