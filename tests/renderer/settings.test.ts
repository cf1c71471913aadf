/** Settings, palette, keys and menu commands in one opened page, as a person goes through them. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { callsOf } from './pages.ts';

let host: RendererHost;
let opened: RendererPage;
let page: Page;

beforeAll(async () => {
  host = await startRenderer();
  opened = await host.open({ crowded: true });
  page = opened.page;
  page.setDefaultTimeout(10_000);
  await page.locator('.cm-content').waitFor();
});
afterAll(async () => {
  expect(opened.complaints).toEqual([]);
  await host.close();
});

const sheet = () => page.getByRole('dialog', { name: 'Settings' });
const palette = () => page.getByRole('dialog', { name: 'Command palette' });
const active = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
const command = (payload: object) =>
  page.evaluate((given) => {
    for (const listener of window.scenario.main.commands) listener(given as never);
  }, payload);
const last = async (name: string) => (await callsOf(page, name)).at(-1);

async function openSettings(section: string): Promise<void> {
  await page.keyboard.press('Control+,');
  await sheet().waitFor();
  await sheet().getByRole('button', { name: section, exact: true }).click();
}

async function close(): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

describe('the palette, by keyboard alone', () => {
  test('finds an action by its words, marks them, says how many there are, and does it', async () => {
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+k');
    await palette().waitFor();
    expect(await active()).toBe('Search or run a command');
    await page.keyboard.type('the dar');
    const first = palette().getByRole('option').first();
    await expect.poll(() => first.textContent()).toContain('Theme: dark');
    expect(await first.locator('mark').allTextContents()).toEqual(['The', 'dar']);
    await palette()
      .getByRole('status')
      .getByText(/^\d+ results?$/)
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(theme).toBe('dark');
    // The focus is where it was.
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain('cm-content');
  });

  test('what was used recently is on top; what cannot be done says why, and stays', async () => {
    await page.keyboard.press('Control+k');
    await expect.poll(() => palette().getByRole('option').first().textContent()).toContain('Theme: dark');
    await page.keyboard.type('run the last');
    await palette()
      .getByRole('option', { name: /Nothing has run here yet/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await palette().getByRole('status').getByText('Nothing has run here yet').waitFor();
    await page.keyboard.press('Escape');
    await palette().waitFor({ state: 'detached' });
  });

  test('switches to a session, and finds what is hidden: a new profile of a driver', async () => {
    await page.keyboard.press('Control+p');
    await page.getByRole('dialog', { name: 'Switch to' }).waitFor();
    await page.keyboard.type('this comp ready');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'This computer' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('new docker');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New profile' }).waitFor();
    // A command of the menu does not throw a half-filled form away; one that opens nothing is obeyed.
    await command({ command: 'palette' });
    await command({ command: 'theme-light' });
    await expect.poll(theme).toBe('light');
    expect(await palette().count()).toBe(0);
    await close();
  });
});

describe('the settings', () => {
  test('each change is saved and seen at once', async () => {
    await openSettings('Appearance');
    await sheet().getByRole('radio', { name: 'Dark' }).check({ force: true });
    await expect.poll(theme).toBe('dark');
    await sheet().getByRole('radio', { name: 'Compact' }).check({ force: true });
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.density)).toBe('compact');
    await sheet().getByRole('spinbutton', { name: 'Text size', exact: true }).press('ArrowUp');
    await expect.poll(() => last('settings.update')).toEqual({ fontSize: 14 });
    expect(await axeFindings(page)).toEqual([]);
    await sheet().getByRole('radio', { name: 'Like the system' }).first().check({ force: true });
    await expect.poll(theme).toBeUndefined();
  });

  test('the search finds controls that work, and leads to sections', async () => {
    await sheet().getByRole('searchbox', { name: 'Search settings' }).fill('question');
    await sheet().getByRole('checkbox', { name: 'Something that runs asks a question' }).uncheck();
    await expect.poll(() => last('settings.update')).toEqual({ notifyQuestion: false });
    await sheet().getByRole('searchbox', { name: 'Search settings' }).fill('shortcuts');
    await sheet().getByRole('button', { name: 'Show Keyboard' }).click();
    await sheet().getByRole('heading', { name: 'Keyboard' }).waitFor();
  });

  test('keys: what is taken says by whom, is taken over on a word, works, and goes back', async () => {
    await sheet().getByRole('button', { name: 'Change the keys for Go to the editor' }).click();
    await page.keyboard.press('Control+c');
    await sheet().getByText('Ctrl+C belongs to the system or to editing text.').waitFor();
    await page.keyboard.press('Control+b');
    await sheet().getByText('Ctrl+B is used for “Show or hide the sidebar”.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => last('settings.update'))
      .toEqual({ shortcuts: { 'toggle-sidebar': '', 'focus-editor': 'Mod+B' } });
    // Escape is the recorder's as long as it is there.
    await sheet().getByRole('button', { name: 'Change the keys for Go to the editor' }).waitFor();
    await close();
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Control+b');
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain('cm-content');
    // In the editor it comments a line.
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Control+/');
    const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await list.getByText('Go to the editor').waitFor();
    expect(await list.getByText('Show or hide the sidebar').count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await list.getByRole('button', { name: 'Change keys…' }).click();
    await sheet().getByRole('button', { name: 'Reset all keys' }).click();
    await expect.poll(() => last('settings.update')).toEqual({ shortcuts: {} });
  });

  test('profiles: where the key is, the form in place with the error at its field, saved without leaving', async () => {
    await sheet().getByRole('button', { name: 'Profiles', exact: true }).click();
    const work = sheet().getByRole('listitem').filter({ hasText: 'Work' }).first();
    await work.getByText('Key missing').waitFor();
    await work.getByRole('button', { name: /^Work/ }).click();
    await work.getByLabel('Ends after').fill('0');
    await work.getByLabel('API key').fill('e2b_0123456789');
    await work.getByRole('button', { name: 'Save', exact: true }).click();
    await work.getByText('Enter a number of minutes from 1 to 1440.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await work.getByLabel('Ends after').fill('30');
    await work.getByRole('button', { name: 'Save', exact: true }).click();
    await work.getByText('Saved.').waitFor();
    await work.getByText('Key in the GNOME keyring').waitFor();
    expect(await sheet().isVisible()).toBe(true);
    await work.getByRole('button', { name: 'Test connection' }).click();
    await work.getByText('Connection works').waitFor();
    await work.getByRole('button', { name: 'Remove API key' }).click();
    await work.getByText('Key missing').waitFor();
    await work.getByRole('button', { name: 'Make default' }).click();
    await work.getByText('Default', { exact: true }).waitFor();
  });

  test('privacy and data: where things are; history is deleted after a question that counts', async () => {
    await sheet().getByRole('button', { name: 'Privacy and data' }).click();
    await sheet().getByRole('button', { name: 'Open folder: Logs' }).click();
    expect(await last('data.reveal')).toEqual({ place: 'logs' });
    await sheet().getByRole('combobox', { name: 'Delete runs' }).selectOption('All');
    await sheet()
      .getByText(/^(\d+ runs with|There are none)/)
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('advanced: diagnostics on the clipboard; reset asks, the answer that keeps has the focus', async () => {
    await sheet().getByRole('button', { name: 'Advanced' }).click();
    await sheet().getByRole('button', { name: 'Copy diagnostics' }).click();
    await sheet().getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('SpecBoard diagnostics');
    await sheet().getByRole('button', { name: 'Reset all settings…' }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel');
    await sheet().getByRole('button', { name: 'Reset', exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.density)).toBe('default');
    expect(await callsOf(page, 'settings.reset')).toHaveLength(1);
    await close();
  });
});

test('main knows what the window shows; a notification leads to the run; commands go to their session', async () => {
  const [one, other] = await page.evaluate(() => window.scenario.main.status.sessions.map(({ id }) => id));
  await command({ command: 'show-session', sessionId: other });
  await expect
    .poll(async () => ((await last('shell.showing')) as { sessionId: string }).sessionId)
    .toBe(other);
  // Runs something in one session, looks at the other, and comes back by the notification's way.
  const executionId = await page.evaluate(
    (sessionId) => window.scenario.main.execute(sessionId ?? '', 'python', '# hello', null).id,
    one,
  );
  await command({ command: 'show-execution', sessionId: one, executionId });
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toMatch(/^Run 1, /);
  await command({ command: 'show-activity', sessionId: one });
  await expect.poll(() => last('shell.showing')).toMatchObject({ sessionId: one, tab: 'activity' });
});

test('settings in forced colours and in a small window: nothing is lost, nothing serious', async () => {
  const small = await host.open(
    { secrets: 'locked' },
    { forcedColors: 'active', viewport: { width: 640, height: 480 } },
  );
  await small.page.locator('.cm-content').waitFor();
  await small.page.keyboard.press('Control+,');
  const dialog = small.page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByRole('button', { name: 'Advanced', exact: true }).click();
  const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await axeFindings(small.page)).toEqual([]);
  await small.page.keyboard.press('Escape');
  await small.page.keyboard.press('Control+k');
  await small.page.getByRole('dialog', { name: 'Command palette' }).waitFor();
  expect(await axeFindings(small.page)).toEqual([]);
  expect(small.complaints).toEqual([]);
});
