// The drawn menu, tray, dialogs and notifications: what a person without Electron's binary uses.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OverlayControl } from '../../tools/electron-host/page/overlay.ts';
import { type RunningToy, startToy, temporaryFolder, until } from '../support/host-app.ts';

let toy: RunningToy;
let files: string;
beforeAll(async () => {
  files = temporaryFolder('host-overlay');
  mkdirSync(path.join(files, 'inner'));
  writeFileSync(path.join(files, 'inner', 'notes.txt'), 'x');
  toy = await startToy({ env: { HOST_OVERLAY: '1' } });
  await until('the overlay is there', async () => (await controls()).some(({ label }) => label === '\u2630'));
});
afterAll(async () => {
  await toy?.close();
  rmSync(files, { recursive: true, force: true });
});

/** What can be clicked now. */
async function controls(): Promise<OverlayControl[]> {
  return toy.host((host) =>
    (host as unknown as { overlayControls(id: number): Promise<OverlayControl[]> }).overlayControls(1),
  ) as unknown as Promise<OverlayControl[]>;
}

/** Waits for the control whose label matches, and clicks its middle with the mouse. */
async function click(label: RegExp): Promise<void> {
  let found: OverlayControl | undefined;
  await until(`a control ${label}`, async () => {
    found = (await controls()).find((control) => label.test(control.label));
    return found !== undefined;
  });
  if (found) await toy.page.mouse.click(found.x + found.width / 2, found.y + found.height / 2);
}

const has = async (label: RegExp) => (await controls()).some((control) => label.test(control.label));

test('the page cannot see it', async () => {
  const seen = await toy.page.evaluate(() => [
    document.documentElement.lastElementChild?.shadowRoot,
    '__hostOverlayControls' in window,
  ]);
  expect(seen).toEqual([null, false]);
});

describe('menu bar', () => {
  test('opens by the button, and an item of it does what it says', async () => {
    expect(await has(/^Profile$/)).toBe(false);
    await click(/^\u2630$/);
    await click(/^Profile$/);
    await click(/Refresh/);
    await toy.page.waitForFunction(() => document.querySelector('#out')?.textContent === 'menu refresh');
    expect(await has(/^Profile$/)).toBe(false);
  });

  test('opens by Alt, goes by keyboard, closes by Escape', async () => {
    await toy.page.keyboard.press('Alt');
    await until('the bar', () => has(/^Profile$/));
    await toy.page.keyboard.press('Escape');
    await until('no bar', async () => !(await has(/^Profile$/)));
    await toy.page.keyboard.press('Alt');
    await toy.page.keyboard.press('ArrowRight');
    await toy.page.keyboard.press('ArrowRight');
    await toy.page.keyboard.press('Enter');
    await until('the menu', () => has(/Two/));
    await toy.page.keyboard.press('ArrowDown');
    await toy.page.keyboard.press('ArrowDown');
    await toy.page.keyboard.press('Enter');
    await until('the radio item', async () => (await toy.log()).some(([, what]) => what === 'two'));
  });

  test('follows changes: the checked item has a mark', async () => {
    await click(/^\u2630$/);
    await click(/^Profile$/);
    await until('the mark', () => has(/^\u25CFTwo/));
    expect(await has(/^One/)).toBe(true);
    await toy.page.keyboard.press('Escape');
  });
});

test('tray: its menu is behind its tooltip', async () => {
  await click(/^\u2630$/);
  await click(/Toy: connected/);
  await until('the tray menu', () => has(/^Quit/));
  await toy.page.keyboard.press('Escape');
});

describe('dialogs', () => {
  test('a message box waits for a button', async () => {
    const answer = toy.page.evaluate(() => window.toy.invoke('confirm'));
    await click(/^Delete$/);
    expect(await answer).toEqual({ response: 1, checkboxChecked: false });
  });

  test('Escape means the cancel button; a reload keeps the question', async () => {
    const answered = toy.app.evaluate(({ dialog }) =>
      dialog.showMessageBox({
        message: 'Still there?',
        buttons: ['Yes', 'Cancel'],
        checkboxLabel: 'Remember',
      }),
    );
    await until('the dialog', () => has(/^Yes$/));
    await toy.page.reload();
    await until('the dialog again', () => has(/^Yes$/));
    await toy.page.keyboard.press('Escape');
    expect(await answered).toEqual({ response: 1, checkboxChecked: false });
  });

  test('a file is chosen by walking through folders', async () => {
    const answered = toy.app.evaluate(
      ({ dialog }, defaultPath) => dialog.showOpenDialog({ defaultPath, properties: ['openFile'] }),
      files,
    );
    await click(/inner/);
    await click(/notes\.txt/);
    await click(/^Open$/);
    expect(await answered).toEqual({ canceled: false, filePaths: [path.join(files, 'inner', 'notes.txt')] });
  });

  test('a name is typed to save', async () => {
    const answered = toy.app.evaluate(
      ({ dialog }, defaultPath) => dialog.showSaveDialog({ defaultPath }),
      path.join(files, 'a.txt'),
    );
    await click(/^Save$/);
    expect(await answered).toEqual({ canceled: false, filePath: path.join(files, 'a.txt') });
  });

  test('about', async () => {
    await toy.app.evaluate(({ app }) => app.showAboutPanel());
    await click(/^OK$/);
    await until('it is gone', async () => !(await has(/^OK$/)));
  });
});

test('a context menu', async () => {
  await toy.app.evaluate(({ Menu }) => {
    Menu.buildFromTemplate([{ label: 'Popped', click: () => globalThis.toy.log.push(['popped']) }]).popup({
      x: 50,
      y: 60,
    });
  });
  await click(/^Popped$/);
  await until('the click', async () => (await toy.log()).some(([name]) => name === 'popped'));
});

test('a notification can be clicked', async () => {
  await toy.app.evaluate(({ Notification }) => {
    const notification = new Notification({ title: 'Done', body: 'It ran.' });
    notification.on('click', () => globalThis.toy.log.push(['notification']));
    notification.show();
  });
  await click(/^Done/);
  await until('the click', async () => (await toy.log()).some(([name]) => name === 'notification'));
});
