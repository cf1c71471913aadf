// One window: handle, size, title, pictures, state, theme, editing, context menu.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningToy, startToy, until } from '../support/host-app.ts';

let toy: RunningToy;
beforeAll(async () => {
  toy = await startToy();
});
afterAll(() => toy?.close());

test("Playwright's browserWindow finds it", async () => {
  const handle = await toy.app.browserWindow(toy.page);
  const seen = await handle.evaluate((window) => [
    window.id,
    window.isVisible(),
    window.isFocused(),
    window.getTitle(),
  ]);
  expect(seen).toEqual([1, true, true, 'Toy window']);
});

test('ready-to-show comes after the load began and before the window is shown', async () => {
  const names = (await toy.log()).map(([name]) => name);
  expect(names.indexOf('ready-to-show')).toBeGreaterThan(names.indexOf('request'));
  expect(names.indexOf('show')).toBe(names.indexOf('ready-to-show') + 1);
});

test('the page has the size of the window', async () => {
  expect(await toy.page.evaluate(() => [innerWidth, innerHeight])).toEqual([900, 600]);
  await toy.app.evaluate(() => globalThis.toy.window.setBounds({ width: 700, height: 500 }));
  await toy.page.waitForFunction(() => innerWidth === 700 && innerHeight === 500);
});

test('capturePage and Playwright take pictures', async () => {
  const size = await toy.app.evaluate(async () => {
    const image = await globalThis.toy.window.capturePage();
    return image.getSize();
  });
  expect(size).toEqual({ width: 700, height: 500 });
  expect((await toy.page.screenshot()).subarray(1, 4).toString()).toBe('PNG');
});

test('the title follows the page', async () => {
  await toy.page.evaluate(() => {
    document.title = 'Renamed';
  });
  await until('the title', () => toy.app.evaluate(() => globalThis.toy.window.getTitle() === 'Renamed'));
});

test('executeJavaScript runs in the page and gives values and errors', async () => {
  const results = await toy.app.evaluate(async () => {
    const { webContents } = globalThis.toy.window;
    const value = await webContents.executeJavaScript('Promise.resolve(6 * 7)');
    const error = await webContents.executeJavaScript('nope()').catch((thrown: Error) => thrown.message);
    return [value, String(error).includes('nope is not defined')];
  });
  expect(results).toEqual([42, true]);
});

describe('state', () => {
  test('hide, show, minimise, maximise and their events', async () => {
    const states = await toy.app.evaluate(() => {
      const { window } = globalThis.toy;
      const seen: unknown[] = [];
      for (const name of ['maximize', 'unmaximize', 'minimize', 'restore', 'enter-full-screen'] as const) {
        window.once(name as 'maximize', () => seen.push(name));
      }
      window.hide();
      seen.push(window.isVisible());
      window.show();
      seen.push(window.isVisible());
      window.maximize();
      seen.push(window.isMaximized());
      window.unmaximize();
      window.minimize();
      seen.push(window.isMinimized());
      window.restore();
      window.setFullScreen(true);
      seen.push(window.isFullScreen());
      window.setFullScreen(false);
      return seen;
    });
    expect(states).toEqual([
      false,
      true,
      'maximize',
      true,
      'unmaximize',
      'minimize',
      true,
      'restore',
      'enter-full-screen',
      true,
    ]);
  });

  test('zoom', async () => {
    await toy.app.evaluate(() => globalThis.toy.window.webContents.setZoomFactor(1.5));
    await toy.page.waitForFunction(() => document.documentElement.style.getPropertyValue('zoom') === '1.5');
    await toy.app.evaluate(() => globalThis.toy.window.webContents.setZoomLevel(0));
    await toy.page.waitForFunction(() => document.documentElement.style.getPropertyValue('zoom') === '1');
  });
});

test('nativeTheme reaches the page as prefers-color-scheme', async () => {
  await toy.app.evaluate(() => globalThis.toy.dark());
  await toy.page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(16, 19, 26)');
  expect(await toy.app.evaluate(({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
});

test('editing commands', async () => {
  await toy.page.fill('#field', 'abc');
  await toy.page.focus('#field');
  await toy.app.evaluate(() => globalThis.toy.window.webContents.selectAll());
  await toy.page.waitForFunction(() => String(getSelection()) === 'abc');
  await toy.app.evaluate(() => globalThis.toy.window.webContents.delete());
  await toy.page.waitForFunction(() => document.querySelector<HTMLInputElement>('#field')?.value === '');
});

test('a right click is told to main', async () => {
  await toy.page.click('#field', { button: 'right' });
  await until('context-menu', async () =>
    (await toy.log()).some(([name, , editable]) => name === 'context-menu' && editable === true),
  );
});

test('console messages are told to main', async () => {
  await toy.page.evaluate(() => console.warn('careful'));
  await until('console-message', async () =>
    (await toy.log()).some(
      ([name, level, text]) => name === 'console' && level === 'warning' && text === 'careful',
    ),
  );
});

test('a reload keeps the bridge', async () => {
  await toy.page.reload();
  await toy.page.waitForFunction(() => window.toy?.add(1, 1) === 2);
  await toy.app.evaluate(() => globalThis.toy.window.reload());
  await toy.page.waitForFunction(() => window.toy?.add(1, 1) === 2 && window.first !== undefined);
});
