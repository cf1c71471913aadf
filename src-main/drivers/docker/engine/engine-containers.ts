/** Containers: life cycle, programs in them, files as tar, readings. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import { abortError } from '../../base-driver.ts';
import { readStats } from './container-stats.ts';
import { type EngineCalls, mappedStream } from './engine-calls.ts';
import { EngineExec } from './engine-exec.ts';
import {
  type ContainerDetails,
  type ContainerExit,
  type ContainerProcesses,
  type ContainerSummary,
  type CreatedContainer,
  containerSchema,
  containerSummarySchema,
  createdSchema,
  execSchema,
  topSchema,
  waitSchema,
} from './engine-replies.ts';
import type { ContainerSpec, ContainerStats, EngineFilters, ExecSpec } from './engine-types.ts';
import type { EngineContext } from './map-engine-errors.ts';

/** See the file's first line. Failures are SpecboardErrors: `gone` where the container is not there or does not run. */
export class EngineContainers {
  readonly #calls: EngineCalls;

  constructor(calls: EngineCalls) {
    this.#calls = calls;
  }

  /** Creates a container, which does not run yet. `image-missing` where its image must be pulled first. */
  create(
    spec: ContainerSpec,
    options: { name?: string; platform?: string },
    signal: AbortSignal,
  ): Promise<CreatedContainer> {
    const query = { name: options.name, platform: options.platform };
    return this.#calls.json(
      createdSchema,
      { method: 'POST', path: '/containers/create', query, json: spec, signal },
      { ...doing('create the container'), name: spec.Image },
    );
  }

  /** Starts it; fine where it runs already. */
  start(id: string, signal: AbortSignal): Promise<void> {
    return this.#act(id, 'start', {}, signal);
  }

  /** All that is known of it. */
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetails> {
    return this.#calls.json(
      containerSchema,
      { method: 'GET', path: `${at(id)}/json`, signal },
      doing('look at the container'),
    );
  }

  /** Asks it to stop, and kills it after `graceSeconds`; fine where it does not run. */
  stop(id: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    return this.#act(id, 'stop', { t: String(graceSeconds) }, signal, (graceSeconds + 60) * 1000);
  }

  /** Sends its first process a signal. `gone` where it does not run. */
  kill(id: string, name: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGHUP', signal: AbortSignal): Promise<void> {
    return this.#act(id, 'kill', { signal: name }, signal);
  }

  /** Freezes all of it. */
  pause(id: string, signal: AbortSignal): Promise<void> {
    return this.#act(id, 'pause', {}, signal);
  }

  /** Goes on after `pause`. */
  unpause(id: string, signal: AbortSignal): Promise<void> {
    return this.#act(id, 'unpause', {}, signal);
  }

  /** Removes it with its anonymous volumes, also while it runs. Fine where it is not there; waits where it is being removed. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const query = { force: '1', v: '1' };
    try {
      await this.#calls.done(
        { method: 'DELETE', path: at(id), query, signal },
        doing('remove the container'),
      );
    } catch (error) {
      if (!(error instanceof SpecboardError)) throw error;
      const details = error.problem.details ?? '';
      if (/removal of container .* is already in progress/i.test(details)) return this.#removed(id, signal);
      if (error.code !== 'gone') throw error;
    }
  }

  /** Containers that fit all filters; `all`: also those that do not run. */
  list(filters: EngineFilters, options: { all: boolean }, signal: AbortSignal): Promise<ContainerSummary[]> {
    const query = { all: options.all ? '1' : '0', filters: JSON.stringify(filters) };
    return this.#calls.json(
      z.array(containerSummarySchema),
      { method: 'GET', path: '/containers/json', query, signal },
      doing('list the containers', 'engine'),
    );
  }

  /** Its processes, as `ps` on the engine's computer tells them. */
  top(id: string, signal: AbortSignal, psArguments = '-eo pid,ppid,pgid,args'): Promise<ContainerProcesses> {
    return this.#calls.json(
      topSchema,
      { method: 'GET', path: `${at(id)}/top`, query: { ps_args: psArguments }, signal },
      doing('list the processes'),
    );
  }

  /**
   * Waits, as long as it takes, until it does not run: at once for one that was not started yet. `next-exit` waits for the end
   * of its next run, and is asked for before the start.
   */
  wait(
    id: string,
    signal: AbortSignal,
    condition: 'not-running' | 'next-exit' = 'not-running',
  ): Promise<ContainerExit> {
    return this.#calls.json(
      waitSchema,
      { method: 'POST', path: `${at(id)}/wait`, query: { condition }, signal, headMs: null },
      doing('wait for the container'),
    );
  }

  /**
   * Runs a program in it. `not-found` where newer engines say that the image has no such program (see `isMissingProgram` for
   * the others), `gone` where the container does not run, `unavailable` where it is paused. Aborting `signal` also later ends the connection.
   */
  async exec(id: string, spec: ExecSpec, signal: AbortSignal): Promise<EngineExec> {
    const context: EngineContext = { ...doing('run the program', 'exec'), name: spec.cmd[0] ?? '' };
    const tty = spec.tty ?? false;
    const created = await this.#calls.json(
      createdSchema,
      {
        method: 'POST',
        path: `${at(id)}/exec`,
        json: {
          Cmd: spec.cmd,
          AttachStdin: spec.stdin ?? false,
          AttachStdout: true,
          AttachStderr: true,
          Tty: tty,
          ...(spec.env ? { Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`) } : {}),
          ...(spec.user === undefined ? {} : { User: spec.user }),
          ...(spec.cwd === undefined ? {} : { WorkingDir: spec.cwd }),
        },
        signal,
      },
      context,
    );
    const path = `/exec/${created.Id}`;
    const size = spec.size && this.#calls.speaks(42) ? { ConsoleSize: [spec.size.rows, spec.size.cols] } : {};
    const json = { Detach: false, Tty: tty, ...size };
    const raw = await this.#calls.hijack({ method: 'POST', path: `${path}/start`, json, signal }, context);
    const exec = new EngineExec(
      created.Id,
      raw,
      { tty, context, signal },
      {
        resize: ({ cols, rows }) =>
          this.#calls.done(
            { method: 'POST', path: `${path}/resize`, query: { h: String(rows), w: String(cols) }, signal },
            doing('resize the terminal', 'exec'),
          ),
        exitCode: (until) => this.#exitCode(path, until),
      },
    );
    // A program that has ended already has no size; that is not why it should fail.
    if (tty && spec.size && !this.#calls.speaks(42)) await exec.resize(spec.size).catch(() => {});
    if (signal.aborted) throw abortError(signal);
    return exec;
  }

  /** Unpacks a tar below `path`, which must be there. Implied parents belong to root: put folders into the tar. */
  putArchive(id: string, path: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    return this.#calls.done(
      {
        method: 'PUT',
        path: `${at(id)}/archive`,
        query: { path, noOverwriteDirNonDir: '1' },
        stream: tar,
        signal,
      },
      { ...doing('write the files', 'file'), name: path },
    );
  }

  /** A tar of what is at `path`: hostile input for whoever unpacks it. Leaving it ends the connection. */
  getArchive(id: string, path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#calls.bytes(
      { method: 'GET', path: `${at(id)}/archive`, query: { path }, signal },
      { ...doing('read the files', 'file'), name: path },
    );
  }

  /** A reading a second until it is left, aborted or the container ends. The first comes after one to two seconds. */
  stats(id: string, signal: AbortSignal): AsyncIterable<ContainerStats> {
    const context = doing('read the resources');
    const lines = this.#calls.lines(
      { method: 'GET', path: `${at(id)}/stats`, query: { stream: '1' }, signal },
      context,
    );
    return mappedStream(readStats(lines), context, signal);
  }

  async #removed(id: string, signal: AbortSignal): Promise<void> {
    const query = { condition: 'removed' };
    try {
      await this.#calls.done(
        { method: 'POST', path: `${at(id)}/wait`, query, signal },
        doing('wait for the container'),
      );
    } catch (error) {
      if (!(error instanceof SpecboardError && error.code === 'gone')) throw error;
    }
  }

  async #exitCode(path: string, signal: AbortSignal): Promise<number | null> {
    for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, 250)) {
      const details = await this.#calls.json(
        execSchema,
        { method: 'GET', path: `${path}/json`, signal },
        doing('look at the program', 'exec'),
      );
      // For a moment after the output's end the engine has not written down yet how it ended.
      if (!details.Running) return details.ExitCode;
      await delay(waitMs, undefined, { signal }).catch(() => {
        throw abortError(signal);
      });
    }
  }

  #act(
    id: string,
    action: string,
    query: Record<string, string>,
    signal: AbortSignal,
    headMs?: number,
  ): Promise<void> {
    const deadline = headMs === undefined ? {} : { headMs };
    return this.#calls.done(
      { method: 'POST', path: `${at(id)}/${action}`, query, signal, ...deadline },
      doing(`${action} the container`),
    );
  }
}

function at(id: string): string {
  return `/containers/${encodeURIComponent(id)}`;
}

function doing(words: string, subject: EngineContext['subject'] = 'container'): EngineContext {
  return { doing: words, subject };
}
