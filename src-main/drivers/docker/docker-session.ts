/** A live session in a container: its runner (or, without Python, plain execs), and the truth about what happens to it. */
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { type Installer, runnerInstaller } from '../../runner/install.ts';
import type { RunnerClient } from '../../runner/runner-client.ts';
import type { RunnerFiles } from '../../runner/runner-files.ts';
import { abortable, deadline, SessionEvents } from '../base-driver.ts';
import type { DriverSession, ExecuteRequest, OutputSink } from '../driver.ts';
import { BulkFiles } from './bulk-files.ts';
import { ContainerRunner } from './container-runner.ts';
import { ContainerWatch } from './container-watch.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { ContainerDetails } from './engine/engine-replies.ts';
import { guardedRun, pausedProblem } from './guarded-run.ts';
import { labelKeys } from './labels.ts';
import { MetricsStream } from './metrics-stream.ts';
import { createPackageInstaller } from './package-installer.ts';
import { runPlain, type StartExec } from './plain-shell.ts';
import type { RunnerSources } from './runner-command.ts';
import type { DockerSettings } from './settings.ts';
import { exportScript, packagesScript } from './shell-scripts.ts';
import type { ContainerTerminal } from './terminal.ts';

const foreignLingerSeconds = 3_600;
const resetMs = 15_000;
const idleMs = 4_000;
/** A reason is looked for so long; then the execution ends without it. */
const whyMs = 3_000;

const withoutPythonWarning =
  'The image has no python3: only commands and terminals work, without Python cells, files and packages. Choose an image with Python, for example python:3.12-slim.';

/** What a session is made of. */
export interface DockerSessionParts {
  engine: EngineClient;
  container: ContainerDetails;
  /** Made by this installation: it may be removed, stopped and frozen. Another one is only ever left. */
  own: boolean;
  /** The keeper of this session's runner in the container: a nonce. */
  keeper: string;
  /** `attach`: variables of an earlier session are looked for. */
  mode: 'start' | 'attach';
  settings: DockerSettings;
  /** For the code, with its secrets. */
  environment: Readonly<Record<string, string>>;
  sources: RunnerSources & { filekit: string };
  metadata: JsonObject;
  warnings: string[];
  /** ms that a broken link may stay broken. Default: the runner's own. */
  patienceMs?: number;
}

/** Owns what runs in the container for it; `end` ends all of that, and leaves the container itself to whoever calls. */
export class DockerSession extends SessionEvents implements DriverSession {
  readonly sandboxId: string;
  readonly isolation = 'container';
  readonly warnings: string[];
  readonly metadata: JsonObject;
  readonly endsAt = null;
  readonly engine: EngineClient;
  readonly own: boolean;
  /** The files lie on the engine's disk. As the container was made, whatever its profile says by now. */
  readonly filesOutliveStop: boolean;
  /** The session that made the container: an earlier one, where this one found it. Empty for somebody else's. */
  readonly ownerSessionId: string;
  readonly settings: DockerSettings;
  readonly environment: Readonly<Record<string, string>>;
  readonly watch: ContainerWatch;
  readonly terminals = new Set<ContainerTerminal>();
  readonly stats: MetricsStream;
  readonly bulk: BulkFiles;
  /** The profile's rule about packages, or "always" once the person said so. */
  packages: DockerSettings['packages'];
  readonly #runner: ContainerRunner;
  readonly #install: Installer | null;
  readonly #workingFolder: string;
  #asleep = false;
  #lost: SpecboardError | null = null;
  #running = 0;
  #ended: Promise<void> | null = null;
  #idle = Promise.withResolvers<void>();
  readonly #closing = new AbortController();

