/** Volume and malice: 100 MB through the window, who renders meanwhile, and output that tries to do something. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import type { ScenarioOptions } from '../support/scenario/main-process.ts';
import { block, runCode } from './pages.ts';

const megabyte = 1_048_576;
let host: RendererHost;
let opened: RendererPage | undefined;

beforeAll(async () => {
  host = await startRenderer({ profiling: true });
});
afterAll(() => host.close());
afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});

async function open(options: ScenarioOptions = {}): Promise<Page> {
  opened = await host.open(options);
  await opened.page.locator('.cm-content').waitFor();
  return opened.page;
}

/** Heap after a collection, in bytes. */
function heap(page: Page): Promise<number> {
  return page.evaluate(() => {
    (globalThis as unknown as { gc: () => void }).gc();
    return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
  });
}

function commits(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const parts = ['sidebar', 'tabs', 'editor', 'status-bar', 'output'];
    return Object.fromEntries(parts.map((id) => [id, performance.getEntriesByName(`commit:${id}`).length]));
  });
}

describe('100 MB', () => {
  test('the window keeps a tail, shows the end, and stays usable', async () => {
    const page = await open();
    await runCode(page, 'print(1)');
    await block(page, 1).getByText('338350').waitFor();
    const before = await heap(page);
    await runCode(page, '# stream 100');
    // Typing goes on while output pours in.
    await block(page, 2).getByText('Running', { exact: true }).waitFor();
    await page.locator('.cm-content').click();
    await page.keyboard.type(' typed');
    await page.getByText('# stream 100 typed').waitFor();
    await block(page, 2).getByText('Done', { exact: true }).waitFor({ timeout: 90_000 });
    await block(page, 2)
      .getByText(/^100 MB$/)
      .waitFor();
    // All of it is a scroll away, and only a part of it in memory.
    expect(
      await block(page, 2)
        .getByText(/of earlier output is not shown here/)
        .count(),
    ).toBe(0);
    // What is on its way to be shown may be held a moment longer; what is kept stays.
    await expect
      .poll(async () => (await heap(page)) - before, { timeout: 20_000 })
      .toBeLessThan(60 * megabyte);
    // Only what is in view is in the document.
    expect(await block(page, 2).locator('[role=log] *').count()).toBeLessThan(400);
  });

  test('sidebar, tabs and editor do not render while output streams at speed', async () => {
    // Readings come twenty times as often as they would: they may render the status bar, and nothing else.
    const page = await open({ metricsMs: 100 });
    await runCode(page, 'print(1)');
    await block(page, 1).getByText('338350').waitFor();
    // More than can be poured before it is cancelled below.
    await runCode(page, '# stream 100000');
    await block(page, 2).getByText('Running', { exact: true }).waitFor();
    const output = async () => (await commits(page)).output ?? 0;
    const first = await output();
    await expect.poll(output).toBeGreaterThan(first + 3);
    const started = await commits(page);
    await expect.poll(output).toBeGreaterThan((started.output ?? 0) + 8);
    const streamed = await commits(page);
    for (const part of ['sidebar', 'tabs', 'editor']) {
      expect({ [part]: streamed[part] }).toEqual({ [part]: started[part] });
    }
    // The proof that commits are counted there, too.
    expect(started.tabs).toBeGreaterThan(0);
    expect(started['status-bar']).toBeGreaterThan(0);
    await page.keyboard.press('Control+.');
    await block(page, 2).getByText('Cancelled', { exact: true }).waitFor();
    // Small pieces come as often as they can.
    await runCode(page, '# drip');
    await block(page, 3)
      .getByText(/^drip 10$/)
      .waitFor();
    const before = await commits(page);
    await block(page, 3)
      .getByText(/^drip 60$/)
      .waitFor();
    const after = await commits(page);
    for (const part of ['sidebar', 'tabs', 'editor']) {
      expect({ [part]: after[part] }).toEqual({ [part]: before[part] });
    }
    expect(after.output).toBeGreaterThan(before.output ?? 0);
  });

  test('following stops when a person scrolls up, and starts again by the button', async () => {
    const page = await open();
    await runCode(page, '# lines 5000');
    await block(page, 1)
      .getByText(/^line 4999$/)
      .waitFor();
    const scroller = page.locator('section[data-region=output] [role=group]').first();
    await scroller.hover();
    await page.mouse.wheel(0, -5000);
    const jump = page.getByRole('button', { name: 'Jump to the end' });
    await jump.waitFor();
    expect(await page.getByText(/^line 4999$/).count()).toBe(0);
    await jump.click();
    await page.getByText(/^line 4999$/).waitFor();
    await scroller.evaluate((element) => element.scrollTo(0, 0));
    await page.getByText(/^line 0$/).waitFor();
  });
});

test('hostile output does nothing but look odd', async () => {
  const page = await open();
  await page.evaluate(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`csp ${event.blockedURI}`));
  });
  const title = await page.title();
  await runCode(page, '# hostile');
  const log = block(page, 1).getByRole('log');
  await log.getByText('last line').waitFor();
  for (const frame of await log.locator('iframe').all()) expect(await frame.getAttribute('sandbox')).toBe('');
  const inner = page.frameLocator('iframe');
  await inner.getByText('hi', { exact: true }).waitFor();
  expect(await inner.locator('script, iframe, form, input, [onerror], img[src], a[href]').count()).toBe(0);
  expect(await log.locator('.ansi-hidden, script, [onclick], a[href^="javascript"]').count()).toBe(0);
  await log.evaluate((element) => element.closest('[role=group]')?.scrollTo(0, 0));
  await log.getByText('cell', { exact: false }).first().waitFor();
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  expect(await page.title()).toBe(title);
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain('pwned');
  await block(page, 1).getByRole('button', { name: 'Copy output' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('user\u202Etxt.exe');
});
