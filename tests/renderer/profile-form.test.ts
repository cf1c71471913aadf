/** The generated profile form: suggestions, lists, folders, secret variables, and tests of a profile part by part. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import type { ScenarioOptions } from '../support/scenario/main-process.ts';
import { callsOf } from './pages.ts';

let host: RendererHost;
let opened: RendererPage | undefined;
beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());
afterEach(async () => {
  const { complaints } = opened ?? {};
  await opened?.close();
  opened = undefined;
  expect(complaints ?? []).toEqual([]);
});

/** The form of a new Docker profile. */
async function dockerForm(options: ScenarioOptions = {}): Promise<Page> {
  opened = await host.open(options);
  const { page } = opened;
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^Docker/ }).click();
  await page.getByRole('combobox', { name: 'Image' }).waitFor();
  return page;
}

const create = (page: Page) => page.getByRole('button', { name: 'Create profile' }).click();
const created = async (page: Page) => {
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const [input] = (await callsOf(page, 'profiles.create')) as { settings: Record<string, unknown> }[];
  return input?.settings;
};

describe('suggestions', () => {
  test('are offered by mouse and by keyboard, asked for once, with the settings of the form', async () => {
    const page = await dockerForm();
    await page.getByLabel('Memory').fill('512');
    await page.getByRole('button', { name: 'Suggestions for Image' }).click();
    await page.getByRole('option', { name: 'python:3.12-slim' }).click();
    expect(await page.getByRole('combobox', { name: 'Image' }).inputValue()).toBe('python:3.12-slim');
    await page.getByRole('combobox', { name: 'Image' }).fill('quay');
    await page.getByRole('option', { name: /^quay/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: /^quay/ }).and(page.locator('[data-focused]')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    expect(await page.getByRole('combobox', { name: 'Image' }).inputValue()).toMatch(/^quay\.io/);
    const asked = (await callsOf(page, 'profiles.suggest')) as { settings: object }[];
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      driverType: 'docker',
      profileId: null,
      key: 'image',
      settings: { memoryMb: 512 },
    });
    await create(page);
    expect(await created(page)).toMatchObject({ image: expect.stringMatching(/^quay/) });
  });

  test('of a slow engine hold nothing up: anything may be typed and saved', async () => {
    const page = await dockerForm({ suggestMs: 60_000 });
    await page.getByRole('button', { name: 'Suggestions for Image' }).click();
    await page.getByText('Looking for suggestions…').waitFor();
    await page.getByRole('combobox', { name: 'Image' }).fill('my/own:1');
    await page.getByLabel('Name', { exact: true }).click();
    await create(page);
    expect(await created(page)).toMatchObject({ image: 'my/own:1' });
  });

  test('of an engine that is not there say so in the list, and nowhere else', async () => {
    const page = await dockerForm({
      suggestFails: { code: 'engine-missing', message: 'Docker does not run.', retryable: false },
    });
    await page.getByRole('button', { name: 'Suggestions for Image' }).click();
    await page.getByText('No suggestions: Docker does not run.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'New profile' }).waitFor();
    await create(page);
    await created(page);
  });
});

test('lists and folders: added, changed, removed; read-only unless said otherwise, with a warning', async () => {
  const page = await dockerForm();
  for (const [index, port] of ['8000', '', '9000'].entries()) {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByLabel(`Ports, ${index + 1}`).fill(port);
  }
  await page.getByRole('button', { name: 'Remove 8000' }).click();
  for (let n = 0; n < 2; n += 1) await page.getByRole('button', { name: 'Add a folder…' }).click();
  const folders = page.getByRole('group', { name: '/home/someone/projects' });
  await expect.poll(() => folders.count()).toBe(2);
  await folders.nth(0).getByText('The code can read what is in this folder, and change nothing.').waitFor();
  expect(await folders.nth(1).getByLabel('Place in the sandbox').inputValue()).toBe('/mnt/projects-2');
  await folders.nth(1).getByLabel('The code may change it').check();
  await folders.nth(1).getByText('Careful: the code can change and delete everything').waitFor();
  await folders.nth(1).getByLabel('Place in the sandbox').fill('/data');
  await create(page);
  expect(await created(page)).toMatchObject({
    ports: ['9000'],
    mounts: [
      { source: '/home/someone/projects', target: '/mnt/projects', writable: false },
      { source: '/home/someone/projects', target: '/data', writable: true },
    ],
  });
});

