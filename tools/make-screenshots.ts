/**
 * Makes the pictures of the README: the built app in the stand-in host, with real code run in it, in light and dark.
 * `node tools/make-screenshots.ts`; look at what it made in docs/images.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type Page } from 'playwright-core';
import { buildIfStale } from './build.ts';

const root = join(import.meta.dirname, '..');
const host = join(root, 'tools/electron-host');
const images = join(root, 'docs/images');

/** What a person would run: a table, a picture drawn by the cell, and a stream with colours and progress. */
const tableCell = `rows = [("eu-west", 412, 0.031), ("us-east", 988, 0.027), ("ap-south", 120, 0.054)]

class Table:
    def _repr_html_(self):
        head = "<tr><th>region</th><th>runs</th><th>error rate</th></tr>"
        body = "".join(f"<tr><td>{r}</td><td>{n}</td><td>{e:.1%}</td></tr>" for r, n, e in rows)
        return f"<table>{head}{body}</table>"

print("loaded", sum(n for _, n, _ in rows), "runs")
Table()
`;
const trainCell = `import time
for step in range(1, 400):
    print(f"\\x1b[32mstep {step:3}\\x1b[0m  loss={2.4 / (1 + step * 0.07):.4f}  lr=3e-4")
    time.sleep(0.12)
`;

async function type(page: Page, code: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  // As one insertion: typing would indent and close brackets on its own.
  await page.keyboard.insertText(code);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
}

async function picture(theme: 'light' | 'dark', file: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'specboard-images-'));
  const app = await _electron.launch({
    executablePath: join(host, 'electron'),
    args: [root, `--user-data-dir=${data}`],
    env: {
      ...(process.env as Record<string, string>),
      ELECTRON_OVERRIDE_DIST_PATH: host,
      HOST_HEADLESS: '1',
      HOST_NODE: process.execPath,
    },
  });
  try {
    const page = await app.firstWindow();
    await page.locator('.cm-content').waitFor();
    await page.evaluate(async (chosen) => {
      const { specboard } = window as unknown as {
        specboard: import('../src-shared/contract/api.ts').SpecboardApi;
      };
      await specboard.settings.update({ theme: chosen });
      await specboard.profiles.create({
        name: 'Work (E2B)',
        driverType: 'e2b',
        settings: { template: 'code-interpreter-v1' },
      });
    }, theme);
    await type(page, tableCell);
    await page.getByText('ap-south').first().waitFor();
    await type(page, trainCell);
    await page.getByText('step  30').first().waitFor();
    await page.screenshot({ path: join(images, file) });
  } finally {
    await app.close();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

await buildIfStale();
mkdirSync(images, { recursive: true });
await picture('light', 'window.png');
await picture('dark', 'window-dark.png');
