/** The Sync tab in the built page: pairing, plan, progress, questions, files, history, exclusions, conflicts, marks; and keys alone. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SyncRoot } from '../../src-shared/domain/sync.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { syncHalt } from '../support/sync-root.ts';
import { announced, callsOf } from './pages.ts';

let host: RendererHost;
beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());

/** Changes the first pair, as the main process would say it. */
function change(page: Page, patch: Partial<SyncRoot>): Promise<void> {
  return page.evaluate((next) => {
    const { main } = window.scenario;
    Object.assign(main.status.syncs[0] ?? {}, next);
    main.push();
  }, patch);
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');
const state = (page: Page) => page.locator('[data-sync-state]');
const radio = (page: Page, name: string | RegExp) => page.getByRole('radio', { name, exact: true });

describe('a pair, from its folder to its removal', () => {
  let opened: RendererPage;
  let page: Page;

  beforeAll(async () => {
    opened = await host.open({ sync: { none: true, files: 10_000, cycleMs: 3000 } });
    page = opened.page;
    page.setDefaultTimeout(5_000);
  });
  afterAll(() => opened.close());

  test('pairing asks for the folder with the system’s dialog, says what a mirror deletes, and leads to the plan', async () => {
    await page.getByRole('row', { name: /^Ready/ }).waitFor();
    await page.keyboard.press('Alt+4');
    await page.getByText('and both stay the same').waitFor();
    await button(page, 'Pair a folder…').click();
    await expect.poll(() => button(page, 'Next: look at the plan').isDisabled()).toBe(true);
    await button(page, 'Choose…').click();
    await dialog(page).getByText('/home/someone/projects').waitFor();
    const remote = page.getByRole('combobox', { name: 'Folder in the sandbox' });
    expect(await remote.inputValue()).toBe('projects');
    await radio(page, 'Mirror to the sandbox').check();
    await dialog(page)
      .getByText(/that is not in this computer’s is deleted/)
      .waitFor();
    await radio(page, 'Both ways').check();
    await remote.fill('app');
    await page.keyboard.press('Escape');
    await button(page, 'Next: look at the plan').click();
    await dialog(page).waitFor({ state: 'detached' });
    expect(await callsOf(page, 'sync.add')).toMatchObject([
      { localPath: '/home/someone/projects', remotePath: 'app', mode: 'two-way' },
    ]);
    await page.getByText('7,500 files to the sandbox').waitFor();
    await page.getByText('What would happen now. Nothing has been changed.').waitFor();
    expect(await callsOf(page, 'sync.run')).toEqual([]);
  });

  test('a start is confirmed by the plan; progress is shown and not read out; what has ended is said once', async () => {
    await button(page, 'Start syncing').click();
    // Both while it lasts, which is not long.
    await Promise.all([
      page.getByText(/Syncing 12 of 80 files/).waitFor(),
      button(page, 'Syncing 12 of 80').waitFor(),
    ]);
    expect(await callsOf(page, 'sync.run')).toMatchObject([{ confirmed: true, checksum: false }]);
    await expect.poll(() => callsOf(page, 'sync.watch')).toMatchObject([{ on: true }]);
    await expect
      .poll(() => state(page).textContent(), { timeout: 15_000 })
      .toMatch(/^Everything is the same/);
    expect(await announced(page)).not.toContain('Syncing');
    await page.getByText(/^10,000 files, as of/).waitFor();
    await button(page, 'Watching').click();
    await button(page, 'Watch').waitFor();
    await page.keyboard.press('Control+Shift+s');
    await page.getByRole('progressbar').waitFor();
    await button(page, 'Stop').click();
    await button(page, 'Sync now').waitFor();
    expect(await callsOf(page, 'sync.stop')).toHaveLength(1);
  });

  test('ten thousand files: what is in view is read and drawn; filters and search narrow', async () => {
    const list = page.getByRole('group', { name: 'Files of this pair' });
    await list.getByText('file-20.py').waitFor();
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    await list.focus();
    await page.keyboard.press('End');
    await list.getByText('file-9999.py').waitFor();
    expect(await list.getByRole('listitem').last().getAttribute('aria-setsize')).toBe('10000');
    await page.getByRole('combobox', { name: 'Which files' }).selectOption('excluded');
    await list.getByText('Left out · .gitignore, line 3: *.log').waitFor();
    await page.getByRole('combobox', { name: 'Which files' }).selectOption('all');
    await page.getByRole('searchbox', { name: 'Search paths' }).fill('file-9998');
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1);
    await page.getByRole('searchbox', { name: 'Search paths' }).fill('nowhere');
    await page.getByText('No path is like that.').waitFor();
    await page.keyboard.press('Escape');
    await list.getByText('file-20.py').waitFor();
  });

  test('a question: what stands out changes nothing; it is said, and marked where the person looks', async () => {
    await change(page, { state: 'waiting', halt: syncHalt() });
    await page.getByText('212 of 240 files would be deleted').first().waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain('sync waits for your answer');
    await page.getByRole('tab', { name: 'Sync 1 decision waits' }).waitFor();
    await page
      .getByRole('row', { name: /^Ready/ })
      .getByRole('img', { name: '1 decision waits' })
      .waitFor();
    await button(page, 'Sync asks you something').waitFor();
    await button(page, 'Delete 212 files in the sandbox').waitFor();
    await button(page, 'Leave it as it is').click();
    await state(page).waitFor();
    await change(page, { state: 'waiting', halt: syncHalt() });
    await button(page, 'Bring the files back').click();
    await expect
      .poll(() => callsOf(page, 'sync.answer'))
      .toMatchObject([{ reason: 'mass-deletion', answer: 'restore' }]);
    await expect
      .poll(() => state(page).textContent(), { timeout: 15_000 })
      .toMatch(/^Everything is the same/);
  });

  test('what failed says what is kept and can be tried again; out of reach offers the way back', async () => {
    await change(page, {
      state: 'failed',
      problem: {
        code: 'no-space',
        message: 'The sandbox’s disk is full.',
        action: { type: 'retry' },
        kept: 'Nothing is half-written.',
        retryable: true,
      },
    });
    await page.getByText('Nothing is half-written.').waitFor();
    const runs = (await callsOf(page, 'sync.run')).length;
    await button(page, 'Try again').click();
    await expect.poll(async () => (await callsOf(page, 'sync.run')).length).toBe(runs + 1);
    await expect
      .poll(() => state(page).textContent(), { timeout: 15_000 })
      .toMatch(/^Everything is the same/);
    await change(page, { problems: 1 });
    await button(page, '1 problem').click();
    await page.getByText('Problem · Its name ends with a dot').waitFor();
    await change(page, { problems: 0, state: 'offline' });
    await page.getByText('goes on with the next session').waitFor();
    expect(await button(page, 'Sync now').count()).toBe(0);
    await change(page, { state: 'idle', elsewhere: true });
    await page.getByText('Another SpecBoard syncs this folder now.').waitFor();
    await change(page, { elsewhere: false });
  });

  test('history: what syncs did, and kept copies that come back', async () => {
    await radio(page, 'History').check();
    await page.getByText('The sandbox stopped answering.').waitFor();
    await radio(page, 'Kept copies').check();
    await button(page, 'Restore file-1.py').click();
    await expect.poll(() => callsOf(page, 'sync.restore')).toHaveLength(1);
    // What was there is kept in turn: the list is read again.
    await expect.poll(async () => (await callsOf(page, 'sync.kept')).length).toBe(2);
    // Its sandbox is not connected.
    await page.getByText(/Lies in a sandbox that is not connected/).waitFor();
    expect(await button(page, 'Restore file-4.py').count()).toBe(0);
  });

  test('exclusions: switched, edited, and asked about', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Command palette' }).getByRole('option').first().waitFor();
    await page.keyboard.insertText('gitignore');
    await page.getByRole('option', { name: /what is left out/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Show the 6 patterns').click();
    await page.getByText('__pycache__/').waitFor();
    await page.getByRole('checkbox', { name: 'Files that usually hold secrets' }).uncheck();
    await expect
      .poll(() => callsOf(page, 'sync.update'))
      .toMatchObject([{ exclusions: { secrets: false, defaults: true } }]);
    await page.getByLabel('Own patterns').fill('*.tmp\n\n/out/');
    await button(page, 'Save').click();
    await page.getByText('Saved. It counts from the next sync on.').waitFor();
    expect((await callsOf(page, 'sync.update')).at(-1)).toMatchObject({
      exclusions: { patterns: ['*.tmp', '/out/'], secrets: false },
    });
    await page.getByLabel('Own patterns').fill('[');
    await button(page, 'Save').click();
    await page.getByText('Line 1: the bracket is not closed.').waitFor();
    await page.getByLabel('Why is this left out?').fill('node_modules/x/index.js');
    await page.keyboard.press('Enter');
    await page.getByText('leaves out the folder node_modules').waitFor();
  });

  test('mode and removal are asked about; nothing of the page broke a rule', async () => {
    await button(page, 'More about this pair').click();
    await page.getByRole('menuitem', { name: 'Change mode…' }).click();
    await radio(page, 'Upload only').check();
    await button(page, 'Change mode').click();
    await page.getByText('Upload only').waitFor();
    await button(page, 'More about this pair').click();
    await page.getByRole('menuitem', { name: 'Remove pair…' }).click();
    await button(page, 'Remove pair').click();
    await page.getByText('and both stay the same').waitFor();
    expect(await callsOf(page, 'sync.remove')).toHaveLength(1);
    expect(opened.complaints).toEqual([]);
  });
});

describe('conflicts', () => {
  let opened: RendererPage;
  let page: Page;

  beforeAll(async () => {
    opened = await host.open({ sync: { conflicts: 40, changesMeanwhile: true } });
    page = opened.page;
    page.setDefaultTimeout(5_000);
    await page.getByRole('tab', { name: 'Sync 40 decisions wait' }).waitFor();
  });
  afterAll(() => opened.close());

  const applied = async () => (await callsOf(page, 'sync.resolve')).at(-1);

  test('by keys alone: opened, looked at, a side changed meanwhile, chosen again, applied', async () => {
    await page.keyboard.press('F8');
    await dialog(page).getByRole('heading', { name: '1 of 40 conflicts · src/model.py' }).waitFor();
    await dialog(page).getByText('Both copies changed since the last sync').waitFor();
    await dialog(page).getByText('2 differences').waitFor();
    expect(await radio(page, /^Keep both/).isChecked()).toBe(true);
    await radio(page, /^Keep both/).focus();
    await page.keyboard.press('ArrowUp');
    expect(await radio(page, 'Use the sandbox’s copy').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    await page.getByText('Same choice for the other').waitFor();
    await button(page, 'Apply choice').focus();
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('alert').getByText('A copy was changed meanwhile').waitFor();
    expect(await radio(page, 'Use the sandbox’s copy').isChecked()).toBe(false);
    await dialog(page).getByText('# newer').waitFor();
    expect(await button(page, 'Apply choice').isDisabled()).toBe(true);
    await radio(page, 'Use this computer’s copy').focus();
    await page.keyboard.press('Space');
    await button(page, 'Apply choice').focus();
    await page.keyboard.press('Enter');
    await dialog(page)
      .getByRole('heading', { name: /^1 of 39 conflicts · src\/train.py/ })
      .waitFor();
    expect(await applied()).toMatchObject({ choice: 'local' });
    await page.getByRole('tab', { name: 'Sync 39 decisions wait', includeHidden: true }).waitFor();
  });

  test('edit merged begins with both sides’ changes; places are taken over; what is typed is what is applied', async () => {
    await radio(page, 'Edit merged').check();
    await dialog(page).getByText('Put together, but for 1 place that both changed').waitFor();
    const merged = page.getByRole('textbox', { name: 'Merged text' });
    await button(page, 'Take this place over').first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => merged.textContent()).toContain('lr = 1e-4');
    // Another choice and back: what was done stays.
    await radio(page, 'Use the sandbox’s copy').check();
    await radio(page, 'Edit merged').check();
    await merged.click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('# by hand\n');
    await page.keyboard.press('F8');
    await dialog(page)
      .getByRole('heading', { name: /^2 of 39/ })
      .waitFor();
    await page.keyboard.press('Shift+F8');
    await radio(page, 'Edit merged').check();
    await expect.poll(() => merged.textContent()).toContain('# by hand');
    await button(page, 'Apply choice').click();
    await dialog(page)
      .getByRole('heading', { name: /^1 of 38 conflicts · src\/old.py/ })
      .waitFor();
    const { text, choice } = (await applied()) as { text: string; choice: string };
    expect(choice).toBe('merged');
    expect(text.startsWith('# by hand\nimport torch\n')).toBe(true);
    expect(text).toContain('lr = 1e-4');
    expect(text).toContain('print("ready for training")');
  });

  test('deleted, binary, other types, names and what runs by itself have words of their own', async () => {
    const seen: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      seen.push((await dialog(page).locator('p').first().textContent()) ?? '');
      await page.keyboard.press('F8');
      await dialog(page)
        .getByRole('heading', { name: new RegExp(`^${n + 2} of 38`) })
        .waitFor();
    }
    expect(seen.map((text) => text.slice(0, 28))).toEqual([
      'You deleted this file here, ',
      'Both sides made a file of th',
      'One side has a file of this ',
      'Two names differ only in cas',
      'This file comes from the san',
    ]);
    for (let n = 0; n < 5; n += 1) await button(page, 'Previous conflict').click();
    await radio(page, 'Delete it in the sandbox, too').check();
    expect(await page.getByText('Same choice for the other').count()).toBe(0);
  });

  test('the same choice for all others; then there is none; later is always possible', async () => {
    await button(page, 'Decide later').click();
    await dialog(page).waitFor({ state: 'detached' });
    await button(page, 'Sync: 38 conflicts').click();
    for (let n = 0; n < 6; n += 1) await button(page, 'Next conflict').click();
    await page.getByRole('checkbox', { name: /^Same choice for the other/ }).check();
    await button(page, 'Apply choice').click();
    await expect
      .poll(async () => ((await applied()) as { conflictIds: string[] }).conflictIds.length)
      .toBe(36);
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Sync 2 decisions wait' }).waitFor();
    expect(opened.complaints).toEqual([]);
  });
});
