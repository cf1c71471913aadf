/** Two folders that are kept the same by the real app: paired, planned, synced, a conflict decided, watched in both directions. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchApp, temporaryFolder } from '../support/app.ts';
import { answerFileDialogs } from '../support/e2e/native.ts';
import { until } from '../support/e2e/until.ts';
import { ended, modifier, runCode } from '../support/e2e/window.ts';

test('pair, plan, sync, decide a conflict by keys, bring back what was not chosen, and what was deleted by accident, watch', async () => {
  const here = join(temporaryFolder('sync'), 'app');
  mkdirSync(join(here, 'node_modules'), { recursive: true });
  writeFileSync(join(here, 'a.txt'), 'one\ntwo\nthree\n');
  writeFileSync(join(here, 'b.bin'), Buffer.alloc(300_000, 7));
  writeFileSync(join(here, '.env'), 'KEY=1\n');
  writeFileSync(join(here, 'node_modules/left-out.js'), '');
  const sb = await launchApp();
  const { app, page } = sb;
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const dialog = page.getByRole('dialog');
  const state = page.locator('[data-sync-state]');
  await answerFileDialogs(app, { saveAs: '', folder: here });

  await page.getByRole('tab', { name: 'Sync' }).click();
  await page.getByRole('tabpanel').getByRole('button', { name: 'Connect' }).click();
  await button('Pair a folder…').click();
  await button('Choose…').click();
  await dialog.getByText(here).waitFor();
  await button('Next: look at the plan').click();
  await page.getByText('2 files to the sandbox, 293').waitFor();
  await page.getByText(/2 left out/).waitFor();
  await button('Sync once').click();
  await page.getByText(/^Everything is the same/).waitFor();
  await page.getByRole('combobox', { name: 'Which files' }).selectOption('excluded');
  await page.getByText(/Left out · .*node_modules/).waitFor();
  await sb.look('sync');

  // Both sides change one line; another file comes from the sandbox.
  await page.getByRole('tab', { name: 'Run' }).click();
  await runCode(
    page,
    'was = open("app/a.txt").read()\nopen("app/a.txt", "w").write(was.replace("two", "theirs"))\nopen("app/made.txt", "w").write("made")\nprint(repr(was), len(open("app/b.bin", "rb").read()))',
  );
  await page.getByText(String.raw`'one\ntwo\nthree\n' 300000`).waitFor();
  await ended(page, 1, 'Done');
  writeFileSync(join(here, 'a.txt'), 'one\nmine\nthree\n');
  await page.keyboard.press(`${modifier}+Shift+S`);
  await button('Sync: 1 conflict').waitFor();
  await until('the file that code has made', () => existsSync(join(here, 'made.txt')));
  expect(readFileSync(join(here, 'a.txt'), 'utf8')).toBe('one\nmine\nthree\n');

  await page.keyboard.press('F8');
  await dialog.getByRole('heading', { name: '1 conflict · a.txt' }).waitFor();
  await dialog.getByText('1 difference', { exact: true }).waitFor();
  await sb.look('sync-conflict');
  await page.getByRole('radio', { name: 'Use the sandbox’s copy' }).focus();
  await page.keyboard.press('Space');
  await button('Apply choice').focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await until('the chosen copy', () => readFileSync(join(here, 'a.txt'), 'utf8') === 'one\ntheirs\nthree\n');

  // What was not chosen comes back.
  await page.getByRole('tab', { name: 'Sync' }).click();
  await page.getByRole('radio', { name: 'History' }).check();
  await page.getByRole('radio', { name: 'Kept copies' }).check();
  await button('Restore a.txt').first().click();
  await until('the restored copy', () => readFileSync(join(here, 'a.txt'), 'utf8') === 'one\nmine\nthree\n');

  // A folder that was emptied asks; leaving it as it is changes nothing, and then all comes back.
  await button('Sync now').click();
  await state.getByText(/^Everything is the same/).waitFor();
  for (const name of ['a.txt', 'b.bin', 'made.txt']) rmSync(join(here, name));
  await button('Sync now').click();
  await button('Leave it as it is').click();
  await state.waitFor();
  expect(existsSync(join(here, 'a.txt'))).toBe(false);
  await button('Sync now').click();
  await button('Bring the files back').click();
  await until('the files that were deleted', () => existsSync(join(here, 'b.bin')));
  await state.getByText(/^Everything is the same/).waitFor();
  expect(readFileSync(join(here, 'a.txt'), 'utf8')).toBe('one\nmine\nthree\n');

  // From now on by itself, both ways.
  await page.getByRole('radio', { name: 'Files' }).check();
  await button('Watch').click();
  await button('Watching').waitFor();
  await state.getByText(/^Everything is the same/).waitFor();
  writeFileSync(join(here, 'new.txt'), 'new');
  await page.getByRole('tab', { name: 'Run' }).click();
  await runCode(
    page,
    'import os, time\nwhile not (os.path.exists("app/new.txt") and "mine" in open("app/a.txt").read()): time.sleep(0.02)\nopen("app/back.txt", "w").write("back")\nprint("came")',
  );
  await page.getByText('came', { exact: true }).waitFor();
  await until('the file that came back', () => existsSync(join(here, 'back.txt')));
  expect(existsSync(join(here, '.env'))).toBe(true);
  await sb.close();
});
