/** The window's frame in Chromium: sidebar, inspector, status bar, metrics, sizes that are remembered, narrow windows, names. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { callsOf } from './pages.ts';

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

const row = (page: Page, name: RegExp) => page.getByRole('navigation').getByRole('row', { name });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName);

/** What a reader finds, with times and durations made equal. */
async function names(page: Page, selector: string): Promise<string> {
  const snapshot = await page.locator(selector).ariaSnapshot();
  // Shortly after midnight, "an hour ago" has a date.
  const times = /(?:\b[A-Z][a-z]{2} \d+, )?\d+:\d\d(:\d\d)?/g;
  return snapshot.replaceAll(times, '0:00').replaceAll(/\d+ s\b/g, '0 s');
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations: found } = await page.evaluate(() =>
    (window as unknown as { axe: { run: (o: object) => Promise<AxeResults> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

test('a view whose code cannot be loaded says so in its place, and is there once it can be', async () => {
  const page = await open({ crowded: true });
  const chunk = /assets\/(activity-view|settings-sheet)[^/]*\.js$/;
  await page.route(chunk, (route) => route.abort());
  await page.getByRole('tab', { name: 'Activity' }).click();
  const card = page.getByRole('alert').filter({ hasText: 'This part of the window could not be shown.' });
  await card.getByRole('button', { name: 'Reload the window' }).waitFor();
  expect(await violations(page)).toEqual([]);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/broken-tab.png` });
  // What is around it works on, other tabs too; a dialog says it as a dialog.
  await page.getByRole('tab', { name: 'Run' }).click();
  await page.locator('.cm-content').waitFor();
  const field = page.getByRole('banner').getByRole('button', { name: 'Search or run a command' });
  await field.click();
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+,');
  const dialog = page.getByRole('dialog', { name: 'Something went wrong' });
  await dialog.waitFor();
  await page.unroute(chunk);
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByRole('searchbox').waitFor();
  // The browser and React say it, too; nothing else is wrong.
  const complaints = opened?.complaints.splice(0) ?? [];
  expect(complaints.filter((one) => !/Failed to (load|fetch)|ERR_FAILED/.test(one))).toEqual([]);
});

describe('sidebar', () => {
  test('has a name for everything', async () => {
    const page = await open({ crowded: true });
    expect(await names(page, 'nav')).toMatchInlineSnapshot(`
      "- navigation "Sessions and profiles":
        - treegrid "Sessions and profiles":
          - row "Sessions" [expanded] [level=1]:
            - gridcell "Show or hide Sessions Sessions":
              - button "Show or hide Sessions"
              - text: Sessions
          - row "Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam), E2B" [expanded] [level=2]:
            - gridcell "Show or hide Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam), E2B Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam) Actions for Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)":
              - button "Show or hide Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam), E2B"
              - text: Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)
              - button "Actions for Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)"
          - row "Failed, session of 0:00" [level=3]:
            - gridcell "Failed 0:00 Actions for Session 0:00":
              - text: Failed 0:00
              - button "Actions for Session 0:00"
          - row "Ends soon, session of 0:00" [level=3]:
            - gridcell "Ends soon Actions for Session 0:00":
              - text: Ends soon
              - button "Actions for Session 0:00"
          - row "Starting, session of 0:00" [level=3] [selected]:
            - gridcell "Starting 0:00 Actions for Session 0:00":
              - text: Starting 0:00
              - button "Actions for Session 0:00"
          - row "This computer, This computer" [expanded] [level=2]:
            - gridcell "Show or hide This computer, This computer This computer Actions for This computer":
              - button "Show or hide This computer, This computer"
              - text: This computer
              - button "Actions for This computer"
          - row "Ready, session of 0:00" [level=3]:
            - gridcell "Ready 0:00 Actions for Session 0:00":
              - text: Ready 0:00
              - button "Actions for Session 0:00"
          - row "Profiles" [expanded] [level=1]:
            - gridcell "Show or hide Profiles Profiles New profile":
              - button "Show or hide Profiles"
              - text: Profiles
              - button "New profile"
          - row "Work, E2B, Key missing" [level=2]:
            - gridcell "Work Key missing Actions for Work":
              - text: Work Key missing
              - button "Actions for Work"
          - row "Containers, Docker" [level=2]:
            - gridcell "Containers Actions for Containers":
              - text: Containers
              - button "Actions for Containers"
          - row "Elsewhere" [expanded] [level=1]:
            - gridcell "Show or hide Elsewhere Elsewhere":
              - button "Show or hide Elsewhere"
              - text: Elsewhere
          - row "Elsewhere on Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)" [level=2]:
            - gridcell "Show or hide Elsewhere on Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam) Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)":
              - button "Show or hide Elsewhere on Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)"
              - text: Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)
          - row "Elsewhere on Containers" [level=2]:
            - gridcell "Show or hide Elsewhere on Containers Containers":
              - button "Show or hide Elsewhere on Containers"
              - text: Containers
          - row "All activity" [level=1]:
            - gridcell "All activity"
        - button "Settings""
    `);
  });

  test('by keyboard: choose, close a branch, the row’s menu, a new name in place', async () => {
    const page = await open({ crowded: true });
    await row(page, /^Ready, session/).click();
    await page.getByRole('banner').getByRole('heading', { name: 'This computer' }).waitFor();
    expect(await row(page, /^Ready, session/).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => focused(page)).toBe('This computer, This computer');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => row(page, /^Ready, session/).count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    await row(page, /^Ready, session/).waitFor();
    await page.keyboard.press('w');
    await expect.poll(() => focused(page)).toBe('Work, E2B, Key missing');
    await page.keyboard.press('Enter');
    await page.getByRole('banner').getByRole('heading', { name: 'Work' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused(page)).toBe('Actions for Work');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
    await page.keyboard.type('ren');
    await page.keyboard.press('Enter');
    const field = page.getByRole('textbox', { name: 'New name of Work' });
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    await page.keyboard.type('עבודה north');
    await page.keyboard.press('Enter');
    await row(page, /^עבודה north/).waitFor();
    expect(await callsOf(page, 'profiles.update')).toMatchObject([{ name: 'עבודה north' }]);
    // Escape takes nothing.
    await row(page, /^עבודה north/).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: /^New name/ }).fill('other');
    await page.keyboard.press('Escape');
    expect(await callsOf(page, 'profiles.update')).toHaveLength(1);
  });

  test('what runs elsewhere is asked for by opening it, with its age; ending asks first', async () => {
    const page = await open({ crowded: true });
    expect(await callsOf(page, 'sandboxes.list')).toEqual([]);
    await row(page, /^Elsewhere on Containers/).click();
    await row(page, /^nightly-build/).waitFor();
    await row(page, /^as of \d/).waitFor();
    // One that a session here uses is among the sessions.
    expect(await row(page, /k9busy/).count()).toBe(0);
    await row(page, /^nightly-build/).click();
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      expect.stringContaining('left as it is at disconnect'),
    ]);
    await page.keyboard.press('Escape');
    await row(page, /^Work i7x2ours/).click();
    await page.getByRole('menuitem', { name: 'End…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End sandbox' }).click();
    await expect.poll(() => row(page, /i7x2ours/).count()).toBe(0);
    expect(await callsOf(page, 'sandboxes.end')).toMatchObject([{ sandboxId: 'i7x2ours' }]);
    await page.getByRole('button', { name: 'Look again what runs on Containers' }).click();
    await expect.poll(async () => (await callsOf(page, 'sandboxes.list')).length).toBe(2);
    await row(page, /^Work p3paused/).click();
    await page.getByRole('menuitem', { name: /^Connect/ }).click();
    expect(await callsOf(page, 'sandboxes.attach')).toMatchObject([{ sandboxId: 'p3paused' }]);
  });
});

describe('sizes', () => {
  test('are dragged by mouse and keys, remembered, and come back', async () => {
    const page = await open({ crowded: true });
    const width = () =>
      page.locator('nav').evaluate((element) => Math.round(element.getBoundingClientRect().width));
    const line = page.getByRole('separator', { name: 'Width of the sidebar' });
    const before = await width();
    const box = await line.boundingBox();
    await page.mouse.move(box?.x ?? 0, 300);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 60, 300, { steps: 4 });
    await page.mouse.up();
    await expect.poll(width).toBe(before + 60);
    await line.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(width).toBeLessThan(before + 60);
    const wide = await width();
    const layouts = async () =>
      (await callsOf(page, 'settings.update')) as { layout: Record<string, number> }[];
    await expect.poll(async () => (await layouts()).at(-1)?.layout.sidebar).toBe(wide);
    await page.getByRole('separator', { name: 'Height of the editor' }).focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await layouts()).at(-1)?.layout.editor).toBeGreaterThan(36);
    await page.keyboard.press('Control+b');
    await page.getByRole('treegrid').waitFor({ state: 'detached' });
    expect(await width()).toBe(48);
    await page.getByRole('button', { name: 'This computer: Ready' }).click();
    await page.getByRole('banner').getByRole('heading', { name: 'This computer' }).waitFor();
    await expect.poll(async () => (await layouts()).at(-1)?.layout['sidebar.open']).toBe(0);
    await page.keyboard.press('Control+b');
    await expect.poll(width).toBe(wide);
  });

  test('in a narrow window sidebar and inspector lie over the content, and nothing is lost to the right', async () => {
    const page = await open({ crowded: true }, { viewport: { width: 640, height: 480 } });
    await page.getByRole('button', { name: 'This computer: Ready' }).click();
    const clipped = () =>
      page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        // Buttons that end outside of the window.
        out: [...document.querySelectorAll('button, [role=tab]')]
          .filter(
            (one) => one.getClientRects().length > 0 && one.getBoundingClientRect().right > innerWidth + 1,
          )
          .map((one) => one.textContent || one.getAttribute('aria-label')),
      }));
    await expect.poll(clipped).toEqual({ wide: 0, out: [] });
    await page.keyboard.press('Control+b');
    await page.getByRole('treegrid').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('treegrid').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+b');
    await row(page, /^Containers/).click();
    await page.getByRole('treegrid').waitFor({ state: 'detached' });
    await page.getByRole('banner').getByRole('heading', { name: 'Containers' }).waitFor();
    // What is open in a narrow window is not what the person wants in a wide one.
    expect(await callsOf(page, 'settings.update')).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('treegrid').waitFor();
  });
});

test('the inspector tells facts, copies an id, and finds addresses of ports where there are any', async () => {
  const page = await open({ crowded: true });
  await row(page, /^Ready, session/).click();
  await page.evaluate(() => {
    const { main } = window.scenario;
    const session = main.status.sessions.find(
      ({ driverType, status }) => driverType === 'local' && status === 'active',
    );
    if (session) session.metadata = { sandboxId: 'sandbox-1234', image: 'python:3.13-slim' };
    main.push();
  });
  await page.getByRole('button', { name: 'Show facts of the session' }).click();
  const facts = page.getByRole('complementary', { name: 'About this session' });
  await facts.getByText('sandbox-1234').waitFor();
  await facts.getByRole('button', { name: 'Copy Sandbox' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('sandbox-1234');
  expect(await facts.getByText('Ports').count()).toBe(0);
  expect(await names(page, 'aside')).toMatchInlineSnapshot(`
    "- complementary "About this session":
      - heading "About this session" [level=2]
      - button "Close"
      - heading "Session" [level=3]
      - term: Runs on
      - definition: This computer
      - term: Image
      - definition: python:3.13-slim
      - term: Sandbox
      - definition:
        - text: sandbox-1234
        - button "Copy Sandbox"
      - term: Isolation
      - definition: Sandboxed
      - term: Started
      - definition: 0:00
      - term: Last activity
      - definition: 0:00
      - term: On disconnect
      - definition: End and delete"
  `);
  expect(await violations(page)).toEqual([]);
  await facts.getByRole('button', { name: 'Close' }).click();
  await facts.waitFor({ state: 'detached' });
});

describe('metrics', () => {
  test('charts say in words what they show; pause, ranges and the table; time left can be extended', async () => {
    const page = await open({ crowded: true, readings: 1500, metricsMs: 100 });
    await row(page, /^Ends soon/).click();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    const chart = (name: string) =>
      page.getByRole('figure').filter({ has: page.getByRole('heading', { name }) });
    await chart('CPU').locator('canvas').waitFor();
    await chart('CPU')
      .getByText(/^Now \d+% of 4 cores, on average \d+%, at most \d+%\.$/)
      .waitFor();
    await chart('Network')
      .getByText(/^Receives .*\/s, sends .*\/s\.$/)
      .waitFor();
    expect(await page.getByRole('figure').count()).toBe(5);
    await page.getByRole('button', { name: 'Pause' }).click();
    const said = await chart('CPU').textContent();
    await chart('Memory').hover();
    await expect
      .poll(() =>
        chart('CPU')
          .getByText(/^\d\d:\d\d:\d\d {2}\d+%$/)
          .count(),
      )
      .toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Run' }).click();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    expect(await page.getByText(/^Paused at/).count()).toBe(0);
    await chart('CPU').locator('canvas').waitFor();
    expect(await chart('CPU').textContent()).not.toBe(said);
    await page.getByRole('radio', { name: '60 min' }).check();
    await page.getByRole('radio', { name: 'Table' }).check();
    const table = page.getByRole('table', { name: 'Readings of the last 60 minutes, newest first' });
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
      'Time',
      'CPU',
      'Memory',
      'Disk',
      'Received',
      'Sent',
      'Processes',
    ]);
    expect(await table.getByRole('row').count()).toBeGreaterThan(20);
    await page.getByRole('main').getByRole('button', { name: 'Extend by 30 min' }).click();
    await expect.poll(() => callsOf(page, 'sessions.extend')).toMatchObject([{ minutes: 30 }]);
  });

  test('a driver that does not tell something is said so, and one stream is open for bar and tab', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.getByText('Readings start with a session. Connect, or run something.').waitFor();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('This computer does not tell: Disk, Network.').waitFor();
    expect(await page.getByRole('figure').count()).toBe(3);
    expect(await page.evaluate(() => window.scenario.metricsOpen)).toBe(1);
    await page.getByRole('contentinfo').getByTitle('38% of 2 cores').waitFor();
    await page.getByRole('banner').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('This session has ended. These are its last readings.').waitFor();
  });
});

test('appearance: contrast, text sizes and motion of the settings; the status bar keeps its places', async () => {
  const page = await open({ crowded: true });
  await row(page, /^Ready, session/).click();
  const look = () =>
    page.evaluate(() => {
      const style = getComputedStyle(document.body);
      return [style.backgroundColor, style.fontSize, { ...document.documentElement.dataset }];
    });
  const places = () =>
    page
      .getByRole('contentinfo')
      .evaluate((bar) =>
        [...bar.querySelectorAll('[role=group] > span')].map((one) =>
          Math.round(one.getBoundingClientRect().left),
        ),
      );
  await page.getByRole('contentinfo').getByText('38%').waitFor();
  const before = await places();
  await page.evaluate(() => {
    const { main } = window.scenario;
    Object.assign(main.status.settings, { contrast: 'more', fontSize: 16, motion: 'reduce', theme: 'dark' });
    main.push();
  });
  await expect
    .poll(look)
    .toEqual([
      'rgb(0, 0, 0)',
      '16px',
      { theme: 'dark', contrast: 'more', motion: 'reduce', density: 'default' },
    ]);
  expect(await violations(page)).toEqual([]);
  await page.evaluate(() => {
    const { main } = window.scenario;
    Object.assign(main.status.settings, { fontSize: 13 });
    main.push();
  });
  await expect.poll(places).toEqual(before);
  await page.context().setOffline(true);
  await page.getByRole('contentinfo').getByText('Offline').waitFor();
});
