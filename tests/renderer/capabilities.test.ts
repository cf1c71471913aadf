/** What a driver cannot do is not there: no button that would only fail, no strip without readings. Each seen both ways. */
import type { Locator, Page } from 'playwright-core';
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

async function open(options: ScenarioOptions = {}): Promise<Page> {
  opened = await host.open({ crowded: true, ...options });
  return opened.page;
}
const openContainers = (page: Page) => page.getByRole('row', { name: /^Containers/ }).click();
const connect = async (page: Page) => {
  await openContainers(page);
  await page.getByRole('banner').getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('banner').getByText('Ready', { exact: true }).waitFor();
};

describe('readings', () => {
  test('are shown where the driver has them', async () => {
    const page = await open();
    await connect(page);
    await page.getByTitle('38% of 2 cores').waitFor();
  });

  test('are neither shown nor asked for where it has none', async () => {
    const page = await open({ bare: true, metricsMs: 5 });
    await connect(page);
    expect(await page.evaluate(() => window.scenario.metricsOpen)).toBe(0);
    expect(await page.getByRole('group', { name: 'Resources of this session' }).count()).toBe(0);
  });
});

describe('disconnecting', () => {
  test('offers the ways there are, in the words of the driver', async () => {
    const page = await open();
    await connect(page);
    await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
    const items = await page.getByRole('menuitem').allInnerTexts();
    expect(items).toEqual([
      'Remove the container (default)\nIts files are deleted.',
      'Stop it, keep its files',
      'Leave running\nThe sandbox goes on running, and costing, without SpecBoard. Reconnect whenever you like.',
    ]);
    await page.getByRole('menuitem', { name: /^Stop it/ }).click();
    await expect.poll(() => callsOf(page, 'disconnect')).toMatchObject([{ keep: 'pause' }]);
  });

  test('is one button where there is one way', async () => {
    const page = await open({ bare: true });
    await connect(page);
    await page.getByRole('banner').getByRole('button', { name: 'Disconnect' }).click();
    expect(await page.getByRole('menuitem').count()).toBe(0);
    await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  });

  test('is one button for a sandbox that SpecBoard did not start: it is left', async () => {
    const page = await open();
    await connect(page);
    await page.evaluate(() => {
      const { main } = window.scenario;
      const session = main.status.sessions.find(({ profileName }) => profileName === 'Containers');
      if (session) session.metadata = { foreign: true };
      main.push();
    });
    await page.getByRole('banner').getByRole('button', { name: 'Disconnect' }).click();
    expect(await page.getByRole('menuitem').count()).toBe(0);
  });
});

describe('reconnecting to what was left', () => {
  const withLeftover = async (options: ScenarioOptions) => {
    const page = await open(options);
    await page.evaluate(() => {
      const { main } = window.scenario;
      const profile = main.status.profiles.find(({ name }) => name === 'Containers');
      if (!profile) return;
      const left = { status: 'disconnected', endedAt: Date.now(), metadata: { left: 'leave' } } as const;
      main.addSession(profile, { ...left, reason: { text: 'Disconnected; the sandbox goes on running' } });
      main.push();
    });
    await page
      .getByRole('navigation')
      .getByRole('row', { name: /^Left running/ })
      .click();
    await page.getByRole('main').getByRole('button', { name: 'End sandbox' }).waitFor();
    return page.getByRole('main').getByRole('button', { name: 'Reconnect' });
  };

  test('is offered where sandboxes can be kept', async () => {
    await (await withLeftover({})).waitFor();
  });

  test('is absent where they cannot', async () => {
    expect(await (await withLeftover({ bare: true })).count()).toBe(0);
  });
});

