/**
 * Installs packages for a session of this computer: in a sandbox of its own that has network and can write nothing but the
 * session's packages. The session itself keeps its network setting and sees the packages read-only.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeOfChild } from '../../runner/byte-pipe.ts';
import { type Installer, runnerInstaller } from '../../runner/install.ts';
import { RunnerClient } from '../../runner/runner-client.ts';
import { inside } from './bubblewrap.ts';
import { type LaunchOptions, launchRunner } from './launch-runner.ts';

/** How pip and uv are set up on this computer: proxies, indexes, certificates. No secrets of SpecBoard are among them. */
const handedOn =
  /^(?:(?:https?|no|all)_proxy|PIP_(?!TARGET|USER|PREFIX|ROOT).*|UV_(?:INDEX.*|DEFAULT_INDEX|NATIVE_TLS)|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;

/** An installer for one session. `packageIndex` empty: as pip is set up here. */
export function createInstaller(
  session: Omit<LaunchOptions, 'purpose' | 'network' | 'environment'>,
  packageIndex: string,
): Installer {
  return async (packages, onProgress, signal) => {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(session.hostEnv)) {
      if (value !== undefined && handedOn.test(name)) env[name] = value;
    }
    const isolated = session.isolation.kind === 'bubblewrap';
    const config = pipConfig();
    if (isolated && config && !env.PIP_CONFIG_FILE) env.PIP_CONFIG_FILE = '/etc/specboard-pip.conf';
    const child = launchRunner({
      ...session,
      purpose: 'install',
      network: true,
      environment: env,
      ...(isolated && config ? { files: { '/etc/specboard-pip.conf': config } } : {}),
    });
    child.stderr.resume();
    const client = new RunnerClient(pipeOfChild(child));
    try {
      await client.ready(AbortSignal.any([signal, AbortSignal.timeout(20_000)]));
      const packagesFolder = isolated ? inside.packages : session.folders.packages;
      const python = join(packagesFolder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
      if (!existsSync(join(session.folders.packages, 'pyvenv.cfg'))) {
        await client.execute(
          {
            language: 'shell',
            code: '',
            argv: [session.python.executable, '-m', 'venv', '--without-pip', packagesFolder],
          },
          { write: () => {} },
          signal,
        );
      }
      const options = { python, ...(packageIndex === '' ? {} : { indexUrl: packageIndex }) };
      return await runnerInstaller(client, options)(packages, onProgress, signal);
    } catch (error) {
      if (signal.aborted)
        return {
          ok: false,
          kind: 'cancelled',
          message: 'The install was cancelled.',
          hint: 'Run the cell again to repeat it.',
        };
      const why = error instanceof Error ? error.message : String(error);
      return {
        ok: false,
        kind: 'unknown',
        message: `The install could not be started: ${why}`,
        hint: 'See: specboard doctor.',
      };
    } finally {
      await client.dispose();
      child.kill('SIGKILL');
    }
  };
}

function pipConfig(): string | undefined {
  const home = homedir();
  return [join(home, '.config/pip/pip.conf'), join(home, '.pip/pip.conf'), '/etc/pip.conf'].find((file) =>
    existsSync(file),
  );
}
