/** The Docker driver: code in containers of a Docker engine or Podman, made for code that nobody has read (see README.md). */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { parseSecretPairs } from '../../../src-shared/domain/secret-pairs.ts';
import { executeWithInstalls } from '../../runner/execute-with-installs.ts';
import {
  abortable,
  abortError,
  abortedResult,
  assertPort,
  deadline,
  isTimeout,
  wrapError,
} from '../base-driver.ts';
import type { ConnectRequest, Driver, DriverContext, ExecuteRequest, OutputSink } from '../driver.ts';
import { findContainer } from './attach.ts';
import { removeAfterFailure, startedContainer } from './create-container.ts';
import { disconnectSession, sleep } from './disconnect.ts';
import { dockerFiles } from './docker-files.ts';
import { DockerSession, type DockerSessionParts } from './docker-session.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { Engines } from './engines.ts';
import type { Ownership } from './labels.ts';
import { dockerManifest, secretEnvironmentField } from './manifest.ts';
import { readMetrics } from './metrics.ts';
import { checkedMounts } from './mount-check.ts';
import { publishedAddress } from './ports.ts';
import { probeDocker } from './probe-docker.ts';
import { listContainers, removeContainer } from './remote-containers.ts';
import { readSources } from './runner-link.ts';
import { type DockerSettings, dockerSettingsSchema } from './settings.ts';
import { suggestions } from './suggestions.ts';
import { openContainerTerminal } from './terminal.ts';

/** For tests. */
export interface DockerOptions {
  /** ms that a broken link may stay broken before a session counts as lost. */
  patienceMs?: number;
}

const pythonMs = 60_000;

/** Makes the driver. Engines that were found are remembered for the process's life. */
export function createDockerDriver(
  context: DriverContext,
  options: DockerOptions = {},
): Driver<DockerSettings, DockerSession> {
  const { installationId, appVersion, resourcesFolder, env, now } = context;
  const engines = new Engines(env);
  const log = (message: string): void => context.log('warn', message);
  let texts: Promise<DockerSessionParts['sources']> | null = null;
  const sources = (): Promise<DockerSessionParts['sources']> => {
    texts ??= Promise.all([
      readSources(resourcesFolder),
      readFile(join(resourcesFolder, 'filekit.py'), 'utf8'),
    ]).then(([runner, filekit]) => ({ ...runner, filekit }));
    return texts;
  };
  const mountsOf = (settings: DockerSettings, { description }: EngineClient) =>
    checkedMounts({
      mounts: settings.mounts,
      local: description.local,
      engineSocket: description.address.startsWith('unix://') ? description.address.slice(7) : null,
      env,
    });

  /** Waits until code can run in it. On failure all of ours in it has ended. */
  async function opened(parts: DockerSessionParts, signal: AbortSignal): Promise<DockerSession> {
    const session = new DockerSession(parts);
    try {
      await session.ready(deadline(pythonMs, signal));
      return session;
    } catch (error) {
      await session.end({ leave: parts.mode === 'attach' });
      if (signal.aborted) throw abortError(signal);
      throw withWords(isTimeout(error) ? notInTime() : error, session.said);
    }
  }

  /** The same for a container that is there; its Python may have died while nobody looked, its files have not. */
  async function found(parts: DockerSessionParts, signal: AbortSignal): Promise<DockerSession> {
    try {
      return await opened(parts, signal);
    } catch (error) {
      const isDead = error instanceof SpecboardError && error.code === 'kernel-died';
      if (!isDead || parts.mode !== 'attach') throw error;
      parts.warnings.push(
        'Python had ended meanwhile: the files of the container are there, its variables are not.',
      );
      return opened({ ...parts, mode: 'start' }, signal);
    }
  }

  async function connect(
    request: ConnectRequest<DockerSettings>,
    signal: AbortSignal,
  ): Promise<DockerSession> {
    if (signal.aborted) throw abortError(signal);
    const { sessionId, onStep, onMetadata } = request;
    const environment = secretEnvironment(request.credentials);
    onStep('Looking for Docker');
    const [engine, texts] = await Promise.all([engines.get(request.settings, signal), sources()]);
    const settings = { ...request.settings, mounts: await mountsOf(request.settings, engine) };
    const owner: Ownership = { installationId, sessionId, nonce: randomUUID(), appVersion };
    const metadata: JsonObject = { image: settings.image, engine: engine.description.address };
    const known = (found: JsonObject): void => onMetadata(Object.assign(metadata, found));
    const id = await startedContainer(
      { engine, settings, owner, onStep, onMetadata: known, now, log },
      signal,
    );
    try {
      onStep('Starting Python');
      const container = await engine.containers.inspect(id, signal);
      const warnings = warningsOf(settings, engine);
      const found = { engine, container, own: true, keeper: owner.nonce, mode: 'start' } as const;
      const parts = { ...found, settings, environment, sources: texts, metadata, warnings, ...options };
      return await opened(parts, signal);
    } catch (error) {
      await removeAfterFailure({ engine, owner, log });
      throw error;
    }
  }

  async function attach(
    request: ConnectRequest<DockerSettings>,
    known: JsonObject,
    signal: AbortSignal,
  ): Promise<DockerSession> {
    if (signal.aborted) throw abortError(signal);
    const { sessionId, onStep, onMetadata, settings } = request;
    const secrets = secretEnvironment(request.credentials);
    onStep('Looking for Docker');
    const [engine, texts] = await Promise.all([engines.get(settings, signal), sources()]);
    onStep('Looking for the container');
    const target = await findContainer(engine, { installationId, sessionId, onStep }, known, signal);
    const { container, own, keeper } = target;
    const metadata: JsonObject = {
      sandboxId: container.Id,
      image: container.Config.Image,
      engine: engine.description.address,
      keeper,
      ...(own ? {} : { foreign: true }),
    };
    onMetadata(metadata);
    onStep('Starting Python');
    // A container of ours has the open variables itself.
    const environment = own ? secrets : { ...settings.environment, ...secrets };
    return found({ ...target, engine, settings, environment, sources: texts, metadata, ...options }, signal);
  }

  const execute = async (
    session: DockerSession,
    request: ExecuteRequest,
    sink: OutputSink,
    signal: AbortSignal,
  ): Promise<ExecutionResult> => {
    if (signal.aborted) return abortedResult(signal);
    const { askInstall, ...rest } = request;
    const missing = session.withoutPython;
    if (missing && request.language === 'python') throw missing;
    return session.guard(sink, signal, async (output, stop): Promise<ExecutionResult> => {
      if (missing) return session.runPlain(rest, output, stop);
      const client = await session.client(stop);
      if (request.language === 'shell') return client.execute(rest, output, stop);
      const ask: typeof askInstall = async (packages, askSignal) => {
        const answer = (await askInstall?.(packages, askSignal)) ?? 'skip';
        if (answer === 'always') session.packages = 'always';
        return answer;
      };
      const installer = session.installer(client);
      const flow = { client, request: rest, sink: output, signal: stop, policy: session.packages, installer };
      return executeWithInstalls(askInstall ? { ...flow, ask } : flow);
    });
  };

  return {
    manifest: dockerManifest,
    settingsSchema: dockerSettingsSchema,
    files: dockerFiles,
    defaultKeep: ({ atDisconnect }) =>
      (({ remove: 'end', stop: 'pause', keep: 'leave' }) as const)[atDisconnect],
    connect: (request, signal) => plain(connect(request, signal), signal),
    attach: (request, metadata, signal) => plain(attach(request, metadata, signal), signal),
    execute,

    probe: ({ settings }, signal) =>
      probeDocker(
        {
          settings,
          find: (stop) => engines.find(settings, stop),
          checkMounts: ({ client }) => mountsOf(settings, client),
        },
        signal,
      ),
    disconnect: (session, { keep }, signal) => disconnectSession(session, installationId, keep, signal),
    list: async ({ settings }, signal) =>
      listContainers(await engines.get(settings, signal), installationId, signal),
    endRemote: async ({ settings }, id, signal) =>
      removeContainer(await engines.get(settings, signal), installationId, id, signal),
    metrics: (session, signal) => readMetrics(session, now, signal),
    async pause(session, signal) {
      session.assertUsable();
      if (!session.own) {
        throw new SpecboardError(
          'forbidden',
          'SpecBoard did not start this container, so it does not pause it.',
        );
      }
      await sleep(session, signal);
    },
    async openTerminal(session, size, { cwd }, signal) {
      session.assertUsable();
      const { exec, shellSetup: setup } = session;
      const why = (): Promise<SpecboardError | null> => session.why();
      const folder = cwd === undefined ? {} : { cwd: session.pathOf(cwd) };
      const terminal = await openContainerTerminal({ exec, setup, size, why, ...folder }, signal);
      session.terminals.add(terminal);
      void terminal.ended.then(() => session.terminals.delete(terminal));
      return terminal;
    },
    async portAddress(session, port, signal) {
      session.assertUsable();
      assertPort(port);
      return publishedAddress(session.engine, session.sandboxId, port, signal);
    },
    suggest: ({ settings }, key, signal) => suggestions({ settings, key, engines, env }, signal),
    complete: async (session, text, signal) =>
      session.withoutPython
        ? { stem: '', matches: [] }
        : abortable((await session.client(signal)).complete(text), signal),
    resetKernel: (session, signal) => session.resetPython(signal),
  };
}

