/** The Daytona driver: cloud sandboxes through Daytona's SDK, with the runner inside of them (see README.md). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { parseSecretPairs } from '../../../src-shared/domain/secret-pairs.ts';
import { executeWithInstalls } from '../../runner/execute-with-installs.ts';
import { runnerInstaller } from '../../runner/install.ts';
import { openRunnerTerminal } from '../../runner/runner-terminal.ts';
import { abortable, abortedResult, deadline } from '../base-driver.ts';
import type {
  Account,
  ConnectRequest,
  Driver,
  DriverContext,
  ExecuteRequest,
  OutputSink,
} from '../driver.ts';
import { ControlPlane } from './control-plane.ts';
import { disconnectSession, pauseSession } from './disconnect.ts';
import { daytonaFiles } from './files.ts';
import { type DaytonaSettings, daytonaManifest, daytonaSettingsSchema, labelKeys } from './manifest.ts';
import { readMetrics } from './metrics.ts';
import { portAddress } from './ports.ts';
import { prepareSandbox } from './prepare-sandbox.ts';
import { probeAccount } from './probe.ts';
import { isAsleep, isGoingToSleep, remoteSandbox, type SandboxRecord } from './sandbox-record.ts';
import { DaytonaSession } from './session.ts';
import { createOrClean, deleteQuietly, type StrayLog } from './strays.ts';
import { defaultTimings, type Timings } from './timings.ts';
import { waitUntilStarted } from './wait-for-state.ts';

/** What an earlier session left; everything but the id is missing for a sandbox of somebody else. */
const attachSchema = z.looseObject({
  sandboxId: z.string().min(1),
  keeper: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/)
    .optional()
    .catch(undefined),
  /** Another session of ours uses it: nothing is taken over, all is left as it is. */
  guest: z.boolean().optional(),
});

/** How a session comes to its sandbox. */
interface Opening {
  control: ControlPlane;
  record: SandboxRecord;
  request: ConnectRequest<DaytonaSettings>;
  keeper: { name: string; mode: 'start' | 'attach' };
  foreign: { asleep: boolean } | null;
}

