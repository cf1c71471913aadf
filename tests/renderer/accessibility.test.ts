/**
 * axe on every screen, in light, dark, forced colours, reduced motion, a small window and enlarged text: nothing serious or
 * critical. And what a screen reader is told.
 */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import type { ScenarioOptions } from '../support/scenario/main-process.ts';
import { announced, block, runCode } from './pages.ts';

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

/** A screen: what it starts from, how it is reached, and what shows that it is there. */
interface Screen {
  options?: ScenarioOptions;
  reach: (page: Page) => Promise<void>;
  shows: (page: Page) => Locator;
}

const screens: Record<string, Screen> = {
  'first run': {
    reach: async () => {},
    shows: (page) => page.getByRole('button', { name: 'Run on this computer' }),
  },
  'rich output': {
    reach: async (page) => {
      await runCode(page, '# rich');
    },
    shows: (page) => block(page, 1).getByText('Installed pandas'),
  },
  'error and running': {
    reach: async (page) => {
      await runCode(page, '# error');
      await page.getByRole('button', { name: 'Show traceback' }).click();
      await runCode(page, '# forever');
    },
    shows: (page) => block(page, 2).getByText('step 2'),
  },
  'crowded sidebar, failed session': {
    options: { crowded: true, secrets: 'locked' },
    reach: (page) => page.getByRole('row', { name: /^Failed/ }).click(),
    shows: (page) => page.getByRole('row', { name: /^Failed/ }),
  },
  question: {
    reach: async (page) => {
      await runCode(page, '# ask suspicious');
    },
    shows: (page) => page.getByRole('dialog'),
  },
  'choose a driver': {
    reach: async (page) => {
      await page.getByRole('button', { name: 'New profile' }).click();
    },
    shows: (page) => page.getByRole('button', { name: /^E2B/ }),
  },
  'profile editor with errors': {
    options: { secrets: 'missing' },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add E2B' }).click();
      await page.getByLabel('Ends after').fill('0');
      await page.getByRole('button', { name: 'Create profile' }).click();
    },
    shows: (page) => page.getByText('Enter a number of minutes'),
  },
  'profile form with lists, folders, secret variables and a failed test': {
    options: {
      report: {
        ok: false,
        message: 'x',
        parts: [
          { name: 'Engine', ok: true, message: 'Docker 27.3.' },
          { name: 'Image', ok: false, message: 'There is no such image.', hint: 'Check its name.' },
        ],
      },
    },
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('button', { name: 'Add a folder…' }).click();
      await page.getByLabel('The code may change it').check();
      await page.getByRole('button', { name: 'Save and test' }).click();
    },
    shows: (page) => page.getByText('Connection failed'),
  },
  'secret variables that cannot be read': {
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByLabel('Secret environment').fill('nothing');
      await page.getByRole('button', { name: 'Create profile' }).click();
    },
    shows: (page) => page.getByText('Line 1: write NAME=value.'),
  },
  'open suggestions': {
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByRole('button', { name: 'Suggestions for Image' }).click();
    },
    shows: (page) => page.getByRole('option', { name: 'python:3.12-slim' }),
  },
  'suggestions that failed': {
    options: { suggestFails: { code: 'engine-missing', message: 'Docker does not run.', retryable: false } },
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByRole('button', { name: 'Suggestions for Image' }).click();
    },
    shows: (page) => page.getByText('Docker does not run.'),
  },
  'sandboxes elsewhere': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('row', { name: /^Containers/ }).click();
      await page.getByRole('button', { name: 'Look for sandboxes' }).click();
    },
    shows: (page) => page.getByText('nightly-build'),
  },
  'ending a sandbox': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('row', { name: /^Containers/ }).click();
      await page.getByRole('button', { name: 'Look for sandboxes' }).click();
      await page.getByRole('button', { name: 'End Work i7x2ours' }).click();
    },
    shows: (page) => page.getByRole('alertdialog'),
  },
  settings: {
    reach: (page) => page.keyboard.press('Control+,'),
    shows: (page) => page.getByRole('dialog', { name: 'Settings' }),
  },
  consent: {
    options: { needsConsent: true },
    reach: (page) => page.getByRole('button', { name: 'Run on this computer' }).click(),
    shows: (page) => page.getByRole('alertdialog'),
  },
  'disconnect menu': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('row', { name: /^Ends soon/ }).click();
      await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
    },
    shows: (page) => page.getByRole('menu'),
  },
  history: {
    reach: async (page) => {
      await runCode(page, '# error');
      await block(page, 1).getByText('Failed', { exact: true }).waitFor();
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByRole('button', { name: /#1/ }).click();
    },
    shows: (page) => page.getByText('ZeroDivisionError').first(),
  },
};

async function openDockerForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^Docker/ }).click();
  await page.getByRole('combobox', { name: 'Image' }).waitFor();
}

/** How a person may see it. 200 per cent of text is a window of half the size with twice the pixels. */
const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', reducedMotion: 'no-preference', forcedColors: 'none' },
  'dark, reduced motion': { colorScheme: 'dark', reducedMotion: 'reduce' },
  'forced colours': { forcedColors: 'active' },
  small: { colorScheme: 'light', forcedColors: 'none', viewport: { width: 640, height: 480 } },
  enlarged: { viewport: { width: 640, height: 400 } },
};

test.each(Object.entries(screens))('%s', async (_, screen) => {
  const findings: Record<string, string[]> = {};
  opened = await openAt(screen);
  for (const [look, { viewport, ...media }] of Object.entries(looks)) {
    await opened.page.emulateMedia(media);
    if (viewport) await opened.page.setViewportSize(viewport);
    // A menu closes when its window changes its size.
    if (!(await screen.shows(opened.page).isVisible())) {
      await opened.close();
      opened = await openAt(screen, looks[look]);
    }
    const found = await axeFindings(opened.page);
    if (found.length > 0) findings[look] = found;
  }
  expect(findings).toEqual({});
  expect(opened.complaints).toEqual([]);
});

async function openAt(screen: Screen, context: BrowserContextOptions = {}): Promise<RendererPage> {
  const at = await host.open(screen.options, context);
  await at.page.locator('.cm-content').waitFor();
  await screen.reach(at.page);
  await screen.shows(at.page).waitFor();
  return at;
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
