/** What lands in a package, on three systems, and that the packaged app starts: migrations, native parts, icons, runner. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkConfiguration,
  electronVersion,
  hostDist,
  packageApp,
  readConfiguration,
  readFuses,
  stubLinux,
  stubMac,
  stubWindows,
} from '../support/packaging.ts';
import { temporaryFolder } from '../support/test-core.ts';

const require = createRequire(import.meta.url);
const asar = require('@electron/asar') as {
  listPackage: (file: string, options: { isPack: boolean }) => string[];
};
let folder: string;
let remove: () => void;
beforeAll(() => {
  ({ path: folder, remove } = temporaryFolder());
});
afterAll(() => remove());
const place = (name: string) => {
  mkdirSync(join(folder, name), { recursive: true });
  return join(folder, name);
};
const filesOf = (resources: string) =>
  asar.listPackage(join(resources, 'app.asar'), { isPack: false }).map((file) => file.replaceAll('\\', '/'));
const below = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));

describe('configuration', () => {
  test('electron-builder accepts it for all platforms, and refuses a misspelt key', async () => {
    await checkConfiguration(await readConfiguration());
    const wrong = await readConfiguration();
    Object.assign(wrong.mac as object, { hardendRuntime: true });
    await expect(checkConfiguration(wrong)).rejects.toThrow();
  });

  test('it names the Electron that package.json pins, and keeps the fuses shut', async () => {
    const configuration = await readConfiguration();
    expect(configuration.electronVersion).toBe(electronVersion());
    expect(configuration.electronFuses).toMatchObject({ runAsNode: false, onlyLoadAppFromAsar: true });
  });
});

/** What every package must and must not hold. */
function expectContents(resources: string, prebuild: string): void {
  const files = filesOf(resources);
  for (const needed of [
    '/dist/main/index.js',
    '/dist/main/cli.js',
    '/dist/preload/index.cjs',
    '/dist/renderer/index.html',
    '/package.json',
  ]) {
    expect(files).toContain(needed);
  }
  expect(files.filter((file) => /\.(map|tsx?)$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([]);
  expect(
    files.filter((file) => /^\/(src-|tests|tools|docs|migrations|node_modules\/\.|release)/.test(file)),
  ).toEqual([]);
  // Bundled already: only what is external at run time, and what that needs.
  const modules = new Set(
    files.flatMap((file) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
  );
  for (const name of ['better-sqlite3', 'keytar', '@e2b/code-interpreter', 'e2b'])
    expect(modules).toContain(name);
  for (const name of [
    'react',
    'vite',
    'electron',
    'drizzle-orm',
    'typescript',
    'playwright-core',
    'zod',
    'node',
  ]) {
    expect(modules).not.toContain(name);
  }
  const natives = below(join(resources, 'app.asar.unpacked')).filter((file) => file.endsWith('.node'));
  expect(natives.filter((file) => !file.includes(prebuild))).toEqual([]);
  expect(natives.some((file) => file.includes('better-sqlite3'))).toBe(true);
  expect(natives.some((file) => file.includes('keytar'))).toBe(true);
  expect(existsSync(join(resources, 'migrations/meta/_journal.json'))).toBe(true);
  expect(existsSync(join(resources, 'resources/runner.py'))).toBe(true);
  expect(existsSync(join(resources, 'resources/icons'))).toBe(true);
  expect(existsSync(join(resources, 'resources/tray'))).toBe(true);
  expect(statSync(join(resources, 'app.asar')).size).toBeLessThan(40_000_000);
}

describe('packages with stub distributions, without a network', () => {
  test('Linux: contents, and the fuses are flipped', async () => {
    const out = place('linux-out');
    await packageApp({ platform: 'linux', dist: stubLinux(place('linux-stub')), out });
    expectContents(join(out, 'linux-unpacked/resources'), 'linux-x64');
    // runAsNode, cookie encryption, NODE_OPTIONS, inspect: off; asar integrity, only asar: on; snapshot, file privileges: off.
    expect(readFuses(join(out, 'linux-unpacked/specboard')).slice(0, 8)).toBe('00001100');
  });

  test('Windows: contents, and the executable is there', async () => {
    const out = place('win-out');
    await packageApp({ platform: 'win', dist: await stubWindows(place('win-stub')), out });
    expectContents(join(out, 'win-unpacked/resources'), 'win32-x64');
    expect(existsSync(join(out, 'win-unpacked/SpecBoard.exe'))).toBe(true);
  });

  test('macOS: contents, names, and the integrity of the archive in Info.plist', async () => {
    const out = place('mac-out');
    await packageApp({ platform: 'mac', dist: stubMac(place('mac-stub')), out });
    const contents = join(out, 'mac/SpecBoard.app/Contents');
    expectContents(join(contents, 'Resources'), 'darwin-x64');
    expect(readFileSync(join(contents, 'Info.plist'), 'utf8')).toContain('ElectronAsarIntegrity');
    expect(existsSync(join(contents, 'Frameworks/SpecBoard Helper (Renderer).app'))).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('the packaged Linux app', () => {
  test('starts in the stand-in host, finds its files and natives, and runs code', async () => {
    const out = place('host-out');
    await packageApp({
      platform: 'linux',
      dist: hostDist(place('host-dist')),
      out,
      change: (configuration) => {
        // The host is no Electron binary: it has no fuses.
        configuration.electronFuses = undefined;
      },
    });
    const app = await _electron.launch({
      executablePath: join(out, 'linux-unpacked/specboard'),
      args: [`--user-data-dir=${place('data')}`],
      env: { ...(process.env as Record<string, string>), HOST_HEADLESS: '1', HOST_NODE: process.execPath },
    });
    try {
      const page = await app.firstWindow();
      await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
      expect(await app.evaluate(({ app: electron }) => electron.isPackaged)).toBe(true);
      const result = await page.evaluate(async () => {
        const { specboard } = window as unknown as {
          specboard: import('../../src-shared/contract/api.ts').SpecboardApi;
        };
        const status = await specboard.status({});
        if (!status.ok) return status;
        const session = await specboard.connect({
          profileId: status.value.profiles[0]?.id ?? '',
          consent: true,
        });
        if (!session.ok) return session;
        const texts: string[] = [];
        const run = specboard.execute(
          { sessionId: session.value.id, language: 'python', code: 'print(6*7)' },
          {
            onData: (items) => {
              for (const { event } of items)
                if (event.type === 'text') texts.push(new TextDecoder().decode(event.bytes));
              return undefined;
            },
          },
        );
        const done = await run.done;
        return { done, text: texts.join(''), secrets: status.value.secrets.name };
      });
      expect(result).toMatchObject({ done: { ok: true, value: { state: 'succeeded' } }, text: '42\n' });
      expect(existsSync(join(folder, 'data/specboard.db'))).toBe(true);
    } finally {
      await app.close();
    }
  });
});
