/** Files of a real sandbox: up, looked at, edited while code changes them, renamed, down, removed; in part by keys alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchApp, temporaryFolder } from '../support/app.ts';
import { answerFileDialogs } from '../support/e2e/native.ts';
import { ended, modifier, runCode } from '../support/e2e/window.ts';

test('upload, edit, a conflict with what code wrote, rename, download, remove', async () => {
  const here = temporaryFolder('files');
  mkdirSync(join(here, 'tree/deep'), { recursive: true });
  writeFileSync(join(here, 'tree/deep/a.txt'), 'a');
  writeFileSync(join(here, 'tree/b.bin'), Buffer.alloc(700_000, 7));
  mkdirSync(join(here, 'down'));
  const sb = await launchApp();
  const { app, page } = sb;
  const row = (name: RegExp) => page.getByRole('row', { name });
  const tree = page.getByRole('treegrid', { name: 'Files', exact: true });
  const preview = page.getByRole('region', { name: 'Preview' });
  await answerFileDialogs(app, { saveAs: join(here, 'down/saved.txt'), folder: join(here, 'down') });

  await page.getByRole('tab', { name: 'Files' }).click();
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Drop files here or').waitFor();
  await page.locator('[data-upload=files]').setInputFiles([
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('one\r\ntwo\r\n') },
    { name: 'empty', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  ]);
  await row(/^notes\.txt, File, 10 B/).waitFor();
  await page.locator('[data-upload=folder]').setInputFiles(join(here, 'tree'));
  await row(/^tree, Folder/).waitFor();
  await row(/^empty, File, 0 B/).waitFor();
  await sb.look('files');

  // By keys: to the file, into the text, saved.
  await tree.focus();
  await page.keyboard.type('not');
  await preview.getByText('two').waitFor();
  await page.getByRole('button', { name: 'Edit' }).press('Enter');
  await page.keyboard.press(`${modifier}+Home`);
  await page.keyboard.type('zero');
  await page.keyboard.press('Enter');
  await page.keyboard.press(`${modifier}+S`);
  await preview.getByText(/^Saved /).waitFor();
  await page.keyboard.type('mine ');
  await page.getByText('Not saved').waitFor();

  // Code finds what was saved, and writes over it.
  await page.getByRole('tab', { name: 'Run' }).click();
  await runCode(
    page,
    'was = open("notes.txt", newline="").read()\nopen("notes.txt", "w").write("theirs")\nprint(repr(was))',
  );
  await page.getByText(String.raw`'zero\r\none\r\ntwo\r\n'`).waitFor();
  await ended(page, 1, 'Done');
  await page.getByRole('tab', { name: 'Files' }).click();
  await preview.getByText('mine one').waitFor();
  await preview.locator('.cm-content').click();
  await page.keyboard.press(`${modifier}+S`);
  const conflict = page.getByRole('alertdialog', { name: '“notes.txt” was changed meanwhile' });
  await conflict.getByText(/In the sandbox: changed .*, 6 B/).waitFor();
  await sb.look('files-conflict');
  await conflict.getByRole('button', { name: 'Keep both' }).click();
  await row(/^notes \(2\)\.txt, File, 6 B/).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();

  await tree.focus();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New name of notes.txt' }).waitFor();
  await expect.poll(() => page.evaluate(() => document.getSelection()?.toString())).toBe('notes');
  await page.keyboard.type('final');
  await page.keyboard.press('Enter');
  await row(/^final\.txt/).waitFor();

  await preview.getByRole('button', { name: 'Download…' }).click();
  await page.getByText(/saved as .*saved\.txt/).waitFor();
  expect(readFileSync(join(here, 'down/saved.txt'), 'utf8')).toBe('zero\r\nmine one\r\ntwo\r\n');
  await row(/^tree/).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Download…' }).click();
  await page.getByText(/saved as .*down$/).waitFor();
  expect(readFileSync(join(here, 'down/tree/deep/a.txt'), 'utf8')).toBe('a');
  expect(readFileSync(join(here, 'down/tree/b.bin'))).toEqual(Buffer.alloc(700_000, 7));
  expect(readdirSync(join(here, 'down')).sort()).toEqual(['saved.txt', 'tree']);

  await tree.focus();
  await page.keyboard.press('Delete');
  await page.getByRole('alertdialog', { name: 'Remove “tree”?' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await row(/^tree/).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
  // What the working folder still holds is named before it is deleted.
  await page.getByRole('alertdialog').getByRole('button', { name: 'End and delete' }).click();
  await page.getByText('This session has ended. What you see').waitFor();
  await sb.close();
});
