/** The whole window without a mouse: result, cancel, terminal, files, activity, settings, disconnect. The focus is always seen. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, modifier } from '../support/e2e/window.ts';

/** What has the focus, if it is not somewhere that a person sees. */
function focusLost(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const active = document.activeElement;
    if (active === null || active === document.body) return 'nothing has the focus';
    // A terminal's own field is a dot at its cursor; what shows the focus is the terminal around it.
    const shown = active.closest('.xterm') ?? active;
    const { width, height, top, left } = shown.getBoundingClientRect();
    const inside = top < innerHeight && left < innerWidth && top + height > 0 && left + width > 0;
    if (width > 0 && height > 0 && inside && shown.checkVisibility()) return null;
    return `the focus is out of sight: ${active.outerHTML.slice(0, 200)}`;
  });
}

/** Presses a key; afterwards the focus is somewhere that a person sees. */
async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  let lost: string | null = null;
  // What opens and closes has a moment for it.
  await until(`a focus after ${key}`, async () => {
    lost = await focusLost(page);
    return lost === null;
  }).catch(() => expect(lost, `after ${key}`).toBe(null));
}

/** Presses `key` until the focus is on what `selector` names; fails after `most` presses. */
async function pressUntil(page: Page, key: string, selector: string, most = 25): Promise<void> {
  const isThere = () => page.evaluate((wanted) => document.activeElement?.closest(wanted) != null, selector);
  for (let count = 0; !(await isThere()); count += 1) {
    expect(count, `${key} until ${selector}`).toBeLessThan(most);
    await press(page, key);
  }
}

/** Tabs until the focused thing is called that. */
async function tabTo(page: Page, name: RegExp, most = 30): Promise<void> {
  const nameOfFocused = () =>
    page.evaluate(() => {
      const active = document.activeElement;
      return active?.getAttribute('aria-label') ?? active?.textContent ?? '';
    });
  for (let count = 0; !name.test(await nameOfFocused()); count += 1) {
    expect(count, `Tab until ${name}`).toBeLessThan(most);
    await press(page, 'Tab');
  }
}

test('first run, cancel, terminal, files, activity, settings and disconnect by keyboard alone', async () => {
  const sb = await launchApp();
  const { page } = sb;
  await pressUntil(page, 'F6', '.cm-content');
  await press(page, `${modifier}+Enter`);
  await block(page, 1).getByText('338350').waitFor();
  await ended(page, 1, 'Done');
  // What ran has not taken the focus away.
  await pressUntil(page, 'F6', '.cm-content');
  await press(page, `${modifier}+A`);
  await page.keyboard.type('import time; print("on"); time.sleep(1000)');
  await press(page, `${modifier}+Enter`);
  await block(page, 2).getByText('on', { exact: true }).waitFor();
  await press(page, `${modifier}+.`);
  await ended(page, 2, 'Cancelled');
  await sb.look('keyboard');

  // The tabs of the session, by arrows. F6 in a terminal is the shell's; Shift+F6 leaves everything.
  const choose = async (name: string) => {
    await pressUntil(page, 'Shift+F6', '[data-region=tabs]');
    const tab = page.getByRole('tab', { name: new RegExp(`^${name}`) }).first();
    for (let count = 0; (await tab.getAttribute('aria-selected')) !== 'true'; count += 1) {
      expect(count, name).toBeLessThan(8);
      await press(page, 'ArrowRight');
    }
  };
  await choose('Terminal');
  await page.locator('.xterm-screen').waitFor();
  await pressUntil(page, 'Tab', '.xterm');
  await page.keyboard.type('echo typed > made-here.txt; echo ter""minal');
  await page.keyboard.press('Enter');
  await until('the shell answers', async () =>
    ((await page.locator('.xterm-rows').textContent()) ?? '').includes('terminal'),
  );
  // Tab is the shell's; this is the way out.
  await press(page, 'Shift+F6');
  expect(await page.evaluate(() => document.activeElement?.closest('.xterm') ?? null)).toBe(null);

  await choose('Files');
  const row = page.getByRole('treegrid', { name: 'Files', exact: true }).getByRole('row');
  await row.filter({ hasText: 'made-here.txt' }).waitFor();
  await pressUntil(page, 'Tab', '[role=treegrid]');
  await page.keyboard.type('made');
  await page.getByRole('region', { name: 'Preview' }).getByText('typed').waitFor();

  await choose('Activity');
  await tabTo(page, /^Search code and output/);
  await page.keyboard.type('sleep');
  await until('one is found', async () => (await page.getByRole('option').count()) === 1);
  await pressUntil(page, 'Tab', '[role=listbox]');
  await press(page, 'Enter');
  await page.getByRole('region', { name: 'Chosen run' }).getByText('time.sleep(1000)').first().waitFor();

  // Dialogs open and close by keys too, and give the focus back.
  await press(page, `${modifier}+,`);
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  await press(page, 'Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await pressUntil(page, 'F6', '[data-region=header]');
  await tabTo(page, /^Disconnect$/);
  await press(page, 'Enter');
  // The terminal would be lost: it asks, and the keys are in the question.
  await page.getByRole('alertdialog').waitFor();
  await until('the focus is in the question', () =>
    page.evaluate(() => document.activeElement?.closest('[role=alertdialog]') != null),
  );
  await tabTo(page, /^(End|Disconnect)/);
  await press(page, 'Enter');
  await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  expect(await focusLost(page)).toBe(null);
  await sb.close();
});
