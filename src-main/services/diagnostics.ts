/** `specboard doctor`: what works on this machine, and how to get the rest. Each check has a deadline and never throws. */
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { SecretStore } from '../secrets/store.ts';
import { parseSettings } from './parse-settings.ts';

/** One line of the report. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'missing';
  message: string;
  hint?: string;
}

/** What the checks need. */
export interface DiagnosticsDependencies {
  registry: DriverRegistry;
  secretStore: SecretStore;
  env: Readonly<Record<string, string | undefined>>;
  dataFolder: string;
  /** Says whether the desktop app can start here; from the checkout or the installation. */
  electron: () => Check;
  fetch: typeof fetch;
}

const deadlineMs = 8_000;

/** Runs all checks, side by side. */
export async function runDiagnostics(deps: DiagnosticsDependencies): Promise<Check[]> {
  const groups = await Promise.all([
    [{ name: 'Data folder', state: 'ok', message: deps.dataFolder } as const],
    checkLocal(deps),
    checkKeyring(deps.secretStore),
    checkDocker(deps.env),
    checkE2b(deps),
    [deps.electron()],
  ]);
  return groups.flat();
}

/** Python and the sandbox of this computer: the Local driver knows. */
async function checkLocal(deps: DiagnosticsDependencies): Promise<Check[]> {
  const driver = await deps.registry.get('local');
  const settings = parseSettings(driver.settingsSchema, {}, 'The settings');
  const report = await driver.probe({ settings, credentials: {} }, AbortSignal.timeout(deadlineMs));
  if (report.parts) {
    return report.parts.map(({ name, ok, message, hint }) => ({
      name,
      state: ok ? 'ok' : 'missing',
      message,
      ...(hint === undefined ? {} : { hint }),
    }));
  }
  return [
    {
      name: 'This computer',
      state: report.ok ? 'ok' : 'missing',
      message: report.message,
      ...(report.hint === undefined ? {} : { hint: report.hint }),
    },
  ];
}

async function checkKeyring(store: SecretStore): Promise<Check[]> {
  const status: SecretStoreStatus = await store.status();
  const state = status.state === 'available' ? 'ok' : status.state === 'locked' ? 'warning' : 'missing';
  const message = status.message ?? `Secrets are kept in ${status.name}.`;
  return [{ name: 'Keyring', state, message, ...(status.hint === undefined ? {} : { hint: status.hint }) }];
}

async function checkDocker(env: DiagnosticsDependencies['env']): Promise<Check[]> {
  const host = env.DOCKER_HOST;
  const socket = host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
  if (process.platform === 'win32' || !existsSync(socket)) {
    return [
      {
        name: 'Docker',
        state: 'missing',
        message: 'No Docker engine was found.',
        hint: 'Optional: install Docker Desktop, or on Debian "apt-get install docker.io".',
      },
    ];
  }
  const version = await pingDocker(socket);
  return version === null
    ? [
        {
          name: 'Docker',
          state: 'warning',
          message: `An engine's socket is there (${socket}), but it does not answer.`,
          hint: 'Start Docker, and check that you may use it.',
        },
      ]
    : [{ name: 'Docker', state: 'ok', message: `The engine answers (API ${version}).` }];
}

function pingDocker(socketPath: string): Promise<string | null> {
  return new Promise((resolve) => {
    const req = request({ socketPath, path: '/_ping', signal: AbortSignal.timeout(3_000) }, (res) => {
      res.resume();
      resolve(String(res.headers['api-version'] ?? 'unknown'));
    });
    req.on('error', () => resolve(null));
    req.end();
  });
}

async function checkE2b(deps: DiagnosticsDependencies): Promise<Check[]> {
  const url = deps.env.E2B_API_URL ?? `https://api.${deps.env.E2B_DOMAIN ?? 'e2b.app'}`;
  const host = URL.canParse(url) ? new URL(url).host : url;
  try {
    // Any answer means "reachable": a key is not needed to find that out.
    await deps.fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    const key = deps.env.E2B_API_KEY ? ' E2B_API_KEY is set.' : '';
    return [{ name: 'E2B', state: 'ok', message: `${host} answers.${key}` }];
  } catch {
    return [
      {
        name: 'E2B',
        state: 'warning',
        message: `${host} does not answer from here.`,
        hint: 'Check the network, a proxy, or a firewall. Everything local works without it.',
      },
    ];
  }
}
