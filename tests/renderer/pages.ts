/** What tests of the page share: running code by keyboard, and looking at what the scenario was asked. */
import type { Page } from 'playwright-core';
import type {} from '../support/scenario-bridge.ts';

/** Replaces the editor's text and runs it with Ctrl+Enter. */
export async function runCode(page: Page, code: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(code);
  await page.keyboard.press('Control+Enter');
}

/** The block of the run with this number. */
export function block(page: Page, number: number) {
  return page.getByRole('article', { name: `Run ${number},` });
}

/** Inputs of all calls of one operation so far. */
export function callsOf(page: Page, name: string): Promise<unknown[]> {
  return page.evaluate(
    (wanted) => window.scenario.calls.filter((call) => call.name === wanted).map(({ input }) => input),
    name,
  );
}

/** The text a screen reader was told last, politely. */
export async function announced(page: Page): Promise<string> {
  return (await page.locator('[data-announcer]').textContent()) ?? '';
}
