/** The packaged Linux app really starts, in the stand-in for Electron, and finds all that it needs beside its archive. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { createE2bProfile, createProfile, setKey } from '../support/e2e/bridge.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';
import { hostDist, packageApp, whyNotPackaged } from '../support/packaging.ts';
import { temporaryFolder } from '../support/test-core.ts';

const why = process.platform === 'linux' ? whyNotPackaged('linux') : 'the stand-in host needs Linux here';

/** What the main process says about where it is. */
async function askMain(app: ElectronApplication) {
  return app.evaluate(async ({ app: electron, nativeImage }) => {
    const { createRequire } = process.getBuiltinModule('node:module');
    const { join: joined } = process.getBuiltinModule('node:path');
    const load = createRequire(joined(electron.getAppPath(), 'package.json'));
    const Database = load('better-sqlite3') as new (
      file: string,
    ) => {
      prepare: (sql: string) => { pluck: () => { get: () => unknown } };
      close: () => void;
    };
    const memory = new Database(':memory:');
    const sqlite = String(memory.prepare('select sqlite_version()').pluck().get());
    memory.close();
    const icon = joined(process.resourcesPath, 'resources/tray/linux/ready-22.png');
    return {
      packaged: electron.isPackaged,
      resourcesPath: process.resourcesPath,
      sqlite,
      keytar: typeof (load('keytar') as { setPassword: unknown }).setPassword,
      iconWidth: nativeImage.createFromPath(icon).getSize().width,
    };
  });
}

async function expectE2b(page: Page, server: E2bServer): Promise<void> {
  await createE2bProfile(page, 'Cloud', server);
  await sidebar(page)
    .getByRole('row', { name: /^Cloud/ })
    .click();
  await runCode(page, 'print(7*6)');
  await block(page, 1).getByText('42', { exact: true }).waitFor();
  await ended(page, 1, 'Done');
}

/** Its SDK is part of the bundle, and nowhere else in the package. */
async function expectDaytona(page: Page, server: DaytonaServer): Promise<void> {
  const settings = { apiUrl: server.url };
  const profileId = await createProfile(page, { name: 'Workspace', driverType: 'daytona', settings });
  await setKey(page, profileId, server.apiKey, true);
  await sidebar(page)
    .getByRole('row', { name: /^Workspace/ })
    .click();
  await runCode(page, 'print(7*8)');
  await block(page, 1).getByText('56', { exact: true }).waitFor();
  await ended(page, 1, 'Done');
}

describe.skipIf(why !== undefined)(`the packaged Linux app${why ? ` (${why})` : ''}`, () => {
  test('migrates, loads its native parts and icons, and runs code here, at E2B and at Daytona', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const server = await startE2bServer();
    onTestFinished(() => server.close());
    const daytona = await startDaytonaServer();
    onTestFinished(() => daytona.close());
    const out = join(folder, 'out');
    await packageApp({
      platform: 'linux',
      dist: hostDist(join(folder, 'host')),
      out,
      change: (configuration) => {
        // The stand-in is no Electron binary: it has no fuses.
        configuration.electronFuses = undefined;
      },
    });
    const resources = join(out, 'linux-unpacked/resources');
    const data = join(folder, 'data');
    const app = await _electron.launch({
      executablePath: join(out, 'linux-unpacked/specboard'),
      args: [`--user-data-dir=${data}`],
      // From a folder that holds nothing: what is found is found beside the app.
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        HOST_HEADLESS: '1',
        HOST_NODE: process.execPath,
        SPECBOARD_TRAY: '1',
      },
    });
    onTestFinished(() => app.close());
    const page = await app.firstWindow();
    page.setDefaultTimeout(20_000);
    await page.locator('.cm-content').waitFor();
    expect(await askMain(app)).toEqual({
      packaged: true,
      resourcesPath: resources,
      sqlite: expect.stringMatching(/^3\./),
      keytar: 'function',
      iconWidth: 22,
    });
    expect(existsSync(join(data, 'specboard.db'))).toBe(true);

    await page.getByRole('button', { name: 'Run on this computer' }).click();
    await ended(page, 1, 'Done');
    await runCode(page, 'print(6*7)');
    await block(page, 2).getByText('42', { exact: true }).waitFor();
    await ended(page, 2, 'Done');
    await expectE2b(page, server);
    await expectDaytona(page, daytona);
  });
});
