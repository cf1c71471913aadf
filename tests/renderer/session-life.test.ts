/** The life of a session as the window shows it: ends, time left, a broken link, a death, what is left, what survived. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src-shared/domain/session.ts';
import { axeFindings } from '../support/e2e/axe.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { callsOf } from './pages.ts';

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

/** A page that shows one session of the profile "Work" (E2B). */
async function openWith(patch: Partial<Session>): Promise<Page> {
  opened = await host.open({ crowded: true });
  const { page } = opened;
  page.setDefaultTimeout(10_000);
  await page.locator('.cm-content').waitFor();
  await page.evaluate(
    (change) => {
      const { main } = window.scenario;
      const work = main.status.profiles.find(({ name }) => name === 'Work');
      if (!work) return;
      work.credentials = [{ field: 'apiKey', state: 'stored', storedAt: 1 }];
      main.status.sessions = [];
      main.status.sessions = [main.addSession(work, { keep: 'pause', isolation: 'microvm', ...change })];
      main.push();
    },
    patch as Record<string, unknown>,
  );
  await page
    .getByRole('navigation')
    .getByRole('row')
    .filter({ hasText: /Ready|Starting/ })
    .first()
    .click();
  await page.getByRole('banner').getByRole('heading', { name: 'Work' }).waitFor();
  return page;
}

const change = (page: Page, patch: Partial<Session>): Promise<void> =>
  page.evaluate(
    (next) => {
      const { main } = window.scenario;
      Object.assign(main.status.sessions[0] ?? {}, next);
      main.push();
    },
    patch as Record<string, unknown>,
  );
const run = (page: Page, code: string): Promise<void> =>
  page.evaluate((text) => {
    const { main } = window.scenario;
    main.execute(main.status.sessions[0]?.id ?? '', 'python', text, null);
  }, code);

test('leaving: the button does what the profile says, the menu has three ends, a question names what is lost', async () => {
  const page = await openWith({});
  await run(page, '# forever');
  await page.getByRole('banner').getByText('Running #1').waitFor();
  await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
  const labels = await page.getByRole('menuitem').allInnerTexts();
  expect(labels.map((text) => text.split('\n')[0])).toEqual([
    'End and delete',
    'Pause (default)',
    'Leave running',
  ]);
  await page.getByRole('menuitem', { name: 'End and delete' }).click();
  const question = page.getByRole('alertdialog', { name: 'End “Work”?' });
  await question.getByText('#1 is still running and is stopped.').waitFor();
  await question.getByText(/^Deleted with the sandbox: .+ and \d+ more\.$/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await question.getByRole('button', { name: 'Stay connected' }).click();
  expect(await callsOf(page, 'disconnect')).toEqual([]);
  // The plain button: paused, which loses the run and no file.
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
  const pause = page.getByRole('alertdialog', { name: 'Pause “Work”?' });
  expect(await pause.getByText('Deleted with the sandbox').count()).toBe(0);
  await pause.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => callsOf(page, 'disconnect')).toHaveLength(1);
  // What was paused says so, and comes back on a click only.
  await change(page, { metadata: { left: 'pause', sandboxId: 'box' } });
  await page
    .getByRole('main')
    .getByText(/^Paused since/)
    .waitFor();
  await page.getByRole('button', { name: 'End sandbox…' }).click();
  const end = page.getByRole('alertdialog', { name: 'End the sandbox of “Work”?' });
  await end.getByText('Sandbox box is deleted').waitFor();
  await end.getByRole('button', { name: 'Cancel' }).click();
  expect(await callsOf(page, 'sessions.endSandbox')).toEqual([]);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => callsOf(page, 'sessions.reattach')).toHaveLength(1);
});

test('time left: counted in the head, warned of at five and one minutes, and more of it in two clicks', async () => {
  const page = await openWith({ endsAt: Date.now() + 2_467_000 });
  await page
    .getByRole('banner')
    .getByText(/^4[01]:\d\d left$/)
    .waitFor();
  await change(page, { endsAt: Date.now() + 240_000 });
  await page
    .getByRole('banner')
    .getByText(/^Ends in 3:5\d$/)
    .waitFor();
  await page.getByText('Work ends in 5 minutes.').waitFor({ state: 'attached' });
  await change(page, { endsAt: Date.now() + 50_000 });
  await page.getByText('Work ends in 1 minute.').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Extend' }).click();
  await page.getByRole('menuitem', { name: '1 more hour' }).click();
  await expect.poll(() => callsOf(page, 'sessions.extend')).toMatchObject([{ minutes: 60 }]);
  await page
    .getByRole('banner')
    .getByText(/^1:00:\d\d left$/)
    .waitFor();
});

