/** The Terminal tab in the built page with the real policy: what a person does in it, and what a sandbox cannot do to it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindings } from '../support/e2e/axe.ts';
import { until } from '../support/e2e/until.ts';
import { type RendererHost, type RendererPage, startRenderer } from '../support/renderer-page.ts';
import { callsOf } from './pages.ts';

let host: RendererHost;
beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());

/** A page with a session whose Terminal tab is shown. */
async function openTab(...args: Parameters<RendererHost['open']>): Promise<RendererPage> {
  const opened = await host.open(...args);
  const { page } = opened;
  await page.getByRole('button', { name: 'Run on this computer' }).click();
  await page.getByText('338350').waitFor();
  await page
    .getByRole('tab', { name: /^Terminal/ })
    .first()
    .click();
  return opened;
}

const input = (page: Page) => page.locator('.xterm-helper-textarea');

async function screen(page: Page): Promise<string> {
  const rows = await page.locator('.xterm-rows > div').allTextContents();
  return rows.map((row) => row.replace(/\u00a0/g, ' ').trimEnd()).join('\n');
}

function shows(page: Page, text: string): Promise<unknown> {
  return until(`the terminal shows ${text}`, async () => (await screen(page)).includes(text));
}

/** Types a command into the fake shell. */
async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(`${command}\r`);
}

/** All that was sent to shells, as one text. */
async function written(page: Page): Promise<string> {
  const calls = (await callsOf(page, 'terminals.write')) as { data: string }[];
  return calls.map(({ data }) => data).join('');
}

const paste = async (page: Page, text: string) => {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await page.keyboard.press('Control+Shift+V');
};

