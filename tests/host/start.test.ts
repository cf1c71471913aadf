// `npm start`: the decision, the notes about a failed download, whether a build is stale, and the start itself.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { isStale } from '../../tools/build.ts';
import { chooseRuntime, type RuntimeFacts } from '../../tools/choose-runtime.ts';
import { downloadElectron, findElectron, noteFailure, recentFailure } from '../../tools/electron-binary.ts';
import { root, temporaryFolder } from '../support/host-app.ts';

const folders: string[] = [];
function folder(): string {
  const made = temporaryFolder('host-start');
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('the decision', () => {
  const facts: RuntimeFacts = {
    wanted: undefined,
    electron: { missing: 'its binary has not been downloaded' },
    mayDownload: false,
    chromium: '/usr/bin/chromium',
    display: true,
    node: '24.0.0',
  };

  test('Electron, where it is', () => {
    const electron = { path: '/e/electron' };
    expect(chooseRuntime({ ...facts, electron })).toEqual({ kind: 'electron', path: '/e/electron' });
    expect(chooseRuntime({ ...facts, electron, wanted: 'electron' }).kind).toBe('electron');
  });

  test('one download, where it may be tried', () => {
    expect(chooseRuntime({ ...facts, mayDownload: true }).kind).toBe('download');
    expect(chooseRuntime({ ...facts, mayDownload: true, wanted: 'electron' }).kind).toBe('download');
    expect(chooseRuntime({ ...facts, mayDownload: true, wanted: 'host' }).kind).toBe('host');
  });

  test('else the host, with one plain sentence', () => {
    const choice = chooseRuntime(facts);
    expect(choice.kind).toBe('host');
    const notice = choice.kind === 'host' ? choice.notice : '';
    expect(notice).toContain('its binary has not been downloaded');
    expect(notice).not.toContain('\n');
    expect(notice.match(/\.(\s|$)/g)).toHaveLength(1);
  });

  test('APP_RUNTIME=electron never falls back', () => {
    const choice = chooseRuntime({ ...facts, wanted: 'electron' });
    expect(choice).toMatchObject({ kind: 'stop', message: expect.stringContaining('ELECTRON_MIRROR') });
  });

  test('without a browser or a display it says how the terminal does it', () => {
    for (const change of [{ chromium: null }, { display: false }, { chromium: null, wanted: 'host' }]) {
      const choice = chooseRuntime({ ...facts, ...change });
      expect(choice).toMatchObject({
        kind: 'stop',
        message: expect.stringContaining("npx specboard run -c 'print(6*7)'"),
      });
    }
  });

  test('an unknown APP_RUNTIME is refused', () => {
    expect(chooseRuntime({ ...facts, wanted: 'hots' })).toMatchObject({
      kind: 'stop',
      message: expect.stringContaining('hots'),
    });
  });
});

describe("Electron's binary", () => {
  test('is looked for in the override, then in node_modules', () => {
    const here = folder();
    const name = process.platform === 'win32' ? 'electron.exe' : 'electron';
    expect(findElectron(here, {})).toMatchObject({ missing: expect.stringContaining('npm ci') });
    mkdirSync(path.join(here, 'node_modules/electron/dist'), { recursive: true });
    expect(findElectron(here, {})).toEqual({ missing: 'its binary has not been downloaded' });
    writeFileSync(path.join(here, 'node_modules/electron/path.txt'), name);
    const file = path.join(here, 'node_modules/electron/dist', name);
    writeFileSync(file, '');
    expect(findElectron(here, {})).toEqual({ path: file });
    expect(findElectron(here, { ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' })).toHaveProperty('missing');
  });

  test('a failed download is remembered for an hour', () => {
    const here = folder();
    expect(recentFailure(here)).toBeNull();
    noteFailure(here, 'no way', 1000);
    expect(recentFailure(here, 1000 + 59 * 60_000)).toBe('no way');
    expect(recentFailure(here, 1000 + 61 * 60_000)).toBeNull();
    noteFailure(here, null);
    expect(recentFailure(here, 1001)).toBeNull();
  });

  test('the reason of a failed download is the line that says it', () => {
    const here = folder();
    mkdirSync(path.join(here, 'node_modules/electron'), { recursive: true });
    const script = path.join(here, 'node_modules/electron/install.js');
    writeFileSync(script, "console.error('start\\nTypeError: fetch failed\\n    at x'); process.exit(1)");
    expect(downloadElectron(here)).toBe('its binary could not be downloaded (TypeError: fetch failed)');
    expect(recentFailure(here)).toContain('fetch failed');
    writeFileSync(script, 'process.exit(0)');
    expect(downloadElectron(here)).toBeNull();
    expect(recentFailure(here)).toBeNull();
  });
});

describe('the build', () => {
  test('is stale when an output is missing or a source is newer, also a removed one', () => {
    const here = folder();
    const write = (file: string, seconds: number): void => {
      mkdirSync(path.dirname(path.join(here, file)), { recursive: true });
      writeFileSync(path.join(here, file), '');
      utimesSync(path.join(here, file), seconds, seconds);
    };
    write('src-main/app/a.ts', 1000);
    for (const dir of ['src-main/app', 'src-main']) utimesSync(path.join(here, dir), 1000, 1000);
    expect(isStale(here)).toBe(true);
    for (const file of [
      'main/index.js',
      'main/cli.js',
      'main/sync-worker.js',
      'preload/index.cjs',
      'renderer/index.html',
    ]) {
      write(`dist/${file}`, 2000);
    }
    expect(isStale(here)).toBe(false);
    utimesSync(path.join(here, 'src-main/app/a.ts'), 3000, 3000);
    expect(isStale(here)).toBe(true);
    utimesSync(path.join(here, 'src-main/app/a.ts'), 1000, 1000);
    utimesSync(path.join(here, 'src-main/app'), 3000, 3000);
    expect(isStale(here)).toBe(true);
  });
});

test.runIf(process.platform === 'linux')(
  'npm start without a display names the terminal and ends with 1',
  async () => {
    const { DISPLAY: _d, WAYLAND_DISPLAY: _w, HOST_HEADLESS: _h, ...env } = process.env;
    const start = promisify(execFile)(process.execPath, [path.join(root, 'tools/start.ts')], { env });
    await expect(start).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npx specboard') });
  },
);
