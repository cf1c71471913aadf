/** The E2B driver: provisioning, strays, attaching, leaving. Real SDK, test server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { e2bSettingsSchema } from '../../src-main/drivers/e2b/manifest.ts';
import { eventually } from '../support/e2b-server/testing.ts';
import { type Kit, metadataLog, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit({}, { abandonedCreate: 400, strayInterval: 50, straySearch: 20_000, call: 2000 });
});
afterEach(async () => {
  kit.server.faults.clear();
  for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
});
afterAll(() => kit.stop());

const CREATE = { plane: 'control', method: 'POST', path: '/v2/sandboxes' } as const;

describe('connect', () => {
  test('labels the sandbox, hands over the nonce before it exists and its id right after', async () => {
    const { seen, onMetadata } = metadataLog();
    const steps: string[] = [];
    const request = kit.request({
      settings: kit.settings({ timeoutMinutes: 2, metadata: { team: 'blue & "green"' } }),
      onMetadata: (metadata) => {
        onMetadata(metadata);
        if (seen.length === 1) expect(kit.server.sandboxes()).toHaveLength(0);
      },
      onStep: (step) => steps.push(step),
    });
    const before = Date.now();
    const session = await kit.driver.connect(request, never);
    const [sandbox] = kit.server.sandboxes();
    expect(sandbox?.metadata).toEqual({
      team: 'blue & "green"',
      app: 'specboard',
      specboardProfile: 'Test profile',
      specboardInstallation: 'installation-1',
      specboardSession: request.sessionId,
    });
    expect(sandbox?.templateId).toBe('code-interpreter-v1');
    expect(seen[0]).toMatchObject({ nonce: request.sessionId });
    expect(seen[0]).not.toHaveProperty('sandboxId');
    expect(seen[1]).toMatchObject({ nonce: request.sessionId, sandboxId: sandbox?.id });
    expect(session).toMatchObject({ sandboxId: sandbox?.id, isolation: 'microvm', warnings: [] });
    expect(session.endsAt).toBe(sandbox?.endAt.getTime());
    expect(Math.abs((session.endsAt ?? 0) - before - 120_000)).toBeLessThan(30_000);
    expect(steps).toEqual(['Creating the sandbox', 'Starting Python']);
    expect(JSON.stringify(session.metadata)).not.toContain(kit.server.apiKey);
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('gives a long profile a short life on the server', async () => {
    const session = await kit.connect({ timeoutMinutes: 600 });
    expect((session.endsAt ?? 0) - Date.now()).toBeLessThan(11 * 60_000);
  });

  test('two sessions do not see each other', async () => {
    const [one, two] = await Promise.all([kit.connect(), kit.connect()]);
    await Promise.all([kit.run(one, 'x = "one"'), kit.run(two, 'x = "two"')]);
    expect((await kit.run(one, 'x')).value).toBe('one');
    expect((await kit.run(two, 'x')).value).toBe('two');
    await kit.driver.disconnect(one, { keep: 'end' }, never);
    expect((await kit.run(two, 'x')).value).toBe('two');
  });

  test('a template without code interpreter is said, and nothing is left', async () => {
    const problem = await problemOf(kit.connect({ template: 'base' }));
    expect(problem.code).toBe('invalid');
    expect(problem.message).toBe('This template has no code interpreter.');
    expect(problem.problem.fields).toHaveProperty('template');
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('without a key nothing is asked', async () => {
    kit.server.requests.clear();
    const problem = await problemOf(kit.driver.connect(kit.request({ credentials: {} }), never));
    expect(problem.code).toBe('credential-missing');
    expect(kit.server.requests.entries).toEqual([]);
  });
});

describe('a create that goes wrong leaves nothing behind', () => {
  test('aborted before it starts', async () => {
    kit.server.requests.clear();
    expect((await problemOf(kit.connect({}, AbortSignal.abort()))).code).toBe('cancelled');
    expect(kit.server.requests.entries).toEqual([]);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('aborted while E2B works on it: its answer is awaited and its sandbox ended', async () => {
    kit.server.faults.add({ match: CREATE, effect: { kind: 'delay-headers', ms: 150 } });
    const controller = new AbortController();
    const connecting = problemOf(
      kit.driver.connect(
        kit.request({ onStep: () => setTimeout(() => controller.abort(), 20) }),
        controller.signal,
      ),
    );
    expect((await connecting).code).toBe('cancelled');
    expect(kit.server.requests.find('POST', '/v2/sandboxes').length).toBeGreaterThan(0);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('aborted, and E2B answers only after we gave up: the stray is found by its nonce', async () => {
    kit.server.faults.add({ match: CREATE, effect: { kind: 'delay-headers', ms: 1500 } });
    const controller = new AbortController();
    const problem = await problemOf(
      kit.driver.connect(
        kit.request({ onStep: () => setTimeout(() => controller.abort(), 20) }),
        controller.signal,
      ),
    );
    expect(problem.code).toBe('cancelled');
    await eventually('the stray is ended', () =>
      kit.logged.some((line) => line.includes('Ended a sandbox of a create that had failed')),
    );
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test.each(['no-answer', 'drop-answer'] as const)('%s: made, but we never heard of it', async (kind) => {
    kit.server.faults.add({ match: CREATE, effect: { kind } });
    const problem = await problemOf(kit.connect({ requestTimeoutSeconds: 1 }));
    expect(problem.code).toBe(kind === 'no-answer' ? 'timeout' : 'unreachable');
    // The server hears of the broken line a moment after the driver gave it up.
    await eventually('the request was given up', () =>
      kit.server.requests.find('POST', '/v2/sandboxes').some(({ aborted }) => aborted),
    );
    await eventually('nothing is left', () => kit.server.sandboxes().length === 0);
  });

  test('the stray search ends only what carries the nonce', async () => {
    const bystander = await kit.connect();
    kit.server.faults.add({ match: CREATE, effect: { kind: 'drop-answer' } });
    const problem = await problemOf(kit.connect());
    expect(problem.code).toBe('unreachable');
    await eventually('only the bystander is left', () => kit.server.sandboxes().length === 1);
    expect(kit.server.sandboxes()[0]?.id).toBe(bystander.sandboxId);
  });

  test('aborted after the create', async () => {
    kit.server.faults.add({
      match: { plane: 'interpreter', path: '/health' },
      effect: { kind: 'delay-headers', ms: 5000 },
    });
    const controller = new AbortController();
    const request = kit.request({
      onStep: (step) => {
        if (step === 'Starting Python') setTimeout(() => controller.abort(), 20);
      },
    });
    expect((await problemOf(kit.driver.connect(request, controller.signal))).code).toBe('cancelled');
    expect(kit.server.sandboxes()).toEqual([]);
  });
});

describe('disconnect', () => {
  test.each(['end', 'pause', 'leave'] as const)('%s', async (keep) => {
    const session = await kit.connect({ timeoutMinutes: 45 });
    await kit.run(session, 'x = 5');
    await kit.driver.disconnect(session, { keep }, never);
    await kit.driver.disconnect(session, { keep }, never);
    const state = kit.server.sandboxes().map((sandbox) => sandbox.state);
    expect(state).toEqual(keep === 'end' ? [] : [keep === 'pause' ? 'paused' : 'running']);
    if (keep === 'leave') {
      const left = (kit.server.sandboxes()[0]?.endAt.getTime() ?? 0) - Date.now();
      expect(left).toBeGreaterThan(40 * 60_000);
    }
    expect((await problemOf(kit.run(session, '1'))).code).toBe('gone');
  });

  test('while code runs: the execution ends as cancelled, and nothing of it is left', async () => {
    const session = await kit.connect();
    let ending: Promise<void> | undefined;
    const running = kit.run(session, 'import time; print(1, flush=True); time.sleep(60)', {
      onEvent: () => {
        ending ??= kit.driver.disconnect(session, { keep: 'end' }, never);
        ending.catch(() => {}); // Awaited below.
      },
    });
    expect((await running).result).toMatchObject({
      state: 'cancelled',
      reason: 'The session was disconnected.',
    });
    await ending;
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('to a paused sandbox no running command comes back', async () => {
    const session = await kit.connect();
    const running = kit.run(session, 'echo on; sleep 500', {
      language: 'shell',
      onEvent: () => void kit.driver.disconnect(session, { keep: 'pause' }, never).catch(() => {}),
    });
    expect((await running).result.state).toBe('cancelled');
    const sandbox = await eventually('it is paused', () =>
      kit.server.sandboxes().find(({ state }) => state === 'paused'),
    );
    // What is left are the interpreter's own processes.
    expect(sandbox.pids.length).toBeLessThan(3);
  });

  test('E2B does not answer: this side is closed, it is said, and it can be tried again', async () => {
    const session = await kit.connect();
    kit.server.faults.add({
      match: { plane: 'control', method: 'DELETE' },
      effect: { kind: 'no-answer' },
      times: Number.POSITIVE_INFINITY,
    });
    kit.server.faults.add({
      match: { plane: 'control', method: 'DELETE' },
      effect: { kind: 'reply', status: 500 },
      times: Number.POSITIVE_INFINITY,
    });
    const problem = await problemOf(kit.driver.disconnect(session, { keep: 'end' }, never));
    expect(problem.problem.kept).toContain('may still be there');
    expect((await problemOf(kit.run(session, '1'))).code).toBe('gone');
    kit.server.faults.clear();
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('ended elsewhere meanwhile is fine', async () => {
    const session = await kit.connect();
    kit.server.kill(session.sandboxId);
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    const paused = await kit.connect();
    kit.server.kill(paused.sandboxId);
    await kit.driver.disconnect(paused, { keep: 'pause' }, never);
  });
});

describe('attach', () => {
  test('a paused sandbox wakes up with its variables and files', async () => {
    const session = await kit.connect();
    await kit.run(session, 'x = 41; open("kept.txt", "w").write("yes");');
    await kit.driver.disconnect(session, { keep: 'pause' }, never);
    const steps: string[] = [];
    const again = await kit.driver.attach?.(
      kit.request({ onStep: (step) => steps.push(step) }),
      session.metadata,
      never,
    );
    if (!again) throw new Error('attach is missing');
    expect(again.sandboxId).toBe(session.sandboxId);
    expect(steps).toContain('Waking the sandbox up');
    expect((await kit.run(again, 'x + 1, open("kept.txt").read()')).value).toBe("(42, 'yes')");
    await kit.driver.disconnect(again, { keep: 'end' }, never);
  });

  test('a running one too, and its life is not cut short', async () => {
    const session = await kit.connect({ timeoutMinutes: 60 });
    await kit.run(session, 'x = 1');
    await kit.driver.disconnect(session, { keep: 'leave' }, never);
    const endAt = kit.server.sandboxes()[0]?.endAt.getTime() ?? 0;
    const again = await kit.driver.attach?.(kit.request(), session.metadata, never);
    expect(again?.endsAt).toBeGreaterThanOrEqual(endAt);
  });

  test('one that is not there is gone, and stays so', async () => {
    const problem = await problemOf(
      kit.driver.attach?.(kit.request(), { sandboxId: 'iabcdefghij0123456789' }, never) ?? Promise.resolve(),
    );
    expect(problem.code).toBe('gone');
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('a failure lets it sleep on', async () => {
    const session = await kit.connect();
    await kit.driver.disconnect(session, { keep: 'pause' }, never);
    kit.server.faults.add({
      match: { plane: 'interpreter', path: '/contexts' },
      effect: { kind: 'reply', status: 500 },
      times: Number.POSITIVE_INFINITY,
    });
    await problemOf(kit.driver.attach?.(kit.request(), session.metadata, never) ?? Promise.resolve());
    expect(kit.server.sandboxes()[0]?.state).toBe('paused');
  });
});

describe('the account', () => {
  test('lists what runs, whose it is, and ends one', async () => {
    const ours = await kit.connect();
    const request = kit.request();
    const other = kit.other({ installationId: 'installation-2' });
    const theirs = await other.connect(request, never);
    await kit.driver.pause?.(ours, never);
    const listed = (await kit.driver.list?.(kit.account(), never)) ?? [];
    expect(listed).toHaveLength(2);
    expect(listed.find(({ sandboxId }) => sandboxId === ours.sandboxId)).toMatchObject({
      name: 'Test profile',
      state: 'paused',
      installationId: 'installation-1',
      sessionId: expect.stringMatching(/^session-/),
    });
    expect(listed.find(({ sandboxId }) => sandboxId === theirs.sandboxId)).toMatchObject({
      state: 'running',
      installationId: 'installation-2',
      sessionId: null,
    });
    await kit.driver.endRemote?.(kit.account(), ours.sandboxId, never);
    await kit.driver.endRemote?.(kit.account(), ours.sandboxId, never);
    expect(kit.server.sandboxes().map(({ id }) => id)).toEqual([theirs.sandboxId]);
    await other.disconnect(theirs, { keep: 'end' }, never);
  });

  test('probe says what it finds and never throws', async () => {
    expect(await kit.driver.probe(kit.account(), never)).toEqual({
      ok: true,
      message: 'E2B accepts the key. Sandboxes: 0 running.',
    });
    const wrong = { ...kit.account(), credentials: { apiKey: 'e2b_wrong' } };
    expect(await kit.driver.probe(wrong, never)).toMatchObject({
      ok: false,
      message: 'E2B refused the API key.',
    });
    expect(await kit.driver.probe({ ...kit.account(), credentials: {} }, never)).toMatchObject({ ok: false });
  });
});

describe('settings', () => {
  test.each([
    ['a lifetime of none', { timeoutMinutes: 0 }, /1 to 1440/],
    ['a bad variable name', { environment: { 'A-B': '1' } }, /letters, digits/],
    ['a label of ours', { metadata: { specboardSession: 'x' } }, /uses this name/],
    ['an address without encryption', { apiUrl: 'http://e2b.example.com' }, /not encrypted/],
    ['a key in an address', { apiUrl: 'https://user:pw@e2b.example.com' }, /user name and password/],
    ['no address', { sandboxUrl: 'example' }, /full address/],
    ['a password in the proxy', { proxy: 'http://user:pw@proxy.example.com' }, /user name and password/],
    ['a domain with a scheme', { domain: 'https://e2b.example.com' }, /without https/],
  ])('%s is refused in words', (_name, settings, message) => {
    const parsed = e2bSettingsSchema.safeParse(settings);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.message).toMatch(message);
  });

  test('an address without encryption is allowed on this machine, or when the profile says so', () => {
    expect(e2bSettingsSchema.safeParse({ apiUrl: 'http://localhost:3000' }).success).toBe(true);
    expect(
      e2bSettingsSchema.safeParse({ apiUrl: 'http://e2b.example.com', allowInsecure: true }).success,
    ).toBe(true);
  });

  test('empty addresses come from the environment; an unencrypted one from there is refused too', async () => {
    const { url } = kit.server;
    const driver = kit.other({ env: { E2B_API_URL: url, E2B_SANDBOX_URL: url } });
    const account = { ...kit.account(), settings: e2bSettingsSchema.parse({}) };
    expect(await driver.probe(account, never)).toMatchObject({ ok: true });
    const insecure = kit.other({ env: { E2B_API_URL: 'http://e2b.example.com' } });
    expect(await insecure.probe(account, never)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/not encrypted/),
    });
  });
});
