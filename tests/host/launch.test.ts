// How apps are started: CommonJS and ES modules, a top level that waits, packaged apps, other users.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createPackageWithOptions } from '@electron/asar';
import { afterEach, describe, expect, test } from 'vitest';
import { hostEnvironment, hostExecutable, hostFolder, root, temporaryFolder } from '../support/host-app.ts';

const run = promisify(execFile);
const folders: string[] = [];
function folder(files: Record<string, string> = {}): string {
  const made = temporaryFolder('host-launch');
  folders.push(made);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, name)), { recursive: true });
    writeFileSync(path.join(made, name), text);
  }
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true, maxRetries: 10 });
});

/** Runs an app that prints one JSON line and quits; resolves with that line and what was said on stderr. */
async function result(
  app: string,
  executable = hostExecutable,
): Promise<{ printed: unknown; stderr: string }> {
  const { stdout, stderr } = await run(executable, app ? [app] : [], {
    env: hostEnvironment(),
    timeout: 60_000,
  });
  return { printed: JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), stderr };
}

/** Opens a page that is data, and prints what a script in it computes. */
const BODY = `
  const window = new BrowserWindow({ show: false });
  await window.loadURL('data:text/html,<title>x</title>');
  const sum = await window.webContents.executeJavaScript('6 * 7');
  console.log(JSON.stringify({ sum, name: app.name, packaged: app.isPackaged, type: process.type }));
  app.quit();
`;

test('a CommonJS main script', async () => {
  const app = folder({
    'package.json': '{"name": "plain", "main": "main.js"}',
    'main.js': `const { app, BrowserWindow } = require('electron'); app.whenReady().then(async () => {${BODY}});`,
  });
  expect((await result(app)).printed).toEqual({ sum: 42, name: 'plain', packaged: false, type: 'browser' });
});

test('an ES module with a top-level await before ready', async () => {
  const app = folder({
    'package.json': '{"name": "modern", "type": "module", "main": "main.js"}',
    'main.js': `import { app, BrowserWindow } from 'electron'; await null; app.setName('late'); app.whenReady().then(async () => {${BODY}});`,
  });
  expect((await result(app)).printed).toMatchObject({ sum: 42, name: 'late' });
});

test.each(['', 'await null;'])(
  'what an ES module sets before ready counts for Chromium (%s)',
  async (wait) => {
    const data = folder();
    const app = folder({
      'main.mjs': `import { app } from 'electron';
      ${wait}
      app.setPath('userData', ${JSON.stringify(data)});
      app.commandLine.appendSwitch('disable-features', 'Marked');
      app.whenReady().then(async () => {
        const { __host } = await import('electron');
        const switches = __host.chromium.spawnargs.filter((arg) => arg.startsWith('--disable-features='));
        console.log(JSON.stringify({ profile: __host.profileFolder, marked: switches.join().includes('Marked') }));
        app.quit();
      });`,
    });
    const { printed } = await result(path.join(app, 'main.mjs'));
    expect(printed).toEqual({ profile: path.join(data, 'chromium'), marked: true });
  },
);

test('a top level that waits for ready is let through, with a warning', async () => {
  const app = folder({
    'main.mjs': `import { app, BrowserWindow } from 'electron'; await app.whenReady(); ${BODY}`,
  });
  const { printed, stderr } = await result(path.join(app, 'main.mjs'));
  expect(printed).toMatchObject({ sum: 42 });
  expect(stderr).toContain('main awaits app.whenReady() at its top level');
});

test('an app that is not there, and one that throws', async () => {
  await expect(run(hostExecutable, ['/no/such/app'], { env: hostEnvironment() })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Unable to find Electron app'),
  });
  const app = folder({ 'main.cjs': "throw new Error('thrown by main')" });
  await expect(
    run(hostExecutable, [path.join(app, 'main.cjs')], { env: hostEnvironment() }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('thrown by main'),
  });
});

test('no browser: one clear line', async () => {
  const app = folder({ 'main.cjs': "require('electron')" });
  const env = hostEnvironment({ HOST_CHROMIUM: '/no/such/browser' });
  await expect(run(hostExecutable, [path.join(app, 'main.cjs')], { env })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no Chromium, Chrome or Edge was found'),
  });
});

describe('a packaged app', () => {
  test('starts in a copy of the host: archive, unpacked files, resources', async () => {
    const source = folder({
      'package.json': '{"name": "packed", "productName": "Packed", "main": "main.cjs"}',
      'native/kept.node': 'as it is',
      'main.cjs': `
        const { app } = require('electron');
        const { readFileSync } = require('node:fs');
        const path = require('node:path');
        app.whenReady().then(() => {
          const kept = readFileSync(path.join(__dirname, 'native/kept.node'), 'utf8');
          const beside = readFileSync(path.join(process.resourcesPath, 'beside.txt'), 'utf8');
          console.log(JSON.stringify({ kept, beside, packaged: app.isPackaged, name: app.name }));
          app.quit();
        });`,
    });
    const dist = path.join(folder(), 'Packed');
    cpSync(hostFolder, dist, { recursive: true });
    renameSync(path.join(dist, 'electron'), path.join(dist, 'packed'));
    mkdirSync(path.join(dist, 'resources'));
    writeFileSync(path.join(dist, 'resources', 'beside.txt'), 'beside');
    await createPackageWithOptions(source, path.join(dist, 'resources', 'app.asar'), { unpack: '*.node' });
    const { printed } = await result('', path.join(dist, 'packed'));
    expect(printed).toEqual({ kept: 'as it is', beside: 'beside', packaged: true, name: 'Packed' });
  });
});

/** Root can start the host as another user, whose Chromium then has its sandbox. */
const canSwitchUser = process.platform === 'linux' && process.getuid?.() === 0;

test.runIf(canSwitchUser)('as a user who is not root, Chromium runs with its sandbox', async () => {
  const home = folder({
    'main.cjs': `const { app, BrowserWindow } = require('electron'); app.whenReady().then(async () => {
      const { readFileSync } = require('node:fs');
      const { __host } = require('electron');
      const flags = readFileSync('/proc/' + __host.chromium.pid + '/cmdline', 'utf8');
      console.error('no-sandbox: ' + flags.includes('--no-sandbox'));
      ${BODY}
    });`,
  });
  chmodSync(home, 0o777);
  const { stdout, stderr } = await run(hostExecutable, [path.join(home, 'main.cjs')], {
    env: { ...hostEnvironment(), HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), TMPDIR: home },
    uid: 65_534,
    gid: 65_534,
    cwd: home,
    timeout: 60_000,
  });
  expect(stderr).toContain('no-sandbox: false');
  expect(JSON.parse(stdout.trim())).toMatchObject({ sum: 42 });
  expect(readdirSync(home).filter((name) => name.startsWith('electron-host-'))).toEqual([]);
});

test('the launcher finds a Node by itself', () => {
  const { HOST_NODE: _, ...env } = hostEnvironment();
  const bare = { ...env, PATH: '/usr/bin:/bin' };
  expect(String(execFileSync(hostExecutable, ['-v'], { env: bare, cwd: root })).trim()).toBe('v45.4.1');
});
