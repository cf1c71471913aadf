/** In what the end-to-end tests run the app: Electron's own binary where it is, else the stand-in host. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findElectron } from '../../../tools/electron-binary.ts';
import { findChromium } from '../../../tools/electron-host/find-chromium.ts';

/** The repository. */
export const root = join(import.meta.dirname, '../../..');
const hostFolder = join(root, 'tools/electron-host');

/** What is started, and with what. */
export interface Runtime {
  kind: 'electron' | 'host';
  executable: string;
  /** Arguments before the app's folder. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/**
 * Chooses. `APP_RUNTIME=electron` insists on the binary, `APP_RUNTIME=host` on the host; both throw, with the reason, where
 * it cannot be had.
 */
export function chooseTestRuntime(env: Readonly<Record<string, string | undefined>> = process.env): Runtime {
  const wanted = env.APP_RUNTIME ?? '';
  if (!['', 'auto', 'electron', 'host'].includes(wanted)) {
    throw new Error(`APP_RUNTIME is "${wanted}"; it can be auto, electron or host.`);
  }
  // The variable names the host for other tests; here only a real binary counts as Electron.
  const found = findElectron(root, { ...env, ELECTRON_OVERRIDE_DIST_PATH: realOverride(env) });
  if (wanted !== 'host' && 'path' in found) {
    return { kind: 'electron', executable: found.path, args: sandboxArgs(found.path), env: {} };
  }
  if (wanted === 'electron') {
    throw new Error(`APP_RUNTIME=electron, but ${'missing' in found ? found.missing : 'there is none'}.`);
  }
  if (findChromium() === null) {
    throw new Error(
      'End-to-end tests need Electron, or Chromium or Chrome for the stand-in host; none is here.',
    );
  }
  return {
    kind: 'host',
    executable: join(hostFolder, 'electron'),
    args: [],
    env: {
      ELECTRON_OVERRIDE_DIST_PATH: hostFolder,
      HOST_NODE: process.execPath,
      HOST_HEADLESS: '1',
      HOST_NOTICE: '0',
    },
  };
}

function realOverride(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH;
  return folder && existsSync(join(folder, 'launch.mjs')) ? undefined : folder;
}

/** Chromium's own sandbox needs a set-uid helper, or user namespaces and not root; test machines often have neither. */
function sandboxArgs(executable: string): string[] {
  if (process.platform !== 'linux') return [];
  const helper = join(executable, '../chrome-sandbox');
  const ready = existsSync(helper) && statSync(helper).uid === 0 && (statSync(helper).mode & 0o4000) !== 0;
  return process.getuid?.() === 0 || !ready ? ['--no-sandbox'] : [];
}
