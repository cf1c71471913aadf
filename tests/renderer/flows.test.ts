/** The flows of the first window, in the built page with the real CSP: run, cancel, errors, rich output, keys, questions. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { block, callsOf, runCode } from './pages.ts';

let host: RendererHost;
let opened: RendererPage | undefined;

beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());
afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});

async function open(...args: Parameters<RendererHost['open']>): Promise<Page> {
  opened = await host.open(...args);
  await opened.page.locator('.cm-content').waitFor();
  return opened.page;
}

describe('first run', () => {
  test('one click gives a result', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Run on this computer' }).click();
    await block(page, 1).getByText('338350').waitFor();
    await block(page, 1).getByText('Done', { exact: true }).waitFor();
    await page.getByText('Sandboxed').waitFor();
    expect(await callsOf(page, 'connect')).toHaveLength(1);
  });

  test('without isolation it asks once, in words, and keeps saying so', async () => {
    const page = await open({ needsConsent: true });
    await page.getByRole('button', { name: 'Run on this computer' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Code on this computer runs as you').waitFor();
    await dialog.getByRole('button', { name: 'Run anyway' }).click();
    await block(page, 1).getByText('338350').waitFor();
    await page.getByText('Not isolated', { exact: true }).waitFor();
    await page.getByText('Code is not isolated on this system.').waitFor();
  });

  test('by keyboard alone', async () => {
    const page = await open();
    for (let step = 0; step < 12; step += 1) {
      if (await page.evaluate(() => Boolean(document.activeElement?.closest('.cm-content')))) break;
      await page.keyboard.press('F6');
    }
    await page.keyboard.press('Control+Enter');
    await block(page, 1).getByText('338350').waitFor();
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true);
  });
});

describe('running', () => {
  test('shell and Python keep their own text', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'Shell' }).check();
    await page.getByText('echo "Hello from the shell"').waitFor();
    await page.getByRole('radio', { name: 'Python' }).check();
    await page.getByText('Hello from Python').waitFor();
  });

  test('cancel reaches the code, and the session stays', async () => {
    const page = await open();
    await runCode(page, '# forever');
    await block(page, 1).getByText('step 2').waitFor();
    await page.getByRole('navigation').getByText('Running #1').waitFor();
    await block(page, 1).getByRole('button', { name: 'Cancel' }).click();
    await block(page, 1).getByText('Cancelled', { exact: true }).waitFor();
    await page.getByRole('navigation').getByText('Ready').waitFor();
  });

  test('what does not stop is offered force after five seconds', async () => {
    const page = await open();
    await runCode(page, '# stubborn');
    await block(page, 1).getByText('ignoring').waitFor();
    await page.keyboard.press('Control+.');
    await block(page, 1).getByText('Cancelling…').waitFor();
    await block(page, 1).getByRole('button', { name: 'Force stop' }).click({ timeout: 15_000 });
    await block(page, 1).getByText('The variables of this session').waitFor();
    expect(await callsOf(page, 'executions.cancel')).toMatchObject([{ force: false }, { force: true }]);
  });

  test('an error shows name and message, the traceback behind a click', async () => {
    const page = await open();
    await runCode(page, '# error');
    const run = block(page, 1);
    await run.getByText('ZeroDivisionError', { exact: true }).waitFor();
    expect(await run.getByText('Traceback (most recent call last)').count()).toBe(0);
    await run.getByRole('button', { name: 'Show traceback' }).click();
    await run.getByText('Traceback (most recent call last)').waitFor();
    await runCode(page, '# exit');
    await block(page, 2).getByText('Exit 3').waitFor();
  });

  test('typing over a selection is done by the editor', async () => {
    const page = await open();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('print(1)');
    expect(await page.locator('.cm-content').textContent()).toBe('print(1)');
  });

  test('progress bars stay one line', async () => {
    const page = await open();
    await runCode(page, '# progress');
    await block(page, 1).getByText('finished').waitFor();
    const [text = ''] = await block(page, 1).getByRole('log').allInnerTexts();
    expect(text.trim().split('\n')).toEqual(['Progress 100%', 'finished']);
  });

  test('rich output: colours, table, images, frame, markdown, JSON, gap', async () => {
    const page = await open();
    await runCode(page, '# rich');
    const log = block(page, 1).getByRole('log');
    await log.getByText('Installed pandas').waitFor();
    // Rows out of view are not in the document.
    await log.evaluate((element) => element.closest('[role=group]')?.scrollTo(0, 0));
    expect(await log.locator('.ansi-red-fg').textContent()).toBe('red');
    await log.getByRole('columnheader', { name: 'city' }).waitFor();
    expect(await log.getByRole('cell', { name: '8638' }).count()).toBe(1);
    await log.getByRole('img', { name: 'Sales plot' }).waitFor();
    const frame = log.locator('iframe');
    expect(await frame.getAttribute('sandbox')).toBe('');
    const heading = page.frameLocator('iframe').getByText('A report');
    await heading.waitFor();
    expect(await heading.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(138, 47, 156)');
    await log.getByRole('link', { name: 'a link' }).click();
    expect(await callsOf(page, 'shell.openExternal')).toEqual([{ url: 'https://example.com/' }]);
    await log.getByText('20 KB of output is missing here: the connection was lost').waitFor();
    await log.getByText('list:').waitFor();
  });

  test('a failed connection says what happened and what to do', async () => {
    const page = await open({
      connectFails: {
        code: 'python-missing',
        message: 'Python was not found on this computer.',
        hint: 'Install Python 3.8 or newer.',
        retryable: false,
      },
    });
    await page.getByRole('button', { name: 'Run on this computer' }).click();
    const main = page.getByRole('main');
    await main.getByText('Install Python 3.8 or newer.').waitFor();
    expect(await main.getByText('Python was not found on this computer.').count()).toBe(1);
  });

  test('disconnect ends the session and a new run starts another', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Run on this computer' }).click();
    await block(page, 1).getByText('338350').waitFor();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('navigation').getByText('Ready').waitFor();
    await block(page, 1).getByText('338350').waitFor();
    expect(await callsOf(page, 'connect')).toHaveLength(2);
  });
});

describe('after a reload', () => {
  test('a running execution is followed again from its beginning, nothing twice, nothing missing', async () => {
    const page = await open({ runningLines: 500 });
    await block(page, 1).getByText('Running', { exact: true }).waitFor();
    // Whichever of the last lines is in view: on a slow machine the first ones have scrolled by.
    await block(page, 1)
      .getByText(/^drip \d+$/)
      .first()
      .waitFor();
    expect(await callsOf(page, 'attach')).toMatchObject([{ fromSeq: 0 }]);
    await block(page, 1).getByRole('button', { name: 'Cancel' }).click();
    await block(page, 1).getByText('Cancelled', { exact: true }).waitFor();
    await block(page, 1).getByRole('button', { name: 'Copy output' }).click();
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
    const drips = lines.length - 500;
    const expected = [
      ...Array.from({ length: 500 }, (_, n) => `earlier ${n}`),
      ...Array.from({ length: drips }, (_, n) => `drip ${n}`),
    ];
    expect(lines).toEqual(expected);
  });
});

describe('profiles', () => {
  test('an E2B profile: form from the manifest, key stored and never shown again, tested', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'New profile' }).click();
    await page.getByRole('button', { name: /^E2B/ }).click();
    await page.getByLabel('Name', { exact: true }).fill('Work');
    await page.getByLabel('API key').fill('e2b_0123456789');
    await page.getByLabel('Ends after').fill('0');
    await page.getByRole('button', { name: 'Create profile' }).click();
    await page.getByText('Enter a number of minutes from 1 to 1440.').waitFor();
    expect(await page.getByLabel('Ends after').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Ends after').fill('30');
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText('Connection works').waitFor();
    await page.getByText(/Set, kept in the GNOME keyring/).waitFor();
    expect(await page.locator('input[type="password"]').count()).toBe(0);
    const stored = await page.evaluate(() => window.scenario.main.storedKeys);
    expect(stored).toMatchObject([{ field: 'apiKey', length: 14, sessionOnly: false }]);
    expect(await page.content()).not.toContain('e2b_0123456789');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('navigation').getByRole('row', { name: /^Work/ }).waitFor();
    expect(await callsOf(page, 'profiles.create')).toHaveLength(2);
  });

  test('without a keyring the key can be kept for this session only', async () => {
    const page = await open({ secrets: 'missing' });
    await page.getByRole('button', { name: 'Add E2B' }).click();
    await page.getByText('This system has no keyring service.').waitFor();
    await page.getByText(/environment variable E2B_API_KEY\.$/).waitFor();
    await page.getByLabel('API key').fill('e2b_0123456789');
    expect(await page.getByLabel('For this session only').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Create profile' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const stored = await page.evaluate(() => window.scenario.main.storedKeys);
    expect(stored).toMatchObject([{ sessionOnly: true }]);
  });

  test('with a locked keyring the profile is saved and the key is asked for again, not lost', async () => {
    const page = await open({ secrets: 'locked' });
    await page.getByRole('button', { name: 'Add E2B' }).click();
    await page.getByLabel('API key').fill('e2b_0123456789');
    await page.getByRole('button', { name: 'Create profile' }).click();
    await page.getByText('The profile is saved, but its key is not.').waitFor();
    await page.getByLabel('For this session only').check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await callsOf(page, 'profiles.create')).toHaveLength(1);
    expect(await page.evaluate(() => window.scenario.main.storedKeys.length)).toBe(1);
  });

  test('a missing key leads to its field', async () => {
    const page = await open({ crowded: true });
    await page.getByRole('row', { name: /^Work/ }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('Work has no API key.').waitFor();
    await page.getByRole('button', { name: 'Enter the key…' }).click();
    await page.getByRole('dialog').getByLabel('API key').waitFor();
    await expect
      .poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.name))
      .toBe('key:apiKey');
  });

  test('duplicate, make default, delete', async () => {
    const page = await open({ crowded: true });
    const act = async (profile: string, item: string) => {
      await page.getByRole('button', { name: `Actions for ${profile}`, exact: true }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await act('Containers', 'Duplicate');
    await page.getByRole('row', { name: /^Containers \(copy\)/ }).waitFor();
    await act('Containers', 'Make default');
    await page.getByRole('row', { name: /^Containers, Docker, default/ }).waitFor();
    await act('Containers (copy)', 'Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete profile' }).click();
    await page.getByRole('row', { name: /^Containers \(copy\)/ }).waitFor({ state: 'detached' });
  });
});

describe('questions', () => {
  test('known and guessed packages; the focus of a person who types is left alone', async () => {
    const page = await open();
    await runCode(page, '# ask');
    const dialog = page.getByRole('dialog', { name: '2 packages are missing' });
    await dialog.getByText('imported as sklearn').waitFor();
    await dialog.getByText('A guess: named after the import').waitFor();
    expect(await dialog.getByRole('button', { name: 'Always install' }).count()).toBe(0);
    expect(await page.evaluate(() => Boolean(document.activeElement?.closest('.cm-content')))).toBe(true);
    await page.getByRole('navigation').getByText('Needs an answer').waitFor();
    await dialog.getByRole('button', { name: 'Install', exact: true }).click();
    await block(page, 1).getByText('The answer was install.').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a suspicious name is called so', async () => {
    const page = await open();
    await runCode(page, '# ask suspicious');
    await page.getByText('Suspicious: one letter from a well-known name').waitFor();
    await page.getByRole('button', { name: 'Not now' }).click();
    await block(page, 1).getByText('The answer was skip.').waitFor();
  });
});

describe('window', () => {
  test('commands of the native menu do what the buttons do', async () => {
    const page = await open();
    const command = (name: string) =>
      page.evaluate((value) => {
        for (const listener of window.scenario.main.commands) listener({ command: value as 'run' });
      }, name);
    await command('run');
    await block(page, 1).getByText('338350').waitFor();
    await command('clear-view');
    await page.getByText('Cleared. Earlier runs are in the history.').waitFor();
    await command('toggle-sidebar');
    await page.getByRole('treegrid').waitFor({ state: 'detached' });
    await page.getByRole('navigation').getByRole('button', { name: 'This computer: Ready' }).waitFor();
    await command('settings');
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await page.keyboard.press('Escape');
    await command('show-shortcuts');
    await page.getByText('Ctrl+Enter').waitFor();
    await page.keyboard.press('Escape');
    await command('disconnect');
    await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  });

  test('readings are asked for only while there is an active session', async () => {
    const page = await open();
    expect(await page.evaluate(() => window.scenario.metricsOpen)).toBe(0);
    await page.getByRole('button', { name: 'Run on this computer' }).click();
    await page.getByTitle('38% of 2 cores').waitFor();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await expect.poll(() => page.evaluate(() => window.scenario.metricsOpen)).toBe(0);
  });

  test('F6 goes round, and the focus returns to where a dialog was opened', async () => {
    const page = await open();
    const seen = new Set<string>();
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('F6');
      const region = await page.evaluate(
        () => document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset.region ?? 'none',
      );
      seen.add(region);
    }
    expect([...seen].sort()).toEqual(['editor', 'header', 'output', 'sidebar', 'status', 'tabs']);
    // The button of a row, by keyboard alone; the focus comes back to the row.
    const region = () =>
      page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset.region);
    while ((await region()) !== 'sidebar') await page.keyboard.press('F6');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(region).toBe('sidebar');
  });
});
