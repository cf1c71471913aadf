/** What the page loads: budgets of the eager and of all JavaScript, no inline code, and what is lazy stays lazy. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RendererHost, startRenderer } from '../support/renderer-page.ts';

let host: RendererHost;
beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());

const sizeOf = (file: string) => gzipSync(readFileSync(file)).length / 1000;

test('eager and total JavaScript keep within their budgets (kB, gzipped)', async () => {
  const assets = join(host.folder, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const total = scripts.reduce((sum, name) => sum + sizeOf(join(assets, name)), 0);
  // The entry, what it imports, and what it loads at once: all but the lazy features.
  const eager = eagerScripts(assets, scripts).reduce((sum, name) => sum + sizeOf(join(assets, name)), 0);
  console.log(`renderer bundle: eager ${eager.toFixed(0)} kB, total ${total.toFixed(0)} kB gzipped`);
  expect(eager).toBeLessThan(240);
  expect(total).toBeLessThan(620);
});

test('the page has no inline script or style, and a place for the nonce', () => {
  const html = readFileSync(join(host.folder, 'index.html'), 'utf8');
  expect(html).toContain('nonce="__CSP_NONCE__"');
  expect(html).not.toMatch(/<style|style=|\son\w+=/);
  for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
    expect(attributes).toContain('src=');
    expect(body).toBe('');
  }
});

/** The entry and the start chunk, with everything they import statically. */
function eagerScripts(assets: string, scripts: readonly string[]): string[] {
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const source = readFileSync(join(assets, name), 'utf8');
    for (const [, imported = ''] of source.matchAll(/(?:from|import)\s?["']\.\/([^"']+\.js)["']/g))
      visit(imported);
  };
  for (const name of scripts) if (/^(index|start)-/.test(name)) visit(name);
  return [...seen];
}
