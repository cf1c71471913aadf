/**
 * axe on every screen, in light, dark with reduced motion, forced colours in a small window, and enlarged text: nothing serious
 * or critical, nothing out of reach at the side. What a reader finds on each screen is in names/ (`vitest -u` writes it anew: read
 * what changed). And what is announced.
 */
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { announced, block, runCode } from './pages.ts';
import { journeys, type Screen } from './screens.ts';

let host: RendererHost;
let opened: RendererPage | undefined;

beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const whole = { width: 1280, height: 800 };

/**
 * How a person may see it, and what may be wrong in that look only: names and roles are the same in each. 200 per cent of text is
 * a window of half the size with twice the pixels.
 */
const looks = {
  light: { media: { colorScheme: 'light', forcedColors: 'none' }, size: whole, rules: undefined },
  'dark, reduced motion': {
    media: { colorScheme: 'dark', forcedColors: 'none', reducedMotion: 'reduce' },
    size: whole,
    rules: ['color-contrast', 'link-in-text-block'],
  },
  'forced colours, 640×480': {
    media: { colorScheme: 'light', forcedColors: 'active' },
    size: { width: 640, height: 480 },
    rules: ['target-size', 'scrollable-region-focusable', 'button-name', 'link-name', 'nested-interactive'],
  },
  '200 per cent': {
    media: { colorScheme: 'light', forcedColors: 'none' },
    size: { width: 640, height: 400 },
    rules: ['color-contrast', 'target-size', 'scrollable-region-focusable'],
  },
} as const;

test.each(journeys)('$name', async ({ options, screens }) => {
  const findings: Record<string, unknown> = {};
  opened = await host.open(options);
  const { page, complaints } = opened;
  await page.locator('.cm-content').waitFor();
  for (const screen of screens) {
    await screen.reach(page);
    await screen.shows(page).waitFor();
    if (screen.names)
      await expect.soft(await namesIn(screen.names(page))).toMatchFileSnapshot(fileOf(screen));
    for (const [look, { media, size, rules }] of Object.entries(looks)) {
      await page.emulateMedia(media);
      await page.setViewportSize(size);
      // A menu closes when its window changes its size: then again from there.
      if (!(await screen.shows(page).isVisible())) await screen.reach(page).catch(() => {});
      const found = await axeFindings(page, rules);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`${wide} px are out of the window at its side`);
      if (found.length > 0) findings[`${screen.name}, ${look}`] = found;
    }
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'no-preference' });
    await page.setViewportSize(whole);
    if (!(await screen.shows(page).isVisible())) await screen.reach(page).catch(() => {});
  }
  expect(findings).toEqual({});
  expect(complaints).toEqual([]);
});

function fileOf({ name }: Screen): string {
  return join(import.meta.dirname, 'names', `${name.replaceAll(/\W+/g, '-')}.txt`);
}

/** What a reader finds there; times, sizes and readings differ from run to run. */
async function namesIn(place: Locator): Promise<string> {
  const snapshot = await place.ariaSnapshot();
  const numbers = /(?<![A-Za-z\d])\d+(?:[.:,]\d+)*(?: (?:ms|s|min|h|B|KB|MB|GB)\b)?/g;
  // Shortly after midnight, "an hour ago" has a date.
  return `${snapshot.replaceAll(numbers, '0').replaceAll(/\b[A-Z][a-z]{2} 0, 0\b/g, '0')}\n`;
}

test('a screen reader hears starts and ends, never the stream', async () => {
  opened = await host.open();
  const { page } = opened;
  await page.locator('.cm-content').waitFor();
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const region = document.querySelector('[data-announcer]');
    if (region)
      new MutationObserver(() => heard.push(region.textContent)).observe(region, {
        childList: true,
        subtree: true,
        characterData: true,
      });
  });
  await runCode(page, '# lines 20000');
  await block(page, 1).getByText('Done', { exact: true }).waitFor();
  await expect.poll(() => announced(page), { timeout: 15_000 }).toContain('Run 1: Done');
  const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  expect(heard.length).toBeLessThanOrEqual(4);
  expect(heard.join()).not.toContain('line 19999');
});
