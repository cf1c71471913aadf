/** A run is found, run again in another profile, compared, exported and deleted: through the whole app, with real Python. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchApp, temporaryFolder } from '../support/app.ts';
import { createProfile } from '../support/e2e/bridge.ts';
import { answerFileDialogs } from '../support/e2e/native.ts';
import { ended, runCode } from '../support/e2e/window.ts';

const code =
  'import os\nprint("needle", 6 * 7)\nprint("region", os.environ.get("REGION"))\nopen("in.txt").read()';

test('find, run again elsewhere, compare, export, delete', async () => {
  const here = temporaryFolder('activity');
  const sb = await launchApp();
  const { app, page } = sb;
  const notebook = join(here, 'session.ipynb');
  await answerFileDialogs(app, { saveAs: notebook, folder: here });
  await runCode(page, 'open("in.txt", "w").write("x")');
  await ended(page, 1, 'Done');
  await runCode(page, code);
  await ended(page, 2, 'Done');
  await createProfile(page, {
    name: 'Second',
    driverType: 'local',
    settings: { environment: { REGION: 'eu' } },
  });

  await page.getByRole('tab', { name: 'Activity' }).click();
  const search = page.getByRole('searchbox', { name: 'Search code and output' });
  await search.fill('nothing like that');
  await page.getByText('No run is like that.').waitFor();
  await search.fill('need');
  await page.getByRole('option').filter({ hasText: 'needle 42' }).click();
  await sb.look('activity');

  await page.getByRole('button', { name: 'Re-run on…' }).click();
  await page.getByRole('menuitem', { name: 'Second, new session' }).click();
  const sheet = page.getByRole('dialog', { name: 'Run #2 on Second' });
  await sheet.getByText('Only set there: REGION.').waitFor();
  await sheet.getByText('in.txt').waitFor();
  await sb.look('preflight');
  await sheet.getByRole('button', { name: 'Run there' }).click();
  await page.getByRole('button', { name: 'Compare with #2' }).click();
  const compare = page.getByRole('region', { name: 'How to show the differences' });
  await compare.getByText(/^\d+ differences?$/).waitFor();
  await compare.getByText('region eu').waitFor();
  await compare.getByText('region None').waitFor();
  await compare.getByText('FileNotFoundError: ').first().waitFor();
  await page.keyboard.press('F7');
  await sb.look('compare');
  await page.getByRole('button', { name: 'Back to the runs' }).click();

  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Session as Jupyter notebook' }).click();
  await expect.poll(() => readIfThere(notebook)).toMatchObject({ nbformat: 4, nbformat_minor: 5 });
  const cell = readIfThere(notebook)?.cells[1];
  expect(cell?.source.join('')).toBe(code);
  expect(cell?.outputs.map((output) => output.output_type)).toEqual(['stream', 'error']);

  await page.getByRole('radio', { name: 'All sessions' }).check();
  await search.fill('needle');
  await page.getByText('2 found', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByText('Privacy and data').click();
  await settings.getByLabel('Delete runs').selectOption({ label: 'All' });
  await settings.getByText(/^3 runs/).waitFor();
  await settings.getByRole('button', { name: 'Delete…' }).click();
  await settings.getByRole('button', { name: 'Delete', exact: true }).click();
  await settings.getByText('3 runs were deleted.').waitFor();
  await settings.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText('0 found', { exact: true }).first().waitFor();
  await sb.close();
});

interface Notebook {
  nbformat: number;
  cells: { source: string[]; outputs: { output_type: string }[] }[];
}

function readIfThere(file: string): Notebook | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  } catch {
    return null;
  }
}
