/** Settings, palette and keys in the real app, by keyboard alone; and the native menu that follows them. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { statusOf } from '../support/e2e/bridge.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, modifier } from '../support/e2e/window.ts';

const theme = (page: Page) => page.evaluate(() => document.documentElement.dataset.theme);

test('theme by settings and by palette, a key that is changed, diagnostics: by keyboard alone', async () => {
  const sb = await launchApp();
  const { app, page } = sb;
  const settings = page.getByRole('dialog', { name: 'Settings' });
  const accelerator = (id: string) =>
    app.evaluate(
      ({ Menu }, wanted) => String(Menu.getApplicationMenu()?.getMenuItemById(wanted)?.accelerator),
      id,
    );

  // The settings open with their key, on the search; what it finds works at once.
  await page.keyboard.press(`${modifier}+,`);
  await settings.waitFor();
  await page.keyboard.type('theme');
  await settings.getByRole('radio', { name: 'Dark' }).waitFor();
  await tabTo(page, 'radio');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => theme(page)).toBe('dark');
  expect((await statusOf(page)).settings.theme).toBe('dark');
  await sb.look('settings-search');
  await page.keyboard.press('Escape');
  await settings.waitFor({ state: 'detached' });

  // The palette runs an action, and the native menu shows what is chosen now.
  await page.keyboard.press(`${modifier}+k`);
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor();
  await page.keyboard.type('theme light');
  await page.keyboard.press('Enter');
  await expect.poll(() => theme(page)).toBe('light');
  await until('the menu shows the theme', () =>
    app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('theme-light')?.checked),
  );

  // A key that is changed works, and is the menu's, too.
  await page.keyboard.press(`${modifier}+k`);
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor();
  await page.keyboard.type('settings keyboard');
  await page.keyboard.press('Enter');
  await settings.getByRole('heading', { name: 'Keyboard' }).waitFor();
  await settings.getByRole('button', { name: /^Change the keys for Run the selection/ }).press('Enter');
  await page.keyboard.press(`${modifier}+Shift+x`);
  await until('the menu has the key', async () => /Shift\+X$/.test(await accelerator('run')));
  await sb.look('settings-keyboard');
  await page.keyboard.press('Escape');
  await settings.waitFor({ state: 'detached' });
  await page.keyboard.press(`${modifier}+Shift+x`);
  await block(page, 1).getByText('338350').waitFor();
  await ended(page, 1, 'Done');
  // Ctrl+R runs once more instead of throwing the window away.
  await page.keyboard.press(`${modifier}+r`);
  await ended(page, 2, 'Done');

  const text = await page.evaluate(async () => {
    const reply = await window.specboard?.shell.diagnostics({});
    return reply?.ok ? reply.value : '';
  });
  expect(text).toContain('SpecBoard diagnostics');
  expect(text).toMatch(/\[ok\].*Python/);
  expect(text).not.toContain(process.env.HOME ?? 'no home');
  await sb.close();
});

/** Tab until a control of that kind has the focus. */
async function tabTo(page: Page, type: string): Promise<void> {
  for (let count = 0; count < 30; count += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.getAttribute('type') === wanted, type))
      return;
  }
  throw new Error(`Tab never reached a ${type}`);
}
