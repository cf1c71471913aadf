/** The main job without a mouse: result, cancel, disconnect. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { block, ended, modifier } from '../support/e2e/window.ts';

/** Presses `key` until the focus is on what `selector` names; fails after `most` presses. */
async function pressUntil(page: Page, key: string, selector: string, most = 20): Promise<void> {
  const isThere = () => page.evaluate((wanted) => document.activeElement?.closest(wanted) != null, selector);
  for (let count = 0; !(await isThere()); count += 1) {
    expect(count, `${key} until ${selector}`).toBeLessThan(most);
    await page.keyboard.press(key);
  }
}

test('first run, cancel and disconnect by keyboard alone', async () => {
  const sb = await launchApp();
  const { page } = sb;
  await pressUntil(page, 'F6', '.cm-content');
  await page.keyboard.press(`${modifier}+Enter`);
  await block(page, 1).getByText('338350').waitFor();
  await ended(page, 1, 'Done');
  // What ran has not taken the focus away.
  await pressUntil(page, 'F6', '.cm-content');
  await page.keyboard.press(`${modifier}+A`);
  await page.keyboard.type('import time; print("on"); time.sleep(1000)');
  await page.keyboard.press(`${modifier}+Enter`);
  await block(page, 2).getByText('on', { exact: true }).waitFor();
  await page.keyboard.press(`${modifier}+.`);
  await ended(page, 2, 'Cancelled');
  await sb.look('keyboard');

  await pressUntil(page, 'F6', 'header');
  await page.getByRole('button', { name: 'Disconnect', exact: true }).waitFor();
  for (let count = 0; ; count += 1) {
    const text = await page.evaluate(() => document.activeElement?.textContent);
    if (text === 'Disconnect') break;
    expect(count).toBeLessThan(10);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  // Dialogs open and close by keys too, and give the focus back.
  await page.keyboard.press(`${modifier}+,`);
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await sb.close();
});
