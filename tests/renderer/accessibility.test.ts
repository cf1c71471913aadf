/** axe on every screen, in light, dark and forced colours: nothing serious or critical. And what a screen reader is told. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import type { ScenarioOptions } from '../support/scenario/main-process.ts';
import { announced, block, runCode } from './pages.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let host: RendererHost;
let opened: RendererPage | undefined;

beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());
afterEach(async () => {
  await opened?.page.context().close();
  opened = undefined;
});

/** Each screen: what it starts from, and how it is reached. */
const screens: Record<string, { options?: ScenarioOptions; reach: (page: Page) => Promise<void> }> = {
  'first run': { reach: async () => {} },
  'rich output': {
    reach: async (page) => {
      await runCode(page, '# rich');
      await block(page, 1).getByText('Installed pandas').waitFor();
    },
  },
  'error and running': {
    reach: async (page) => {
      await runCode(page, '# error');
      await page.getByRole('button', { name: 'Show traceback' }).click();
      await runCode(page, '# forever');
      await block(page, 2).getByText('step 2').waitFor();
    },
  },
  'crowded sidebar, failed session': {
    options: { crowded: true, secrets: 'locked' },
    reach: (page) => page.getByRole('button', { name: /^Failed/ }).click(),
  },
  question: {
    reach: async (page) => {
      await runCode(page, '# ask suspicious');
      await page.getByRole('dialog').waitFor();
    },
  },
  'choose a driver': {
    reach: async (page) => {
      await page.getByRole('button', { name: 'New profile' }).click();
      await page.getByRole('button', { name: /^E2B/ }).waitFor();
    },
  },
  'profile editor with errors': {
    options: { secrets: 'missing' },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add E2B' }).click();
      await page.getByLabel('Ends after').fill('0');
      await page.getByRole('button', { name: 'Create profile' }).click();
      await page.getByText('Enter a number of minutes').waitFor();
    },
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
      await page.getByText('Connection failed').waitFor();
    },
  },
  'secret variables that cannot be read': {
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByLabel('Secret environment').fill('nothing');
      await page.getByRole('button', { name: 'Create profile' }).click();
      await page.getByText('Line 1: write NAME=value.').waitFor();
    },
  },
  'open suggestions': {
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByRole('button', { name: 'Suggestions for Image' }).click();
      await page.getByRole('option', { name: 'python:3.12-slim' }).waitFor();
    },
  },
  'suggestions that failed': {
    options: { suggestFails: { code: 'engine-missing', message: 'Docker does not run.', retryable: false } },
    reach: async (page) => {
      await openDockerForm(page);
      await page.getByRole('button', { name: 'Suggestions for Image' }).click();
      await page.getByText('Docker does not run.').waitFor();
    },
  },
  'sandboxes elsewhere': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('button', { name: /^Containers/ }).click();
      await page.getByRole('button', { name: 'Look for sandboxes' }).click();
      await page.getByText('nightly-build').waitFor();
    },
  },
  'ending a sandbox': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('button', { name: /^Containers/ }).click();
      await page.getByRole('button', { name: 'Look for sandboxes' }).click();
      await page.getByRole('button', { name: 'End Work i7x2ours' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  settings: {
    reach: async (page) => {
      await page.keyboard.press('Control+,');
      await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    },
  },
  consent: {
    options: { needsConsent: true },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Run on this computer' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  'disconnect menu': {
    options: { crowded: true },
    reach: async (page) => {
      await page.getByRole('button', { name: /^Ends in/ }).click();
      await page.getByRole('button', { name: 'Disconnect' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  history: {
    reach: async (page) => {
      await runCode(page, '# error');
      await block(page, 1).getByText('Failed', { exact: true }).waitFor();
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByRole('button', { name: /#1/ }).click();
    },
  },
};

async function openDockerForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^Docker/ }).click();
  await page.getByRole('combobox', { name: 'Image' }).waitFor();
}

describe.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark', reducedMotion: 'reduce' }],
  ['forced colours, small', { forcedColors: 'active', viewport: { width: 640, height: 480 } }],
] as const)('%s', (_, context) => {
  test.each(Object.keys(screens))('%s', async (name) => {
    const screen = screens[name];
    opened = await host.open(screen?.options, context);
    const { page } = opened;
    await page.locator('.cm-content').waitFor();
    await screen?.reach(page);
    expect(await violations(page)).toEqual([]);
  });
});

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

async function violations(page: Page): Promise<string[]> {
  // Its script is injected by the debugger, past the CSP.
  await page.evaluate(axeSource);
  const results = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run: (o: object) => Promise<AxeResults> } };
    return axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      // The frame's content is the sandbox's; nothing may run in it, axe included.
      iframes: false,
    });
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
}
