/** Looks for a secret where it must never be: in files, and in everything that the page shows or holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';

/** Files below `folder` that contain `secret`, as UTF-8 or UTF-16. */
export function filesWith(folder: string, secret: string): string[] {
  const forms = [Buffer.from(secret, 'utf8'), Buffer.from(secret, 'utf16le')];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        const content = readFileSync(file);
        return forms.some((form) => content.includes(form));
      } catch {
        return false; // a temporary file that is gone by now
      }
    });
}

/** Where in the page `secret` is: markup, values of inputs, storage, what the bridge answers. Empty when nowhere. */
export function placesInPage(page: Page, secret: string): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const { specboard } = window as unknown as { specboard: SpecboardApi };
    const places: Record<string, string> = {
      markup: document.documentElement.outerHTML,
      inputs: [...document.querySelectorAll('input, textarea')]
        .map((element) => (element as HTMLInputElement).value)
        .join('\n'),
      status: JSON.stringify(await specboard.status({})),
      sessions: JSON.stringify(await specboard.sessions.list({})),
      storage: JSON.stringify({ ...localStorage, ...sessionStorage }),
    };
    return Object.keys(places).filter((name) => places[name]?.includes(wanted));
  }, secret);
}
