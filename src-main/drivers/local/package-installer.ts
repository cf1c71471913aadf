/**
 * Installs packages for a session of this computer: in a sandbox of its own that has network and can write nothing but the
 * session's packages. The session itself keeps its network setting and sees the packages read-only.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { pipeOfChild } from '../../runner/byte-pipe.ts';
import { type Installer, type InstallOutcome, runnerInstaller } from '../../runner/install.ts';
import { RunnerClient } from '../../runner/runner-client.ts';
import { deadline } from '../base-driver.ts';
import type { OutputSink } from '../driver.ts';
import { inside } from './bubblewrap.ts';
import { type LaunchOptions, launchRunner } from './launch-runner.ts';

const startDeadlineMs = 20_000;
const configInside = '/etc/specboard-pip.conf';

/** How pip and uv are set up on this computer: proxies, indexes, certificates. No secrets of SpecBoard are among them. */
const handedOn =
  /^(?:(?:https?|no|all)_proxy|PIP_(?:INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|TIMEOUT|CONFIG_FILE)|UV_(?:INDEX.*|EXTRA_INDEX_URL|DEFAULT_INDEX|NATIVE_TLS)|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;

/** An installer for one session; installs of a session wait for each other. `packageIndex` empty: as pip is set up here. */
export function createInstaller(
  session: Omit<LaunchOptions, 'purpose' | 'network' | 'environment' | 'files'>,
  packageIndex: string,
): Installer {
  let last: Promise<unknown> = Promise.resolve();
  return (packages, onProgress, signal) => {
    const install = async (): Promise<InstallOutcome> => {
      try {
        return await withInstallSandbox(session, signal, async (client) => {
          const options = {
            python: await environmentOf(session, client, signal),
            ...(packageIndex === '' ? {} : { indexUrl: packageIndex }),
          };
          return runnerInstaller(client, options)(packages, onProgress, signal);
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

type Session = Omit<LaunchOptions, 'purpose' | 'network' | 'environment' | 'files'>;

async function withInstallSandbox<T>(
  session: Session,
  signal: AbortSignal,
  work: (client: RunnerClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sandbox = launchRunner({ ...session, ...setupOf(session), purpose: 'install', network: true });
  const client = new RunnerClient(pipeOfChild(sandbox.child));
  try {
    await client.ready(deadline(startDeadlineMs, signal));
    return await work(client);
  } catch (error) {
    if (signal.aborted || !sandbox.said) throw error;
    throw new SpecboardError('unavailable', sandbox.said, { cause: error });
  } finally {
    const closing = client.dispose();
    if (session.isolation.kind === 'none') await closing;
    await sandbox.kill();
    await closing;
  }
}

/** pip's settings of this computer: its variables, and its file where it is not visible in the sandbox. */
function setupOf({ hostEnv, isolation }: Session): Pick<LaunchOptions, 'environment' | 'files'> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(hostEnv)) {
    if (value !== undefined && handedOn.test(name)) environment[name] = value;
  }
  const { PIP_CONFIG_FILE: named, ...rest } = environment;
  const file = named ?? pipConfig();
  if (isolation.kind === 'none' || file === undefined || !existsSync(file)) return { environment };
  if (isolation.kind === 'seatbelt')
    return { environment: { ...rest, PIP_CONFIG_FILE: file }, files: { [file]: file } };
  return { environment: { ...rest, PIP_CONFIG_FILE: configInside }, files: { [configInside]: file } };
}

/** The Python of the session's virtual environment, which is made at the first install. Without pip that takes 0.1 s, not 4 s. */
async function environmentOf(session: Session, client: RunnerClient, signal: AbortSignal): Promise<string> {
  const { folders, isolation } = session;
  const folder = isolation.kind === 'bubblewrap' ? inside.packages : folders.packages;
  const bin = process.platform === 'win32' ? 'Scripts' : 'bin';
  // Written last: one that was interrupted is made again.
  if (!existsSync(join(folders.packages, bin, 'activate'))) {
    let said = '';
    const argv = [(await client.tools()).python, '-m', 'venv', '--without-pip', folder];
    const sink: OutputSink = {
      write(event) {
        if (event.type === 'text') said = (said + Buffer.from(event.bytes).toString('utf8')).slice(-1000);
      },
    };
    const made = await client.execute({ language: 'shell', code: '', argv }, sink, signal);
    signal.throwIfAborted();
    if (made.state !== 'succeeded') throw new Error(said.trim() || 'a virtual environment could not be made');
  }
  return process.platform === 'win32' ? join(folder, bin, 'python.exe') : `${folder}/${bin}/python`;
}

function failed(error: unknown, signal: AbortSignal): InstallOutcome {
  if (signal.aborted) {
    return {
      ok: false,
      kind: 'cancelled',
      message: 'The install was cancelled.',
      hint: 'Run the cell again to repeat it.',
    };
  }
  const why = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    kind: 'unknown',
    message: `The install could not be started: ${why.trim().slice(0, 300)}`,
    hint: 'See: specboard doctor.',
  };
}

function pipConfig(): string | undefined {
  const home = homedir();
  const places = ['.config/pip/pip.conf', '.pip/pip.conf', 'Library/Application Support/pip/pip.conf'];
  return [...places.map((place) => join(home, place)), '/etc/pip.conf'].find((file) => existsSync(file));
}
