/** Every screen of the window, in journeys: one opened page goes from screen to screen, which costs a fraction of a page for each. */
import type { Locator, Page } from 'playwright-core';
import type { ScenarioOptions } from '../support/scenario/main-process.ts';
import { syncHalt } from '../support/sync-root.ts';
import { block, runCode } from './pages.ts';

/** One screen. */
export interface Screen {
  name: string;
  /** From the screen before, or from itself where it closed; a screen with an overlay leaves with Escape. */
  reach: (page: Page) => Promise<void>;
  /** What shows that it is there. */
  shows: (page: Page) => Locator;
  /** Where its names are, for the snapshot of them. Default: none is made. */
  names?: (page: Page) => Locator;
}

/** A start, and what is visited from there. */
export interface Journey {
  name: string;
  options?: ScenarioOptions;
  screens: readonly Screen[];
}

const leave = async (page: Page) => {
  await page.keyboard.press('Escape');
  await page.locator('[role=dialog], [role=alertdialog], [role=menu], [role=listbox][data-trigger]').waitFor({
    state: 'detached',
  });
};
const dialog = (page: Page) => page.getByRole('dialog');
const main = (page: Page) => page.getByRole('main');
const tab = (name: string) => (page: Page) =>
  page
    .getByRole('tab', { name: new RegExp(`^${name}`) })
    .first()
    .click();

const settingsSections = [
  'General',
  'Profiles',
  'Appearance',
  'Terminal',
  'Notifications',
  'Accessibility',
  'Keyboard',
  'Privacy and data',
  'Advanced',
].map(
  (section): Screen => ({
    name: `settings, ${section}`,
    reach: async (page) => {
      if (!(await dialog(page).isVisible())) await page.keyboard.press('Control+,');
      await dialog(page).getByRole('button', { name: section, exact: true }).click();
    },
    shows: (page) => dialog(page).getByRole('heading', { name: section, exact: true }),
    // The list of keys is the table of actions, which has tests of its own.
    ...(section === 'Keyboard' ? {} : { names: dialog }),
  }),
);

async function openDockerForm(page: Page): Promise<void> {
  if (await dialog(page).isVisible()) await leave(page);
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^Docker/ }).click();
  await page.getByRole('combobox', { name: 'Image' }).waitFor();
}