  constructor(parts: DockerSessionParts) {
    super();
    const { engine, container, settings } = parts;
    this.sandboxId = container.Id;
    this.engine = engine;
    this.own = parts.own;
    this.ownerSessionId = parts.own ? (container.Config.Labels[labelKeys.session] ?? '') : '';
    this.settings = settings;
    this.environment = parts.environment;
    this.metadata = parts.metadata;
    this.warnings = parts.warnings;
    this.packages = settings.packages;
    // The container's own: the profile may have been changed since it was made.
    this.#workingFolder = container.Config.WorkingDir || '/';
    this.filesOutliveStop = container.Config.Labels[labelKeys.storage] !== 'memory';
    const keepsFiles = !parts.own || this.filesOutliveStop;
    this.watch = new ContainerWatch({
      engine,
      containerId: container.Id,
      kept: keepsFiles
        ? 'All output up to then is stored. The container and its files are still there; variables are lost.'
        : 'All output up to then is stored. Files and variables are lost.',
    });
    this.watch.start(container);
    this.watch.onEnded((error) => this.#lose(error));
    this.stats = new MetricsStream((signal) => engine.containers.stats(container.Id, signal));
    this.bulk = new BulkFiles({ exec: this.exec, source: parts.sources.filekit, root: this.#workingFolder });
    this.#install = parts.own
      ? createPackageInstaller({
          ...{ engine, container, settings },
          environment: parts.environment,
          runner: parts.sources.runner,
        })
      : null;
    this.#runner = this.#startRunner(parts);
  }

  /** Starts a program in the container, as the user of the code. */
  readonly exec: StartExec = (spec, signal) => this.engine.containers.exec(this.sandboxId, spec, signal);

  /** Why there is no Python, where there is none. */
  get withoutPython(): SpecboardError | null {
    return this.#runner.missing;
  }

  /** What Python said of a start that failed. */
  get said(): string {
    return this.#runner.said;
  }

  /** The session was lost, and not ended on purpose. */
  get wasLost(): boolean {
    return this.#lost !== null;
  }

  /** Aborts when the session ends or is lost, with the reason: for what is on its way and depends on others, too. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** A script that sets up a shell as the code has it: secrets, and the packages that were installed. */
  get shellSetup(): string {
    const { python } = this.#runner;
    const [major, minor] = python?.python.split('.') ?? [];
    const packages = this.own && python ? packagesScript(`${major}.${minor}`) : '';
    return packages + exportScript(this.environment);
  }

  /** A path in the container; relative ones start in the working folder. */
  pathOf(path: string): string {
    return posix.resolve(this.#workingFolder, path);
  }

  /** Installs packages for this session: beside a container of ours, else in the container itself. */
  installer(client: RunnerClient): Installer {
    const { packageIndex } = this.settings;
    return this.#install ?? runnerInstaller(client, packageIndex === '' ? {} : { indexUrl: packageIndex });
  }

  /**
   * Waits until code can run. In an image without Python commands go without it, which `warnings` says. Throws the true reason
   * where nothing can run.
   */
  async ready(signal: AbortSignal): Promise<void> {
    if (!(await this.#runner.ready(signal))) this.warnings.push(withoutPythonWarning);
  }

  /** The runner to use now. Throws `gone`, `unavailable` (frozen) or `python-missing`. */
  async client(signal: AbortSignal): Promise<RunnerClient> {
    this.assertUsable();
    return this.#runner.client(signal);
  }

  /** Single files, through the runner. Throws as `client` does. */
  async files(signal: AbortSignal): Promise<RunnerFiles> {
    this.assertUsable();
    return this.#runner.files(signal);
  }

  /** Throws `gone` after the end, `unavailable` while the container is frozen. */
  assertUsable(): void {
    if (this.#asleep) {
      throw new SpecboardError('unavailable', 'The container is asleep.', { hint: 'Connect to it again.' });
    }
    if (this.over) throw this.#gone();
    if (this.watch.isPaused) throw pausedProblem();
  }

  /** Runs an execution with `run`, or ends it with the true reason. Throws what `assertUsable` throws. */
  async guard(
    sink: OutputSink,
    signal: AbortSignal,
    run: (sink: OutputSink, signal: AbortSignal) => Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    this.assertUsable();
    this.#running += 1;
    try {
      const events = {
        onPaused: this.watch.onPaused,
        onOutOfMemory: this.watch.onOutOfMemory,
        memoryMb: this.own ? this.settings.memoryMb : null,
        why: () => this.why(),
      };
      return await guardedRun(events, sink, signal, run);
    } finally {
      this.#done();
    }
  }

  /** A command in a container without Python. */
  runPlain(
    request: Omit<ExecuteRequest, 'askInstall'>,
    sink: OutputSink,
    signal: AbortSignal,
  ): Promise<ExecutionResult> {
    return runPlain({ exec: this.exec, environment: this.environment }, request, sink, signal);
  }

  /** See `DriverSession.checkLink`. */
  async checkLink(signal: AbortSignal): Promise<LinkChange> {
    if (!this.withoutPython) return this.#runner.check(signal);
    await this.watch.diagnose(signal);
    return { state: 'live' };
  }

  /** Why the container cannot be reached any more; null where it is there after all. Throws where the engine does not say. */
  async why(): Promise<SpecboardError | null> {
    if (this.#lost || this.over) return this.#lost;
    return this.watch.diagnose(AbortSignal.timeout(whyMs));
  }

  /** Fresh Python: resolves when it is there. */
  async resetPython(signal: AbortSignal): Promise<void> {
    const client = await this.client(signal);
    const bounded = deadline(resetMs, signal);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const listening = client.onKernelLost(() => resolve());
    this.#running += 1;
    try {
      // A cell sent between the answer and the end of the old Python would end with it.
      await abortable(Promise.all([client.reset(), ended]), bounded);
    } finally {
      this.#done();
      listening.dispose();
    }
  }

  /** Resolves when nothing runs, or soon: before freezing, what was cancelled should have ended. */
  async settle(): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, idleMs);
    await Promise.race([this.#idle.promise, promise]);
    clearTimeout(timer);
  }

  /**
   * Ends what this side holds, and what it started in the container; `leave` keeps Python with its variables alive there.
   * Idempotent; the container itself stays as it is.
   */
  end(how: { leave: boolean; asleep?: boolean }): Promise<void> {
    this.close();
    this.#closing.abort(this.#gone());
    this.#asleep ||= how.asleep ?? false;
    this.#ended ??= this.#end(how);
    return this.#ended;
  }

  #done(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers<void>();
  }

  async #end(how: { leave: boolean }): Promise<void> {
    this.stats.dispose();
    await Promise.allSettled([...this.terminals].map((terminal) => terminal.close()));
    await this.#runner.dispose(how);
    this.watch.dispose();
  }

  #startRunner(parts: DockerSessionParts): ContainerRunner {
    const { keeper, sources, environment, own, mode, patienceMs } = parts;
    // Nobody removes what a crash of ours leaves in somebody else's container.
    const linger = own ? {} : { lingerSeconds: foreignLingerSeconds };
    const runner = new ContainerRunner({
      link: { exec: this.exec, name: keeper, sources, environment, packages: own, ...linger },
      ...{ watch: this.watch, mode, patienceMs, filekit: sources.filekit, root: this.#workingFolder },
    });
    runner.onLost((error) => this.#lose(error));
    runner.onTry((link) => this.tellLink(link));
    // Without Python there is no link of ours: commands are execs of their own.
    this.watch.onEngine((link) => {
      if (this.withoutPython) this.tellLink(link);
    });
    runner.onLateOutput((event) => this.late(event));
    runner.onKernelLost((reason) => {
      // An execution says so itself; between two of them nobody would.
      if (this.#running > 0) return;
      const text = `Python ended by itself and was started anew: its variables are gone. ${reason}`.trim();
      this.late({ type: 'notice', level: 'warning', text });
    });
    return runner;
  }

  #lose(error: SpecboardError): void {
    if (this.over) return;
    this.#lost = error;
    this.#closing.abort(error);
    this.lose(error);
  }

  #gone(): SpecboardError {
    return (
      this.#lost ??
      new SpecboardError('gone', 'The session with this container has ended.', { hint: 'Connect again.' })
    );
  }
}
