/** First run: a fresh data folder, no account. One click gives a result. */
import { expect, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';

test('one click gives a result on this computer, and rich values are shown', async () => {
  const sb = await launchApp();
  const { page } = sb;
  await sidebar(page).getByText('This computer').waitFor();
  await sb.look('first-run');

  await page.getByRole('button', { name: 'Run on this computer' }).click();
  await block(page, 1).getByText('Hello from Python').first().waitFor();
  await block(page, 1).getByText('338350').waitFor();
  await ended(page, 1, 'Done');
  // Copying is the one permission that the page has.
  await block(page, 1).getByRole('button', { name: 'Copy output' }).click();
  await block(page, 1).getByRole('button', { name: 'Copied' }).waitFor();
  await page.getByText('Sandboxed', { exact: true }).waitFor();
  await sb.look('first-run-result');

  await runCode(
    page,
    'class Table:\n    def _repr_html_(self):\n        return "<table><thead><tr><th>city</th></tr></thead><tr><td>8638</td></tr></table>"\nTable()',
  );
  await ended(page, 2, 'Done');
  await block(page, 2).getByRole('columnheader', { name: 'city' }).waitFor();
  await block(page, 2).getByRole('cell', { name: '8638' }).waitFor();
  await sb.look('first-run-table');
  expect(sb.processes().some(({ command }) => command.includes('runner.py'))).toBe(true);
  await sb.close();
});