export const journeys: readonly Journey[] = [
  {
    name: 'from the first start through all tabs',
    options: { files: 'few' },
    screens: [
      {
        name: 'first run',
        reach: async () => {},
        shows: (page) => page.getByRole('button', { name: 'Run on this computer' }),
        names: main,
      },
      {
        name: 'rich output',
        reach: async (page) => {
          await runCode(page, '# rich');
          await block(page, 1).getByText('Installed pandas').waitFor();
        },
        // Without its names: what is drawn of a long output depends on where it has been scrolled to.
        shows: (page) => block(page, 1).getByText('Installed pandas'),
      },
      {
        name: 'error',
        reach: async (page) => {
          await runCode(page, '# error');
          await page.getByRole('button', { name: 'Show traceback' }).click();
        },
        shows: (page) => block(page, 2).getByText('Traceback (most recent call last)'),
        names: (page) => block(page, 2),
      },
      {
        name: 'running',
        reach: (page) => runCode(page, '# forever'),
        shows: (page) => block(page, 3).getByText('step 2'),
      },
      {
        name: 'inspector',
        reach: (page) => page.getByRole('button', { name: 'Show facts of the session' }).click(),
        shows: (page) => page.getByRole('heading', { name: 'About this session' }),
        names: (page) => page.getByRole('complementary'),
      },
      {
        name: 'files',
        reach: tab('Files'),
        shows: (page) => page.getByRole('row', { name: /^data/ }),
        names: main,
      },
      {
        name: 'a file',
        reach: (page) => page.getByRole('row', { name: /^model\.py/ }).click(),
        shows: (page) => page.getByText('of a circle'),
        names: main,
      },
      {
        name: 'terminal',
        reach: tab('Terminal'),
        shows: (page) => page.locator('.xterm-screen'),
        names: main,
      },
      {
        name: 'activity',
        reach: tab('Activity'),
        shows: (page) => page.getByRole('option').first(),
        names: main,
      },
      {
        name: 'a run of activity',
        reach: (page) => page.getByRole('option').filter({ hasText: '# error' }).click(),
        shows: (page) => page.getByText('ZeroDivisionError').first(),
        names: main,
      },
      {
        name: 'metrics',
        reach: tab('Metrics'),
        shows: (page) => page.getByText('Charts', { exact: true }),
      },
      {
        name: 'palette',
        reach: (page) => page.keyboard.press('Control+k'),
        shows: (page) => page.getByRole('dialog', { name: 'Command palette' }).getByRole('option').first(),
      },
    ],
  },
  {
    name: 'settings, section by section',
    options: { crowded: true },
    screens: settingsSections,
  },
  {
    name: 'sessions in every state',
    options: { crowded: true, secrets: 'locked' },
    screens: [
      {
        name: 'failed session',
        reach: (page) => page.getByRole('row', { name: /^Failed/ }).click(),
        shows: (page) => page.getByRole('row', { name: /^Failed/ }),
        names: (page) => page.getByRole('navigation'),
      },
      {
        name: 'disconnect menu',
        reach: async (page) => {
          await page.getByRole('row', { name: /^Ends soon/ }).click();
          await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
        },
        shows: (page) => page.getByRole('menu'),
        names: (page) => page.getByRole('menu'),
      },
      {
        name: 'sandboxes elsewhere',
        reach: async (page) => {
          await leave(page);
          await page.getByRole('row', { name: /^Containers/ }).click();
          await page.getByRole('button', { name: 'Look for sandboxes' }).click();
        },
        shows: (page) => page.getByText('nightly-build').first(),
        names: main,
      },
      {
        name: 'ending a sandbox',
        reach: (page) => page.getByRole('button', { name: 'End Work i7x2ours' }).click(),
        shows: (page) => page.getByRole('alertdialog'),
        names: (page) => page.getByRole('alertdialog'),
      },
    ],
  },
  {
    name: 'profiles and their forms',
    options: {
      secrets: 'missing',
      report: {
        ok: false,
        message: 'x',
        parts: [
          { name: 'Engine', ok: true, message: 'Docker 27.3.' },
          { name: 'Image', ok: false, message: 'There is no such image.', hint: 'Check its name.' },
        ],
      },
    },
    screens: [
      {
        name: 'choose a driver',
        reach: (page) => page.getByRole('button', { name: 'New profile' }).click(),
        shows: (page) => page.getByRole('button', { name: /^E2B/ }),
        names: dialog,
      },
      {
        name: 'a form with errors',
        reach: async (page) => {
          await page.getByRole('button', { name: /^E2B/ }).click();
          await page.getByLabel('Ends after').fill('0');
          await page.getByRole('button', { name: 'Create profile' }).click();
        },
        shows: (page) => page.getByText('Enter a number of minutes'),
        names: dialog,
      },
      {
        name: 'open suggestions',
        reach: async (page) => {
          await openDockerForm(page);
          await page.getByRole('button', { name: 'Suggestions for Image' }).click();
        },
        shows: (page) => page.getByRole('option', { name: 'python:3.12-slim' }),
      },
      {
        name: 'secret variables that cannot be read',
        reach: async (page) => {
          await page.keyboard.press('Escape');
          await page.getByLabel('Secret environment').fill('nothing');
          await page.getByRole('button', { name: 'Create profile' }).click();
        },
        shows: (page) => page.getByText('Line 1: write NAME=value.'),
        names: dialog,
      },
      {
        name: 'lists, folders, and a test that failed',
        reach: async (page) => {
          await page.getByLabel('Secret environment').fill('');
          await page.getByRole('button', { name: 'Add', exact: true }).click();
          await page.getByRole('button', { name: 'Add a folder…' }).click();
          await page.getByLabel('The code may change it').check();
          await page.getByRole('button', { name: 'Save and test' }).click();
        },
        shows: (page) => page.getByText('Connection failed'),
        names: dialog,
      },
    ],
  },
  {
    name: 'sync: pairing, plan, and what is known of a pair',
    options: { sync: { none: true, cycleMs: 1 } },
    screens: [
      {
        name: 'no pair yet',
        reach: tab('Sync'),
        shows: (page) => page.getByText('and both stay the same'),
        names: main,
      },
      {
        name: 'pairing a folder',
        reach: async (page) => {
          await page.getByRole('button', { name: 'Pair a folder…' }).click();
          await page.getByRole('button', { name: 'Choose…' }).click();
          await page.getByRole('radio', { name: 'Mirror to the sandbox' }).check();
        },
        shows: (page) => page.getByText('Copies of it stay'),
        names: dialog,
      },
      {
        name: 'plan of a mirror',
        reach: async (page) => {
          if (await dialog(page).isVisible())
            await page.getByRole('button', { name: 'Next: look at the plan' }).click();
        },
        // Without its names: how many rows of a long plan are drawn depends on the moment.
        shows: (page) => page.getByText('Delete in the sandbox'),
      },
      {
        name: 'files of a pair',
        reach: (page) => page.getByRole('button', { name: 'Sync once' }).click(),
        shows: (page) => page.getByText(/^Everything is the same/),
      },
      {
        name: 'history of a pair',
        reach: (page) => page.getByRole('radio', { name: 'History' }).check(),
        shows: (page) => page.getByText('The sandbox stopped answering.'),
      },
      {
        name: 'kept copies',
        reach: (page) => page.getByRole('radio', { name: 'Kept copies' }).check(),
        shows: (page) => page.getByRole('button', { name: 'Restore file-1.py' }),
      },
      {
        name: 'exclusions',
        reach: (page) => page.getByRole('radio', { name: 'Exclusions' }).check(),
        shows: (page) => page.getByText('Show the 6 patterns'),
        names: main,
      },
    ],
  },
  {
    name: 'sync: decisions that wait',
    options: { sync: { conflicts: 3, more: [{ state: 'waiting', halt: syncHalt() }] } },
    screens: [
      {
        name: 'a pair that asks',
        reach: async (page) => {
          await tab('Sync')(page);
          await page.getByRole('option').nth(1).click();
        },
        shows: (page) => page.getByRole('button', { name: 'Leave it as it is' }),
      },
      {
        name: 'a conflict',
        reach: (page) => page.keyboard.press('F8'),
        shows: (page) => page.getByText('2 differences'),
        names: dialog,
      },
      {
        name: 'a text put together',
        reach: async (page) => {
          await page.getByRole('radio', { name: 'Edit merged' }).check();
          await page.getByRole('button', { name: 'Take this place over' }).first().waitFor();
        },
        shows: (page) => page.getByRole('textbox', { name: 'Merged text' }),
      },
    ],
  },
  {
    name: 'a question',
    screens: [
      {
        name: 'missing packages',
        reach: (page) => runCode(page, '# ask suspicious'),
        shows: dialog,
        names: dialog,
      },
    ],
  },
  {
    name: 'consent',
    options: { needsConsent: true },
    screens: [
      {
        name: 'consent',
        reach: (page) => page.getByRole('button', { name: 'Run on this computer' }).click(),
        shows: (page) => page.getByRole('alertdialog'),
        names: (page) => page.getByRole('alertdialog'),
      },
    ],
  },
];
