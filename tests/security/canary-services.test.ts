/**
 * A key and a vendor that gives it away wherever it can: in every answer of every server, plain and encoded. What services
 * throw, store, log and show is looked through as a whole, also what hangs hidden on errors.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runDiagnostics } from '../../src-main/services/diagnostics.ts';
import { canaryOf, holdsSecret, scanForCanary } from '../setup/canary.ts';
import type { Fault } from '../support/e2b-server/faults.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { SecretSearch } from '../support/secret-search.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

/** The run's canary, with signs that change when a text is encoded. */
const secret = `${canaryOf(process.env)}/+= &`.trim();
/** What a careless vendor could say. */
const echo = [
  secret,
  `X-API-KEY: ${secret}`,
  `https://api.example.com/?key=${encodeURIComponent(secret)}`,
  `(${Buffer.from(`user:${secret}`).toString('base64')})`,
  `(${Buffer.from(secret).toString('base64url')})`,
  `(${Buffer.from(secret).toString('hex')})`,
].join(' | ');

async function setUp() {
  const server = await startE2bServer({ accounts: [{ name: 'canary', keys: [secret] }] });
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  const temporary = temporaryFolder();
  vi.stubEnv('TMPDIR', temporary.path);
  vi.stubEnv('SPECBOARD_CANARY', canaryOf(process.env));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    folder.remove();
    temporary.remove();
  });
  const search = new SecretSearch(secret);
  for (const stream of [process.stdout, process.stderr]) {
    const write = vi.spyOn(stream, 'write').mockImplementation((text) => {
      search.note('standard output', text);
      return true;
    });
    onTestFinished(() => write.mockRestore());
  }
  const { core, close } = await openTestCore({ dataFolder: folder.path, deadlines: { grace: 500 } });
  onTestFinished(close);
  core.hub.onChange((status) => search.note('status', status));
  const create = async (name: string, url: string, key = secret) => {
    const settings = { apiUrl: url, sandboxUrl: url, requestTimeoutSeconds: 5 };
    const profile = await core.driverManager.createConfig(name, 'e2b', settings);
    await core.storeCredentials(profile.id, { apiKey: key });
    return profile;
  };
  /** Everything that was stored and written, at the end. */
  const expectNowhere = async () => {
    search.note('profiles', core.profiles.list());
    search.note('sessions', core.db.sessions.list(1_000));
    const executions = search.note('executions', core.db.executions.list({ limit: 1_000 }));
    for (const { id } of executions) search.note('output', core.db.executions.readOutput(id, 0, 1e9));
    search.note('checks', await runDiagnostics(core.diagnostics));
    const wal = join(folder.path, 'specboard.db-wal');
    // While it is open: what is written goes there first.
    expect(holdsSecret(readFileSync(wal), secret)).toBe(false);
    await close();
    expect(search.places).toEqual([]);
    expect(scanForCanary([folder.path, temporary.path], secret)).toEqual([]);
    expect(scanForCanary([folder.path, temporary.path], canaryOf(process.env))).toEqual([]);
  };
  return { server, folder, search, core, create, expectNowhere };
}

/** Every request to that part of E2B is answered with `status` and the echo, until the returned function is called. */
function fail(server: E2bServer, status: number, match: Fault['match'] = {}): () => void {
  return server.faults.add({
    match,
    effect: { kind: 'reply', status, message: echo },
    times: Number.POSITIVE_INFINITY,
  });
}

