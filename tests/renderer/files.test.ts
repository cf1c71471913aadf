/** The Files tab in the built page with the real CSP: tree, preview, editing, transfers, names of strangers, large folders. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import type { FilesStart } from '../support/scenario/files.ts';
import { callsOf } from './pages.ts';

let host: RendererHost;
let opened: RendererPage | undefined;

beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());
afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});

/** A page with a session and its Files tab. */
async function open(files: FilesStart, context: Parameters<RendererHost['open']>[1] = {}): Promise<Page> {
  opened = await host.open({ files }, context);
  const { page } = opened;
  await page.locator('.cm-content').waitFor();
  await page.evaluate(() => {
    const { main } = window.scenario;
    const [profile] = main.status.profiles;
    if (!profile) throw new Error('no profile');
    const { id } = main.addSession(profile);
    main.push();
    for (const listener of main.commands) listener({ command: 'show-session', sessionId: id });
  });
  await page.getByRole('tab', { name: 'Files' }).click();
  return page;
}

const row = (page: Page, name: RegExp) => page.getByRole('row', { name });
const tree = (page: Page) => page.getByRole('treegrid', { name: 'Files', exact: true });
/** The name of the row that has the focus. */
const focused = (page: Page) =>
  expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')), {
    timeout: 20_000,
  });
const preview = (page: Page) => page.getByRole('region', { name: 'Preview' });
const text = (name: string, content: string) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
});

