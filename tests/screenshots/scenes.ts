/** The states that are pictured, in the order of a session's day. Each goes on from the one before. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import type { SpecboardApi } from '../../src-shared/contract/api.ts';
import type { E2bServer } from '../support/e2b-server/server.ts';
import { createE2bProfile, createProfile } from '../support/e2e/bridge.ts';
import { answerFileDialogs } from '../support/e2e/native.ts';
import { block, modifier, runCode } from '../support/e2e/window.ts';
import { environmentCell, failingCell, filesCell, richCell, setupCell, trainCell } from './demo-code.ts';

/** A folder that is paired in a picture; its path is seen. */
const labFolder = () => join(tmpdir(), 'specboard-pictures');

/** A text that both sides change. */
function syncedCode(rate: string, epochs: string): string {
  return `import torch\nfrom model import Regression\nfrom data import batches\n\n\ndef train(rate=${rate}):\n    model = Regression()\n    optimizer = torch.optim.Adam(model.parameters(), lr=rate)\n    for epoch in ${epochs}:\n        for batch in batches("data/sales.csv"):\n            loss = model.loss(batch)\n            loss.backward()\n            optimizer.step()\n            optimizer.zero_grad()\n        print(f"epoch {epoch}: {loss.item():.4f}")\n    return model\n`;
}

/** What a scene works on. */
export interface Scene {
  app: ElectronApplication;
  page: Page;
  server: E2bServer;
  theme: 'light' | 'dark';
}