/** Makes the driver. `timings` is for tests. */
export function createDaytonaDriver(
  context: DriverContext,
  timings: Partial<Timings> = {},
): Driver<DaytonaSettings, DaytonaSession> {
  const times: Timings = { ...defaultTimings, ...timings };
  const controlOf = (account: Account<DaytonaSettings>) => new ControlPlane(account, times);
  const strayLog: StrayLog = (level, message, sandboxId) =>
    context.log(level, message, sandboxId ? { sandboxId } : {});

  return {
    manifest: daytonaManifest,
    settingsSchema: daytonaSettingsSchema,
    files: daytonaFiles,
    defaultKeep: (settings) => settings.onDisconnect,
    probe: (account, signal) => probeAccount(() => controlOf(account), signal),

    async connect(request, signal) {
      const control = controlOf(request);
      if (signal.aborted) throw control.mapError(signal.reason, 'create', signal);
      // Stored before anything exists: by the nonce, a sandbox is found whose id never arrived.
      request.onMetadata({ nonce: request.sessionId });
      request.onStep('Creating the sandbox');
      const released = Promise.withResolvers<void>();
      try {
        const labels = labelsOf(context, request);
        const record = await createOrClean(control, { labels }, strayLog, signal, released.resolve);
        request.onMetadata({ nonce: request.sessionId, sandboxId: record.id });
        try {
          const keeper = { name: request.sessionId, mode: 'start' } as const;
          return await open({ control, record, request, keeper, foreign: null }, signal);
        } catch (error) {
          const problem = control.mapError(error, 'sandbox', signal);
          await deleteQuietly(control, record.id, strayLog);
          throw problem;
        }
      } catch (error) {
        // A stray may still be looked for.
        void released.promise.then(() => control.dispose());
        throw error;
      }
    },

    async attach(request, metadata, signal) {
      const control = controlOf(request);
      try {
        const { sandboxId, keeper, guest = false } = attachSchema.parse(metadata);
        request.onStep('Looking for the sandbox');
        const record = await control.info(sandboxId, signal);
        if (!record) throw goneBefore();
        const isOurs = record.labels[labelKeys.installation] === context.installationId;
        const asleep = isAsleep(record.state) || isGoingToSleep(record.state);
        try {
          // What sleeps with its memory wakes up with its Python.
          const lives = keeper !== undefined && (!asleep || /^paus/.test(record.state));
          const opening = {
            ...{ control, record, request },
            keeper: {
              name: keeper ?? request.sessionId,
              mode: lives ? ('attach' as const) : ('start' as const),
            },
            foreign: isOurs && !guest ? null : { asleep },
          };
          return await open(opening, signal);
        } catch (error) {
          const problem = control.mapError(error, 'sandbox', signal);
          // It slept before we came: a failure must not let it run, and cost.
          if (asleep) {
            const limit = deadline(times.call, new AbortController().signal);
            // A stop would lose the memory that a pause has kept.
            const sleep = /^paus/.test(record.state)
              ? control.pause(sandboxId, limit)
              : control.stop(sandboxId, limit);
            await sleep.catch(() => {});
          }
          throw problem;
        }
      } catch (error) {
        await control.dispose();
        throw error;
      }
    },

    async execute(session, request, sink, signal) {
      if (signal.aborted) return abortedResult(signal);
      const stop = AbortSignal.any([signal, session.closing]);
      return session.use(async () => {
        try {
          return await session.explained(await run(session, request, sink, stop));
        } catch (error) {
          // A disconnect, or a cancel, that came while the link was waited for.
          if (stop.aborted) return abortedResult(stop);
          throw error;
        }
      });
    },

    disconnect: (session, { keep }, signal) => disconnectSession(session, keep, signal),
    pause: (session, signal) => pauseSession(session, signal),
    complete: async (session, text, signal) =>
      abortable((await session.client(signal)).complete(text), signal),
    resetKernel: (session, signal) => session.use(() => session.resetPython(signal)),
    extend: (session, ms, signal) => session.extend(ms, signal),
    metrics: (session, signal) => readMetrics(session, context.now, signal),
    portAddress: (session, port, signal) => portAddress(session, port, signal),

    async openTerminal(session, size, { cwd }, signal) {
      const client = await session.client(signal);
      const env = session.environment;
      const options = { ...size, env, ...(cwd === undefined ? {} : { cwd }) };
      const terminal = await session.use(() => openRunnerTerminal(client, options, signal));
      // An open terminal is use, whatever happens in it.
      void session.use(async () => void (await terminal.ended)).catch(() => {});
      return terminal;
    },

    async list(account, signal) {
      const found = await withControl(account, (control) => control.list(signal));
      return found.map((record) => remoteSandbox(record, context.installationId));
    },

    async endRemote(account, sandboxId, signal) {
      await withControl(account, (control) => control.delete(sandboxId, deadline(times.disconnect, signal)));
    },

    async suggest(account, key, signal) {
      return key === 'snapshot' ? withControl(account, (control) => control.snapshots(signal)) : [];
    },
  };

  async function withControl<T>(
    account: Account<DaytonaSettings>,
    work: (control: ControlPlane) => Promise<T>,
  ): Promise<T> {
    const control = controlOf(account);
    try {
      return await work(control);
    } finally {
      await control.dispose();
    }
  }

  /** From a sandbox that is there, in whatever state, to a session. Leaves the sandbox as it is where it fails. */
  async function open(opening: Opening, signal: AbortSignal): Promise<DaytonaSession> {
    const { control, request, keeper, foreign } = opening;
    const { id: sandboxId } = opening.record;
    const { onStep } = request;
    const record = await waitUntilStarted({ control, sandboxId, signal, onStep });
    const metadata: JsonObject = {
      ...{ nonce: request.sessionId, sandboxId, keeper: keeper.name },
      ...(record.snapshot ? { snapshot: record.snapshot } : {}),
      ...(record.target ? { target: record.target } : {}),
    };
    request.onMetadata(metadata);
    onStep('Preparing the sandbox');
    const sandbox = await control.sandbox(sandboxId, signal);
    const { resourcesFolder, now, log } = context;
    const { workingFolder, environment } = request.settings;
    const name = keeper.name;
    const prepared = await prepareSandbox({ control, sandbox, name, workingFolder, resourcesFolder }, signal);
    onStep(keeper.mode === 'attach' ? 'Connecting to Python' : 'Starting Python');
    const secrets = parseSecretPairs(request.credentials.secretEnvironment ?? '').pairs;
    const session = new DaytonaSession({
      ...{ control, sandbox, record, prepared, keeper, metadata, foreign, now, log },
      warnings: warningsOf(record, foreign),
      // Our own sandboxes were made with the profile's variables.
      environment: foreign ? { ...environment, ...secrets } : secrets,
      fileHelper: await readFile(join(resourcesFolder, 'filekit.py'), 'utf8'),
    });
    try {
      await session.ready(signal);
      signal.throwIfAborted();
      return session;
    } catch (error) {
      const problem = await session.judge(error, 'sandbox', signal);
      session.end(new SpecboardError('cancelled', 'The connection was not completed.'));
      await session.closeRunner(keeper.mode === 'attach');
      throw problem;
    }
  }
}

/** Runs a cell or a command through the runner. */
async function run(
  session: DaytonaSession,
  { askInstall, ...request }: ExecuteRequest,
  sink: OutputSink,
  signal: AbortSignal,
): Promise<ExecutionResult> {
  const client = await session.client(signal);
  const rest = { ...request, env: { ...session.environment, ...request.env } };
  if (request.language === 'shell') return client.execute(rest, sink, signal);
  const ask: typeof askInstall = async (packages, askSignal) => {
    const answer = (await askInstall?.(packages, askSignal)) ?? 'skip';
    if (answer === 'always') session.packages = 'always';
    return answer;
  };
  const flow = {
    ...{ client, request: rest, sink, signal, policy: session.packages },
    installer: runnerInstaller(client),
  };
  return executeWithInstalls(askInstall ? { ...flow, ask } : flow);
}

/** What a sandbox carries, so that it can be found again and is never taken for another installation's. */
function labelsOf(context: DriverContext, request: ConnectRequest<DaytonaSettings>): Record<string, string> {
  return {
    [labelKeys.installation]: context.installationId,
    [labelKeys.session]: request.sessionId,
    [labelKeys.nonce]: request.sessionId,
    [labelKeys.profile]: request.profileName,
  };
}

function warningsOf(record: SandboxRecord, foreign: Opening['foreign']): string[] {
  const warnings: string[] = [];
  if (foreign)
    warnings.push('It is not the sandbox of this session: it is left as it is when you disconnect.');
  if (!foreign && record.autoDeleteInterval === 0)
    warnings.push('The sandbox is deleted as soon as it stops, also when it was not used for a while.');
  return warnings;
}

function goneBefore(): SpecboardError {
  return new SpecboardError('gone', 'The sandbox is no longer there.', {
    kept: 'Its output that reached SpecBoard is kept.',
    hint: 'Connect the profile for a new one.',
  });
}
