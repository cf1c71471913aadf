/**
 * The Local driver: code on this computer, through the runner, in a folder of its own, kept apart by the operating system's
 * sandbox (bubblewrap on Linux, sandbox-exec on macOS). Where there is none it says so, and runs only with consent.
 */
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { executeWithInstalls } from '../../runner/execute-with-installs.ts';
import { abortError } from '../base-driver.ts';
import type { Driver, DriverContext, ProbeReport } from '../driver.ts';
import { probeBubblewrap } from './bubblewrap.ts';
import { findPython, type Python } from './find-python.ts';
import { type Isolation, launchRunner } from './launch-runner.ts';
import { localFiles } from './local-files.ts';
import { makeFolders, removeFolders } from './local-folders.ts';
import { LocalSession } from './local-session.ts';
import { type LocalSettings, localManifest, localSettingsSchema } from './manifest.ts';
import { createInstaller } from './package-installer.ts';

const startDeadlineMs = 30_000;

/** Makes the driver. What it finds of isolation is remembered for the process's life. */
export function createLocalDriver(context: DriverContext): Driver<LocalSettings, LocalSession> {
  const { workFolder, env, now } = context;
  const runner = join(context.resourcesFolder, 'runner.py');
  let isolation: Promise<Isolation> | undefined;

  const isolationHere = (signal: AbortSignal): Promise<Isolation> => {
    isolation ??= findIsolation(env, signal);
    isolation.catch(() => {
      isolation = undefined;
    });
    return isolation;
  };
  const pythonHere = (settings: LocalSettings, signal: AbortSignal): Promise<Python> =>
    findPython({ chosen: settings.python, env, cacheFile: join(workFolder, 'python.json'), now }, signal);

  return {
    manifest: localManifest,
    settingsSchema: localSettingsSchema,
    defaultKeep: () => 'end',

    async probe({ settings }, signal) {
      const [python, found] = await Promise.all([
        pythonHere(settings, signal).catch((error: unknown) => error as Error),
        isolationHere(signal),
      ]);
      return report(python, found);
    },

    async connect(request, signal) {
      const { settings, sessionId } = request;
      const [python, found] = await Promise.all([pythonHere(settings, signal), isolationHere(signal)]);
      if (found.kind === 'none' && !request.consent && !settings.allowUnisolated) throw consentNeeded(found);
      signal.throwIfAborted();
      request.onMetadata({ sandboxId: sessionId });
      request.onStep('Starting Python');
      const folders = await makeFolders(workFolder, sessionId, settings.folder);
      const launch = {
        isolation: found,
        python,
        folders,
        runner,
        dataFolder: dirname(workFolder),
        memoryMb: settings.memoryMb,
        maxProcesses: settings.maxProcesses,
        hostEnv: env,
      };
      const session = new LocalSession({
        sandboxId: sessionId,
        child: launchRunner({
          ...launch,
          purpose: 'session',
          network: settings.network,
          environment: settings.environment,
        }),
        folders,
        settings,
        isolation: found.kind === 'none' ? 'none' : 'os-sandbox',
        warnings: warningsOf(found),
        metadata: { sandboxId: sessionId, python: python.version.join('.'), folder: folders.workspace },
        installer: createInstaller(launch, settings.packageIndex),
      });
      try {
        await session.client.ready(AbortSignal.any([signal, AbortSignal.timeout(startDeadlineMs)]));
        return session;
      } catch (error) {
        const { said } = session;
        await session.end();
        removeFolders(workFolder, sessionId);
        if (signal.aborted) throw abortError(signal);
        throw new SpecboardError('unavailable', 'Python could not be started in its sandbox.', {
          hint: 'See what is wrong with: specboard doctor.',
          details: said || (error instanceof Error ? error.message : String(error)),
        });
      }
    },

    execute(session, request, sink, signal) {
      const { askInstall, ...rest } = request;
      if (request.language === 'shell') return session.client.execute(rest, sink, signal);
      return executeWithInstalls({
        client: session.client,
        request: rest,
        sink,
        signal,
        policy: session.packages,
        installer: session.installer,
        ...(askInstall
          ? {
              ask: async (packages, askSignal) => {
                const answer = await askInstall(packages, askSignal);
                if (answer === 'always') session.packages = 'always';
                return answer;
              },
            }
          : {}),
      });
    },

    async disconnect(session) {
      await session.end();
      removeFolders(workFolder, session.sandboxId);
    },

    async endRemote(_account, sandboxId) {
      removeFolders(workFolder, sandboxId);
    },

    async metrics(session) {
      const usage = await session.client.metrics();
      return {
        at: now(),
        cpuPercent: usage.cpuPercent,
        cpuCount: cpus().length,
        memoryUsed: usage.memoryBytes,
        memoryTotal: totalmem(),
        diskUsed: null,
        diskTotal: null,
        processes: usage.processes,
      };
    },

    resetKernel: (session) => session.client.reset(),
    files: localFiles,
  };
}

async function findIsolation(env: DriverContext['env'], signal: AbortSignal): Promise<Isolation> {
  if (process.platform === 'linux') {
    const found = await probeBubblewrap(env, signal);
    signal.throwIfAborted();
    return found.works
      ? { kind: 'bubblewrap', ...found }
      : { kind: 'none', message: found.message, hint: found.hint };
  }
  if (process.platform === 'darwin' && existsSync('/usr/bin/sandbox-exec')) return { kind: 'seatbelt' };
  return {
    kind: 'none',
    message: 'This system has no sandbox that SpecBoard can use.',
    hint: 'For isolation use an E2B profile. Otherwise agree to run code as yourself.',
  };
}

const isolationNames = { bubblewrap: 'bubblewrap', seatbelt: 'sandbox-exec' };

function warningsOf(isolation: Isolation): string[] {
  return isolation.kind === 'none'
    ? ['Not isolated: code runs as you and can read and change your files.']
    : [];
}

function consentNeeded(isolation: Extract<Isolation, { kind: 'none' }>): SpecboardError {
  return new SpecboardError(
    'consent-needed',
    `${isolation.message} Code would run as you, on your own files.`,
    {
      kept: 'Nothing was started.',
      hint: `${isolation.hint} Or agree to run without isolation.`,
    },
  );
}

function report(python: Python | Error, isolation: Isolation): ProbeReport {
  const parts: NonNullable<ProbeReport['parts']> = [];
  if (python instanceof Error) {
    const hint = python instanceof SpecboardError ? python.problem.hint : undefined;
    parts.push({ name: 'Python', ok: false, message: python.message, ...(hint ? { hint } : {}) });
  } else {
    parts.push({
      name: 'Python',
      ok: true,
      message: `Python ${python.version.join('.')} (${python.executable}).`,
    });
  }
  if (isolation.kind === 'none') {
    parts.push({ name: 'Sandbox', ok: false, message: isolation.message, hint: isolation.hint });
  } else {
    parts.push({
      name: 'Sandbox',
      ok: true,
      message: `Code is isolated by ${isolationNames[isolation.kind]}.`,
    });
  }
  const bad = parts.find((part) => !part.ok);
  return {
    ok: parts[0]?.ok === true,
    message: parts.map((part) => part.message).join(' '),
    ...(bad?.hint ? { hint: bad.hint } : {}),
    parts,
  };
}
