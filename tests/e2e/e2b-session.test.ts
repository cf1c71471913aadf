/** The main job on E2B: connect, run, see a plot, cancel, shell, disconnect; the sandbox is gone afterwards. */
import { expect, onTestFinished, test } from 'vitest';
import { launchApp } from '../support/app.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { createE2bProfile } from '../support/e2e/bridge.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, runCode, sidebar } from '../support/e2e/window.ts';

/** A value that shows itself as a real picture, as a plot does: 64 x 48 pixels, made here. */
const plot = `
import struct, zlib
class Plot:
    def _repr_png_(self):
        rows = b"".join(b"\\0" + bytes([40, 90, 200]) * 64 for _ in range(48))
        chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
        return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
Plot()`;

test('connect, plot, stream, cancel twice, shell, disconnect', async () => {
  const server = await startE2bServer();
  onTestFinished(() => server.close());
  const sb = await launchApp();
  const { page } = sb;
  await createE2bProfile(page, 'Cloud', server);
  await sidebar(page)
    .getByRole('row', { name: /^Cloud/ })
    .click();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('MicroVM', { exact: true }).waitFor();
  expect(server.sandboxes()).toHaveLength(1);

  await runCode(page, plot);
  await ended(page, 1, 'Done');
  const image = block(page, 1).getByRole('img');
  await until('the plot is drawn', () =>
    image.evaluate((element) => (element as HTMLImageElement).naturalWidth === 64),
  );
  await sb.look('e2b-plot');

  // Output comes while the code runs; then a loop that never ends, and a sleep.
  await runCode(page, 'kept = 5\nprint("looping", flush=True)\nwhile True: pass');
  await block(page, 2).getByText('looping', { exact: true }).waitFor();
  await block(page, 2).getByText('Running', { exact: true }).waitFor();
  await sb.look('e2b-running');
  await block(page, 2).getByRole('button', { name: 'Cancel' }).click();
  await ended(page, 2, 'Cancelled');
  await runCode(page, 'import time\nprint("sleeping", flush=True)\ntime.sleep(1000)');
  await block(page, 3).getByText('sleeping', { exact: true }).waitFor();
  await block(page, 3).getByRole('button', { name: 'Cancel' }).click();
  await ended(page, 3, 'Cancelled');

  // The session and its variables are still there.
  await runCode(page, 'print(f"kept {kept * 8}")');
  await block(page, 4).getByText('kept 40', { exact: true }).waitFor();
  await ended(page, 4, 'Done');

  await page.getByRole('radio', { name: 'Shell' }).check({ force: true });
  await runCode(page, 'echo "shell $((6*7))"; exit 3');
  await block(page, 5).getByText('shell 42', { exact: true }).waitFor();
  await ended(page, 5, 'Exit 3');
  await runCode(page, 'echo waiting; sleep 1000');
  await block(page, 6).getByText('waiting', { exact: true }).waitFor();
  await block(page, 6).getByRole('button', { name: 'Cancel' }).click();
  await ended(page, 6, 'Cancelled');

  await page.getByRole('button', { name: 'Other ways to disconnect' }).click();
  await page.getByRole('menuitem', { name: /^End and delete/ }).click();
  await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  expect(server.sandboxes()).toEqual([]);
  await sb.look('e2b-ended');
  await sb.close();
});

test('two sessions side by side keep their own variables and runs', async () => {
  const server = await startE2bServer();
  onTestFinished(() => server.close());
  const sb = await launchApp();
  const { page } = sb;
  await createE2bProfile(page, 'Cloud', server);
  await page.getByRole('button', { name: 'Run on this computer' }).click();
  await ended(page, 1, 'Done');
  await runCode(page, 'where = "local"\nprint(f"set {where}")');
  await block(page, 2).getByText('set local', { exact: true }).waitFor();

  await sidebar(page)
    .getByRole('row', { name: /^Cloud/ })
    .click();
  await runCode(page, 'print("where" in globals())\nwhere = "cloud"');
  await block(page, 1).getByText('False', { exact: true }).waitFor();
  await ended(page, 1, 'Done');
  // Long work in one does not hold the other.
  await runCode(page, 'import time\nprint("busy", flush=True)\ntime.sleep(1000)');
  await block(page, 2).getByText('busy', { exact: true }).waitFor();

  await sidebar(page)
    .getByRole('row', { name: /^Ready/ })
    .click();
  await runCode(page, 'print(f"still {where}")');
  await block(page, 3).getByText('still local', { exact: true }).waitFor();
  await sb.look('two-sessions');

  // One ends, the other goes on.
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('banner').getByText('Ended', { exact: true }).waitFor();
  await sidebar(page)
    .getByRole('row', { name: /^Running #2/ })
    .click();
  await block(page, 2).getByRole('button', { name: 'Cancel' }).click();
  await ended(page, 2, 'Cancelled');
  await runCode(page, 'print(f"here {where}")');
  await block(page, 3).getByText('here cloud', { exact: true }).waitFor();
  await sb.close();
  expect(server.sandboxes()).toEqual([]);
});