test('a vendor that echoes the key while connecting, testing and ending', async () => {
  const { server, search, core, create, expectNowhere } = await setUp();
  const profile = await create('Cloud', server.url);
  for (const status of [400, 401, 403, 404, 422, 429, 500, 503]) {
    const undo = fail(server, status, { plane: 'control' });
    await search.failure(`connect ${status}`, core.connect(profile.id));
    search.note(`test ${status}`, await core.profiles.test(profile.id, AbortSignal.timeout(20_000)));
    undo();
  }
  // It connects, but then nothing in the sandbox answers as it should.
  const broken = fail(server, 500, { plane: 'interpreter' });
  const brokenToo = fail(server, 500, { plane: 'envd' });
  await core.connect(profile.id).then(
    (session) => core.sessions.disconnect(session.id),
    (error: unknown) => search.note('connect without a sandbox', error),
  );
  broken();
  brokenToo();
  // Ending fails; later ending what was left fails as well.
  const session = await core.connect(profile.id);
  const stuck = fail(server, 500, { plane: 'control' });
  search.note('disconnect', await core.sessions.disconnect(session.id));
  await search.failure('end the sandbox', core.endSandbox(session.id));
  await search.failure('connect again', core.sessions.reattach(session.id));
  stuck();
  await core.endSandbox(session.id);
  expect(server.sandboxes()).toEqual([]);
  await expectNowhere();
});

test('a vendor that echoes the key while code runs, and code that looks for it', async () => {
  const { server, search, core, create, expectNowhere } = await setUp();
  const processes = search.watchProcesses(process.pid, { self: false });
  const profile = await create('Cloud', server.url);
  const session = await core.connect(profile.id);
  const execute = async (code: string, language: 'python' | 'shell' = 'python') => {
    const work = core.driverManager.getDriver('e2b').execute(session, code, { language, timeoutMs: 20_000 });
    return search.note(`execute ${language}`, await work.catch((error: unknown) => error));
  };
  expect(await execute('import os; print(dict(os.environ)); 6*7')).toMatchObject({ state: 'succeeded' });
  expect(await execute('env; cat /proc/self/environ /proc/self/cmdline', 'shell')).toMatchObject({
    exitCode: 0,
  });
  expect(await execute('1/0')).toMatchObject({ state: 'failed' });
  for (const status of [401, 500]) {
    const undo = [fail(server, status, { plane: 'interpreter' }), fail(server, status, { plane: 'envd' })];
    await execute('1');
    await execute('true', 'shell');
    for (const each of undo) each();
  }
  server.kill(session.metadata.sandboxId as string);
  await execute('print(1)');
  await core.sessions.disconnect(session.id);
  const local = await core.connect(core.profiles.default().id, { consent: true });
  const driver = core.driverManager.getDriver('local');
  search.note('local', await driver.execute(local, 'import os; print(dict(os.environ))'));
  await core.sessions.disconnect(local.id);
  expect(processes.stop()).toBeGreaterThan(2);
  await expectNowhere();
});

test('no way to the vendor, a key that it refuses, and every change of a profile', async () => {
  const { server, search, core, create, expectNowhere } = await setUp();
  const refused = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void refused.close());
  const { port } = (await eventually('it listens', () => refused.address())) as { port: number };
  const nowhere = await create('Nowhere', `http://127.0.0.1:${port}`);
  await search.failure('connection cut', core.connect(nowhere.id));
  await new Promise((resolve) => refused.close(resolve));
  await search.failure('connection refused', core.connect(nowhere.id));
  search.note('test refused', await core.profiles.test(nowhere.id, AbortSignal.timeout(20_000)));

  const other = await startE2bServer();
  onTestFinished(() => other.close());
  const wrong = await create('Wrong', other.url);
  const undo = fail(other, 401, { plane: 'control' });
  await search.failure('wrong key', core.connect(wrong.id));
  undo();
  await search.failure('wrong key, plainly', core.connect(wrong.id));

  const profile = await create('Cloud', server.url);
  // Typed into the wrong field, or into an unknown one: it is refused, and not repeated.
  await search.failure('as a field', core.storeCredentials(profile.id, { [secret]: 'x' }));
  await search.failure('unknown field', core.storeCredentials(profile.id, { password: secret }));
  const copy = await core.profiles.duplicate(profile.id);
  search.note('update', core.profiles.update(copy.id, { name: 'Copy' }));
  const session = await core.connect(copy.id);
  expect(session.status).toBe('active');
  await core.profiles.remove(copy.id);
  search.note('clear', await core.profiles.clearCredentials(profile.id));
  await search.failure('no key', core.connect(profile.id));
  await core.profiles.remove(profile.id);
  expect(server.sandboxes()).toEqual([]);
  await expectNowhere();
});
