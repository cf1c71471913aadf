// Windows on a display: no browser chrome, the overlay is there, and a person's close can be prevented.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OverlayControl } from '../../tools/electron-host/page/overlay.ts';
import { type RunningToy, startToy, until } from '../support/host-app.ts';

/** The programs that this needs; without them it is skipped. */
function present(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const possible = process.platform === 'linux' && present('Xvfb') && present('xdotool');

describe.runIf(possible)('on a display', () => {
  let server: ChildProcess;
  let display: string;
  let toy: RunningToy;

  beforeAll(async () => {
    server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    display = await new Promise((resolve, reject) => {
      server.once('exit', () => reject(new Error('Xvfb ended')));
      server.stdio[3]?.once('data', (data: Buffer) => resolve(`:${String(data).trim()}`));
    });
    // With the old way of closing, Playwright's page.close can act as the person at the window's X.
    process.env.PLAYWRIGHT_ELECTRON_LEGACY_PAGE_CLOSE = '1';
    toy = await startToy({ env: { DISPLAY: display, HOST_HEADLESS: '0' } });
    toy.page.on('dialog', () => {}); // else Playwright answers before the host
  });
  afterAll(async () => {
    delete process.env.PLAYWRIGHT_ELECTRON_LEGACY_PAGE_CLOSE;
    await toy?.close();
    server?.kill();
  });

  const closes = async () => (await toy.log()).filter(([name]) => name === 'close').length;
  const personCloses = () => toy.page.close({ runBeforeUnload: true });
  const key = (...keys: string[]) =>
    execFileSync('xdotool', ['key', ...keys], { env: { ...process.env, DISPLAY: display } });

  test('the window has neither tabs nor address bar', async () => {
    const [outer, inner] = await toy.page.evaluate(() => [outerHeight, innerHeight]);
    expect((outer ?? 0) - (inner ?? 0)).toBeLessThan(60);
  });

  test('the overlay is there', async () => {
    const controls = (await toy.host((host) =>
      (host as unknown as { overlayControls(id: number): unknown }).overlayControls(1),
    )) as OverlayControl[];
    expect(controls.map(({ label }) => label)).toContain('\u2630');
  });

  test('a reload and a navigation do not count as a close', async () => {
    await toy.page.click('#press');
    const before = await closes();
    await toy.page.reload();
    await toy.page.waitForFunction(() => window.toy?.number === 7);
    await toy.page.click('#press');
    await toy.page.evaluate(() => location.reload());
    await toy.page.waitForFunction(() => window.toy?.number === 7);
    await toy.page.click('#press');
    await toy.app.evaluate(() => globalThis.toy.window.reload());
    await toy.page.waitForFunction(
      () => window.toy?.number === 7 && document.querySelector('#out')?.textContent === 'ready',
    );
    expect(await closes()).toBe(before);
  });

  test('Ctrl+W does nothing when the menu has no such item', async () => {
    key('ctrl+w');
    await toy.page.evaluate(() => window.toy.echo('later than the key'));
    expect(await closes()).toBe(0);
    expect(toy.app.windows()).toHaveLength(1);
  });

  test("a person's close asks the app, which can keep the window", async () => {
    await toy.app.evaluate(() => {
      globalThis.toy.hideOnClose = true;
    });
    await toy.page.click('#press');
    await personCloses();
    await until('close', async () => (await closes()) === 1);
    expect(await toy.app.evaluate(() => globalThis.toy.window.isVisible())).toBe(false);
    expect(await toy.page.evaluate(() => window.toy.add(1, 1))).toBe(2);
    await toy.app.evaluate(() => {
      globalThis.toy.window.show();
      globalThis.toy.hideOnClose = false;
      globalThis.toy.stay = true;
    });
    await toy.page.click('#press');
    await personCloses();
    await until('closed', async () => (await toy.log()).some(([name]) => name === 'closed'));
    expect(await closes()).toBe(2);
    expect((await toy.log()).some(([name]) => name === 'window-all-closed')).toBe(true);
  });

  test('life goes on without a window, and another one can be opened', async () => {
    const opening = toy.app.waitForEvent('window');
    await toy.app.evaluate(() => {
      globalThis.toy.stay = false;
      globalThis.toy.createWindow();
    });
    const page = await opening;
    await page.waitForFunction(() => window.toy?.number === 7);
  });
});