test('a broken link: nothing looks ready, the strip counts, one click tries at once; narrow windows lose nothing', async () => {
  const page = await openWith({});
  const now = Date.now();
  await change(page, { link: { state: 'retrying', since: now - 21_000, attempt: 3, nextAt: now + 20_000 } });
  const strip = page.getByRole('region', { name: /^Link lost at/ });
  await strip.getByText(/Trying again \(3\) in (1\d|20) s\./).waitFor();
  expect(await page.getByText('Ready', { exact: true }).count()).toBe(0);
  await page
    .getByRole('banner')
    .getByText(/^Reconnecting \(3\) in/)
    .waitFor();
  await page.getByText('Work: the link is lost. SpecBoard tries again.').waitFor({ state: 'attached' });
  expect(await axeFindings(page)).toEqual([]);
  await page.setViewportSize({ width: 640, height: 480 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  await strip.getByRole('button', { name: 'Reconnect now' }).click();
  await strip.waitFor({ state: 'detached' });
  expect(await callsOf(page, 'sessions.reconnectNow')).toHaveLength(1);
  await page.getByRole('banner').getByText('Ready', { exact: true }).waitFor();
  // The system says that the network is back: links are looked at without a click.
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(() => callsOf(page, 'sessions.reconnectNow')).toHaveLength(2);
});

test('a sandbox that died: the true reason, the last that is known, and a replacement that runs the code again', async () => {
  const page = await openWith({});
  await run(page, '# hello');
  await page.getByRole('banner').getByText('Ready', { exact: true }).waitFor();
  await change(page, {
    status: 'error',
    endedAt: Date.now(),
    reason: {
      text: 'The sandbox ran out of memory.',
      problem: {
        code: 'out-of-memory',
        message: 'The sandbox ran out of memory and was ended by the system.',
        kept: 'All output up to then is stored.',
        retryable: false,
      },
    },
    metadata: {
      lastReading: {
        ...{ at: Date.now(), elapsedMs: 1, cpuPercent: 96, cpuCount: 2, processes: 3, diskUsed: null },
        ...{ memoryUsed: 2 ** 31, memoryTotal: 2 ** 31, diskTotal: null, netIn: null, netOut: null },
      },
    },
  });
  const main = page.getByRole('main');
  await main.getByText('was ended by the system.').waitFor();
  await main.getByText('All output up to then is stored.').waitFor();
  await main.getByText('memory 2 GB of 2 GB').waitFor();
  await main.getByText('Last lines of #1').waitFor();
  await page.getByRole('banner').getByText('Out of memory').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await main.getByRole('button', { name: 'Run #1 again there' }).click();
  await page.getByRole('banner').getByText('Ready', { exact: true }).waitFor();
  expect(await callsOf(page, 'connect')).toHaveLength(1);
  await expect
    .poll(() =>
      page.evaluate(() => [...window.scenario.main.running.values()].map(({ execution }) => execution.code)),
    )
    .toEqual(['# hello', '# hello']);
});

test('connecting slowly: its steps with their times, and that it takes longer than usual', async () => {
  const page = await openWith({
    status: 'connecting',
    isolation: null,
    step: 'Creating the sandbox',
    startedAt: Date.now() - 16_000,
  });
  await change(page, { step: 'Starting Python' });
  const steps = page.getByRole('list', { name: 'Steps so far' }).getByRole('listitem');
  await expect.poll(() => steps.count()).toBe(2);
  await page.getByText('This takes longer than usual (15 s).').waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect.poll(() => callsOf(page, 'disconnect')).toHaveLength(1);
});

test('what a crash left, what survived a reload, and a key that is locked are said once, with what to do', async () => {
  const page = await openWith({});
  await run(page, '# forever');
  await page.getByRole('banner').getByText('Running #1').waitFor();
  const id = await page.evaluate(() => [...window.scenario.main.running.keys()][0] ?? '');
  expect(await page.evaluate(() => sessionStorage.getItem('specboard.running'))).toBe(JSON.stringify([id]));
  await page.evaluate(() => {
    const { main } = window.scenario;
    const [containers] = main.status.profiles.filter(({ name }) => name === 'Containers');
    const [work] = main.status.profiles.filter(({ name }) => name === 'Work');
    if (!containers || !work) return;
    work.credentials = [{ field: 'apiKey', state: 'locked', storedAt: 1 }];
    const left = {
      status: 'error',
      endedAt: Date.now(),
      isolation: 'container',
      metadata: { left: 'unknown' },
    } as const;
    main.addSession(containers, { ...left, reason: { text: 'SpecBoard ended unexpectedly' } });
    main.push();
  });
  const main = page.getByRole('main');
  await main.getByText('A sandbox of an earlier SpecBoard may still run, and cost.').waitFor();
  await main.getByRole('button', { name: 'Keep' }).click();
  await expect.poll(() => callsOf(page, 'sessions.dismiss')).toHaveLength(1);
  await page
    .getByRole('navigation')
    .getByRole('row', { name: /This computer/ })
    .click();
  expect(await main.getByText(/is locked in/).count()).toBe(0);
  await page.evaluate(() => {
    const { main: inner } = window.scenario;
    inner.status.sessions = [];
    inner.push();
  });
  await page.getByRole('navigation').getByRole('row', { name: /^Work/ }).click();
  await main.getByText('The key of “Work” is locked in the GNOME keyring.').waitFor();
  await main.getByRole('button', { name: 'Help', exact: true }).click();
  await main.getByText('The stored key is not touched.').waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/locked.png` });
  await main.getByRole('button', { name: 'Unlock…' }).click();
  await expect.poll(() => callsOf(page, 'credentials.refresh')).toHaveLength(1);
});

test('nobody knows: one look on a word; an end that is not confirmed can be given up, with what that may cost', async () => {
  const page = await openWith({ metadata: { sandboxId: 'sbx-1' } });
  await change(page, { disconnecting: true, changedAt: Date.now() - 31_000 });
  await page.getByRole('banner').getByText('Stuck').waitFor();
  await page.getByRole('button', { name: 'Force remove…' }).click();
  const question = page.getByRole('alertdialog', { name: /^Remove the session of “Work” without waiting/ });
  await question.getByText(/it may still run, and cost/).waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  const problem = {
    code: 'unreachable',
    message: 'It cannot be reached.',
    hint: 'Wait a little.',
    retryable: true,
  } as const;
  await change(page, {
    ...{
      disconnecting: false,
      status: 'error',
      endedAt: Date.now(),
      metadata: { sandboxId: 'sbx-1', left: 'unknown' },
    },
    reason: { text: problem.message, problem },
  });
  const main = page.getByRole('main');
  await main.getByRole('button', { name: 'Check now' }).click();
  await main.getByText(/^It is not among the sandboxes of the account any more/).waitFor();
  expect(await callsOf(page, 'sandboxes.list')).toHaveLength(1);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/unknown.png` });
  expect(await axeFindings(page)).toEqual([]);
  // A connect that failed is told once, also where the words of its two tellings differ.
  await change(page, { isolation: null, reason: { text: problem.message, problem } });
  await page.evaluate(
    (told) => {
      window.scenario.main.options.connectFails = told;
    },
    { ...problem, message: 'Work: it cannot be reached.' },
  );
  await page.getByRole('banner').getByRole('button', { name: 'Connect', exact: true }).click();
  await main.getByText('Work: it cannot be reached.').waitFor();
  await expect.poll(() => main.getByText('Wait a little.').count()).toBe(1);
  // No Python here: the way to the setting that says which.
  await page.evaluate(() => {
    const { main: inner } = window.scenario;
    const profileId = inner.status.profiles.find(({ driverType }) => driverType === 'local')?.id ?? '';
    const action = { type: 'edit-profile', profileId, field: 'python' } as const;
    const told = {
      code: 'python-missing',
      message: 'No Python was found.',
      retryable: false,
      action,
    } as const;
    inner.options.connectFails = told;
  });
  await page
    .getByRole('navigation')
    .getByRole('row', { name: /This computer/ })
    .last()
    .click();
  await page.getByRole('banner').getByRole('button', { name: 'Connect', exact: true }).click();
  await main.getByRole('button', { name: 'Choose interpreter…' }).click();
  await page.getByRole('dialog').waitFor();
  await expect
    .poll(() =>
      page.evaluate(() => document.activeElement?.closest('[data-setting]')?.getAttribute('data-setting')),
    )
    .toBe('python');
});
