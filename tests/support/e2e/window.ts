/** The window as a person uses it: by roles and names, so that a change of looks breaks nothing. */
import type { Locator, Page } from 'playwright-core';

/** The key of shortcuts: Ctrl, on macOS Cmd. */
export const modifier = process.platform === 'darwin' ? 'Meta' : 'Control';

/** Replaces the editor's text. */
export async function writeCode(page: Page, code: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press(`${modifier}+A`);
  await page.keyboard.insertText(code);
}

/** Replaces the editor's text and runs it with Ctrl+Enter (Cmd on macOS). */
export async function runCode(page: Page, code: string): Promise<void> {
  await writeCode(page, code);
  await page.keyboard.press(`${modifier}+Enter`);
}

/** The block of the run with this number. */
export function block(page: Page, number: number): Locator {
  return page.getByRole('article', { name: new RegExp(`^Run ${number},`) });
}

/** Waits until a run has ended in that word: "Done", "Cancelled", "Failed", "Exit 3". */
export async function ended(page: Page, number: number, word: string): Promise<void> {
  await block(page, number).getByText(word, { exact: true }).waitFor();
}

/** The sidebar. */
export function sidebar(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Sessions and profiles' });
}

/** What "Copy output" of a run puts on the clipboard (taken before it gets there: reading the clipboard is not allowed). */
export async function copiedOutput(page: Page, run: Locator): Promise<string> {
  await page.evaluate(() => {
    const holder = window as { copied?: string };
    navigator.clipboard.writeText = async (text) => {
      holder.copied = text;
    };
  });
  await run.getByRole('button', { name: 'Copy output' }).click();
  await run.getByRole('button', { name: 'Copied' }).waitFor();
  return page.evaluate(() => (window as { copied?: string }).copied ?? '');
}
