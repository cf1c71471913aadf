/** What the page loads: budgets of the eager and of all JavaScript, no inline code, and what is lazy stays lazy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureBundle } from '../bench/bundle.ts';
import { type RendererHost, startRenderer } from '../support/renderer-page.ts';

let host: RendererHost;
beforeAll(async () => {
  host = await startRenderer();
});
afterAll(() => host.close());

test('eager and total JavaScript keep within their budgets (kB, gzipped)', async () => {
  const { eager, total } = measureBundle(host.folder);
  console.log(`renderer bundle: eager ${eager.toFixed(0)} kB, total ${total.toFixed(0)} kB gzipped`);
  expect(eager).toBeGreaterThan(100);
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
