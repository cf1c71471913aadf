/** An E2B profile through the form: the key goes to the keyring (or stays for this session) and is never seen again. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { launchApp, type RunningApp, temporaryFolder } from '../support/app.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { filesWith, placesInPage } from '../support/e2e/find-secret.ts';
import { keyringEnv } from '../support/e2e/keyring-env.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';
import { startKeyring, type TestKeyring, whyNoKeyring } from '../support/keyring.ts';

async function startServer(): Promise<E2bServer> {
  const server = await startE2bServer();
  onTestFinished(() => server.close());
  return server;
}

async function privateKeyring(): Promise<TestKeyring> {
  const keyring = await startKeyring('unlocked');
  onTestFinished(() => keyring.dispose());
  return keyring;
}

/** Opens the form for a new E2B profile and fills in everything but the key. */
async function fillForm({ page }: RunningApp, name: string, server: E2bServer): Promise<void> {
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^E2B/ }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByText('Advanced', { exact: true }).click();
  await page.getByLabel('API address').fill(server.url);
  await page.getByLabel('Sandbox address').fill(server.url);
}

async function expectUnseen({ page, dataFolder }: RunningApp, key: string): Promise<void> {
  expect(await placesInPage(page, key)).toEqual([]);
  expect(filesWith(dataFolder, key)).toEqual([]);
}

describe.skipIf(whyNoKeyring() !== undefined)('with a keyring', () => {
  test('a wrong key is told, the right one is stored, tested, kept over a restart, and never seen', async () => {
    const server = await startServer();
    const env = keyringEnv(await privateKeyring());
    const dataFolder = temporaryFolder();
    const sb = await launchApp({ env, dataFolder });
    const { page } = sb;

    await fillForm(sb, 'Work', server);
    await page.getByLabel('API key', { exact: true }).fill(`e2b_${'0'.repeat(40)}`);
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText('Connection failed').waitFor();
    await sb.look('e2b-wrong-key');

    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText('Connection works').waitFor();
    await page.getByText(/^Set, kept in /).waitFor();
    expect(await page.locator('input[type="password"]').count()).toBe(0);
    await expectUnseen(sb, server.apiKey);
    await sb.look('e2b-profile');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await sidebar(page).getByRole('row', { name: /^Work/ }).waitFor();
    await sb.close();

    // The next start finds it in the keyring.
    const again = await launchApp({ env, dataFolder });
    await sidebar(again.page).getByRole('row', { name: /^Work/ }).click();
    await runCode(again.page, 'print(6 * 7)');
    await block(again.page, 1).getByText('42', { exact: true }).waitFor();
    await ended(again.page, 1, 'Done');
    await expectUnseen(again, server.apiKey);
    await again.close();
    expect(server.sandboxes()).toEqual([]);
  });
});

test('without a keyring the key is kept for this session only, and is gone after it', async () => {
  const server = await startServer();
  const dataFolder = temporaryFolder();
  const sb = await launchApp({ dataFolder });
  const { page } = sb;
  await fillForm(sb, 'Work', server);
  await page.getByText(/start SpecBoard with the environment variable E2B_API_KEY/).waitFor();
  expect(await page.getByLabel('For this session only').isChecked()).toBe(true);
  await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
  await sb.look('e2b-no-keyring');
  await page.getByRole('button', { name: 'Create profile' }).click();
  await sidebar(page).getByRole('row', { name: /^Work/ }).waitFor();
  await runCode(page, 'print(6 * 7)');
  await block(page, 1).getByText('42', { exact: true }).waitFor();
  await expectUnseen(sb, server.apiKey);
  await sb.close();

  const again = await launchApp({ dataFolder });
  await sidebar(again.page).getByRole('row', { name: 'Work, E2B, Key missing' }).click();
  await again.page.getByRole('button', { name: 'Run', exact: true }).click();
  await again.page.getByRole('button', { name: 'Enter the key…' }).click();
  await again.page.getByRole('dialog').getByLabel('API key', { exact: true }).waitFor();
  await again.close();
});
