/**
 * The life of a session through all of SpecBoard, on the E2B test server: the network goes and comes back, the window is
 * reloaded while code runs, the sandbox is left running and found again, it dies, and quitting asks about what would be lost.
 */
import { expect, onTestFinished, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { createE2bProfile } from '../support/e2e/bridge.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';

test('network lost, reload, left running and found again, died, quit with a question', async () => {
  const server = await startE2bServer();
  onTestFinished(() => server.close());
  const sb = await launchApp();
  const { page } = sb;
  const banner = page.getByRole('banner');
  const main = page.getByRole('main');
  await createE2bProfile(page, 'Cloud', server);
  await sidebar(page)
    .getByRole('row', { name: /^Cloud/ })
    .click();
  await runCode(page, 'kept = 6\nopen("result.txt", "w").write("x")');
  await ended(page, 1, 'Done');
  await banner.getByText(/^\d+:\d\d left$/).waitFor();

  // The system says that the network went: it is seen at once, and tried again until it is back.
  server.faults.add({ match: { plane: 'control' }, effect: { kind: 'drop' }, times: 1000 });
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  const strip = page.getByRole('region', { name: /^Link lost at/ });
  await strip.getByText(/Trying again/).waitFor();
  await banner
    .getByText(/^Reconnecting/)
    .first()
    .waitFor();
  await sb.look('link-lost');
  await runCode(page, 'print("waited", kept)');
  await strip.getByText('1 run waits.').waitFor();
  server.faults.clear();
  await strip.getByRole('button', { name: 'Reconnect now' }).click();
  await strip.waitFor({ state: 'detached' });
  await block(page, 2).getByText('waited 6', { exact: true }).waitFor();

  // The window goes and comes back while code runs.
  await runCode(page, 'import time\nprint("on", flush=True)\ntime.sleep(1000)');
  await block(page, 3).getByText('on', { exact: true }).waitFor();
  await page.reload();
  await main.getByText('1 run survived').waitFor();
  await main.getByText('#3 still running.').waitFor();
  await main.getByRole('button', { name: 'Show', exact: true }).click();
  await block(page, 3).getByText('on', { exact: true }).waitFor();
  await sb.screenshot('survived');

  // Quitting asks, and names what would be lost.
  await sb.app.evaluate(({ app, dialog }) => {
    const holder = globalThis as { asked?: unknown };
    dialog.showMessageBox = async (...args: unknown[]) => {
      holder.asked = args.at(-1);
      return { response: 1, checkboxChecked: false };
    };
    app.quit();
  });
  const asked = await until('it asks', () =>
    sb.app.evaluate(() => (globalThis as { asked?: { detail: string } }).asked ?? null),
  );
  expect(asked.detail).toContain('Cloud: #3 is running and will be stopped.');
  expect(asked.detail).toContain('result.txt will be deleted with the sandbox.');

  // Left running: the run is stopped after a question, the sandbox stays, and is found again with its variables.
  await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
  await page.getByRole('menuitem', { name: /^Leave running/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave running' }).click();
  await main.getByText(/^Left running since/).waitFor();
  expect(server.sandboxes()).toHaveLength(1);
  await sb.screenshot('left-running');
  await main.getByRole('button', { name: 'Reconnect' }).click();
  await banner.getByText('Ready', { exact: true }).waitFor();
  await runCode(page, 'print("again", kept)');
  await block(page, 1).getByText('again 6', { exact: true }).waitFor();

  // It dies at its vendor's: the true reason, its last words, and a new one that runs the code again.
  const [sandbox] = server.sandboxes();
  server.kill(sandbox?.id ?? '');
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await main.getByText('The sandbox was ended before its end time.').waitFor();
  await main.getByText('Last lines of #1').waitFor();
  await sb.look('died');
  await main.getByRole('button', { name: 'Start a replacement' }).click();
  await banner.getByText('Ready', { exact: true }).waitFor();
  expect(server.sandboxes()).toHaveLength(1);
  await sb.close();
  expect(server.sandboxes()).toEqual([]);
});
