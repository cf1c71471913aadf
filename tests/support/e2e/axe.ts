/** axe in the running window: WCAG 2.2 AA, nothing serious or critical. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What is serious or critical in the page as it is now, one line each; empty when all is well. `rules` asks for these of axe's
 * rules only.
 */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Its script comes by the debugger, past the CSP: nothing is loosened for it.
  await page.evaluate(`window.axe === undefined && (() => { ${source} })()`);
  const results = await page.evaluate((only) => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    return axe.run({
      runOnly: only ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
      // A frame's content is the sandbox's; nothing may run in it, axe included.
      iframes: false,
      // It would fetch stylesheets again, which the CSP refuses.
      preload: false,
    });
  }, rules);
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`,
    );
}
