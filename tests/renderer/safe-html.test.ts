/** HTML of sandboxes in Chromium's Sanitizer with the rules of the window: what comes through, what does not, and no way around. */
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/lib/chromium/chromium';
const source = join(import.meta.dirname, '../../src-renderer/features/output/sanitize-html.ts');

let browser: Browser;
let page: Page;
beforeAll(async () => {
  const [built] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry: source, formats: ['iife'], name: 'safe' } },
  })) as unknown as { output: [{ code: string }] }[];
  browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  page = await browser.newPage();
  await page.evaluate(`${built?.output[0].code}; window.safe = safe;`);
});
afterAll(() => browser.close());

function clean(html: string): Promise<{ markup: string; css: string }> {
  return page.evaluate(
    (text) =>
      (
        window as unknown as { safe: { cleanHtml(text: string): { markup: string; css: string } } }
      ).safe.cleanHtml(text),
    html,
  );
}

test('documents, tables, drawings and formulas come through as they are', async () => {
  for (const kept of [
    '<table border="1" class="dataframe"><caption>c</caption><tbody><tr><th scope="col" rowspan="2" align="right">a</th></tr></tbody></table>',
    '<h1 id="a" title="b" lang="de" dir="rtl" role="note" aria-label="c" data-x="1">d</h1><ol start="3"><li value="4">e</li></ol>',
    '<a href="#a">f</a><details open=""><summary>g</summary>h</details><progress value="1" max="2"></progress><pre>i\n j</pre>',
    '<img src="data:image/png;base64,AA" alt="k" width="3">',
    '<svg width="9" viewBox="0 0 9 9"><defs><linearGradient id="g" gradientUnits="userSpaceOnUse"><stop offset="0" stop-color="red"></stop></linearGradient><clipPath id="c"><rect width="3"></rect></clipPath></defs><g clip-path="url(#c)" transform="scale(2)"><path d="M0 0" stroke-width="2"></path><text text-anchor="middle">l<tspan dx="1">m</tspan></text></g></svg>',
    '<math display="block"><semantics><mrow><mfrac><mi>a</mi><mn>2</mn></mfrac></mrow></semantics></math>',
  ])
    expect((await clean(kept)).markup).toBe(kept);
});

test('elements nobody knows and forms leave their content; inline styles become a sheet', async () => {
  expect(
    (await clean('<html><body><x-y>a <b>b</b></x-y><form action="/x">c<button>d</button></form>')).markup,
  ).toBe('a <b>b</b>cd');
  expect((await clean('<pre>\n\n\na</pre><p><button><p>b</button>')).markup).toBe(
    '<pre>a</pre><p></p><p>b</p><p></p>',
  );
  const { markup, css } = await clean('<style>p{color:red}</style><p style="color:blue">a</p>');
  expect(markup).toBe('<p data-sb="1">a</p>');
  expect(css).toBe('p{color:red}\n[data-sb="1"]{color:blue}');
});

test('nothing that runs, loads or leads away comes through, however it is written', async () => {
  const evil = 'https://evil.invalid/x';
  for (const hostile of [
    `<script>x()</script><img src=x onerror=x()><img src="${evil}" srcset="${evil} 1x"><iframe src="${evil}">a</iframe>`,
    `<a href="${evil}" target=_top ping="${evil}">a</a><a href=" java\nscript:x()">b</a><area href="${evil}">`,
    `<link rel=stylesheet href="${evil}"><meta http-equiv=refresh content="0;url=${evil}"><base href="${evil}">`,
    `<object data="${evil}"></object><embed src="${evil}"><video poster="${evil}"><source src="${evil}"></video>`,
    `<svg onload=x()><script>x()</script><a xlink:href="javascript:x()">a</a><use href="${evil}#a"/><image href="${evil}"/><set attributeName=href to="javascript:x()"/><animate attributeName=href values="javascript:x()"/><foreignObject><iframe src="${evil}"></iframe></foreignObject></svg>`,
    `<math><a xlink:href="javascript:x()">a</a><maction actiontype="statusline#${evil}" xlink:href="javascript:x()">b</maction></math>`,
    `<table background="${evil}"><tr><td background="${evil}">a</table><form action="${evil}"><input formaction="${evil}"></form>`,
    // Ways around: markup that is read as something else the second time.
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=x()&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=x()>">',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror=x()>',
    '<svg><desc><noscript><p title="</noscript><img src=1 onerror=x()>">',
    '<math><annotation-xml encoding="text/html"><p title="</annotation-xml><img src=1 onerror=x()>">',
    '<noscript><p title="</noscript><img src=x onerror=x()>">',
    '<template><img src=x onerror=x()></template><xmp><img src=x onerror=x()></xmp><textarea></textarea><img src=x onerror=x()>',
    '<p is="x-y" onpointerrawupdate=x() onbegin=x()>a</p><style>@import "https://evil.invalid/x"; p{background:url(https://evil.invalid/x)}</style>',
    `${'<div>'.repeat(600)}<img src=x onerror=x()>`,
  ]) {
    const { markup, css } = await clean(hostile);
    const found = await page.evaluate((text) => {
      const read = new DOMParser().parseFromString(text, 'text/html');
      return [...read.querySelectorAll('body *')].flatMap((element) =>
        /^(script|iframe|object|embed|link|meta|base|form|input|use|set|animate|foreignObject|style|video)$/.test(
          element.localName,
        )
          ? [element.localName]
          : [...element.attributes]
              .filter(
                ({ name, value }) =>
                  /^on|^(src|srcset|href|xlink:href|action|formaction|background|poster|ping|target|is|style)$/.test(
                    name,
                  ) || /^\s*javascript:/i.test(value),
              )
              .map(({ name, value }) => `${name}=${value}`),
      );
    }, markup);
    expect(found, hostile).toEqual([]);
    expect(css).not.toContain('evil.invalid');
  }
});
