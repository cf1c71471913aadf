/**
 * Installs packages for a session: in a second container that has network and can write nothing but the session's packages.
 * The session itself keeps its network setting and sees the packages read-only; what installs never sees the person's files.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Installer, type InstallOutcome, runnerInstaller } from '../../runner/install.ts';
import { RunnerClient } from '../../runner/runner-client.ts';
import { deadline } from '../base-driver.ts';
import type { OutputSink } from '../driver.ts';
import { containerFolders } from './container-folders.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { ContainerDetails } from './engine/engine-replies.ts';
import { labelKeys } from './labels.ts';
import { helperSpec, userOf } from './recipe.ts';
import type { DockerSettings } from './settings.ts';

const startMs = 30_000;
const removeMs = 10_000;
/** It ends by itself after so long, also when SpecBoard is gone. */
const lifeSeconds = 900;
const temporary = `${containerFolders.packages}/.tmp`;

/** What an installer is made for. */
export interface PackageInstallerOptions {
  engine: EngineClient;
  /** The session's container: its volume, its image and its labels. */
  container: ContainerDetails;
  settings: DockerSettings;
  /** Of the code, with its secrets; what sets up pip and uv is handed on. */
  environment: Readonly<Record<string, string>>;
  /** The text of resources/runner.py. */
  runner: string;
}

/** Proxies, indexes and certificates: what installing needs to know. */
const handedOn =
  /^(?:(?:https?|no|all)_proxy|PIP_\w+|UV_\w+|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;

/** An installer for one container; installs of a session wait for each other. */
export function createPackageInstaller(options: PackageInstallerOptions): Installer {
  let last: Promise<unknown> = Promise.resolve();
  const { settings } = options;
  const env = Object.fromEntries(
    Object.entries({ ...settings.environment, ...options.environment }).filter(([name]) =>
      handedOn.test(name),
    ),
  );
  return (packages, onProgress, signal) => {
    const install = async (): Promise<InstallOutcome> => {
      try {
        return await withHelper(options, signal, async (client) => {
          const index = settings.packageIndex;
          const python = `${containerFolders.packages}/bin/python`;
          const how = { python, env, ...(index === '' ? {} : { indexUrl: index }) };
          return runnerInstaller(client, how)(packages, onProgress, signal);
        });
      } catch (error) {
        return failed(error, signal);
      }
    };
    const mine = last.then(install);
    last = mine;
    return mine;
  };
}

async function withHelper<T>(
  { engine, container, settings, runner }: PackageInstallerOptions,
  signal: AbortSignal,
  work: (client: RunnerClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { Labels } = container.Config;
  const volume = container.Mounts.find(({ Destination }) => Destination === containerFolders.packages)?.Name;
  if (!volume) throw new SpecboardError('unsupported', 'This container has no folder for packages.');
  const owner = {
    installationId: Labels[labelKeys.installation] ?? '',
    sessionId: Labels[labelKeys.session] ?? '',
    nonce: Labels[labelKeys.nonce] ?? randomUUID(),
    appVersion: Labels[labelKeys.version] ?? '',
  };
  const { rootless } = engine.description;
  const user = userOf(settings, engine.description);
  // The very image of the session, also where its name means another by now.
  const spec = helperSpec({ ...settings, image: container.Image }, owner, engine.description, {
    command: ['sleep', String(lifeSeconds)],
    network: true,
    volumes: [{ name: volume, target: containerFolders.packages }],
  });
  const starting = deadline(startMs, signal);
  const { Id } = await engine.containers.create(spec, {}, starting);
  let client: RunnerClient | null = null;
  try {
    await engine.containers.start(Id, starting);
    if (!rootless) await done(engine, Id, '0:0', ['chown', user, containerFolders.packages], starting);
    await done(engine, Id, user, ['mkdir', '-p', temporary], starting);
    client = await runnerIn(engine, Id, user, runner, signal);
    await client.ready(starting);
    await environmentIn(client, signal);
    return await work(client);
  } finally {
    void client?.dispose();
    await engine.containers.remove(Id, AbortSignal.timeout(removeMs)).catch(() => {}); // it ends by itself
  }
}

async function runnerIn(
  engine: EngineClient,
  id: string,
  user: string,
  runner: string,
  signal: AbortSignal,
): Promise<RunnerClient> {
  const exec = await engine.containers.exec(
    id,
    {
      cmd: ['python3', '-u', '-c', runner],
      user,
      stdin: true,
      cwd: containerFolders.packages,
      // Downloads are unpacked beside their place: the folder in memory is small.
      env: { TMPDIR: temporary, HOME: temporary, PIP_NO_CACHE_DIR: '1', UV_NO_CACHE: '1' },
    },
    signal,
  );
  return new RunnerClient({
    readable: exec.stdout,
    write: (bytes) => exec.write(bytes),
    close: () => exec.close(),
  });
}

/** The virtual environment, made at the first install. Without pip that takes 0.1 s, not 4 s. */
async function environmentIn(client: RunnerClient, signal: AbortSignal): Promise<void> {
  let said = '';
  const script = `test -e bin/activate || exec "$0" -m venv --without-pip .`;
  const argv = ['/bin/sh', '-c', script, (await client.tools()).python];
  const sink: OutputSink = {
    write(event) {
      if (event.type === 'text') said = (said + Buffer.from(event.bytes).toString('utf8')).slice(-1000);
    },
  };
  const made = await client.execute({ language: 'shell', code: '', argv }, sink, signal);
  signal.throwIfAborted();
  if (made.state !== 'succeeded') throw new Error(said.trim() || 'a virtual environment could not be made');
}

async function done(
  engine: EngineClient,
  id: string,
  user: string,
  cmd: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const exec = await engine.containers.exec(id, { cmd, user }, signal);
  let said = '';
  for await (const { bytes } of exec.output) said = (said + Buffer.from(bytes).toString('utf8')).slice(-1000);
  const code = await exec.exitCode(signal);
  if (code !== 0) throw new Error(`${cmd[0]}: ${said.trim() || `exit code ${code}`}`);
}

function failed(error: unknown, signal: AbortSignal): InstallOutcome {
  if (signal.aborted) {
    const message = 'The install was cancelled.';
    return { ok: false, kind: 'cancelled', message, hint: 'Run the cell again to repeat it.' };
  }
  const why = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    kind: 'unknown',
    message: `The install could not be started: ${why.trim().slice(0, 300)}`,
    hint: 'See: specboard doctor.',
  };
}
