// Close, hide, second windows and instances, quit, crash, signals; and that nothing is left behind.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import {
  hostEnvironment,
  hostExecutable,
  type RunningToy,
  startToy,
  temporaryFolder,
  toyFolder,
  until,
} from '../support/host-app.ts';

const run = promisify(execFile);
const toys: RunningToy[] = [];
const folders: string[] = [];

async function start(options: Parameters<typeof startToy>[0] = {}): Promise<RunningToy> {
  const toy = await startToy(options);
  toys.push(toy);
  return toy;
}

function folder(): string {
  const made = temporaryFolder('host-life');
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const toy of toys.splice(0)) await toy.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true, maxRetries: 10 });
});

/** The processes whose command line names `text`. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const onLinux = process.platform === 'linux';

test('close, hide, show again, second window, second instance, refused quit, quit', async () => {
  const toy = await start();
  const { app, page } = toy;

  // A close that is prevented hides the window; the tray shows it again. Shown first: on a busy machine that comes late.
  await until('shown', () => app.evaluate(() => globalThis.toy.window.isVisible()));
  await app.evaluate(() => {
    globalThis.toy.hideOnClose = true;
    globalThis.toy.window.close();
  });
  await until('hidden', () => app.evaluate(() => !globalThis.toy.window.isVisible()));
  expect(app.windows()).toHaveLength(1);
  await toy.host((host) => {
    const [tray] = host.trays as Set<import('../../tools/electron-host/api/tray.ts').Tray>;
    tray?.menu?.getMenuItemById('open')?.click();
  });
  expect(await app.evaluate(() => globalThis.toy.window.isVisible())).toBe(true);

  // window.close() in the page asks as well.
  await page.evaluate(() => window.close());
  await until('hidden', () => app.evaluate(() => !globalThis.toy.window.isVisible()));

  // A second window, closed by Playwright.
  const opening = app.waitForEvent('window');
  await app.evaluate(() => {
    globalThis.toy.hideOnClose = false;
    globalThis.toy.createWindow();
  });
  const second = await opening;
  await second.waitForFunction(() => window.toy?.number === 7);
  await second.close();
  await until('one window', () => app.windows().length === 1);
  expect((await toy.log()).slice(-3).map(([name]) => name)).toEqual(['close', 'blur', 'closed']);

  // A second instance leaves, and the first is told.
  const left = await run(hostExecutable, [toyFolder, `--user-data-dir=${toy.userData}`, 'deep-link'], {
    env: hostEnvironment(),
  });
  expect(left.stdout).toContain('the second instance leaves');
  await until('second-instance', async () =>
    (await toy.log()).some(
      ([name, last, data]) =>
        name === 'second-instance' && last === 'deep-link' && (data as { from?: string }).from === 'toy',
    ),
  );

  // A refused quit changes nothing.
  await app.evaluate(({ app: main }) => {
    globalThis.toy.refuseQuit = true;
    main.quit();
    globalThis.toy.refuseQuit = false;
  });
  expect(app.windows()).toHaveLength(1);

  const exit = new Promise<number | null>((resolve) => app.process().once('exit', resolve));
  await toy.close();
  expect(await exit).toBe(0);
  if (onLinux) await until('no process is left', () => processesWith(toy.userData).length === 0);
});

test('quit emits its events in order', async () => {
  const data = folder();
  const child = spawn(hostExecutable, [toyFolder, `--user-data-dir=${data}`], {
    env: hostEnvironment({ TOY_PRINT_LOG: '1' }),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += String(chunk);
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  await until('the profile is there', () => existsSync(path.join(data, 'chromium', 'host.pid')));
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const names = JSON.parse(/^TOY (.*)$/m.exec(output)?.[1] ?? '[]') as string[];
  const quit = names.filter((name) =>
    ['before-quit', 'close', 'closed', 'will-quit', 'window-all-closed'].includes(name),
  );
  expect(quit.filter((name) => !name.startsWith('close'))).toEqual(['before-quit', 'will-quit']);
  if (onLinux) await until('no process is left', () => processesWith(data).length === 0);
});

describe('crashes', () => {
  test('of the page: render-process-gone, and a reload brings it back', async () => {
    const toy = await start();
    await toy.app.evaluate(() => globalThis.toy.window.webContents.forcefullyCrashRenderer());
    await until('render-process-gone', async () =>
      (await toy.log()).some(([name, reason]) => name === 'render-process-gone' && reason === 'crashed'),
    );
    expect(await toy.app.evaluate(() => globalThis.toy.window.webContents.isCrashed())).toBe(true);
    await toy.app.evaluate(() => globalThis.toy.window.reload());
    await until('the page is back', () =>
      toy.app.evaluate(() =>
        globalThis.toy.window.webContents.executeJavaScript('window.toy.add(1, 1)').then(
          (sum) => sum === 2,
          () => false,
        ),
      ),
    );
  });

  test('of Chromium: main ends with an error', async () => {
    const toy = await start();
    const exit = new Promise<number | null>((resolve) => toy.app.process().once('exit', resolve));
    await toy.host((host) => host.chromium?.kill('SIGKILL')).catch(() => {});
    expect(await exit).toBe(1);
  });

  test.runIf(onLinux)(
    'of main: Chromium ends with it, and the next start takes the same profile',
    async () => {
      const data = folder();
      const toy = await start({ userData: data });
      const pid = await toy.app.evaluate(() => process.pid);
      const exit = new Promise((resolve) => toy.app.process().once('exit', resolve));
      process.kill(pid, 'SIGKILL');
      await exit;
      const again = await start({ userData: data });
      expect(await again.host((host) => host.profileFolder)).toBe(path.join(data, 'chromium'));
      await again.close();
      await until('no process is left', () => processesWith(data).length === 0);
    },
  );
});

describe('preloads', () => {
  test('one that throws is reported and keeps what it exposed', async () => {
    const toy = await start({ env: { TOY_PRELOAD: 'preload-broken.cjs' }, ready: false });
    await until('preload-error', async () => (await toy.log()).some(([name]) => name === 'preload-error'));
    expect((await toy.log()).find(([name]) => name === 'preload-error')).toEqual([
      'preload-error',
      'preload-broken.cjs',
      'the preload is broken',
    ]);
    await toy.page.waitForFunction(() => 'half' in window);
  });

  test('one with a syntax error is reported', async () => {
    const preload = path.join(folder(), 'syntax.cjs');
    writeFileSync(preload, 'const = 1;');
    const toy = await start({ env: { TOY_PRELOAD: preload }, ready: false });
    await until('preload-error', async () => (await toy.log()).some(([name]) => name === 'preload-error'));
  });
});

test('without a data folder of its own the profile is temporary, and is removed', async () => {
  const temp = folder();
  const toy = await start({ env: { TMPDIR: temp, XDG_CONFIG_HOME: folder() }, args: [], userData: folder() });
  expect(await toy.host((host) => host.profileFolder)).toBe(path.join(toy.userData, 'chromium'));
  await toy.close();

  const config = folder();
  const child = spawn(hostExecutable, [toyFolder], {
    env: hostEnvironment({ TMPDIR: temp, XDG_CONFIG_HOME: config }),
    stdio: 'ignore',
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const own = () => readdirSync(temp).filter((name) => name.startsWith('electron-host-'));
  await until('a temporary profile', () => own().length === 1);
  await until('Chromium runs', () => existsSync(path.join(temp, own()[0] ?? '', 'Default')));
  child.kill('SIGTERM');
  await exit;
  expect(own()).toEqual([]);
  expect(tmpdir()).not.toBe(temp);
});

test('-v prints the version', async () => {
  const { stdout } = await run(hostExecutable, ['-v'], { env: hostEnvironment() });
  expect(stdout.trim()).toBe('v45.4.1');
});