describe('sandboxes elsewhere', () => {
  test('are looked for when asked, with what can be done about each', async () => {
    const page = await open();
    await openContainers(page);
    expect(await callsOf(page, 'sandboxes.list')).toEqual([]);
    await page.getByRole('button', { name: 'Look for sandboxes' }).click();
    const rows = page.getByRole('region', { name: 'Running elsewhere' }).getByRole('listitem');
    await expect.poll(() => rows.count()).toBe(4);
    const buttons = async (n: number) => rows.nth(n).getByRole('button').allInnerTexts();
    expect(await Promise.all([0, 1, 2, 3].map(buttons))).toEqual([
      ['Connect', 'End'],
      [],
      ['Connect'],
      ['Connect'],
    ]);
    await rows.nth(1).getByText('In use by a session of this SpecBoard').waitFor();
    await page.getByRole('button', { name: 'End Work i7x2ours' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End sandbox' }).click();
    await expect.poll(() => rows.count()).toBe(3);
    await page.getByRole('button', { name: 'Connect to nightly-build q1other' }).click();
    await page.getByRole('banner').getByText('Ready', { exact: true }).waitFor();
    expect(await callsOf(page, 'sandboxes.attach')).toMatchObject([{ sandboxId: 'q1other' }]);
  });

  test('are ended by keyboard after a question that says what is lost; the focus stays in the list', async () => {
    const page = await open();
    await page.evaluate(() => {
      const { main } = window.scenario;
      main.sandboxes = main.sandboxes.filter(({ sandboxId }) => ['i7x2ours', 'k9busy'].includes(sandboxId));
      const [first] = main.sandboxes;
      if (first) main.sandboxes.push({ ...first, sandboxId: 'z1last' });
    });
    await openContainers(page);
    await page.getByRole('button', { name: 'Look for sandboxes' }).click();
    const rows = page.getByRole('region', { name: 'Running elsewhere' }).getByRole('listitem');
    const endOf = (id: string) => page.getByRole('button', { name: `End Work ${id}` });
    const hasFocus = (what: Locator) =>
      expect.poll(() => what.evaluate((element) => element === document.activeElement)).toBe(true);
    await endOf('i7x2ours').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('alertdialog', { name: 'End “Work” i7x2ours?' });
    await dialog.getByText('Its files are deleted. It cannot be brought back.').waitFor();
    // Safe is what is focused, and Escape means no.
    await hasFocus(dialog.getByRole('button', { name: 'Cancel' }));
    await page.keyboard.press('Escape');
    await hasFocus(endOf('i7x2ours'));
    expect(await callsOf(page, 'sandboxes.end')).toEqual([]);
    for (const [id, next] of [
      ['i7x2ours', rows.filter({ hasText: 'k9busy' })],
      ['z1last', page.getByRole('heading', { name: 'Running elsewhere' })],
    ] as const) {
      await endOf(id).focus();
      await page.keyboard.press('Enter');
      await hasFocus(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }));
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => endOf(id).count()).toBe(0);
      await hasFocus(next);
      // The dialog gives the focus back a frame after it closed: that must change nothing.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      await hasFocus(next);
    }
    expect(await callsOf(page, 'sandboxes.end')).toMatchObject([
      { sandboxId: 'i7x2ours' },
      { sandboxId: 'z1last' },
    ]);
  });

  test('say what is wrong where they cannot be looked for', async () => {
    const page = await open({
      listFails: {
        code: 'engine-missing',
        message: 'Docker does not run.',
        hint: 'Start it.',
        retryable: false,
      },
    });
    await openContainers(page);
    await page.getByRole('button', { name: 'Look for sandboxes' }).click();
    await page.getByText('Docker does not run.').waitFor();
    await page.getByText('Start it.').waitFor();
  });

  test('are absent where the driver cannot list', async () => {
    const page = await open({ bare: true });
    await openContainers(page);
    await page.getByRole('button', { name: 'Run on Containers' }).waitFor();
    expect(await page.getByText('Running elsewhere').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Look for sandboxes' }).count()).toBe(0);
  });
});

describe('languages', () => {
  test('both are offered where the driver has both', async () => {
    const page = await open();
    await openContainers(page);
    expect(await page.getByRole('radio', { name: 'Shell' }).count()).toBe(1);
  });

  test('one that the driver does not have is absent', async () => {
    const page = await open({ bare: true });
    await openContainers(page);
    await page.getByRole('radio', { name: 'Python' }).waitFor();
    expect(await page.getByRole('radio', { name: 'Shell' }).count()).toBe(0);
  });
});