/** By the name of the picture. */
export const scenes: Record<string, (scene: Scene) => Promise<void>> = {
  async 'first-run'({ page, theme }) {
    await page.evaluate(async (chosen) => {
      const { specboard } = window as unknown as { specboard: SpecboardApi };
      await specboard.settings.update({ theme: chosen });
    }, theme);
    await page.getByRole('button', { name: 'Run on this computer' }).waitFor();
  },

  async rich({ page, server }) {
    await createE2bProfile(page, 'Work (E2B)', server);
    await createProfile(page, { name: 'data-lab', driverType: 'docker' });
    await runCode(page, setupCell);
    await block(page, 1).getByText('Done', { exact: true }).waitFor();
    await runCode(page, richCell);
    await block(page, 2).getByText('Done', { exact: true }).waitFor();
    await block(page, 2).getByRole('cell', { name: 'ap-south' }).waitFor();
  },

  async running({ page }) {
    await runCode(page, trainCell);
    await block(page, 3).getByText('step  60').waitFor();
  },

  async palette({ page }) {
    await page.keyboard.press(`${modifier}+k`);
    await page.getByPlaceholder('Search or run a command').fill('re');
    await page.getByRole('dialog', { name: 'Command palette' }).getByRole('option').first().waitFor();
  },

  async failed({ page }) {
    await page.keyboard.press('Escape');
    await page.keyboard.press(`${modifier}+.`);
    await block(page, 3).getByText('Cancelled', { exact: true }).waitFor();
    await runCode(page, failingCell);
    await block(page, 4).getByText('Failed', { exact: true }).waitFor();
    await block(page, 4).getByText('could not convert string to float').first().waitFor();
  },

  async files({ page }) {
    await runCode(page, filesCell);
    await block(page, 5).getByText('Done', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Files' }).click();
    const tree = page.getByRole('treegrid', { name: 'Files', exact: true });
    for (const folder of [/^data/, /^models/]) {
      await tree.getByRole('row', { name: folder }).click();
      await page.keyboard.press('ArrowRight');
    }
    await tree.getByRole('row', { name: /^train\.py/ }).click();
    await page.getByRole('region', { name: 'Preview' }).getByText('def train').waitFor();
  },

  async sync({ app, page }) {
    const here = join(labFolder(), 'sales-lab');
    rmSync(here, { recursive: true, force: true });
    mkdirSync(join(here, 'data'), { recursive: true });
    writeFileSync(join(here, 'train.py'), syncedCode('3e-4', 'range(10)'));
    writeFileSync(join(here, 'data/sales.csv'), 'region,amount\n'.concat('eu-west,1200\n'.repeat(4000)));
    writeFileSync(join(here, 'README.md'), '# Sales\n');
    writeFileSync(join(here, '.env'), 'TOKEN=\n');
    await answerFileDialogs(app, { saveAs: '', folder: here });
    await page.getByRole('tab', { name: /^Sync/ }).click();
    await page.getByRole('button', { name: 'Pair a folder…' }).click();
    await page.getByRole('button', { name: 'Choose…' }).click();
    await page.getByRole('button', { name: 'Next: look at the plan' }).click();
    await page.getByRole('button', { name: 'Sync once' }).click();
    await page.getByText(/^Everything is the same/).waitFor();
    await page.getByRole('tab', { name: 'Run' }).click();
    const theirs = JSON.stringify(syncedCode('1e-4', 'range(20)'));
    await runCode(
      page,
      `open("sales-lab/train.py", "w").write(${theirs})\nopen("sales-lab/model.bin", "wb").write(b"x" * 90_000)`,
    );
    await block(page, 6).getByText('Done', { exact: true }).waitFor();
    writeFileSync(join(here, 'train.py'), syncedCode('5e-4', 'range(10)'));
    await page.getByRole('tab', { name: /^Sync/ }).click();
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByRole('button', { name: 'Decide the conflict…' }).waitFor();
  },

  async conflict({ page }) {
    await page.keyboard.press('F8');
    await page.getByText(/^\d differences?$/).waitFor();
  },

  async terminal({ page }) {
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: /^Terminal/ }).click();
    await page.locator('.xterm-helper-textarea').waitFor();
    await page.locator('.xterm-helper-textarea').focus();
    const rows = page.locator('.xterm-rows');
    const prompts = async (count: number) => {
      await page.waitForFunction(
        ([selector, most]) => (document.querySelector(selector)?.textContent ?? '').split('$ ').length > most,
        ['.xterm-rows', count] as const,
      );
    };
    await rows.waitFor();
    await page.keyboard.type("PS1='$ '; clear\n");
    await prompts(1);
    for (const [line, command] of [
      'python3 train.py',
      'ls -la data models',
      'grep -n def train.py',
    ].entries()) {
      await page.keyboard.type(`${command}\n`);
      await prompts(line + 2);
    }
  },

  async metrics({ page }) {
    await page.getByRole('tab', { name: 'Run' }).click();
    await runCode(
      page,
      'import time\nx = [bytearray(4_000_000) for _ in range(20)]\nfor n in range(24):\n    sum(i * i for i in range(400_000)); time.sleep(0.4)',
    );
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.getByRole('radio', { name: '1 min' }).check({ force: true });
    await page.waitForTimeout(16_000);
  },

  async activity({ page }) {
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByRole('searchbox', { name: 'Search code and output' }).fill('step');
    await page.locator('mark').first().waitFor();
    await page.getByRole('option').filter({ hasText: 'import time' }).last().click();
  },

  async compare({ page }) {
    await page.getByRole('searchbox', { name: 'Search code and output' }).fill('');
    await page.getByRole('option').filter({ hasText: 'def parse' }).waitFor();
    await page.getByRole('tab', { name: 'Run' }).click();
    await runCode(page, environmentCell);
    await block(page, 8).getByText('Done', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByRole('option').filter({ hasText: 'import os, platform' }).click();
    await page.getByRole('button', { name: 'Re-run on…' }).click();
    await page.getByRole('menuitem', { name: 'Work (E2B), new session' }).click();
    await page.getByRole('button', { name: 'Run there' }).click();
    await page.getByRole('button', { name: 'Compare with #8' }).click();
    await page.getByText(/^\d+ differences?$/).waitFor();
  },

  async lost({ page, server }) {
    await page.getByRole('tab', { name: 'Run' }).click();
    await runCode(page, trainCell);
    await page.getByText('step  40').first().waitFor();
    for (const { id } of server.sandboxes()) server.kill(id);
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.getByRole('button', { name: 'Start a replacement' }).waitFor();
  },

  async settings({ page }) {
    await page.keyboard.press(`${modifier}+,`);
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await settings.getByText('Profiles', { exact: true }).first().click();
    await settings.getByText('Work (E2B)').first().click();
  },
};