test('by keyboard: folders open, names are found by letters, files are shown, renamed and removed', async () => {
  const page = await open('few');
  await row(page, /^data/).waitFor();
  await tree(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await row(page, /^sales\.csv, File, 27 B/).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await preview(page).getByText('month,sales').waitFor();
  await page.keyboard.type('mod');
  await preview(page).getByText('of a circle').waitFor();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New name of model.py' }).waitFor();
  // Only the stem is selected: the ending stays.
  await expect.poll(() => page.evaluate(() => document.getSelection()?.toString())).toBe('model');
  await page.keyboard.type('circle');
  await page.keyboard.press('Enter');
  await row(page, /^circle\.py/).waitFor();
  expect(await callsOf(page, 'files.move')).toEqual([{ from: '/work/model.py', to: '/work/circle.py' }]);
  await preview(page).getByRole('heading', { name: 'circle.py' }).waitFor();
  await page.keyboard.press('Delete');
  const question = page.getByRole('alertdialog', { name: 'Remove “circle.py”?' });
  await question.getByText('This cannot be undone').waitFor();
  await page.keyboard.press('Escape');
  await focused(page).toMatch(/^circle\.py/);
  await page.keyboard.press('Delete');
  await question.getByRole('button', { name: 'Remove' }).press('Enter');
  await row(page, /^circle/).waitFor({ state: 'detached' });
  await preview(page).getByText('Select a file').waitFor();
  // The menu of a row, with the menu key.
  await row(page, /^README/).click();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Copy path' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('/work/README.md');
});

test('a text is edited, kept while the tab is left, and saved only where nobody changed the file', async () => {
  const page = await open('few');
  await row(page, /^model/).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('# mine\n');
  await page.getByText('Not saved').waitFor();
  await page.getByRole('tab', { name: 'Run' }).click();
  await page.getByRole('tab', { name: 'Files' }).click();
  await preview(page).getByText('# mine').waitFor();
  await page.getByRole('img', { name: 'has unsaved changes' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await preview(page).locator('.cm-content').click();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+y');
  await page.evaluate(() => window.scenario.main.files.change('model.py', 'theirs'));
  await page.keyboard.press('Control+s');
  const conflict = page.getByRole('alertdialog', { name: '“model.py” was changed meanwhile' });
  await conflict.getByText(/In the sandbox: changed .*, 6 B/).waitFor();
  await conflict.getByText(/Opened by you: as of .*, 81 B/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await conflict.getByRole('button', { name: 'Go on editing' }).click();
  expect(await page.evaluate(() => window.scenario.main.files.find('model.py')?.text)).toBe('theirs');
  await page.getByRole('button', { name: 'Save' }).click();
  await conflict.getByRole('button', { name: 'Keep both' }).click();
  await preview(page)
    .getByText(/^Saved /)
    .waitFor();
  await row(page, /^model \(2\)\.py/).waitFor();
  expect(await page.evaluate(() => window.scenario.main.files.find('model.py')?.text)).toMatch(
    /^# mine\nimport/,
  );
  // Giving up is asked about.
  await preview(page).locator('.cm-content').click();
  await page.keyboard.type('x');
  await page.getByRole('button', { name: 'Discard changes…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard changes' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.keyboard.type('kept');
  await page.getByText('Not saved').waitFor();
  // The session ends: the text stays, and can be copied.
  await page.evaluate(() =>
    window.scenario.main.disconnect(window.scenario.main.status.sessions[0]?.id ?? ''),
  );
  await page.getByText('This session has ended. What you see').waitFor();
  await page.getByRole('button', { name: 'Copy text' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('kept');
  // The window, the app and the session do not go without a question.
  const isHeld = () =>
    page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  const told = async () => (await callsOf(page, 'shell.unsaved')).at(-1);
  expect(await isHeld()).toBe(true);
  expect(await told()).toEqual({ files: 1 });
  const command = (name: 'dismiss-session') =>
    page.evaluate((command) => {
      for (const listener of window.scenario.main.commands) listener({ command });
    }, name);
  await command('dismiss-session');
  const dismissal = page.getByRole('alertdialog', { name: /^Remove the session of “.*” from the list\?/ });
  await dismissal.getByText('Your changes of model.py are not saved').waitFor();
  await dismissal.getByRole('button', { name: 'Cancel' }).click();
  expect(await callsOf(page, 'sessions.dismiss')).toEqual([]);
  await command('dismiss-session');
  await dismissal.getByRole('button', { name: 'Discard and remove' }).click();
  await expect.poll(told).toEqual({ files: 0 });
  expect(await isHeld()).toBe(false);
});

test('uploads by dialog and drop, with clashes, progress, cancel, a failure and another try; downloads', async () => {
  const page = await open('few');
  await row(page, /^model/).waitFor();
  const input = page.locator('[data-upload=files]');
  await input.setInputFiles([text('model.py', 'x'), text('README.md', 'yy'), text('new.txt', 'zzz')]);
  const clash = page.getByRole('alertdialog', { name: '“model.py” is there already' });
  await clash.getByLabel('Do the same for the other one').uncheck();
  await clash.getByRole('button', { name: 'Replace' }).click();
  await page
    .getByRole('alertdialog', { name: '“README.md”' })
    .getByRole('button', { name: 'Keep both' })
    .click();
  await row(page, /^README \(2\)\.md/).waitFor();
  await row(page, /^new\.txt/).waitFor();
  const uploads = (await callsOf(page, 'upload')) as { path: string; replace: boolean }[];
  expect(uploads.map(({ path, replace }) => `${path} ${replace}`)).toEqual([
    '/work/model.py true',
    '/work/README (2).md false',
    '/work/new.txt false',
  ]);

  await page.evaluate(() => {
    window.scenario.main.files.pieceMs = 200;
  });
  await input.setInputFiles([{ ...text('big.bin', ''), buffer: Buffer.alloc(3_000_000) }]);
  await page.getByRole('progressbar', { name: 'Uploading big.bin' }).waitFor();
  await page.getByText(/of 2\.9 MB, /).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Cancel big.bin' }).click();
  await page.getByText('Cancelled. Nothing half-written was left.').waitFor();
  expect(await row(page, /^big/).count()).toBe(0);
  await page.evaluate(() => {
    const { files } = window.scenario.main;
    files.pieceMs = 0;
    files.nextTransferProblem = {
      code: 'no-space',
      message: 'The disk is full.',
      hint: 'Make room.',
      retryable: false,
    };
  });
  await page.getByRole('button', { name: 'Try big.bin again' }).click();
  await page.getByText('The disk is full.').waitFor();
  await page.getByRole('button', { name: 'Try big.bin again' }).click();
  await row(page, /^big\.bin/).waitFor();

  // Dropped onto a folder's row: a file, and a folder with its tree.
  const here = mkdtempSync(join(tmpdir(), 'specboard-drop-'));
  mkdirSync(join(here, 'tree/deep'), { recursive: true });
  writeFileSync(join(here, 'tree/deep/a.txt'), 'aa');
  writeFileSync(join(here, 'dropped.txt'), 'dropped');
  const box = await row(page, /^data,/).boundingBox();
  const cdp = await page.context().newCDPSession(page);
  const at = { x: (box?.x ?? 0) + 60, y: (box?.y ?? 0) + 10 };
  const files = [join(here, 'dropped.txt'), join(here, 'tree')];
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    if (type === 'drop') await page.getByText('Drop to upload to data').waitFor();
    await cdp.send('Input.dispatchDragEvent', {
      type,
      ...at,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  }
  await row(page, /^tree, Folder/).waitFor();
  await row(page, /^dropped\.txt/).waitFor();
  expect(await page.evaluate(() => window.scenario.main.files.find('data/dropped.txt')?.size)).toBe(7);
  expect(await page.evaluate(() => window.scenario.main.files.find('data/tree/deep/a.txt')?.size)).toBe(2);
  rmSync(here, { recursive: true });

  await row(page, /^model/).click();
  await row(page, /^new\.txt/).click({ modifiers: ['Shift'] });
  await row(page, /^new\.txt/)
    .getByRole('button', { name: 'Actions for new.txt' })
    .click();
  await page.getByRole('menuitem', { name: 'Download…' }).click();
  await page.getByText(/saved as \/home\/someone\/Downloads/).waitFor();
  expect(await callsOf(page, 'download')).toMatchObject([{ paths: ['/work/model.py', '/work/new.txt'] }]);
  await page.getByRole('button', { name: 'Clear ended' }).click();
  await page.getByRole('region', { name: 'Transfers' }).waitFor({ state: 'detached' });
});

test('what cannot be shown says so; links, new things, paths, an empty folder', async () => {
  const page = await open('few');
  await row(page, /^weights/).click();
  await preview(page).getByText('This is not text').waitFor();
  await row(page, /^lost, Broken link: there is no nowhere/).click();
  await preview(page).getByText('Broken link: there is no nowhere/at-all.txt').waitFor();
  await row(page, /^plot/).click();
  await page.getByRole('img', { name: 'Picture plot.png' }).waitFor();
  await page.getByText('1 × 1').waitFor();
  await page.getByRole('radio', { name: '100 %' }).check();
  expect(await row(page, /^\.env/).count()).toBe(0);
  await page.getByRole('button', { name: 'Show hidden files' }).click();
  await row(page, /^\.env/).waitFor();
  await page.getByRole('button', { name: 'Sort by size' }).click();
  await page.getByRole('button', { name: 'Sorted by size, descending; turn around' }).waitFor();
  await page.getByRole('button', { name: 'New file or folder' }).click();
  await page.getByRole('menuitem', { name: 'New folder…' }).click();
  const dialog = page.getByRole('dialog', { name: 'New folder' });
  await dialog.getByLabel('Name').fill('a/b');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('A name cannot contain “/”.').waitFor();
  await dialog.getByLabel('Name').fill('data');
  await page.keyboard.press('Enter');
  await dialog.getByText('Something in this folder has that name already.').waitFor();
  await dialog.getByLabel('Name').fill('fresh');
  await page.keyboard.press('Enter');
  await row(page, /^fresh/).waitFor();
  await page
    .getByRole('navigation', { name: 'Folder that is shown' })
    .getByRole('button', { name: 'work' })
    .click();
  await page.getByRole('textbox', { name: 'Path' }).fill('/work/fresh/');
  await page.keyboard.press('Enter');
  await page.getByText('Drop files here or').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.evaluate(() => {
    window.scenario.main.files.nextProblem = {
      code: 'forbidden',
      message: 'You may not look here.',
      retryable: false,
    };
  });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('Could not be read: You may not look here.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Drop files here or').waitFor();
  await page.getByRole('button', { name: 'Folder above' }).click();
  await row(page, /^data/).waitFor();
});

test('ten thousand entries, names of strangers, and a small window', async () => {
  const page = await open('many', { viewport: { width: 640, height: 480 }, forcedColors: 'active' });
  await row(page, /^many/).waitFor();
  await row(page, /^many/).locator('button').first().click();
  await row(page, /^row-00000/).waitFor();
  expect(await page.getByRole('row').count()).toBeLessThan(60);
  await tree(page).focus();
  // By one letter past all of them, back, and to the end.
  await page.keyboard.press('Home');
  await focused(page).toMatch(/^data/);
  await page.keyboard.press('w');
  await focused(page).toMatch(/^weights/);
  await page.keyboard.press('Home');
  await focused(page).toMatch(/^data/);
  await page.evaluate(() => {
    const { files } = window.scenario.main;
    files.put('report\u202Etxt.exe', { type: 'file', text: '\u202Ehidden' });
    files.put('<img src=x onerror=alert(1)>', { type: 'file', text: 'x' });
  });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await tree(page).focus();
  await focused(page).toMatch(/^data/);
  await page.keyboard.press('End');
  await focused(page).toMatch(/^weights/);
  await row(page, /^report‹U\+202E›txt\.exe/).click();
  await preview(page).getByRole('heading', { name: 'report‹U+202E›txt.exe' }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Files', exact: true }).click();
  await tree(page).waitFor();
});
