/**
 * The Local driver: code on this computer, through the runner, in a folder of its own, kept apart by the operating system's
 * sandbox (bubblewrap on Linux, sandbox-exec on macOS). Where there is none it says so, and runs only with consent.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { executeWithInstalls } from '../../runner/execute-with-installs.ts';
import { abortable, abortError, abortedResult, deadline, wrapError } from '../base-driver.ts';
import type { ConnectRequest, Driver, DriverContext } from '../driver.ts';
import { folderBytes } from './disk-watch.ts';
import { sitePackages } from './environment.ts';
import { findPython, type Python } from './find-python.ts';
import { consentNeeded, findIsolation, warningsOf } from './isolation.ts';
import { type Isolation, type LaunchOptions, launchRunner } from './launch-runner.ts';
import { localFiles } from './local-files.ts';
import { type LocalFolders, makeFolders, removeFolders } from './local-folders.ts';
import { LocalSession } from './local-session.ts';
import { openLocalTerminal } from './local-terminal.ts';
import { type LocalSettings, localManifest, localSettingsSchema } from './manifest.ts';
import { createInstaller } from './package-installer.ts';
import { probeLocal } from './probe-local.ts';

/** For tests. */
export interface LocalOptions {
  /** Instead of trying what this computer has. */
  isolation?: Isolation;
  /** How often the size of the working folder is looked at while code runs; ms. */
  diskEveryMs?: number;
}

const startDeadlineMs = 30_000;

