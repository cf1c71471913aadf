/** A terminal on this computer: real shell, real window; reload, resize, exit and reopen, and all of it by keyboard alone. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { until } from '../support/e2e/until.ts';
import { modifier } from '../support/e2e/window.ts';

/** What the shown terminal shows, as its rows. */
async function screen(page: Page): Promise<string> {
  const rows = await page.locator('.xterm-rows > div').allTextContents();
  return rows.map((row) => row.replace(/\u00a0/g, ' ').trimEnd()).join('\n');
}

function shows(page: Page, text: string | RegExp): Promise<unknown> {
  return until(`the terminal shows ${text}`, async () => {
    const shown = await screen(page);
    return typeof text === 'string' ? shown.includes(text) : text.test(shown);
  });
}

const isInTerminal = (page: Page) =>
  page.evaluate(() => document.activeElement?.matches('.xterm-helper-textarea') ?? false);

/** Presses `key` until the condition holds. */
async function pressUntil(page: Page, key: string, holds: () => Promise<boolean>, most = 25): Promise<void> {
  for (let count = 0; !(await holds()); count += 1) {
    expect(count, `${key}`).toBeLessThan(most);
    await page.keyboard.press(key);
  }
}

test('by keyboard alone: open, type, resize, reload, exit, reopen, leave', async () => {
  const sb = await launchApp();
  const { page } = sb;
  const focusOn = (text: string) => async () =>
    (await page.evaluate(() => document.activeElement?.textContent?.trim())) === text;

  // A session first: the sample runs.
  await pressUntil(page, 'F6', () =>
    page.evaluate(() => document.activeElement?.closest('.cm-content') != null),
  );
  await page.keyboard.press(`${modifier}+Enter`);
  await page.getByText('338350').waitFor();

  await page.keyboard.press(process.platform === 'darwin' ? 'Meta+2' : 'Alt+2');
  await page.locator('.xterm-screen').waitFor();
  await pressUntil(page, 'F6', () => isInTerminal(page));
  await page.keyboard.type("PS1='> '; mark=kept; echo so$((40 + 2))far\n");
  await shows(page, 'so42far');
  await sb.look('terminal');

  // The shell knows the size of the panel, also after it changed.
  const sizeOf = async () => {
    await page.keyboard.type('clear; stty size\n');
    await shows(page, /^\d+ \d+$/m);
    return (
      (await screen(page))
        .match(/^(\d+) (\d+)$/m)
        ?.slice(1)
        .map(Number) ?? []
    );
  };
  const [rows = 0, cols = 0] = await sizeOf();
  const { width, height } =
    page.viewportSize() ?? (await page.evaluate(() => ({ width: innerWidth, height: innerHeight })));
  await page.setViewportSize({ width: width - 200, height: height - 100 });
  await until('the shell has the new size', async () => {
    const [fewerRows = 0, fewerCols = 0] = await sizeOf();
    return fewerRows < rows && fewerCols < cols;
  });
  await page.keyboard.type('echo and$((1 + 1))then\n');
  await shows(page, 'and2then');

  await page.reload();
  await page.locator('.cm-content').waitFor();
  await page.keyboard.press(process.platform === 'darwin' ? 'Meta+2' : 'Alt+2');
  await shows(page, 'and2then');
  expect(await page.getByRole('tab', { name: /^Terminal \d/ }).count()).toBe(1);
  await pressUntil(page, 'F6', () => isInTerminal(page));
  await page.keyboard.type('echo still $mark\n');
  await shows(page, 'still kept');

  // Programs may take the whole screen, and F6; Shift+F6 always leaves.
  await page.keyboard.type('cat -v\n');
  await page.keyboard.press('F6');
  await page.keyboard.press('Enter');
  await shows(page, '^[[17~');
  await page.keyboard.press('Control+C');
  await page.keyboard.press('Shift+F6');
  expect(await isInTerminal(page)).toBe(false);
  await pressUntil(page, 'F6', () => isInTerminal(page));

  await page.keyboard.type('exit 3\n');
  await page.getByText('The shell ended with exit code 3.').waitFor();
  await page.keyboard.type('lost');
  await page.getByText('Keys typed here are not sent.').waitFor();
  expect(await screen(page)).not.toContain('lost');
  await sb.look('terminal-ended');
  await pressUntil(page, 'Tab', focusOn('Reopen'));
  await page.keyboard.press('Enter');
  await until('the new shell has the focus', () => isInTerminal(page));
  await page.keyboard.type('echo new$((1 + 2))shell "<$mark>"\n');
  await shows(page, 'new3shell <>');
  expect(await screen(page)).toContain('still kept');

  // As plain text, and gone with its session.
  await page.keyboard.press(process.platform === 'linux' ? 'Alt+Shift+F2' : 'Alt+F2');
  const text = page.getByRole('textbox', { name: 'Text of the terminal' });
  await text.waitFor();
  expect(await text.inputValue()).toContain('new3shell <>');
  await page.keyboard.press('Escape');
  await until('the focus is back', () => isInTerminal(page));
  await page.keyboard.press('Shift+F6');
  await page.getByRole('button', { name: 'Disconnect', exact: true }).press('Enter');
  await page.getByText('The session was disconnected.').waitFor();
  await sb.look('terminal-session-ended');
  await sb.close();
});
