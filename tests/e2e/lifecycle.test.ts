/** Starting and ending: a second start, a closed window, a database that cannot be opened. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src-main/db/connection.ts';
import { dataPaths } from '../../src-main/platform/paths.ts';
import { launchApp, startToEnd, temporaryFolder } from '../support/app.ts';
import { laterMigrations } from '../support/database.ts';
import { until } from '../support/e2e/until.ts';

test('a second start shows the first window and leaves', async () => {
  const sb = await launchApp();
  const isVisible = () =>
    sb.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false);
  await sb.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  expect(await isVisible()).toBe(false);
  const second = await startToEnd({ dataFolder: sb.dataFolder });
  expect(second.code).toBe(0);
  await until('the first window is shown', isVisible);
  await sb.look('second-start');
  expect(sb.app.windows()).toHaveLength(1);
  await sb.close();
});

test.skipIf(process.platform === 'darwin')('closing the window ends the app', async () => {
  const sb = await launchApp();
  await sb.page.getByRole('button', { name: 'Run on this computer' }).click();
  await sb.page.getByText('338350').waitFor();
  await sb.look('before-closing');
  sb.processes();
  await sb.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()).catch(() => {});
  await sb.ended(0);
});

test('a file that is no database: a dialog explains it, exit code 1, the file is untouched', async () => {
  const dataFolder = temporaryFolder();
  const file = dataPaths(dataFolder).database;
  writeFileSync(file, 'this is not a database, and it is somebody’s file '.repeat(200));
  const before = readFileSync(file);
  const start = await startToEnd({ dataFolder });
  expect(start.code).toBe(1);
  expect(start.dialogs).toHaveLength(1);
  expect(start.dialogs[0]).toMatchObject({ type: 'error', message: expect.stringMatching(/database/i) });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a database of a newer version is refused politely and untouched', async () => {
  const dataFolder = temporaryFolder();
  const file = dataPaths(dataFolder).database;
  const migrationsFolder = laterMigrations(temporaryFolder('later'), 'CREATE TABLE later (id text);');
  (await openDatabase({ file, migrationsFolder, now: Date.now })).close();
  const before = readFileSync(file);
  const start = await startToEnd({ dataFolder });
  expect(start.code).toBe(1);
  expect(start.dialogs[0]).toMatchObject({ type: 'error', message: expect.stringMatching(/newer/i) });
  expect(readFileSync(file).equals(before)).toBe(true);
});
