/** The Activity tab in the built page: search, filters, one run, again elsewhere, comparison, export, deletion; and its models. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayGroups } from '../../src-renderer/features/activity/day-groups.ts';
import { differenceWords } from '../../src-renderer/messages/activity.ts';
import { Activity, noFilter, toInput } from '../../src-renderer/stores/activity-store.ts';
import type { HistoryItem } from '../../src-shared/contract/history-operations.ts';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { callsOf } from './pages.ts';

describe('models', () => {
  const item = (id: string, startedAt: number) => ({ id, startedAt }) as HistoryItem;

  test('runs are grouped by the day of the person, whatever its length', () => {
    const noon = new Date(2026, 9, 25, 12).getTime();
    const groups = dayGroups(
      [item('a', noon), item('b', noon - 3600_000), item('c', noon - 86_400_000)],
      noon,
    );
    expect(groups.map(({ title, items }) => [title, items.length])).toEqual([
      ['Today', 2],
      ['Yesterday', 1],
    ]);
    expect(dayGroups([item('d', noon - 9 * 86_400_000)], noon)[0]?.title).toContain('16');
  });

  test('filters become what main takes; "here" is the session, else the profile', () => {
    const place = { profileId: 'p', sessionId: 's' };
    expect(toInput(noFilter, place, 1)).toEqual({ sessionId: 's' });
    expect(toInput(noFilter, { profileId: 'p', sessionId: null }, 1)).toEqual({ profileIds: ['p'] });
    const all = {
      ...noFilter,
      scope: 'all' as const,
      text: 'x',
      states: ['failed' as const],
      time: 'older' as const,
    };
    expect(toInput(all, place, 31 * 86_400_000)).toEqual({ text: 'x', states: ['failed'], to: 86_400_000 });
  });

  test('an answer that was overtaken by a newer question is dropped; pages have no run twice', async () => {
    const waiting: ((items: HistoryItem[]) => void)[] = [];
    const call = () =>
      new Promise((resolve) => {
        waiting.push((items) => resolve({ items, next: 'n', total: 9, unindexed: 0 }));
      });
    const activity = new Activity({ call: call as never }, () => 0);
    activity.setPlace({ profileId: 'p', sessionId: null });
    activity.setFilter({ text: 'b' });
    waiting[1]?.([item('new', 2)]);
    waiting[0]?.([item('old', 1)]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(activity.store.getState().items.map(({ id }) => id)).toEqual(['new']);
    const more = activity.more();
    waiting[2]?.([item('new', 2), item('next', 1)]);
    await more;
    expect(activity.store.getState().items.map(({ id }) => id)).toEqual(['new', 'next']);
    activity.pick({ id: 'new', number: 1 });
    activity.choose('next');
    expect(activity.store.getState()).toMatchObject({
      compare: { left: 'new', right: 'next' },
      picking: null,
    });
  });

  test('differences are said in whole sentences', () => {
    expect(differenceWords({ topic: 'network', from: 'off', to: null }).text).toBe('off → not set');
    expect(differenceWords({ topic: 'variables', missing: ['A', 'B'], added: ['C'] }).text).toBe(
      'Not set there: A and B. Only set there: C.',
    );
    expect(differenceWords({ topic: 'files', missing: [], unknown: ['a.csv'] }).text).toContain('a.csv');
  });
});

describe('the page', () => {
  let host: RendererHost;
  let opened: RendererPage;
  let page: Page;

  beforeAll(async () => {
    host = await startRenderer();
    opened = await host.open({ activity: true });
    page = opened.page;
    page.setDefaultTimeout(10_000);
    await page.getByRole('tab', { name: 'Activity' }).click();
  });
  afterAll(async () => {
    await host.close();
  });

  const rows = () => page.getByRole('option');
  const search = () => page.getByRole('searchbox', { name: 'Search code and output' });
  const found = (text: string) => page.getByRole('main').getByText(text, { exact: true }).waitFor();

  test('lists this session, then all; search marks what it found; filters narrow; nothing found offers a sample', async () => {
    await found('4 runs');
    await page.getByRole('radio', { name: 'All sessions' }).check();
    await found('9 runs');
    await rows().filter({ hasText: 'EarlyStopping' }).getByText('Timed out').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await search().fill('error');
    await found('3 found');
    expect(await page.locator('mark').allTextContents()).toEqual(
      expect.arrayContaining(['error', 'Error', 'ERROR']),
    );
    await expect.poll(() => page.locator('[data-announcer]').textContent()).toContain('3 found');
    await page.getByRole('button', { name: 'State' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Failed' }).click();
    await page.keyboard.press('Escape');
    await found('2 found');
    await page.getByRole('button', { name: 'State: Failed' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await found('3 found');
    await search().fill('nowhere');
    await page.getByText('No run is like that.').waitFor();
    await page.getByRole('button', { name: 'Try: error' }).click();
    await found('3 found');
    await search().press('Escape');
    await found('9 runs');
  });

  test('by keyboard: a run opens; what is different elsewhere is said before it runs there; then both are compared', async () => {
    await rows().first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const detail = page.getByRole('region', { name: 'Chosen run' });
    await detail.getByText('Lagos').waitFor();
    await page.getByRole('button', { name: 'Re-run on…' }).click();
    await page.getByRole('menuitem', { name: 'Forschungsumgebung, new session' }).click();
    const sheet = page.getByRole('dialog', { name: 'Run #2 on Forschungsumgebung' });
    await sheet.getByText('Not set there: DATABASE_URL and REGION.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await callsOf(page, 'connect')).toEqual([]);
    await sheet.getByRole('button', { name: 'Run there' }).click();
    await page.getByRole('button', { name: 'Compare with #2' }).click();
    const compare = page.getByRole('region', { name: 'How to show the differences' });
    await compare.getByRole('heading', { name: '#2 and #1' }).waitFor();
    await compare.getByText('1 difference', { exact: true }).waitFor();
    await compare.getByRole('region', { name: 'Facts of #1' }).getByText('E2B').waitFor();
    await page.keyboard.press('F7');
    await page.keyboard.press('Shift+F7');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('radio', { name: 'Unified' }).check();
    await compare.getByRole('textbox').waitFor();
    await page.getByRole('button', { name: 'Back to the runs' }).click();
    await page.getByRole('button', { name: 'Compare with…' }).click();
    await page.getByRole('menuitem', { name: 'Choose from the list…' }).click();
    await page.getByText('Choose the run to compare with #1.').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  });

  test('exports a session, deletes a run after a question, and says what went wrong', async () => {
    await rows().filter({ hasText: 'while True' }).click();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Session as Jupyter notebook' }).click();
    await expect.poll(() => callsOf(page, 'history.export')).toMatchObject([{ format: 'ipynb' }]);
    await page.getByRole('button', { name: 'More for run 3' }).click();
    await page.getByRole('menuitem', { name: 'Delete this run…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await found('9 runs');
    expect(await rows().filter({ hasText: 'while True' }).count()).toBe(0);
    await page.evaluate(() => {
      window.scenario.main.options.searchFails = {
        code: 'unavailable',
        message: 'The database is in use by another SpecBoard just now.',
        retryable: true,
      };
    });
    await search().fill('x');
    await page.getByText('The database is in use by another SpecBoard just now.').waitFor();
    await page.evaluate(() => {
      delete window.scenario.main.options.searchFails;
    });
    await search().fill('');
    await found('9 runs');
  });

  test('fits a small window and other looks', async () => {
    await page.setViewportSize({ width: 640, height: 480 });
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    await rows().first().click();
    await page.getByRole('button', { name: 'All runs' }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
    expect(await axeFindings(page)).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
});