/** Makes the driver. A sandbox that works is remembered for the process's life. */
export function createLocalDriver(
  context: DriverContext,
  options: LocalOptions = {},
): Driver<LocalSettings, LocalSession> {
  const { workFolder, env, now } = context;
  const runner = join(context.resourcesFolder, 'runner.py');
  let known = options.isolation;

  const isolationHere = async (signal: AbortSignal): Promise<Isolation> => {
    if (known) return known;
    const found = await findIsolation(env, signal);
    // What is missing may be installed while SpecBoard runs.
    if (found.kind !== 'none') known = found;
    return found;
  };
  const pythonHere = (settings: LocalSettings, signal: AbortSignal): Promise<Python> =>
    findPython({ chosen: settings.python, env, cacheFile: join(workFolder, 'python.json'), now }, signal);

  async function connect(request: ConnectRequest<LocalSettings>, signal: AbortSignal): Promise<LocalSession> {
    const { settings, sessionId } = request;
    signal.throwIfAborted();
    request.onStep('Looking for Python');
    const [python, isolation] = await Promise.all([pythonHere(settings, signal), isolationHere(signal)]);
    if (isolation.kind === 'none' && !request.consent && !settings.allowUnisolated)
      throw consentNeeded(isolation);
    signal.throwIfAborted();
    request.onMetadata({ sandboxId: sessionId });
    request.onStep('Starting Python');
    const folders = await makeFolders(workFolder, sessionId, settings.folder);
    try {
      // There from the start: Python remembers that a folder of its path is missing, also after the first install made it.
      await mkdir(sitePackages(folders.packages, python), { recursive: true, mode: 0o700 });
      const fileHelper = await readFile(join(context.resourcesFolder, 'filekit.py'), 'utf8');
      return await start(request, { python, isolation, folders, fileHelper }, signal);
    } catch (error) {
      await removeFolders(workFolder, sessionId).catch(() => {});
      throw error;
    }
  }

  async function start(
    { settings, sessionId }: ConnectRequest<LocalSettings>,
    found: { python: Python; isolation: Isolation; folders: LocalFolders; fileHelper: string },
    signal: AbortSignal,
  ): Promise<LocalSession> {
    const { isolation, python, folders } = found;
    const launch: Omit<LaunchOptions, 'purpose' | 'network' | 'environment'> = {
      ...{ isolation, python, folders },
      runner,
      dataFolder: dirname(workFolder),
      limits: {
        memoryBytes: settings.memoryMb * 1_048_576,
        processes: settings.maxProcesses,
        fileBytes: settings.diskMb * 1_048_576,
      },
      hostEnv: env,
    };
    const { network, environment } = settings;
    const session = new LocalSession({
      sandboxId: sessionId,
      process: launchRunner({ ...launch, purpose: 'session', network, environment }),
      folders,
      settings,
      isolation: isolation.kind === 'none' ? 'none' : 'os-sandbox',
      warnings: warningsOf(isolation, settings),
      metadata: {
        sandboxId: sessionId,
        python: python.version.join('.'),
        folder: folders.workspace,
        ...(folders.chosen ? { filesStay: true } : {}),
      },
      installer: createInstaller(launch, settings.packageIndex),
      fileHelper: found.fileHelper,
      diskEveryMs: options.diskEveryMs ?? 2000,
    });
    try {
      await session.client.ready(deadline(startDeadlineMs, signal));
      return session;
    } catch (error) {
      await session.end();
      if (signal.aborted) throw abortError(signal);
      throw new SpecboardError('unavailable', 'Python could not be started in its sandbox.', {
        hint: 'See what is wrong with: specboard doctor.',
        details: session.said || (error instanceof Error ? error.message : String(error)),
      });
    }
  }

  const wrapped = async (
    request: ConnectRequest<LocalSettings>,
    signal: AbortSignal,
  ): Promise<LocalSession> => {
    try {
      return await connect(request, signal);
    } catch (error) {
      throw wrapError(error, signal, {
        code: 'unavailable',
        message: 'The sandbox on this computer could not be started.',
        hint: 'See what is wrong with: specboard doctor.',
      });
    }
  };

  return {
    manifest: localManifest,
    settingsSchema: localSettingsSchema,
    files: localFiles,
    defaultKeep: () => 'end',
    connect: wrapped,

    probe: ({ settings }, signal) =>
      probeLocal({
        python: () => pythonHere(settings, signal),
        isolation: () => isolationHere(signal),
        async start(sessionId) {
          const quiet = { profileName: '', credentials: {}, onStep: () => {}, onMetadata: () => {} };
          const session = await wrapped({ ...quiet, sessionId, settings, consent: false }, signal);
          await session.end();
          await removeFolders(workFolder, sessionId);
        },
      }),

    async execute(session, request, sink, signal) {
      if (signal.aborted) return abortedResult(signal);
      const { askInstall, ...rest } = request;
      return session.guard(signal, (guarded) => {
        if (request.language === 'shell') return session.client.execute(rest, sink, guarded);
        const ask: typeof askInstall = async (packages, askSignal) => {
          const answer = (await askInstall?.(packages, askSignal)) ?? 'skip';
          if (answer === 'always') session.packages = 'always';
          return answer;
        };
        const { client, packages: policy, installer } = session;
        const flow = { client, request: rest, sink, signal: guarded, policy, installer };
        return executeWithInstalls(askInstall ? { ...flow, ask } : flow);
      });
    },

    async disconnect(session) {
      await session.end();
      await removeFolders(workFolder, session.sandboxId);
    },

    async endRemote(_account, sandboxId) {
      await removeFolders(workFolder, sandboxId);
    },

    async metrics(session, signal) {
      session.assertUsable('code');
      const measured = session.diskLimit === null ? null : folderBytes(session.measured, signal);
      const usage = await abortable(session.client.metrics(), signal);
      return {
        at: now(),
        cpuPercent: usage.cpuPercent,
        cpuCount: cpus().length,
        memoryUsed: usage.memoryBytes,
        memoryTotal: totalmem(),
        diskUsed: await measured,
        diskTotal: session.diskLimit,
        processes: usage.processes,
        // Off, there is nothing to count; on, the network is the whole computer's, and so would the numbers be.
        networkReceived: null,
        networkSent: null,
      };
    },

    complete: (session, text, signal) => abortable(session.client.complete(text), signal),
    resetKernel: (session, signal) => session.resetPython(signal),
    ...(localManifest.capabilities.terminal ? { openTerminal: openLocalTerminal } : {}),
  };
}
