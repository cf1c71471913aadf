/** The Run tab in Chromium: editor and drafts, blocks, the ladder that stops code, rich values, a million lines. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { block, callsOf, runCode } from './pages.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
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

async function open(...args: Parameters<RendererHost['open']>): Promise<Page> {
  opened = await host.open(...args);
  await opened.page.locator('.cm-content').waitFor();
  return opened.page;
}

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('[data-block]')?.getAttribute('aria-label'));
const codes = (page: Page) =>
  page.evaluate(() => [...window.scenario.main.running.values()].map(({ execution }) => execution.code));
/** To the start of the output. */
const toTop = (log: Locator) => log.evaluate((element) => element.closest('[role=group]')?.scrollTo(0, 0));

/** axe in light, dark and forced colours. */
async function isAccessible(page: Page): Promise<void> {
  await page.evaluate(axeSource);
  for (const [colorScheme, forcedColors] of [
    ['light', 'none'],
    ['dark', 'none'],
    ['dark', 'active'],
  ] as const) {
    // Without motion: a colour on its way to another has any contrast.
    await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: 'reduce' });
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: (o: object) => Promise<AxeResults> } };
      const { violations } = await axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
        iframes: false,
      });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    });
    expect({ colorScheme, forcedColors, found }).toEqual({ colorScheme, forcedColors, found: [] });
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
}

