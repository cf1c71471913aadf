/** A package that is missing: the question, the install from an index on loopback, and the cell goes on. */
import { expect, onTestFinished, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { createProfile } from '../support/e2e/bridge.ts';
import { clickTraySession, trayView } from '../support/e2e/native.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';
import { startPackageIndex } from '../support/package-index.ts';
import { python } from '../support/runner.ts';

test('asked, installed, and the cell goes on; refused, and the error stays', async () => {
  const index = await startPackageIndex(python);
  onTestFinished(() => index.close());
  index.add({
    name: 'sbgreeting',
    files: { 'sbgreeting.py': 'def greet():\n    return "hello from a wheel"\n' },
  });
  const sb = await launchApp();
  const { app, page } = sb;
  const settings = { packages: 'ask', packageIndex: index.url };
  await createProfile(page, { name: 'Lab', driverType: 'local', settings });
  await sidebar(page).getByRole('row', { name: /^Lab/ }).click();

  await runCode(page, 'import sbgreeting\nprint(sbgreeting.greet())');
  const dialog = page.getByRole('dialog', { name: 'A package is missing' });
  await dialog.getByText('sbgreeting', { exact: true }).waitFor();
  await dialog.getByText('A guess: named after the import').waitFor();
  expect(await dialog.getByRole('button', { name: 'Always install' }).count()).toBe(0);
  await expect
    .poll(() => trayView(app))
    .toMatchObject({ icon: 'needs-you', tooltip: 'SpecBoard: A run waits for your answer' });
  await sb.look('package-question');
  await dialog.getByRole('button', { name: 'Install', exact: true }).click();
  await block(page, 1).getByText('hello from a wheel', { exact: true }).waitFor();
  await ended(page, 1, 'Done');
  expect(index.asked).toContain('sbgreeting');
  await sb.look('package-installed');

  await runCode(page, 'import sbabsent');
  await page
    .getByRole('dialog', { name: 'A package is missing' })
    .getByRole('button', { name: 'Not now' })
    .click();
  await block(page, 2).getByText('ModuleNotFoundError', { exact: true }).waitFor();
  await ended(page, 2, 'Failed');
  expect(index.asked).not.toContain('sbabsent');
  await clickTraySession(app, 'disconnect');
  await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  await sb.close();
});
