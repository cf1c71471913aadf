/** Nothing is lost: the window reloads in mid-stream, the app quits while code runs. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Execution } from '../../src-shared/domain/execution.ts';
import { launchApp, temporaryFolder } from '../support/app.ts';
import { statusOf, storedExecutions, storedOutput } from '../support/e2e/bridge.ts';
import { until } from '../support/e2e/until.ts';
import { block, copiedOutput, ended, runCode } from '../support/e2e/window.ts';

/** Counts for ever, about 200 lines a second. */
const counter =
  'import time\nn = 0\nwhile True:\n    print(f"line {n}", flush=True)\n    n += 1\n    time.sleep(0.005)';

/** Lines "line 0", "line 1", ... without a gap; how many there are. */
function countLines(text: string): number {
  const lines = text.trimEnd().split('\n');
  expect(lines).toEqual(lines.map((_, index) => `line ${index}`));
  return lines.length;
}

/** Waits until the running execution has stored its twentieth line; only then is it in mid-stream. */
function untilOutput(page: Page): Promise<Execution> {
  return until('output is stored', async () => {
    const [execution] = (await statusOf(page)).executions;
    return execution && (await storedOutput(page, execution.id)).text.includes('line 20\n') && execution;
  });
}

test('a reload in mid-stream: the run goes on, can be cancelled, and its output is whole', async () => {
  const sb = await launchApp();
  const { page } = sb;
  await runCode(page, counter);
  const running = await untilOutput(page);
  expect(running.state).toBe('running');

  await page.reload();
  await page.locator('.cm-content').waitFor();
  await block(page, 1).getByText('Running', { exact: true }).waitFor();
  const atReload = (await storedOutput(page, running.id)).seqs.length;
  await until('output goes on after the reload', async () => {
    const { seqs } = await storedOutput(page, running.id);
    return seqs.length > atReload;
  });
  await sb.look('reloaded');
  await block(page, 1).getByRole('button', { name: 'Cancel' }).click();
  await ended(page, 1, 'Cancelled');

  const stored = await storedOutput(page, running.id);
  expect(stored.seqs).toEqual(stored.seqs.map((_, index) => index));
  expect(stored.events).not.toContain('gap');
  const shown = await copiedOutput(page, block(page, 1));
  expect(countLines(stored.text)).toBeGreaterThan(20);
  // Word by word what is stored; SpecBoard's own words about the cancel may follow.
  const shownLines = shown.split('\n').filter((line) => line.startsWith('line '));
  expect(shownLines.join('\n')).toBe(stored.text.trimEnd());

  // The session is the same one, with its variables.
  await runCode(page, 'print("n is", n > 20)');
  await block(page, 2).getByText('n is True', { exact: true }).waitFor();
  await sb.close();
});

test('quit while code runs: out within the deadline, nothing left, and the next start has it all', async () => {
  const dataFolder = temporaryFolder();
  const sb = await launchApp({ dataFolder });
  await runCode(sb.page, counter);
  await untilOutput(sb.page);
  await sb.close();

  const again = await launchApp({ dataFolder });
  const { page } = again;
  const status = await statusOf(page);
  expect(status.sessions).toEqual([]);
  expect(status.executions).toEqual([]);
  const [execution] = await storedExecutions(page);
  expect(execution?.state).toMatch(/^(cancelled|lost)$/);
  const { seqs, text } = await storedOutput(page, execution?.id ?? '');
  expect(seqs).toEqual(seqs.map((_, index) => index));
  expect(countLines(text)).toBeGreaterThan(20);

  await page.getByRole('tab', { name: 'Activity' }).click();
  await page
    .getByRole('option')
    .filter({ hasText: /#1.*(Cancelled|Lost)/ })
    .click();
  await block(page, 1).getByText('line 20', { exact: true }).waitFor();
  await again.look('activity-after-quit');
  await again.close();
});
