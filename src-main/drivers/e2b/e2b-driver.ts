/** The E2B driver: cloud sandboxes through E2B's SDK, with executions spoken straight to the sandbox (see README.md). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { ConnectRequest, Driver, DriverContext } from '../driver.ts';
import { deadline } from './abort.ts';
import { ControlPlane, installationKey, sessionKey } from './control-plane.ts';
import { disconnectSession, pauseSession } from './disconnect.ts';
import { openE2bTerminal } from './e2b-terminal.ts';
import { e2bFiles } from './files.ts';
import { type E2bSettings, e2bManifest, e2bSettingsSchema } from './manifest.ts';
import { readMetrics } from './metrics.ts';
import { portAddress } from './port-address.ts';
import { probeAccount } from './probe.ts';
import { remoteSandbox } from './remote-sandbox.ts';
import type { SdkSandbox } from './sdk.ts';
import { E2bSession } from './session.ts';
import { createOrClean, endQuietly, type StrayLog } from './strays.ts';
import { defaultTimings, type Timings } from './timings.ts';
import { watchFolder } from './watch.ts';

const attachSchema = z.looseObject({ sandboxId: z.string().min(1), guest: z.boolean().optional() });

/** Makes the driver. `timings` is for tests. */
export function createE2bDriver(
  context: DriverContext,
  timings: Partial<Timings> = {},
): Driver<E2bSettings, E2bSession> {
  const times: Timings = { ...defaultTimings, ...timings };
  const controlOf = (account: { settings: E2bSettings; credentials: Readonly<Record<string, string>> }) =>
    new ControlPlane(account, context.env, times.call);
  const strayLog: StrayLog = (level, message, sandboxId) =>
    context.log(level, message, sandboxId ? { sandboxId } : {});

  let helper: Promise<string> | undefined;
  const fileHelper = (): Promise<string> => {
    helper ??= readFile(join(context.resourcesFolder, 'filekit.py'), 'utf8');
    return helper;
  };

  return {
    manifest: e2bManifest,
    settingsSchema: e2bSettingsSchema,
    files: e2bFiles,
    defaultKeep: (settings) => settings.onDisconnect,

    async probe(account, signal) {
      return probeAccount(() => controlOf(account), signal);
    },

    async connect(request, signal) {
      const control = controlOf(request);
      if (signal.aborted) throw control.mapError(signal.reason, 'create', signal);
      // Stored before anything exists: by the nonce, a sandbox is found whose id never arrived.
      request.onMetadata({ nonce: request.sessionId, template: control.settings.template });
      request.onStep('Creating the sandbox');
      const ttlMs = leaseOf(control.settings, times);
      const sandbox = await createOrClean(
        control,
        { ttlMs, metadata: labels(context, request) },
        times,
        strayLog,
        signal,
      );
      try {
        return await open(control, sandbox, request, ttlMs, signal);
      } catch (error) {
        const problem = control.mapError(error, 'interpreter', signal);
        await endQuietly(control, sandbox.sandboxId, times, strayLog);
        throw problem;
      }
    },

    async attach(request, metadata, signal) {
      const control = controlOf(request);
      const { sandboxId, guest = false } = attachSchema.parse(metadata);
      request.onStep('Looking for the sandbox');
      const before = await control.info(sandboxId, signal);
      if (!before) {
        throw new SpecboardError('gone', 'The sandbox is no longer there.', {
          kept: 'Its output that reached SpecBoard is kept.',
          hint: 'Connect the profile for a new one.',
        });
      }
      const wasPaused = before.state === 'paused';
      request.onStep(wasPaused ? 'Waking the sandbox up' : 'Connecting to the sandbox');
      const ttlMs = leaseOf(control.settings, times);
      try {
        const sandbox = await control.connect(sandboxId, ttlMs, signal);
        const isOurs = before.metadata[installationKey] === context.installationId && !guest;
        const foreign = isOurs ? null : { asleep: wasPaused };
        return await open(control, sandbox, request, ttlMs, signal, foreign);
      } catch (error) {
        const problem = control.mapError(error, 'interpreter', signal);
        // It slept before we came: a failure must not let it run into its end.
        if (wasPaused) await control.pause(sandboxId, deadline(times.disconnect)).catch(() => {});
        throw problem;
      }
    },

    execute(session, request, sink, signal) {
      return session.use(() =>
        (request.language === 'python' ? session.python : session.shell).execute(request, sink, signal),
      );
    },

    disconnect: (session, { keep }, signal) => disconnectSession(session, keep, signal),
    pause: (session, signal) => pauseSession(session, signal),
    resetKernel: (session, signal) => session.use(() => session.python.reset(signal)),
    extend: (session, ms, signal) => session.extend(ms, signal),
    metrics: (session, signal) => readMetrics(session, context.now, signal),
    openTerminal: openE2bTerminal,
    watch: watchFolder,
    portAddress: async (session, port) => portAddress(session, port),

    async list(account, signal) {
      const found = await controlOf(account).list(signal);
      return found.map((info) => remoteSandbox(info, context.installationId));
    },

    async endRemote(account, sandboxId, signal) {
      await controlOf(account).kill(sandboxId, signal);
    },
  };

  async function open(
    control: ControlPlane,
    sandbox: SdkSandbox,
    request: ConnectRequest<E2bSettings>,
    leaseMs: number,
    signal: AbortSignal,
    foreign: { asleep: boolean } | null = null,
  ): Promise<E2bSession> {
    const metadata: JsonObject = {
      nonce: request.sessionId,
      template: control.settings.template,
      sandboxId: sandbox.sandboxId,
      domain: sandbox.sandboxDomain,
    };
    request.onMetadata(metadata);
    signal.throwIfAborted();
    request.onStep('Starting Python');
    const { now, log } = context;
    const parts = {
      ...{ control, sandbox, timings: times, metadata, leaseMs, now, log, fileHelper },
      foreign,
    };
    const session = new E2bSession(parts);
    try {
      await session.open(signal);
      signal.throwIfAborted();
      return session;
    } catch (error) {
      session.end(new SpecboardError('cancelled', 'The connection was not completed.'), true);
      session.dispose();
      throw error;
    }
  }
}

/** Life to ask for: short, and never longer than the profile's. */
function leaseOf(settings: E2bSettings, timings: Timings): number {
  return Math.min(settings.timeoutMinutes * 60_000, timings.ttl);
}

/** What a sandbox carries, so that it can be found again and is never taken for another installation's. */
function labels(context: DriverContext, request: ConnectRequest<E2bSettings>): Record<string, string> {
  return {
    ...request.settings.metadata,
    app: 'specboard',
    specboardProfile: request.profileName,
    [installationKey]: context.installationId,
    [sessionKey]: request.sessionId,
  };
}
