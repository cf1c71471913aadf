/** The Daytona driver: provisioning, its failures and strays. Real SDK, test server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../support/daytona-server/faults.ts';
import { eventually } from '../support/daytona-server/testing.ts';
import { type Kit, never, problemOf, startKit } from './daytona-driver-support.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit(
    {},
    { abandonedCreate: 400, strayInterval: 50, straySearch: 20_000, call: 2000, create: 2000, start: 600 },
  );
});
afterEach(async () => {
  kit.server.faults.clear();
  for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
  kit.server.requests.clear();
});
afterAll(() => kit.stop());

const CREATE = { plane: 'control', method: 'POST', path: '/sandbox' } as const;
const FOREVER = Number.POSITIVE_INFINITY;
const fault = (effect: FaultEffect, times = 1) => kit.server.faults.add({ match: CREATE, effect, times });
const connecting = (changes = {}) =>
  kit.driver.connect(kit.request({ settings: kit.settings(changes) }), never);
const noneLeft = () => eventually('no sandbox to be left', () => kit.server.sandboxes().length === 0);

describe('connect', () => {
  test('labels the sandbox, hands over the nonce before it exists and its id before it has started', async () => {
    const seen: { metadata: object; state: string | undefined }[] = [];
    const steps: string[] = [];
    const request = kit.request({
      settings: kit.settings({
        labels: { team: 'blue & "green"' },
        autoStopMinutes: 7,
        autoDeleteMinutes: 99,
      }),
      onMetadata: (metadata) => seen.push({ metadata, state: kit.server.sandboxes()[0]?.state }),
      onStep: (step) => steps.push(step),
    });
    const session = await kit.driver.connect(request, never);
    const [sandbox] = kit.server.sandboxes();
    expect(sandbox?.labels).toEqual({
      team: 'blue & "green"',
      'specboard.installation': 'installation-1',
      'specboard.session': request.sessionId,
      'specboard.nonce': request.sessionId,
      'specboard.profile': 'Test profile',
    });
    expect(seen[0]).toEqual({ metadata: { nonce: request.sessionId }, state: undefined });
    expect(seen[1]).toEqual({
      metadata: { nonce: request.sessionId, sandboxId: sandbox?.id },
      state: 'creating',
    });
    expect(seen.at(-1)?.metadata).toEqual(session.metadata);
    expect(session).toMatchObject({ sandboxId: sandbox?.id, isolation: 'container', warnings: [] });
    expect((session.endsAt ?? 0) - Date.now()).toBeGreaterThan(6 * 60_000);
    expect((session.endsAt ?? 0) - Date.now()).toBeLessThanOrEqual(7 * 60_000);
    // On a busy machine it has started before it is first looked at.
    expect([...new Set(steps)]).toEqual(['Creating the sandbox', 'Preparing the sandbox', 'Starting Python']);
    expect(JSON.stringify(session.metadata)).not.toContain(kit.server.apiKey);
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('says what takes its time: the snapshot that is fetched, the image that is built', async () => {
    const steps: string[] = [];
    fault({
      kind: 'start',
      fate: { into: 'started', afterMs: 400, via: ['pulling_snapshot', 'building_snapshot'] },
    });
    const request = kit.request({
      settings: kit.settings({ image: 'python:3.12-slim', cpu: 2, memoryGb: 2 }),
      onStep: (step) => steps.push(step),
    });
    await kit.driver.disconnect(await kit.driver.connect(request, never), { keep: 'end' }, never);
    expect(steps).toEqual(
      expect.arrayContaining(['Fetching the snapshot', 'Building the image', 'Starting Python']),
    );
  });

  test('starts in the working folder, which is made, with the variables of the profile', async () => {
    const session = await kit.connect({ workingFolder: "/tmp/it's/here", environment: { COLOUR: 'blue' } });
    const ran = await kit.run(session, 'pwd; echo "$COLOUR"', { language: 'shell' });
    expect(ran.stdout).toBe("/tmp/it's/here\nblue\n");
    expect((await kit.run(session, 'import os; os.getcwd()')).value).toBe("/tmp/it's/here");
  });

  test('secret variables reach code, commands and terminals, and nothing that is stored at Daytona', async () => {
    const secret = 'hush-0123456789';
    const credentials = {
      apiKey: kit.server.apiKey,
      secretEnvironment: `TOKEN=${secret}\n# note\nOTHER=a=b`,
    };
    const session = await kit.driver.connect(kit.request({ credentials }), never);
    expect((await kit.run(session, 'import os; os.environ["TOKEN"], os.environ["OTHER"]')).value).toBe(
      `('${secret}', 'a=b')`,
    );
    expect((await kit.run(session, 'echo $TOKEN', { language: 'shell' })).stdout).toBe(`${secret}\n`);
    const [sandbox] = kit.server.sandboxes();
    expect(JSON.stringify([sandbox?.env, sandbox?.labels, session.metadata])).not.toContain(secret);
    // Not in the environment of the runner either: only of what runs.
    expect(
      (await kit.run(session, 'open("/proc/%d/environ" % os.getppid()).read().count("TOKEN")')).value,
    ).toBe('0');
    await kit.driver.disconnect(session, { keep: 'end' }, never);
  });

  test('a toolbox that cannot be reached is told, and the sandbox is not left behind', async () => {
    fault({ kind: 'toolbox-elsewhere' });
    const quick = kit.other({ timings: { toolbox: 300 } });
    const problem = await problemOf(quick.connect(kit.request(), never));
    expect(problem.problem).toMatchObject({
      code: 'unavailable',
      message: 'The sandbox has started, but does not answer.',
    });
    await noneLeft();
  });
});

describe('a sandbox that does not come', () => {
  test('build failed: the image is to blame, with what Daytona says behind "Details"', async () => {
    fault({ kind: 'start', fate: { into: 'build_failed', errorReason: 'manifest for nope:1 not found' } });
    const problem = await problemOf(connecting({ image: 'nope:1' }));
    expect(problem.problem).toMatchObject({ code: 'invalid', details: 'manifest for nope:1 not found' });
    expect(problem.problem.fields).toHaveProperty('image');
    await noneLeft();
  });

  test('error: the reason is told, also of a full disk', async () => {
    fault({ kind: 'start', fate: { into: 'error', errorReason: 'runner is on fire' } });
    expect((await problemOf(connecting())).problem).toMatchObject({
      code: 'unavailable',
      details: 'runner is on fire',
    });
    fault({ kind: 'start', fate: { into: 'error', errorReason: 'no space left on device' } });
    expect((await problemOf(connecting())).code).toBe('no-space');
    await noneLeft();
  });

  test('stuck: the state it is stuck in is told', async () => {
    fault({ kind: 'start', fate: { into: 'never' } });
    const problem = await problemOf(connecting());
    expect(problem.code).toBe('timeout');
    expect(problem.message).toContain('"creating"');
    await noneLeft();
  });

  test('slow, and 409, 429, 502 and a stopped one on the way: it gets there', async () => {
    fault({ kind: 'start', fate: { into: 'started', afterMs: 300 } });
    for (const effect of [
      { kind: 'reply', status: 502, empty: true },
      { kind: 'reply', status: 409, message: 'state change in progress' },
      { kind: 'rate-limit', retryAfterS: 0 },
      { kind: 'reply', status: 400, message: 'bad request: no IP address found. Is the Sandbox started?' },
      { kind: 'drop' },
    ] as const)
      kit.server.faults.add({ match: { plane: 'toolbox', method: 'POST' }, effect });
    const session = await kit.connect();
    expect((await kit.run(session, '1+1')).value).toBe('2');
  });

  test('deleted while it is prepared: gone', async () => {
    const match = { plane: 'toolbox', path: '/process/execute' } as const;
    kit.server.faults.add({ match, effect: { kind: 'no-answer' } });
    const work = problemOf(connecting());
    await eventually(
      'the sandbox to be prepared',
      () => kit.server.requests.find('POST', '/process/execute').length > 0,
    );
    for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
    expect((await work).code).toBe('gone');
  });
});

describe('refusals', () => {
  test('each has its words, nothing is left, and nothing is looked for', async () => {
    const cases: [FaultEffect, string][] = [
      [{ kind: 'reply', status: 401, message: 'no', echoKey: true }, 'auth'],
      [{ kind: 'reply', status: 403, message: 'Forbidden resource' }, 'forbidden'],
      [{ kind: 'reply', status: 404, message: 'Snapshot nope not found' }, 'invalid'],
      [{ kind: 'reply', status: 400, message: 'Snapshot nope not found. Did you add it?' }, 'invalid'],
      [{ kind: 'quota', resource: 'CPU', limit: 10 }, 'quota'],
      [{ kind: 'quota', resource: 'disk', limit: 30, status: 400 }, 'quota'],
      [{ kind: 'rate-limit', retryAfterS: 7 }, 'rate-limited'],
    ];
    for (const [effect, code] of cases) {
      fault(effect);
      kit.server.requests.clear();
      const problem = await problemOf(connecting());
      expect(problem.code, JSON.stringify(effect)).toBe(code);
      expect(JSON.stringify(problem.problem)).not.toContain(kit.server.apiKey);
      expect(kit.server.requests.find('GET', '/sandbox')).toEqual([]);
      if (code === 'rate-limited') expect(problem.problem.retryAfterMs).toBe(7000);
    }
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('a wrong key, no key, no server', async () => {
    const wrong = kit.request({ credentials: { apiKey: 'dtn_wrong_1234' } });
    expect((await problemOf(kit.driver.connect(wrong, never))).code).toBe('auth');
    const none = kit.request({ credentials: {} });
    expect((await problemOf(kit.driver.connect(none, never))).code).toBe('credential-missing');
    const nowhere = kit.request({ settings: kit.settings({ apiUrl: 'http://127.0.0.1:9/api' }) });
    expect((await problemOf(kit.driver.connect(nowhere, never))).code).toBe('unreachable');
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('a snapshot that is not there, named at its field', async () => {
    const problem = await problemOf(connecting({ snapshot: 'nope' }));
    expect(problem.problem).toMatchObject({ code: 'invalid', fields: { snapshot: expect.any(String) } });
  });

  test('more than one sandbox may have is a quota, named at its field', async () => {
    const problem = await problemOf(connecting({ image: 'python:3.12-slim', cpu: 64 }));
    expect(problem.problem).toMatchObject({ code: 'quota', fields: { cpu: expect.any(String) } });
  });
});

describe('strays', () => {
  test('a create whose answer is lost is found by its nonce and deleted', async () => {
    fault({ kind: 'drop-answer' });
    expect((await problemOf(connecting())).code).toBe('unreachable');
    await noneLeft();
  });

  test('a create that is never answered ends in time, and what it made is deleted', async () => {
    fault({ kind: 'no-answer' });
    expect((await problemOf(connecting())).code).toBe('timeout');
    await noneLeft();
  });

  test('only what carries the nonce is touched, whatever the list says', async () => {
    const other = await kit.connect();
    kit.server.faults.add({ match: CREATE, effect: { kind: 'drop' }, times: FOREVER });
    await problemOf(connecting());
    kit.server.faults.clear();
    expect(kit.server.sandboxes().map(({ id }) => id)).toEqual([other.sandboxId]);
    expect((await kit.run(other, '1')).value).toBe('1');
  });

  for (const step of ['Creating the sandbox', 'Preparing the sandbox', 'Starting Python']) {
    test(`an abort at "${step}" leaves nothing`, async () => {
      const controller = new AbortController();
      fault({ kind: 'start', fate: { into: 'started', afterMs: 150 } });
      const request = kit.request({
        onStep: (said) => {
          if (said === step) controller.abort();
        },
      });
      expect((await problemOf(kit.driver.connect(request, controller.signal))).code).toBe('cancelled');
      await noneLeft();
    });
  }

  test('a deadline is told as one', async () => {
    fault({ kind: 'delay', ms: 700 });
    const problem = await problemOf(kit.driver.connect(kit.request(), AbortSignal.timeout(200)));
    expect(problem.code).toBe('timeout');
    await noneLeft();
  });
});