describe('editor', () => {
  test('runs the selection, the block at the cursor, or all', async () => {
    const page = await open();
    await runCode(page, 'if True:\n    a = 1\n\n    b = 2\nprint(a)');
    await block(page, 1).getByText('Done', { exact: true }).waitFor();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+Enter');
    await block(page, 2).getByText('Done', { exact: true }).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.press('Control+Enter');
    await block(page, 3).getByText('Done', { exact: true }).waitFor();
    await page.keyboard.press('Control+Shift+Enter');
    await block(page, 4).getByText('Done', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'More ways to run' }).click();
    await page.getByRole('menuitem', { name: 'Run all' }).click();
    await block(page, 5).getByText('Done', { exact: true }).waitFor();
    const all = 'if True:\n    a = 1\n\n    b = 2\nprint(a)';
    expect(await codes(page)).toEqual([all, 'if True:\n    a = 1\n\n    b = 2', 'a = 1', all, all]);
  });

  test('offers names of the session, words of the language and of the text', async () => {
    const page = await open();
    await runCode(page, 'my_own_name = 1');
    await block(page, 1).getByText('Done', { exact: true }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.type('\nsales_');
    const options = page.locator('.cm-tooltip-autocomplete li');
    await options.filter({ hasText: 'sales_by_city' }).waitFor();
    await options.filter({ hasText: 'in the session' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.type('\nmy_o');
    await options.filter({ hasText: 'my_own_name' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'Shell' }).check();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\nexpo');
    await options.filter({ hasText: 'export' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('drafts stay: over languages, over a reload of the window; files become drafts and nothing is lost', async () => {
    const page = await open();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('typed = 1');
    await page.getByLabel('Stop after').selectOption({ label: 'Stop after 1:00' });
    await page.locator('input[type=file]').setInputFiles({
      name: 'job.sh',
      mimeType: 'text/plain',
      buffer: Buffer.from('echo from a file'),
    });
    await page.locator('.cm-content').getByText('echo from a file').waitFor();
    await page.locator('input[type=file]').setInputFiles({
      name: 'data.bin',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from([1, 0, 2]),
    });
    await page.getByText('data.bin is not a text file.').waitFor();
    await page.getByRole('button', { name: /^Drafts/ }).click();
    await page.getByRole('menuitem', { name: 'Save as a file…' }).click();
    await expect
      .poll(() => callsOf(page, 'executions.saveCode'))
      .toEqual([{ name: 'job.sh', language: 'shell', code: 'echo from a file' }]);
    // The storage is written a moment later: what is waited for is what a reload would read.
    await expect
      .poll(() => page.evaluate(() => localStorage.getItem('specboard.drafts')))
      .toContain('job.sh');
    await page.reload();
    await page.locator('.cm-content').getByText('echo from a file').waitFor();
    await page.getByRole('button', { name: /^Drafts/ }).click();
    await page.getByRole('menuitem', { name: 'Draft', exact: true }).click();
    await page.locator('.cm-content').getByText('typed = 1').waitFor();
    expect(await page.getByLabel('Stop after').inputValue()).toBe('60000');
  });

  test('Tab indents, and the ways out of the editor are said', async () => {
    const page = await open();
    const inEditor = () => page.evaluate(() => Boolean(document.activeElement?.closest('.cm-content')));
    await page.locator('.cm-content').click();
    expect(await page.locator('.cm-content').getAttribute('aria-describedby')).toBeTruthy();
    await page.keyboard.press('Tab');
    expect(await inEditor()).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await inEditor()).toBe(false);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+M');
    await page.getByRole('alert').getByText('Tab moves the focus.').waitFor({ state: 'attached' });
    await page.keyboard.press('Shift+Tab');
    expect(await inEditor()).toBe(false);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+M');
    await page.getByRole('alert').getByText('Tab indents.').waitFor({ state: 'attached' });
    await page.keyboard.press('Control+F');
    await page.getByRole('button', { name: 'Replace all' }).waitFor();
    await isAccessible(page);
  });
});

describe('blocks', () => {
  test('menu, copies, keys from block to block, again, into the editor', async () => {
    const page = await open();
    await runCode(page, '# lines 400');
    await runCode(page, 'print(2)');
    await block(page, 2).getByText('Done', { exact: true }).waitFor();
    await block(page, 2).focus();
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toBe('Run 1, Python');
    await page.keyboard.press('ArrowLeft');
    await block(page, 1).getByRole('button', { name: 'Show output' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('Run 2, Python');
    const choose = async (number: number, name: string) => {
      await page.getByRole('button', { name: `Actions for run ${number}`, exact: true }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await choose(1, 'Copy code');
    await expect.poll(() => clipboard(page)).toBe('# lines 400');
    await choose(1, 'Save output…');
    await expect.poll(() => callsOf(page, 'executions.saveOutput')).toHaveLength(1);
    await choose(1, 'Show times of lines');
    await block(page, 1)
      .getByText(/^\d\d:\d\d:\d\d\.\d{3}$/)
      .first()
      .waitFor();
    await choose(1, 'Open in the editor');
    await page.getByRole('button', { name: 'Drafts: Run 1' }).waitFor();
    await block(page, 2).getByRole('button', { name: 'Run again here' }).click();
    await block(page, 3).getByText('Done', { exact: true }).waitFor();
    expect(await codes(page)).toEqual(['# lines 400', 'print(2)', 'print(2)']);
    await choose(1, 'Open in full');
    const dialog = page.getByRole('dialog', { name: 'All output of #1' });
    await dialog.getByText('line 5', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Find in output' }).click();
    await page.keyboard.type('LINE 39');
    await dialog.getByText('11 matches').waitFor();
    await page.keyboard.press('Shift+Enter');
    await dialog.getByText('11 of 11').waitFor();
    await dialog.getByText('line 399', { exact: true }).waitFor();
    await isAccessible(page);
  });

  test('the ladder: each step says what it destroys, later ones can be chosen at once', async () => {
    const page = await open();
    await runCode(page, '# stubborn');
    const run = block(page, 1);
    await run.getByText('ignoring').waitFor();
    await run.getByRole('button', { name: 'Cancel' }).click();
    await run.getByText('Cancelling…').waitFor();
    await run.getByRole('button', { name: 'More ways to stop' }).click();
    const menu = page.getByRole('menu', { name: 'More ways to stop' });
    expect((await menu.getByRole('menuitem').allInnerTexts()).map((text) => text.split('\n'))).toEqual([
      ['Force stop', 'Kills the process. The sandbox and its files stay; variables may be lost.'],
      ['Restart Python', 'Ends every cell of the session. All variables are lost; files stay.'],
      ['End sandbox…', 'Ends the session and deletes its sandbox with all files in it.'],
    ]);
    await isAccessible(page);
    await menu.getByRole('menuitem', { name: 'Restart Python' }).click();
    await run.getByText(/^Restarting Python…/).waitFor();
    expect(await callsOf(page, 'sessions.restartKernel')).toHaveLength(1);
    // A link that is lost: what was asked for waits for it.
    await runCode(page, '# stubborn');
    const second = block(page, 2);
    await second.getByText('ignoring').waitFor();
    await page.evaluate(() => {
      const [session] = window.scenario.main.status.sessions;
      if (session) session.link = { state: 'retrying', since: Date.now(), attempt: 2, nextAt: null };
      window.scenario.main.push();
    });
    await second.getByRole('button', { name: 'Cancel' }).click();
    await second.getByText('Stops when the link is back').waitFor();
    // Ending the sandbox is asked about first.
    await second.getByRole('button', { name: 'More ways to stop' }).click();
    await page.getByRole('menuitem', { name: 'End sandbox…' }).click();
    await page.getByRole('alertdialog').waitFor();
    expect(await callsOf(page, 'disconnect')).toEqual([]);
  });
});

describe('rich values', () => {
  test('a table without a head counts its rows without the headings; files are opened in the editor by an action', async () => {
    const page = await open();
    await runCode(page, '# headless');
    const log = block(page, 1).getByRole('log');
    await log.getByText('4 rows × 2 columns').waitFor();
    await log.getByRole('columnheader', { name: 'sales' }).waitFor();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.locator('.cm-content').waitFor({ state: 'detached' });
    const chosen = page.waitForEvent('filechooser');
    await page.keyboard.press('Control+o');
    await (await chosen).setFiles({
      name: 'step.py',
      mimeType: 'text/plain',
      buffer: Buffer.from('first = 1\n\nsecond = 2\n'),
    });
    await page.getByRole('button', { name: /step\.py/ }).waitFor();
    // What the palette and the menu Run say; CapsLock changes nothing.
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.evaluate(() => {
      const press = { key: 'K', code: 'KeyK', ctrlKey: true, bubbles: true, cancelable: true };
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', press));
    });
    await page.getByRole('combobox', { name: /Search or run/ }).fill('current block');
    await page.getByRole('option', { name: /current block/ }).waitFor();
    await page.keyboard.press('Enter');
    await block(page, 2).getByText('first = 1').waitFor();
    expect(await block(page, 2).getByText('second = 2').count()).toBe(0);
  });

  test('tables, forms, LaTeX, JSON, links, long lines', async () => {
    const page = await open();
    await runCode(page, '# forms');
    const run = block(page, 1);
    const log = run.getByRole('log');
    await run.getByText('Done', { exact: true }).waitFor();
    await toTop(log);
    await log.getByRole('link', { name: 'https://example.com/guide?page=1' }).click();
    expect(await callsOf(page, 'shell.openExternal')).toEqual([{ url: 'https://example.com/guide?page=1' }]);
    expect(await log.getByRole('link').count()).toBe(1);
    await log.evaluate((element) => element.closest('[role=group]')?.scrollTo(0, 600));
    await log.getByRole('button', { name: /this line goes on/ }).click();
    await expect.poll(() => log.getByRole('button', { name: /this line goes on/ }).count()).toBe(0);

    const table = log.getByRole('table');
    const first = async () =>
      (await table.locator('tbody tr').first().locator('th, td').allTextContents()).join(' ');
    await table.getByRole('button', { name: 'price' }).click();
    await expect.poll(first).toMatch(/^item 0\s+0/);
    await table.getByRole('button', { name: 'price' }).click();
    await expect.poll(first).toMatch(/^item \d+\s+100/);
    expect(await table.getByRole('columnheader', { name: 'price' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await log.getByRole('button', { name: 'Next rows' }).click();
    await log.getByText('Rows 51 to 100 of 120').waitFor();
    await log.getByLabel('Filter rows').fill('item 11');
    await log.getByText('11 rows match').waitFor();
    await log.getByRole('button', { name: 'Copy as CSV' }).click();
    await expect.poll(() => clipboard(page)).toMatch(/^name,price,note\nitem 11\d?,/);
    expect(await clipboard(page)).toContain("'=SUM(A1)");

    await log.getByLabel('Shown as').first().selectOption({ label: 'Text' });
    await log.getByText('a frame', { exact: true }).waitFor();
    await log.getByText('$\\int_0^1 x^2\\,dx$').waitFor();

    const tree = log.getByRole('tree');
    await tree.getByRole('treeitem').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await tree.getByText('150 more').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await log.getByRole('button', { name: 'Copy path' }).click();
    await expect.poll(() => clipboard(page)).toBe('["users"][1]');
    await log.getByRole('button', { name: 'Expand all' }).click();
    await expect.poll(() => tree.getByRole('treeitem').count()).toBeGreaterThan(500);
    await log.getByRole('button', { name: 'Collapse all' }).click();
    expect(await tree.getByRole('treeitem').count()).toBe(1);
    await isAccessible(page);
  });

  test('charts are read by keys and pointer, series hide, the table says the same', async () => {
    const page = await open();
    await runCode(page, '# charts');
    const log = block(page, 1).getByRole('log');
    await block(page, 1).getByText('Done', { exact: true }).waitFor();
    const line = log.getByRole('group', { name: 'Line chart: Temperature over the day' });
    await line.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    await log.getByText('Lagos: 1, 27').waitFor();
    await log.getByRole('button', { name: 'Lagos' }).click();
    await line.focus();
    for (const key of ['Home', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await log.getByText('Reykjavík: 0, 2').waitFor();
    await line.hover({ position: { x: 200, y: 150 } });
    await log.getByText(/^Berlin: \d+, /).waitFor();
    for (const name of [
      'Bar chart: Sales by quarter',
      'Pie chart: Where the time goes',
      'Box plot: Response times',
    ]) {
      await log.getByRole('group', { name }).first().focus();
      await page.keyboard.press('ArrowRight');
    }
    await log.getByText('eu: lowest 12, quarter 20, median 26, three quarters 35, highest 60').waitFor();
    await log.getByRole('button', { name: 'Show as table' }).first().click();
    await log.getByRole('columnheader', { name: 'Temperature (°C)' }).waitFor();
    await isAccessible(page);
  });

  test('images enlarge, are saved by main and copied; HTML is as high as its content', async () => {
    const page = await open();
    await runCode(page, '# rich');
    const log = block(page, 1).getByRole('log');
    await log.getByText('Installed pandas').waitFor();
    await log.getByRole('button', { name: 'Copy image' }).first().click();
    await log.getByRole('button', { name: 'Copied' }).waitFor();
    await log.getByRole('button', { name: 'Save image…' }).first().click();
    await expect
      .poll(() => callsOf(page, 'executions.saveValue'))
      .toMatchObject([{ seq: 2, type: 'image/svg+xml' }]);
    const heights = await log.locator('iframe').evaluate((frame) => frame.clientHeight);
    expect(heights).toBeGreaterThan(60);
    expect(heights).toBeLessThan(240);
    expect(await page.locator('iframe').count()).toBe(1);
    await log.getByRole('img', { name: 'Sales plot' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sales plot' });
    const width = () => dialog.getByRole('img').evaluate((image) => image.clientWidth);
    await dialog.getByRole('button', { name: '200 %' }).click();
    await expect.poll(width).toBe(960);
    await dialog.getByRole('group', { name: /^Image/ }).focus();
    await page.keyboard.press('1');
    await expect.poll(width).toBe(480);
    await page.keyboard.press('+');
    await expect.poll(width).toBe(720);
    await isAccessible(page);
  });
});

test('a million lines: the first is a scroll away, any is found, and the window stays small', async () => {
  const page = await open();
  const heap = () =>
    page.evaluate(() => {
      (globalThis as unknown as { gc: () => void }).gc();
      return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
    });
  await runCode(page, 'print(1)');
  await block(page, 1).getByText('338350').waitFor();
  const before = await heap();
  await runCode(page, '# numbered 1000000');
  const run = block(page, 2);
  await run.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
  await run.getByText('line 999999 of what').waitFor();
  const log = run.getByRole('log');
  await toTop(log);
  await log.getByText('line 0 of what').waitFor();
  await run.getByRole('button', { name: 'Find in output' }).click();
  await page.keyboard.type('LINE 777777 ');
  await run.getByText('1 match', { exact: true }).waitFor({ timeout: 20_000 });
  await page.keyboard.press('Enter');
  await log.getByText('line 777778 of what').waitFor();
  await run.getByText('1 of 1', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Jump to the end' }).click();
  await log.getByText('line 999999 of what').waitFor();
  expect(await log.locator('*').count()).toBeLessThan(400);
  expect(((await heap()) - before) / 1_048_576).toBeLessThan(80);
});
