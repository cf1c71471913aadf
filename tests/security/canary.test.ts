/**
 * A key goes through the whole product, also where everything fails and the vendor echoes it, and is then looked for
 * everywhere: database, logs, errors, replies, pushed status, process arguments, the window's memory, files.
 * The rest of the suite uses the same key (tests/setup/canary.ts) and is searched, too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { formsOf, holdsSecret, newCanary, scanForCanary } from '../setup/canary.ts';
import { temporaryFolder as appFolder, launchApp } from '../support/app.ts';
import { runCli } from '../support/cli.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { createProfile } from '../support/e2e/bridge.ts';
import { keyringEnv } from '../support/e2e/keyring-env.ts';
import { block, runCode, sidebar } from '../support/e2e/window.ts';
import { startKeyring, whyNoKeyring } from '../support/keyring.ts';
import { openTestCore, temporaryFolder } from '../support/test-core.ts';

/** Command lines of all processes that hold the key, on systems that show them. */
function argumentsWith(secret: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`);
        return holdsSecret(line, secret) ? [line.toString('utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}

test('the search finds a secret in each of its forms, and nothing else', () => {
  const secret = newCanary();
  for (const form of formsOf(secret))
    expect(holdsSecret(Buffer.concat([Buffer.from('x'), form]), secret)).toBe(true);
  expect(holdsSecret(Buffer.from(newCanary()), secret)).toBe(false);
});

test('services: every failure of the vendor that echoes the key tells it nowhere', async () => {
  const secret = newCanary();
  const server = await startE2bServer({ accounts: [{ name: 'canary', keys: [secret] }] });
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const { core, close } = await openTestCore({ dataFolder: folder.path });
  const told: unknown[] = [];
  core.hub.onChange((status) => told.push(status));
  const profile = await core.driverManager.createConfig('Cloud', 'e2b', {
    apiUrl: server.url,
    sandboxUrl: server.url,
  });
  await core.storeCredentials(profile.id, { apiKey: secret });
  const echo = `no entry for ${secret} (X-API-KEY: ${secret})`;
  for (const status of [400, 401, 403, 404, 409, 429, 500, 503]) {
    const undo = server.faults.add({
      match: { plane: 'control' },
      effect: { kind: 'reply', status, message: echo },
      times: 50,
    });
    await core.connect(profile.id).catch((error: unknown) => told.push(toProblem(error)));
    told.push(await core.profiles.test(profile.id, AbortSignal.timeout(20_000)));
    undo();
  }
  const session = await core.connect(profile.id);
  const outcome = await core.driverManager
    .getDriver('e2b')
    .execute(session, 'import os; print(sorted(os.environ)); 1/0');
  told.push(outcome, core.profiles.list(), core.db.sessions.list(100));
  expect(argumentsWith(secret)).toEqual([]);
  await core.sessions.disconnect(session.id);
  await core.profiles.remove(profile.id);
  await close();
  expect(told.length).toBeGreaterThan(20);
  expect(holdsSecret(Buffer.from(JSON.stringify(told)), secret)).toBe(false);
  expect(scanForCanary([folder.path], secret)).toEqual([]);
});

describe.skipIf(whyNoKeyring() !== undefined)('with a real keyring', () => {
  test('command line and window: the key is in no file, no argument, no reply, and not in the window', async () => {
    const secret = newCanary();
    const server = await startE2bServer({ accounts: [{ name: 'canary', keys: [secret] }] });
    onTestFinished(() => server.close());
    const keyring = await startKeyring('unlocked');
    onTestFinished(() => keyring.dispose());
    const env = keyringEnv(keyring);
    const dataFolder = appFolder();

    // Stored from outside the window: what was typed in a page would rightly be in its memory for a while.
    const set = ['-s', `apiUrl=${server.url}`, '-s', `sandboxUrl=${server.url}`];
    const said = [await runCli(dataFolder, ['profiles', 'add', 'Cloud', '-d', 'e2b', ...set], { env })];
    said.push(await runCli(dataFolder, ['credentials', 'set', 'Cloud', '--json'], { env, input: secret }));
    said.push(await runCli(dataFolder, ['profiles', 'show', 'Cloud', '--json'], { env }));
    said.push(await runCli(dataFolder, ['run', '-p', 'Cloud', '--json', '-c', 'print(6*7)'], { env }));
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(holdsSecret(Buffer.from(JSON.stringify(said)), secret)).toBe(false);

    const sb = await launchApp({ env, dataFolder });
    const { page } = sb;
    await sidebar(page)
      .getByRole('row', { name: /^Cloud/ })
      .click();
    await runCode(page, 'print("from the window"); 1/0');
    await block(page, 1).getByText('from the window').first().waitFor();
    server.faults.add({
      match: { plane: 'control' },
      effect: { kind: 'reply', status: 500, message: `oops ${secret}` },
      times: 3,
    });
    await createProfile(page, { name: 'Other', driverType: 'local' });
    const replies = await page.evaluate(async () => {
      const { specboard } = window as unknown as {
        specboard: import('../../src-shared/contract/api.ts').SpecboardApi;
      };
      const status = await specboard.status({});
      const tests = status.ok
        ? await Promise.all(status.value.profiles.map(({ id }) => specboard.profiles.test({ profileId: id })))
        : [];
      return JSON.stringify([
        status,
        tests,
        await specboard.sessions.list({}),
        await specboard.executions.list({}),
      ]);
    });
    expect(replies).toContain('Cloud');
    expect(holdsSecret(Buffer.from(replies), secret)).toBe(false);
    expect(argumentsWith(secret)).toEqual([]);

    // What is in the window's memory is found: this is, though nothing shows it.
    const control = newCanary();
    await page.evaluate((text) => Object.assign(globalThis, { kept: { text } }), control);
    const cdp = await page.context().newCDPSession(page);
    let found = false;
    let foundControl = false;
    let size = 0;
    let tail = '';
    cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
      found ||= (tail + chunk).includes(secret);
      foundControl ||= (tail + chunk).includes(control);
      tail = chunk.slice(-secret.length);
      size += chunk.length;
    });
    await cdp.send('HeapProfiler.enable');
    await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    expect(size).toBeGreaterThan(1_000_000);
    expect(foundControl).toBe(true);
    expect(found).toBe(false);
    await sb.close();
    expect(scanForCanary([dataFolder], secret)).toEqual([]);
  });
});