async function plain<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw wrapError(error, signal, {
      code: 'unavailable',
      message: 'The container could not be started.',
      hint: 'See what is wrong with: specboard doctor.',
    });
  }
}

function notInTime(): SpecboardError {
  return new SpecboardError(
    'timeout',
    `Python did not start in its container within ${pythonMs / 1000} seconds.`,
    {
      hint: 'The engine may be busy: try again.',
    },
  );
}

function withWords(error: unknown, said: string): unknown {
  if (!(error instanceof SpecboardError) || said === '' || error.problem.details) return error;
  return new SpecboardError(error.code, error.message, { ...error.problem, details: said, cause: error });
}

/** Checked when they were stored; what is wrong here is not told back. */
function secretEnvironment(credentials: Readonly<Record<string, string>>): Record<string, string> {
  return parseSecretPairs(credentials[secretEnvironmentField] ?? '').pairs;
}

/** What a person must know as long as the session lives. */
function warningsOf({ network, user }: DockerSettings, { description }: EngineClient): string[] {
  const { limits, rootless } = description;
  const missing = [
    ...(limits.memory ? [] : ['memory']),
    ...(limits.processors ? [] : ['processors']),
    ...(limits.processes ? [] : ['processes']),
  ];
  return [
    ...(network
      ? ['Network is on: code also reaches your local network and services of this computer.']
      : []),
    ...(/^0(?::|$)/.test(user) && !rootless
      ? ['Code runs as root in its container: it has more ways to attack the engine.']
      : []),
    ...(missing.length === 0
      ? []
      : [`This engine cannot limit ${missing.join(', ')}: code can take all of it.`]),
  ];
}
