/** Makes the pictures in docs/images: `npm run screenshots [-- scene ...]`. Fourteen states of the window, in light and dark. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { buildIfStale } from '../../tools/build.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { chooseTestRuntime, root } from '../support/e2e/runtime.ts';
import { startKeyring, whyNoKeyring } from '../support/keyring.ts';
import { type Scene, scenes } from './scenes.ts';

const images = join(root, 'docs/images');
const wanted = new Set(process.argv.slice(2));

async function makeAll(theme: 'light' | 'dark'): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'specboard-images-'));
  const runtime = chooseTestRuntime();
  const server = await startE2bServer();
  const keyring = whyNoKeyring() === undefined ? await startKeyring('unlocked') : null;
  const app = await _electron.launch({
    executablePath: runtime.executable,
    args: [...runtime.args, root, `--user-data-dir=${data}`],
    env: { ...(process.env as Record<string, string>), ...keyring?.env, ...runtime.env },
  });
  try {
    const page = await app.firstWindow();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.locator('.cm-content').waitFor();
    const scene: Scene = { app, page, server, theme };
    for (const [name, show] of Object.entries(scenes)) {
      await show(scene);
      // The pointer would leave something highlighted.
      await page.mouse.move(640, 2);
      await page.evaluate(() => document.fonts.ready);
      if (wanted.size > 0 && !wanted.has(name)) continue;
      const file = theme === 'light' ? `${name}.png` : `${name}-dark.png`;
      await page.screenshot({ path: join(images, file), animations: 'disabled' });
      process.stdout.write(`${file}\n`);
    }
  } catch (error) {
    // Closing may take a while, and fail for the same reason.
    process.exitCode = 1;
    console.error(error);
    mkdirSync(join(root, 'test-results'), { recursive: true });
    const [page] = app.windows();
    await page?.screenshot({ path: join(root, `test-results/screenshots-failed-${theme}.png`) });
  } finally {
    // The question whether what runs may be lost.
    await app.evaluate(({ dialog }) => {
      dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
    });
    await app.close();
    await server.close();
    await keyring?.dispose();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

await buildIfStale(root);
mkdirSync(images, { recursive: true });
await makeAll('light');
await makeAll('dark');
