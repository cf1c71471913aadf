/** Output is hostile input: whatever a sandbox prints or returns, nothing of it runs, loads or leads anywhere unasked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { openedLinks } from '../support/e2e/native.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, runCode } from '../support/e2e/window.ts';

/** A server that counts who comes. */
async function startTrap(): Promise<{ url: string; hits: string[] }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits };
}

/** Takes out what only says that the CSP refused something: with hostile output that is the wall holding, not a defect. */
function forgiveRefusals(complaints: string[]): void {
  const others = complaints.filter((text) => !/Content Security Policy|Fetch API cannot load/.test(text));
  complaints.splice(0, complaints.length, ...others);
}

/** A cell whose value is `data` of that type. */
function cell(method: string, data: string): string {
  return `class Value:\n    def ${method}(self):\n        return ${JSON.stringify(data)}\nValue()`;
}

test('scripts, loads, forms, links, escapes and very long lines do nothing', async () => {
  const trap = await startTrap();
  const sb = await launchApp();
  const { app, page } = sb;
  const address = page.url();
  const evil = (n: number) => `top.hacked=${n};window.hacked=${n};fetch('${trap.url}/fetch${n}')`;

  await runCode(
    page,
    cell(
      '_repr_html_',
      `<p>still here</p><script>${evil(1)}</script><img src=x onerror="${evil(2)}"><img src="${trap.url}/img">
<iframe src="${trap.url}/frame"></iframe><iframe srcdoc="<script>${evil(3)}</script>"></iframe>
<link rel="stylesheet" href="${trap.url}/css"><style>@import "${trap.url}/import"; p { background: url(${trap.url}/bg) }</style>
<meta http-equiv="refresh" content="0;url=${trap.url}/refresh"><base href="${trap.url}/">
<form action="${trap.url}/form"><input type="submit" value="send"></form>
<a href="${trap.url}/link" target="_top">leave</a><object data="${trap.url}/object"></object>
<svg onload="${evil(4)}"><script>${evil(5)}</script></svg><math><a xlink:href="javascript:${evil(6)}">m</a></math>`,
    ),
  );
  await ended(page, 1, 'Done');
  await block(page, 1).frameLocator('iframe').getByText('still here').waitFor();

  await runCode(
    page,
    cell(
      '_repr_svg_',
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="${evil(7)}"><script>${evil(8)}</script><image href="${trap.url}/svg" width="9" height="9"/><rect width="40" height="40" fill="teal"/></svg>`,
    ),
  );
  await ended(page, 2, 'Done');
  const picture = block(page, 2).getByRole('img');
  await until('the SVG is drawn', () =>
    picture.evaluate((image) => (image as HTMLImageElement).naturalWidth === 40),
  );

  await runCode(
    page,
    cell(
      '_repr_markdown_',
      `[run](javascript:${evil(9).replaceAll("'", '%27')}) <img src=x onerror="${evil(10)}"> ![load](${trap.url}/markdown)\n\n[file](file:///etc/passwd) [plain](${trap.url}/plain) [good](https://example.com/path)`,
    ),
  );
  await ended(page, 3, 'Done');
  await block(page, 3).getByText('good', { exact: true }).waitFor();

  await runCode(
    page,
    `import sys
print("\\x1b]8;;file:///etc/passwd\\x07osc eight\\x1b]8;;\\x07")
print("\\x1b]0;a stolen title\\x07\\x1b[2J\\x1b[31mred\\x1b[0m")
print("safe \\u202egnp.exe\\u202c end", "\\u0000\\u200b<script>window.hacked=11</script>")
sys.stdout.write("x" * 1_000_000 + "\\n")
print("after the long line")`,
  );
  await ended(page, 4, 'Done');
  await block(page, 4).getByText('after the long line', { exact: true }).waitFor();
  await block(page, 4).getByText('osc eight').waitFor();
  expect(await block(page, 4).locator('a[href^="file"]').count()).toBe(0);
  // A direction override never reaches the text as it is: it would turn what comes after it around.
  expect(await block(page, 4).getByRole('log').textContent()).not.toContain('\u202e');
  await sb.look('hostile-output');

  // Links: only a click opens one, only https, only in the system's browser.
  expect(await openedLinks(app)).toEqual([]);
  for (const name of ['run', 'file', 'plain']) {
    await block(page, 3).getByText(name, { exact: true }).click();
  }
  await block(page, 3).getByText('good', { exact: true }).click();
  await until('the link is opened', async () => (await openedLinks(app)).length > 0);
  expect(await openedLinks(app)).toEqual(['https://example.com/path']);

  const seen = await Promise.all(
    page
      .frames()
      .map((frame) => frame.evaluate(() => (window as { hacked?: number }).hacked ?? null).catch(() => null)),
  );
  expect(seen.filter((value) => value !== null)).toEqual([]);
  expect(trap.hits).toEqual([]);
  expect(page.url()).toBe(address);
  expect(app.windows()).toHaveLength(1);
  expect(await page.title()).toBe('SpecBoard');
  forgiveRefusals(sb.complaints);
  await sb.close();
});

test('names of files, a terminal and what Activity finds do nothing either', async () => {
  const sb = await launchApp();
  const { app, page } = sb;
  const address = page.url();
  // Whatever wants to write to the clipboard is caught.
  await page.evaluate(() => {
    const copied: string[] = [];
    Object.assign(window, { copied });
    navigator.clipboard.writeText = async (text) => void copied.push(text);
  });
  await runCode(
    page,
    `import os
for name in ["<img src=x onerror=window.hacked=20>.txt", "photo\\u202egnp.exe", "two\\nlines", "<b>bold"]:
    with open(name, "w") as file: file.write("<script>window.hacked=21</script>")
print("needle <img src=x onerror=window.hacked=22> \\u202eturned \\x1b]52;c;cHduZWQ=\\x07 end")`,
  );
  await ended(page, 1, 'Done');

  await page.getByRole('tab', { name: 'Files' }).click();
  const tree = page.getByRole('treegrid', { name: 'Files', exact: true });
  const image = tree.getByRole('row').filter({ hasText: 'onerror' });
  await image.waitFor();
  expect(await tree.locator('b, script, img[src="x"]').count()).toBe(0);
  expect(await tree.textContent()).not.toContain('\u202e');
  await image.click();
  await page.getByRole('region', { name: 'Preview' }).getByText('window.hacked=21').waitFor();
  await sb.look('hostile-files');

  await page.getByRole('tab', { name: 'Terminal' }).click();
  await page.locator('.xterm-screen').waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  const print = [
    String.raw`printf '\033]0;a stolen title\007\033]2;again\007\033]52;c;cHduZWQ=\007'`,
    String.raw`printf '\033]8;;file:///etc/passwd\033\\secret-link\033]8;;\033\\ \342\200\256gnp.exe <script>window.hacked=23</script>\n'`,
    String.raw`head -c 1000000 /dev/zero | tr '\0' x; clear; echo the-"end"`,
  ];
  await page.keyboard.insertText(print.join('; '));
  await page.keyboard.press('Enter');
  const rows = page.locator('.xterm-rows');
  await until('the end of the line', async () =>
    ((await rows.textContent()) ?? '').replaceAll('\u00a0', ' ').includes('the-end'),
  );
  expect(await page.title()).toBe('SpecBoard');
  await sb.look('hostile-terminal');

  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByRole('searchbox').fill('needle');
  await page.getByRole('option').first().click();
  await page.locator('mark').first().waitFor();
  const main = page.getByRole('main');
  expect(await main.locator('img[src="x"], script').count()).toBe(0);
  expect(await main.textContent()).not.toContain('\u202e');
  await sb.look('hostile-activity');

  expect(await page.evaluate(() => (window as { hacked?: number }).hacked ?? null)).toBe(null);
  expect(await page.evaluate(() => (window as unknown as { copied: string[] }).copied)).toEqual([]);
  expect(await openedLinks(app)).toEqual([]);
  expect(page.url()).toBe(address);
  expect(app.windows()).toHaveLength(1);
  await sb.close();
});

test('a window, a navigation or a download that the page itself asks for is refused', async () => {
  const trap = await startTrap();
  const sb = await launchApp();
  const { app, page } = sb;
  const address = page.url();
  const opened = await page.evaluate((url) => {
    const popup = window.open(`${url}/popup`);
    return popup === null;
  }, trap.url);
  expect(opened).toBe(true);
  await page.evaluate((url) => {
    location.href = `${url}/leave`;
  }, trap.url);
  // The page answers, so it is still ours.
  await page.getByRole('button', { name: 'Run on this computer' }).waitFor();
  await sb.look('hostile-page');
  expect(
    await page.evaluate(() =>
      fetch('https://example.com').then(
        () => 'loaded',
        () => 'refused',
      ),
    ),
  ).toBe('refused');
  expect(page.url()).toBe(address);
  expect(app.windows()).toHaveLength(1);
  expect(trap.hits).toEqual([]);
  expect(await openedLinks(app)).toEqual([]);
  forgiveRefusals(sb.complaints);
  await sb.close();
});
