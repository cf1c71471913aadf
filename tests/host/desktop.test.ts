// Menus, tray, dialogs and the other things of the desktop, as data that tests can read and click.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tray } from '../../tools/electron-host/api/tray.ts';
import { type RunningToy, startToy, until } from '../support/host-app.ts';

let toy: RunningToy;
beforeAll(async () => {
  toy = await startToy();
});
afterAll(() => toy?.close());

describe('menu', () => {
  test('roles have labels and submenus', async () => {
    const labels = await toy.app.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()?.items.map((item) => [
        item.label,
        item.submenu?.items.map((inner) => inner.label),
      ]),
    );
    expect(labels?.[1]).toEqual([
      'Edit',
      ['Undo', 'Redo', '', 'Cut', 'Copy', 'Paste', 'Delete', '', 'Select All'],
    ]);
    expect(labels?.[2]).toEqual(['Profile', ['Refresh', 'One', 'Two', '', 'Check']]);
  });

  test('a click by id reaches the page', async () => {
    await toy.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('refresh')?.click());
    await toy.page.waitForFunction(() => document.querySelector('#out')?.textContent === 'menu refresh');
  });

  test('radio items exclude each other, checkboxes toggle', async () => {
    const checked = await toy.app.evaluate(({ Menu }) => {
      const item = (id: string) => Menu.getApplicationMenu()?.getMenuItemById(id);
      item('two')?.click();
      item('check')?.click();
      return [item('one')?.checked, item('two')?.checked, item('check')?.checked];
    });
    expect(checked).toEqual([false, true, true]);
  });

  test('an accelerator works from the keyboard, unless the page takes the key', async () => {
    const refreshes = async () => (await toy.log()).filter(([, what]) => what === 'refresh').length;
    const before = await refreshes();
    await toy.page.keyboard.press('Control+Shift+R');
    await until('the menu item', async () => (await refreshes()) === before + 1);
    await toy.page.evaluate(() =>
      window.addEventListener('keydown', (event) => event.preventDefault(), { capture: true }),
    );
    await toy.page.keyboard.press('Control+Shift+R');
    await toy.page.evaluate(() => window.toy.echo('a message that came after the key'));
    expect(await refreshes()).toBe(before + 1);
  });
});

describe('tray', () => {
  test('tooltip, menu and icon can be read, items clicked', async () => {
    const seen = await toy.host((host) =>
      [...(host.trays as Set<Tray>)].map((tray) => [
        tray.toolTip,
        tray.menu?.items.map((item) => item.label),
        tray.image.getSize(),
      ]),
    );
    expect(seen).toEqual([['Toy: connected', ['Open', 'Quit'], { width: 1, height: 1 }]]);
  });
});

describe('dialogs', () => {
  test('stubbed as Playwright users do', async () => {
    await toy.app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: ['/a.txt'] });
    });
    expect(await toy.page.evaluate(() => window.toy.invoke('open-file'))).toEqual({
      canceled: false,
      filePaths: ['/a.txt'],
    });
  });

  test('answered by a queue', async () => {
    await toy.host((host) =>
      host.answer('showMessageBox', (options: { buttons: string[] }) => ({
        response: options.buttons.indexOf('Delete'),
      })),
    );
    expect(await toy.page.evaluate(() => window.toy.invoke('confirm'))).toMatchObject({ response: 1 });
  });

  test('without anybody who could answer they are cancelled', async () => {
    expect(await toy.page.evaluate(() => window.toy.invoke('confirm'))).toMatchObject({ response: 0 });
    expect(await toy.host((host) => host.dialogs.length)).toBe(2);
  });
});

test('notifications are recorded', async () => {
  await toy.app.evaluate(() => globalThis.toy.notify());
  expect(await toy.host((host) => host.notifications.map((one) => (one as { title: string }).title))).toEqual(
    ['Done'],
  );
});

test('clipboard, safeStorage, powerMonitor', async () => {
  expect(await toy.app.evaluate(() => globalThis.toy.clip())).toBe('copied');
  expect(await toy.app.evaluate(() => globalThis.toy.safe('secret \u00fc'))).toBe('secret \u00fc');
  await toy.app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
  expect((await toy.log()).some(([name]) => name === 'suspend')).toBe(true);
});

test('identity of the app', async () => {
  const identity = await toy.app.evaluate(({ app }) => ({
    name: app.getName(),
    version: app.getVersion(),
    packaged: app.isPackaged,
    type: process.type,
    electron: process.versions.electron,
    userData: app.getPath('userData'),
  }));
  expect(identity).toEqual({
    name: 'Toy',
    version: '1.2.3',
    packaged: false,
    type: 'browser',
    electron: '45.4.1',
    userData: toy.userData,
  });
});

test('require, import and dynamic import give the same module', async () => {
  expect(await toy.app.evaluate(() => globalThis.toy.sameModule())).toBe(true);
});
