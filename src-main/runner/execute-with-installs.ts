/** Runs a cell, and where a package is missing: decide, ask, install, and the cell goes on. */
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { MissingPackage, OutputSink } from '../drivers/driver.ts';
import type { Installer } from './install.ts';
import { decideInstall, type InstallPolicy } from './install-policy.ts';
import type { MissingImport } from './protocol.ts';
import type { RunnerRequest } from './request.ts';
import { resolvePackage } from './resolve-package.ts';
import type { RunnerClient } from './runner-client.ts';

/** Everything the flow needs. */
export interface InstallFlow {
  client: RunnerClient;
  request: RunnerRequest;
  sink: OutputSink;
  signal: AbortSignal;
  policy: InstallPolicy;
  /** Asks the person; absent where there is nobody to ask. */
  ask?: (packages: MissingPackage[], signal: AbortSignal) => Promise<'install' | 'always' | 'skip'>;
  installer: Installer;
}

/** A cell may reveal one missing package after the other; after this many it is left to fail. */
const maxRounds = 8;

/**
 * Like `client.execute`, for Python with missing packages. Imports are looked at before the cell runs, so that it normally
 * runs once; one that is found only while it runs (a dynamic or conditional import) makes it run again from its start after
 * the install, and says so. What is not installed ends as the ModuleNotFoundError that it is.
 */
export async function executeWithInstalls(flow: InstallFlow): Promise<ExecutionResult> {
  const { client, request, sink, signal } = flow;
  if (request.language !== 'python' || request.argv) return client.execute(request, sink, signal);
  const began = performance.now();
  const rounds = new Rounds(flow);
  if (/\bimport\b|\b__import__\b|import_module/.test(request.code) && !signal.aborted) {
    const missing = await unlessAborted(findMissing(client, request.code), signal);
    const needed = (missing ?? []).filter((item) => !item.conditional).map((item) => item.name);
    await rounds.provide(needed);
  }
  for (;;) {
    const held = new HoldingSink(sink);
    const result = await client.execute(request, held, signal);
    const module =
      result.state === 'failed' && result.error?.name === 'ModuleNotFoundError'
        ? result.error.module
        : undefined;
    if (module !== undefined && !result.kernelLost && (await rounds.again(module))) continue;
    await held.release();
    return { ...result, durationMs: Math.max(result.durationMs, Math.round(performance.now() - began)) };
  }
}

/** The decisions of one execution: no package is asked about or tried twice. */
class Rounds {
  readonly #flow: InstallFlow;
  readonly #seen = new Set<string>();
  #policy: InstallPolicy;
  #count = 0;

  constructor(flow: InstallFlow) {
    this.#flow = flow;
    this.#policy = flow.policy;
  }

  /** A cell failed for want of `module`: true where it is there now and the cell should run again. */
  async again(module: string): Promise<boolean> {
    const { client, signal } = this.#flow;
    if (this.#seen.has(module) || this.#count >= maxRounds || signal.aborted) return false;
    // The module itself may be there and only a part of it missing: no package brings that.
    const missing = await unlessAborted(findMissing(client, `import ${module}`), signal);
    if (!missing?.some((item) => item.name === module)) return false;
    if (!(await this.provide([module]))) return false;
    await this.#say('info', 'The cell runs again from its start.');
    return true;
  }

  /** Resolves, decides, asks and installs. True where something was installed. */
  async provide(modules: readonly string[]): Promise<boolean> {
    const { ask, signal } = this.#flow;
    this.#count += 1;
    const packages: MissingPackage[] = [];
    for (const module of modules.filter((name) => !this.#seen.has(name))) {
      this.#seen.add(module);
      const resolved = resolvePackage(module);
      if ('package' in resolved) packages.push(resolved.package);
      else await this.#say('info', `${module} is not here: ${resolved.reason}.`);
    }
    const decision = decideInstall(this.#policy, packages, ask !== undefined);
    const accepted = [...decision.install];
    if (decision.ask.length > 0 && ask && !signal.aborted) {
      const answer = await unlessAborted(ask(decision.ask, signal), signal);
      if (answer === 'always' && this.#policy === 'ask') this.#policy = 'always';
      if (answer === 'install' || answer === 'always') accepted.push(...decision.ask);
      else decision.skip.push(...decision.ask);
    }
    for (const item of decision.skip) await this.#say('info', skipped(item, this.#policy));
    return accepted.length > 0 && !signal.aborted && (await this.#install(accepted));
  }

  async #install(packages: readonly MissingPackage[]): Promise<boolean> {
    const { installer, signal } = this.#flow;
    const names = packages.map((item) => item.distribution).join(', ');
    await this.#say('info', `Installing ${names} ...`);
    const outcome = await installer(packages, (line) => this.#say('info', line), signal);
    if (!outcome.ok) {
      if (outcome.kind !== 'cancelled') await this.#say('warning', `${outcome.message} ${outcome.hint}`);
      return false;
    }
    await this.#say('info', `Installed ${names}.`);
    return true;
  }

  async #say(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#flow.sink.write({ type: 'notice', level, text });
  }
}

/** Passes everything on, but keeps the error of a missing module until it is known whether the cell runs again. */
class HoldingSink implements OutputSink {
  readonly #sink: OutputSink;
  #held: OutputEvent | null = null;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  write(event: OutputEvent): void | Promise<void> {
    if (event.type === 'error' && event.error.module !== undefined) {
      this.#held = event;
      return;
    }
    return this.#sink.write(event);
  }

  async release(): Promise<void> {
    if (this.#held) await this.#sink.write(this.#held);
  }
}

/** Where the runner cannot say (it is gone, or was reset), nothing is known to be missing: running the cell tells. */
async function findMissing(client: RunnerClient, code: string): Promise<MissingImport[]> {
  return client.findMissing(code).catch(() => []);
}

function skipped(item: MissingPackage, policy: InstallPolicy): string {
  if (policy === 'never')
    return `${item.module} is not installed, and this profile installs nothing by itself.`;
  return `${item.module} is not installed (package ${item.distribution}).`;
}

/** The promise's value; undefined as soon as the signal aborts, whatever becomes of the promise. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) resolve(undefined);
  promise.catch(() => {}); // heard below, unless the abort came first
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