describe('at work', () => {
  let opened: RendererPage;
  let page: Page;
  beforeAll(async () => {
    opened = await openTab();
    page = opened.page;
  });
  afterAll(() => {
    expect(opened.complaints).toEqual([]);
  });

  test('looking at the tab opens the first terminal, and who came by mouse types at once', async () => {
    await page.locator('.xterm-screen').waitFor();
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );
    await run(page, 'echo hello');
    await shows(page, 'hello');
    expect(await input(page).getAttribute('aria-label')).toBe('Terminal 1, input');
    const help = (await input(page).getAttribute('aria-describedby')) ?? '';
    expect(await page.locator(`[id="${help}"]`).textContent()).toContain('Shift+F6 leaves the terminal.');
    const [asked] = (await callsOf(page, 'terminals.open')) as { cols: number; rows: number }[];
    expect(asked?.cols).toBeGreaterThan(100);
    await run(page, 'colors');
    const colour = page.locator('.xterm-rows span', { hasText: 'behind' }).first();
    expect(await colour.evaluate((span) => getComputedStyle(span).backgroundColor)).not.toBe(
      'rgba(0, 0, 0, 0)',
    );
  });

  test('the shell hears of the panel’s size', async () => {
    const before = await callsOf(page, 'terminals.resize');
    await page.setViewportSize({ width: 900, height: 600 });
    await until(
      'it was resized',
      async () => (await callsOf(page, 'terminals.resize')).length > before.length,
    );
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('search finds, counts, and gives the focus back', async () => {
    await run(page, 'lines 30');
    await shows(page, 'line 29');
    await page.keyboard.press('Control+Shift+F');
    await page.getByRole('textbox', { name: 'Find' }).fill('line 2');
    await page.getByText('11 of 11').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('10 of 11').waitFor();
    await page.getByRole('textbox', { name: 'Find' }).fill('nowhere at all');
    await page.getByText('Nothing found').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );
  });

  test('copy and paste: a question before several lines, nothing but text, none where the program takes it whole', async () => {
    await page.evaluate(() => navigator.clipboard.writeText('before'));
    await page.keyboard.press('Control+Shift+C');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('before');
    const line = page.locator('.xterm-rows > div', { hasText: 'line 29' });
    await line.dblclick({ force: true, position: { x: 12, y: 8 } });
    await page.keyboard.press('Control+Shift+C');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('line');

    await paste(page, 'echo one\u001b[201~');
    await until('it was sent', async () => (await written(page)).endsWith('echo one[201~'));
    await page.keyboard.press('Enter');
    await paste(page, 'echo two\r\necho three\n');
    const question = page.getByRole('alertdialog', { name: 'Paste 2 lines?' });
    await question.getByText('echo three').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await written(page)).not.toContain('echo three');
    await paste(page, 'echo two\necho three\n');
    await question.getByRole('button', { name: 'Paste' }).click();
    await until('it was sent', async () => (await written(page)).endsWith('echo two\recho three\r'));
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );

    await run(page, 'careful');
    await shows(page, 'careful');
    await paste(page, 'a\nb');
    await until('it was sent', async () => (await written(page)).endsWith('\u001b[200~a\rb\u001b[201~'));
    expect(await page.getByRole('alertdialog').count()).toBe(0);
    await page.keyboard.press('Enter');
  });

  test('links: only https, only with Ctrl, and what they lead to is said before', async () => {
    await run(page, 'links');
    await shows(page, 'the docs');
    const at = async (text: string, offset: number) => {
      const row = page.locator('.xterm-rows > div', { hasText: text }).last();
      const box = await row.boundingBox();
      const width = (await page.locator('.xterm-rows > div span').first().boundingBox())?.width ?? 8;
      const cell =
        width / ((await page.locator('.xterm-rows > div span').first().textContent())?.length ?? 1);
      return { x: (box?.x ?? 0) + cell * offset, y: (box?.y ?? 0) + 8 };
    };
    const click = async (spot: { x: number; y: number }, withCtrl: boolean) => {
      await page.mouse.move(spot.x - 2, spot.y);
      await page.mouse.move(spot.x, spot.y);
      if (withCtrl) await page.keyboard.down('Control');
      await page.mouse.click(spot.x, spot.y);
      if (withCtrl) await page.keyboard.up('Control');
    };
    const plain = await at('see https://example.com', 10);
    await page.mouse.move(plain.x, plain.y);
    await page.getByText('Ctrl+click opens https://example.com/a(b)?c=d#e').waitFor();
    await click(plain, false);
    const docs = await at('the docs script file', 3);
    for (const offset of [11, 16, 3]) {
      const { y } = docs;
      await click({ x: (await at('the docs script file', offset)).x, y }, true);
    }
    await until('the link is opened', async () => (await callsOf(page, 'shell.openExternal')).length > 0);
    await click(plain, true);
    await until('both are opened', async () => (await callsOf(page, 'shell.openExternal')).length > 1);
    expect(await callsOf(page, 'shell.openExternal')).toEqual([
      { url: 'https://example.com/target' },
      { url: 'https://example.com/a(b)?c=d#e' },
    ]);
    await input(page).focus();
  });

  test('hostile output does nothing but look odd', async () => {
    const before = await written(page);
    await run(page, 'hostile');
    await shows(page, 'after all that');
    expect(await page.title()).toBe('SpecBoard');
    expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBe(undefined);
    expect(await page.evaluate(() => navigator.clipboard.readText())).not.toBe('pwned');
    // Of all that it asks for the window answers the one question that only it can: the colour of the text.
    const answers = (await written(page)).slice(before.length + 'hostile\r'.length);
    expect(answers).toMatch(/^\u001b\]10;rgb:[0-9a-f/]+\u001b\\$/);
    await page.keyboard.press('Enter');
  });

  test('settings take effect at once', async () => {
    const look = () =>
      page.evaluate(() => {
        const row = document.querySelector('.xterm-rows');
        return {
          size: row ? getComputedStyle(row).fontSize : '',
          reader: document.querySelectorAll('.xterm-accessibility').length,
        };
      });
    expect(await look()).toEqual({ size: '13px', reader: 0 });
    await page.evaluate(() =>
      window.specboard?.settings.update({
        terminalFontSize: 18,
        terminalReader: 'on',
        theme: 'dark',
        terminalCopyOnSelect: true,
      }),
    );
    await until('it looks so', async () => JSON.stringify(await look()) === '{"size":"18px","reader":1}');
    const background = () =>
      page
        .locator('.xterm-scrollable-element')
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    await until('it is dark', async () => (await background()) === 'rgb(29, 32, 36)');
    await page
      .locator('.xterm-rows > div', { hasText: 'all that' })
      .last()
      .dblclick({ force: true, position: { x: 12, y: 8 } });
    await until('it is copied', async () =>
      /^(after|that|all)$/.test(await page.evaluate(() => navigator.clipboard.readText())),
    );
    expect(await axeFindings(page)).toEqual([]);
    await page.evaluate(() =>
      window.specboard?.settings.update({
        terminalFontSize: 13,
        terminalReader: 'auto',
        theme: 'light',
        terminalCopyOnSelect: false,
      }),
    );
    await until('the reader is off', async () => (await look()).reader === 0);
    await page.evaluate(() => {
      window.scenario.main.status.screenReader = true;
      window.scenario.main.push();
    });
    await until('a reader runs', async () => (await look()).reader === 1);
    await page.evaluate(() => {
      window.scenario.main.status.screenReader = false;
      window.scenario.main.push();
    });
  });

  test('as plain text, with its links', async () => {
    await run(page, 'links');
    await shows(page, 'the docs');
    await page.getByRole('button', { name: 'Show as plain text' }).click();
    const text = page.getByRole('textbox', { name: 'Text of the terminal' });
    expect(await text.inputValue()).toContain('see https://example.com/a(b)?c=d#e');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'https://example.com/a(b)?c=d#e' }).click();
    await until('it is opened', async () => (await callsOf(page, 'shell.openExternal')).length > 2);
    await page.keyboard.press('Escape');
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );
  });

  test('the menu of the right button and of the menu key; the focus comes back to the shell', async () => {
    await page.locator('.xterm-screen').click({ button: 'right', position: { x: 80, y: 30 } });
    const menu = page.getByRole('menu', { name: 'Actions in Terminal 1' });
    await menu.getByRole('menuitem', { name: 'Select all' }).waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/terminal-menu.png` });
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Select all' }).click();
    await until('the focus is back', () => input(page).evaluate((e) => e === document.activeElement));
    await page.keyboard.press('ContextMenu');
    await menu.getByRole('menuitem', { name: 'Copy', exact: true }).click();
    await until('it is copied', async () =>
      (await page.evaluate(() => navigator.clipboard.readText())).includes('user:~$'),
    );
    await page.keyboard.press('ContextMenu');
    await menu.getByRole('menuitem', { name: 'Find in the terminal' }).press('Enter');
    await until('the search has the focus', () =>
      page.evaluate(() => document.activeElement?.tagName === 'INPUT'),
    );
    await page.keyboard.press('Escape');
    await until('the focus is back', () => input(page).evaluate((e) => e === document.activeElement));
    // Typing takes the selection away and scrolls to the end: what comes next starts from there.
    await page.locator('.xterm-screen').click({ position: { x: 300, y: 200 } });
    await page.keyboard.press('x');
    await page.keyboard.press('Backspace');
  });

  test('several: each keeps what it shows; closing asks only where a full-screen program runs', async () => {
    await page.getByRole('button', { name: 'New terminal' }).click();
    await page.getByRole('tab', { name: 'Terminal 2' }).waitFor();
    await until(
      'the new one has the focus',
      async () => (await input(page).getAttribute('aria-label')) === 'Terminal 2, input',
    );
    await until('it has', () => input(page).evaluate((e) => e === document.activeElement));
    await run(page, 'echo second');
    await shows(page, 'second');
    await page.getByRole('tab', { name: 'Terminal 1' }).click();
    await shows(page, 'the docs');
    await page.getByRole('tab', { name: 'Run', exact: true }).click();
    await page
      .getByRole('tab', { name: /^Terminal/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Terminal 2' }).click();
    await shows(page, 'second');
    await input(page).focus();
    await run(page, 'full');
    await shows(page, 'a full-screen program');
    await page.getByRole('button', { name: 'Close Terminal 2' }).click();
    await page.getByRole('alertdialog', { name: 'Close Terminal 2?' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close the terminal' }).click();
    await page.getByRole('tab', { name: 'Terminal 2' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Close Terminal 1' }).click();
    await page.getByText('No terminal is open in this session.').waitFor();
    await page.getByRole('button', { name: 'Open a terminal' }).click();
    await page.locator('.xterm-screen').waitFor();
  });

  test('one that ended says so, takes nothing, and goes on below when it is reopened', async () => {
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );
    await run(page, 'echo kept');
    await run(page, 'exit 3');
    await page.getByText('The shell ended with exit code 3.').waitFor();
    const before = await written(page);
    await page.keyboard.type('rm -rf everything\r');
    await page.getByText('Keys typed here are not sent.').waitFor();
    await paste(page, 'one\ntwo\n');
    expect(await page.getByRole('alertdialog').count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.getByText('The shell ended with exit code 3.').waitFor({ state: 'detached' });
    await until('the terminal has the focus', () =>
      input(page).evaluate((e) => e === document.activeElement),
    );
    await run(page, 'echo fresh');
    await shows(page, 'fresh');
    expect(await screen(page)).toContain('kept');
    expect((await written(page)).slice(before.length)).toBe('echo fresh\r');
  });

  test('while the connection is away keys are dropped, and the session’s end is said with its way out', async () => {
    const link = (state: 'live' | 'retrying') =>
      page.evaluate((value) => {
        const { main } = window.scenario;
        for (const session of main.status.sessions) session.link = { ...session.link, state: value };
        main.push();
      }, state);
    await link('retrying');
    await page.getByText('The connection is lost. Keys typed here are not sent until it is back.').waitFor();
    const before = await written(page);
    await page.keyboard.type('lost');
    await link('live');
    await page.getByText('The connection is lost.').waitFor({ state: 'detached' });
    await page.keyboard.type('x');
    await until('it was sent', async () => (await written(page)).length > before.length);
    expect((await written(page)).slice(before.length)).toBe('x');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('The terminal has ended. The session was disconnected.').waitFor();
    await shows(page, 'fresh');
    expect(await page.getByRole('button', { name: 'Reopen' }).count()).toBe(0);
    await page.getByRole('main').getByRole('button', { name: 'Connect', exact: true }).click();
    await shows(page, 'user:~$');
    expect(await screen(page)).not.toContain('fresh');
  });
});

test('without a session it offers to connect; what cannot be opened is said', async () => {
  const { page, complaints } = await host.open({
    terminalFails: { code: 'unavailable', message: 'The terminal could not be opened.', retryable: true },
  });
  await page.getByRole('tab', { name: /^Terminal/ }).click();
  await page.getByText('A terminal needs a session.').waitFor();
  await page.getByRole('main').getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('The terminal could not be opened.').waitFor();
  await page.getByText('No terminal is open in this session.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await callsOf(page, 'terminals.open')).toHaveLength(1);
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  await until('it was tried again', async () => (await callsOf(page, 'terminals.open')).length === 2);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('in forced colours and a small window everything is there', async () => {
  const { page, complaints } = await openTab(
    {},
    { forcedColors: 'active', viewport: { width: 640, height: 480 } },
  );
  await page.locator('.xterm-screen').waitFor();
  await until('the terminal has the focus', () => input(page).evaluate((e) => e === document.activeElement));
  await run(page, 'colors');
  await run(page, 'exit');
  await page.getByText('The shell has ended.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});
