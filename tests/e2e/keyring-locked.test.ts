/** A keyring that is locked: the profile says so, words say what to do, and a key for this session works meanwhile. */
import { expect, onTestFinished, test } from 'vitest';
import { launchApp, temporaryFolder } from '../support/app.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { createProfile, setKey } from '../support/e2e/bridge.ts';
import { keyringEnv } from '../support/e2e/keyring-env.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';
import { startKeyring, whyNoKeyring } from '../support/keyring.ts';

test.skipIf(whyNoKeyring() !== undefined)(
  'a locked keyring: said in the profile, worked around for this session, well again when unlocked',
  async () => {
    const server = await startE2bServer();
    onTestFinished(() => server.close());
    const keyring = await startKeyring('unlocked');
    onTestFinished(() => keyring.dispose());
    const dataFolder = temporaryFolder();
    const env = keyringEnv(keyring);
    const before = await launchApp({ dataFolder, env });
    const settings = { apiUrl: server.url, sandboxUrl: server.url };
    const profileId = await createProfile(before.page, { name: 'Work', driverType: 'e2b', settings });
    await setKey(before.page, profileId, server.apiKey, false);
    await before.close();

    await keyring.lock();
    const sb = await launchApp({ dataFolder, env });
    const { page } = sb;
    const row = sidebar(page).getByRole('row', { name: 'Work, E2B, Key locked' });
    await row.waitFor();
    await page.getByRole('button', { name: 'Keyring locked' }).waitFor();
    await sb.look('keyring-locked');

    // Local work goes on as ever.
    await runCode(page, 'print(6 * 7)');
    await block(page, 1).getByText('42', { exact: true }).waitFor();

    // Words say what to do, and lead to the field.
    await row.click();
    await runCode(page, 'print(6 * 7)');
    await page
      .getByText(/keyring is locked/i)
      .first()
      .waitFor();
    await sb.look('keyring-locked-run');
    // The run that found it locked has its own row now; this is the profile's.
    await row.getByRole('button', { name: 'Actions for Work' }).click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/You can keep the key for this session only/).waitFor();
    await sb.look('keyring-locked-form');
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await dialog.getByLabel('API key', { exact: true }).fill(server.apiKey);
    await dialog.getByLabel('For this session only').check({ force: true });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await runCode(page, 'print(6 * 7)');
    await block(page, 1).getByText('42', { exact: true }).waitFor();
    await ended(page, 1, 'Done');

    // Unlocked by the person: the stored key is there again at the next start.
    await keyring.unlock();
    await page.getByRole('button', { name: 'Keyring locked' }).click();
    await page.getByRole('button', { name: 'Keyring locked' }).waitFor({ state: 'detached' });
    await sb.close();
    expect(server.sandboxes()).toEqual([]);
    const after = await launchApp({ dataFolder, env });
    await sidebar(after.page).getByRole('row', { name: /^Work/ }).click();
    await runCode(after.page, 'print(6 * 7)');
    await block(after.page, 1).getByText('42', { exact: true }).waitFor();
    await after.close();
  },
);
