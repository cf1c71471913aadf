/**
 * The built page in Chromium with a main process of its own (scenario bridge): how much streaming output costs the person who
 * types meanwhile. `node tests/bench/window.ts` prints it alone.
 */
import type { Page } from 'playwright-core';
import { startRenderer } from '../support/renderer-page.ts';
import { format, ms, type Spread, spread } from './stats.ts';

/** What was measured; times in ms, heap in MB (10^6 bytes). */
export interface WindowFigures {
  typingIdle: Spread;
  typingStreaming: Spread;
  /** Tasks over 50 ms while 100 MB came in, and the longest. */
  longTasks: number;
  longestTask: number;
  /** MB a second that came in while it was typed. */
  streamMbPerSecond: number;
  /** Heap above the empty app after a million lines and a collection. */
  heapOfMillionLines: number;
  /** From a new state in main to its paint. */
  statePainted: Spread;
}

const keys = 60;

/** The figures as a section of docs/performance.md. */
export function windowSection(figures: WindowFigures): string {
  const { typingIdle, typingStreaming, longTasks, longestTask, heapOfMillionLines, statePainted } = figures;
  return `## The window (Chromium, the built page, one run)

| What | Measured | Goal |
|---|---|---|
| a key to its paint, idle | ${ms(typingIdle)} | |
| a key to its paint while output streams in at ${format(figures.streamMbPerSecond)} MB/s | ${ms(typingStreaming)}, ${format(typingStreaming.median / typingIdle.median)} times idle | at most 2 times, at 10 MB/s |
| tasks over 50 ms while 100 MB stream in | ${longTasks} (longest ${format(longestTask)} ms) | 0 |
| heap above the empty app after a million lines | ${format(heapOfMillionLines)} MB | at most 80 MB |
| a change of state to its paint | ${ms(statePainted)} | 150 ms |`;
}

/** Measures; about a minute. */
export async function measureWindow(): Promise<WindowFigures> {
  const host = await startRenderer();
  try {
    const { page, close } = await host.open();
    await page.locator('.cm-content').waitFor();
    await run(page, 'print(1)');
    await page.getByText('338350').waitFor();
    const empty = await heap(page);
    await page.locator('.cm-content').click();
    const typingIdle = await typing(page);
    await run(page, '# stream 100');
    await page.evaluate(() => {
      const tasks: number[] = [];
      Object.assign(window, { tasks });
      new PerformanceObserver((list) =>
        tasks.push(...list.getEntries().map(({ duration }) => duration)),
      ).observe({
        type: 'longtask',
      });
    });
    const start = performance.now();
    await page.locator('.cm-content').focus();
    const typingStreaming = await typing(page);
    await page
      .getByRole('article', { name: 'Run 2,' })
      .getByText('Done', { exact: true })
      .waitFor({ timeout: 120_000 });
    const seconds = (performance.now() - start) / 1000;
    const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
    const statePainted = await painted(page);
    await close();

    const lines = await host.open();
    await lines.page.locator('.cm-content').waitFor();
    await run(lines.page, '# numbered 1000000');
    await lines.page
      .getByRole('article', { name: 'Run 1,' })
      .getByText('Done', { exact: true })
      .waitFor({ timeout: 120_000 });
    const heapOfMillionLines = (await heap(lines.page)) - empty;
    await lines.close();
    return {
      typingIdle,
      typingStreaming,
      longTasks: tasks.length,
      longestTask: Math.max(0, ...tasks),
      streamMbPerSecond: 100 / seconds,
      heapOfMillionLines,
      statePainted,
    };
  } finally {
    await host.close();
  }
}

async function run(page: Page, code: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(code);
  await page.keyboard.press('Control+Enter');
}

/** From a key to the frame after the editor has it, key by key. */
async function typing(page: Page): Promise<Spread> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { times });
    addEventListener(
      'keydown',
      ({ timeStamp }) =>
        requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - timeStamp))),
      { capture: true },
    );
  });
  for (let n = 0; n < keys; n += 1) await page.keyboard.press('x', { delay: 20 });
  return spread(await page.evaluate(() => (window as unknown as { times: number[] }).times));
}

/** From a changed state in main to the frame that shows it. */
async function painted(page: Page): Promise<Spread> {
  const times: number[] = [];
  for (let turn = 0; turn < 20; turn += 1)
    times.push(
      await page.evaluate(
        (name) =>
          new Promise<number>((resolve) => {
            const { main } = window.scenario;
            const [profile] = main.status.profiles;
            if (!profile) throw new Error('no profile');
            const start = performance.now();
            const shown = new MutationObserver(() => {
              if (!document.body.textContent.includes(name)) return;
              shown.disconnect();
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
            });
            shown.observe(document.body, {
              childList: true,
              subtree: true,
              characterData: true,
              attributes: true,
            });
            profile.name = name;
            main.push();
          }),
        `Name of turn ${turn}`,
      ),
    );
  return spread(times);
}

/** Heap after a collection, in MB. */
function heap(page: Page): Promise<number> {
  return page.evaluate(() => {
    (globalThis as unknown as { gc: () => void }).gc();
    return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6;
  });
}

if (import.meta.main) process.stdout.write(`${windowSection(await measureWindow())}\n`);