test('what main says about one row is shown at that row', async () => {
  const page = await dockerForm({
    createFails: {
      code: 'invalid',
      message: 'The settings cannot be used as entered.',
      retryable: false,
      fields: { 'mounts.0.target': 'Enter a full path in the container.', 'ports.1': 'Enter a port.' },
    },
  });
  for (const [index, port] of ['', '8000', 'x'].entries()) {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByLabel(`Ports, ${index + 1}`).fill(port);
  }
  await page.getByRole('button', { name: 'Add a folder…' }).click();
  await page.getByLabel('Place in the sandbox').fill('data');
  await create(page);
  const folder = page.getByRole('group', { name: '/home/someone/projects' });
  await folder.getByText('Enter a full path in the container.').waitFor();
  // Rows that are not filled in were not sent: the second one that was is the third.
  expect(await page.getByLabel('Ports, 3').getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel('Ports, 2').getAttribute('aria-invalid')).toBeNull();
});

test('what main says about a name of a pair is shown at that pair', async () => {
  opened = await host.open({
    createFails: {
      code: 'invalid',
      message: 'The settings cannot be used as entered.',
      retryable: false,
      fields: { 'environment.1ST': 'Not a name.' },
    },
  });
  const { page } = opened;
  await page.getByRole('button', { name: 'New profile' }).click();
  await page.getByRole('button', { name: /^E2B/ }).click();
  const pairs = page.getByRole('group', { name: 'Environment', exact: true });
  for (const [index, name] of ['FINE', '1ST'].entries()) {
    await pairs.getByRole('button', { name: 'Add', exact: true }).click();
    await pairs.getByLabel('Name', { exact: true }).nth(index).fill(name);
  }
  await create(page);
  await pairs.getByText('Not a name.').waitFor();
  expect(await pairs.getByLabel('Name', { exact: true }).nth(0).getAttribute('aria-invalid')).toBeNull();
  expect(await pairs.getByLabel('Name', { exact: true }).nth(1).getAttribute('aria-invalid')).toBe('true');
});

describe('secret variables', () => {
  test('live in their element only, and are gone once they were sent', async () => {
    const page = await dockerForm();
    await page.getByLabel('Secret environment').fill('TOKEN=tok-0123456789\nOTHER=a=b');
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText(/Set, kept in the GNOME keyring/).waitFor();
    expect(await page.locator('textarea').count()).toBe(0);
    expect(await page.content()).not.toContain('tok-0123456789');
    const stored = await page.evaluate(() => window.scenario.main.storedKeys);
    expect(stored).toMatchObject([{ field: 'environment', length: 30 }]);
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByText('What you enter replaces all of them.').waitFor();
    expect(await page.locator('textarea').inputValue()).toBe('');
  });

  test('that cannot be read are said by line, stay where they are, and nothing is sent', async () => {
    const page = await dockerForm();
    await page.getByLabel('Secret environment').fill('TOKEN=fine\ntok-0123456789');
    await create(page);
    await page.getByText('Line 2: write NAME=value.').waitFor();
    // The form is long: what is wrong comes into view.
    await expect
      .poll(() => page.evaluate(() => (document.activeElement as HTMLTextAreaElement | null)?.name))
      .toBe('key:environment');
    expect(await callsOf(page, 'profiles.create')).toEqual([]);
    expect(await callsOf(page, 'credentials.set')).toEqual([]);
    expect(await page.getByLabel('Secret environment').inputValue()).toContain('tok-0123456789');
    const shown = await page.getByRole('dialog').textContent();
    expect(shown).not.toContain('tok-0123456789');
  });
});

test('a test of the profile shows each part, what is wrong with it, and the way out', async () => {
  const page = await dockerForm({
    report: {
      ok: false,
      message: 'Not all of it works.',
      parts: [
        { name: 'Engine', ok: true, message: 'Docker 27.3, found at unix:///var/run/docker.sock.' },
        { name: 'Image', ok: false, message: 'There is no image nope:1.', hint: 'Check its name.' },
      ],
    },
  });
  await page.getByText('Advanced').scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Save and test' }).click();
  const report = page.getByRole('status').filter({ hasText: 'Connection failed' });
  await report.getByText('Docker 27.3, found at').waitFor();
  // It stands above a form that is longer than the window, and was asked for below it.
  await expect.poll(async () => (await report.boundingBox())?.y ?? -1).toBeGreaterThan(0);
  expect(await report.locator('li[data-ok="true"]').textContent()).toMatch(/^Engine works/);
  expect(await report.locator('li[data-ok="false"]').textContent()).toMatch(
    /^Image does not work[\s\S]*Check its name\./,
  );
});
