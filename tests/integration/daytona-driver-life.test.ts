/** The Daytona driver: attaching, leaving, ends that nobody asked for, and links that break. Real SDK, test server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DaytonaSession } from '../../src-main/drivers/daytona/session.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import { connectSdk, eventually } from '../support/daytona-server/testing.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { abortOnOutput, type Kit, never, problemOf, startKit } from './daytona-driver-support.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit({ checkStepMs: 50 }, { call: 3000, patience: 20_000, heartbeat: 300 });
});
afterEach(() => {
  kit.server.faults.clear();
  for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
  kit.server.requests.clear();
});
afterAll(() => kit.stop());

const MINUTE = 60_000;
const lossOf = (session: DaytonaSession) => {
  const { promise, resolve } = Promise.withResolvers<SpecboardError>();
  session.onLost(resolve);
  return promise;
};
const stateOf = (id: string) => kit.server.sandboxes().find((sandbox) => sandbox.id === id)?.state;

describe('leaving and coming back', () => {
  test('left running: variables and what runs live on, and their output is not lost', async () => {
    const first = await kit.connect();
    await kit.run(first, 'x = 41');
    await kit.driver.disconnect(first, { keep: 'leave' }, never);
    expect(stateOf(first.sandboxId)).toBe('started');
    const second = await kit.attach(first.metadata);
    expect((await kit.run(second, 'x + 1')).value).toBe('42');
    expect(second.metadata).toMatchObject({ sandboxId: first.sandboxId, keeper: first.metadata.keeper });
    // What another installation would see, it may attach to as well, and leaves.
    const third = kit.other({ installationId: 'installation-2' });
    const session = await third.attach?.(kit.request(), { sandboxId: first.sandboxId }, never);
    expect(session?.warnings.join()).toContain('left as it is');
    if (session) await third.disconnect(session, { keep: 'end' }, never);
    expect(stateOf(first.sandboxId)).toBe('started');
    expect((await kit.run(second, 'x')).value).toBe('41');
  });

  test('stopped: files stay, the profile is started with a fresh Python', async () => {
    const first = await kit.connect();
    await kit.run(first, 'open("kept.txt", "w").write("here"); x = 1');
    await kit.driver.disconnect(first, { keep: 'pause' }, never);
    expect(stateOf(first.sandboxId)).toBe('stopped');
    const steps: string[] = [];
    const second = await kit.attach(first.metadata, { onStep: (step) => steps.push(step) });
    expect(steps).toEqual(
      expect.arrayContaining(['Looking for the sandbox', 'Starting the sandbox', 'Starting Python']),
    );
    expect((await kit.run(second, 'open("kept.txt").read(), "x" in globals()')).value).toBe(
      "('here', False)",
    );
  });

  test('left running and then not used: Daytona stops it, and it is found asleep', async () => {
    const first = await kit.connect({ autoStopMinutes: 5 });
    await kit.driver.disconnect(first, { keep: 'leave' }, never);
    // An open link counts as use, and how soon Daytona sees that ours is closed is its own affair.
    await eventually('the stop', () => {
      kit.server.advanceClock(6 * MINUTE);
      return stateOf(first.sandboxId) === 'stopped';
    });
    expect(await kit.driver.list?.(kit.account(), never)).toMatchObject([{ state: 'paused', endsAt: null }]);
    expect((await kit.run(await kit.attach(first.metadata), '1+1')).value).toBe('2');
  });

  test('archived: also comes back', async () => {
    const first = await kit.connect({ pauseAs: 'archive' });
    await kit.run(first, 'open("kept.txt", "w").write("here")');
    await kit.driver.pause?.(first, never);
    await eventually('the archive', () => stateOf(first.sandboxId) === 'archived');
    expect((await problemOf(kit.run(first, '1'))).code).toBe('unavailable');
    const second = await kit.attach(first.metadata);
    expect((await kit.run(second, 'open("kept.txt").read()')).value).toBe('here');
  });

  test('somebody else’s that was stopped is stopped again, and nothing of ours stays in it', async () => {
    const client = connectSdk(kit.server);
    const foreign = await client.create({ labels: { mine: 'yes' } });
    await foreign.stop();
    const listed = await kit.driver.list?.(kit.account(), never);
    expect(listed).toMatchObject([
      { sandboxId: foreign.id, state: 'paused', sessionId: null, installationId: null },
    ]);
    const session = await kit.attach({ sandboxId: foreign.id });
    expect((await kit.run(session, '6*7')).value).toBe('42');
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(stateOf(foreign.id)).toBe('stopped');
    await foreign.start();
    const left = await foreign.process.executeCommand('ls -d /tmp/specboard-* 2>/dev/null | wc -l');
    expect(left.result.trim()).toBe('0');
    const typed = await foreign.process.executeCommand('cat ~/.bash_history 2>/dev/null | grep -c keeper');
    expect(typed.result.trim()).toBe('0');
    await client.close();
  });

  test('a sandbox that is gone, in error, or does not start again says so and is left asleep', async () => {
    const first = await kit.connect();
    await kit.driver.disconnect(first, { keep: 'pause' }, never);
    const match = { plane: 'control', method: 'POST', path: /\/start$/ } as const;
    kit.server.faults.add({ match, effect: { kind: 'reply', status: 503, message: 'no runners' } });
    expect((await problemOf(kit.attach(first.metadata))).code).toBe('unavailable');
    expect(stateOf(first.sandboxId)).toBe('stopped');
    const quick = kit.other({ timings: { runner: 300, link: 200, toolbox: 5000 } });
    const pty = { plane: 'toolbox', path: /pty/ } as const;
    kit.server.faults.add({ match: pty, effect: { kind: 'mute-socket' }, times: 50 });
    await problemOf(quick.attach?.(kit.request(), first.metadata, never) ?? Promise.resolve());
    await eventually('it to be stopped again', () => stateOf(first.sandboxId) === 'stopped');
    kit.server.faults.clear();
    kit.server.breakDown(first.sandboxId, 'disk died');
    expect((await problemOf(kit.attach(first.metadata))).problem).toMatchObject({ details: 'disk died' });
    kit.server.kill(first.sandboxId);
    expect((await problemOf(kit.attach(first.metadata))).code).toBe('gone');
  });

  test('one that was paused with its memory is paused again where it cannot be connected to', async () => {
    const first = await kit.connect();
    await kit.driver.disconnect(first, { keep: 'leave' }, never);
    const headers = { authorization: `Bearer ${kit.server.apiKey}` };
    await fetch(`${kit.server.url}/sandbox/${first.sandboxId}/pause`, { method: 'POST', headers });
    await eventually('the pause', () => stateOf(first.sandboxId) === 'paused');
    const quick = kit.other({ timings: { runner: 300, link: 200 } });
    const effect = { kind: 'mute-socket' } as const;
    kit.server.faults.add({ match: { plane: 'toolbox', path: /pty/ }, effect, times: 50 });
    await problemOf(quick.attach?.(kit.request(), first.metadata, never) ?? Promise.resolve());
    await eventually('it to be paused again', () => stateOf(first.sandboxId) === 'paused');
    expect(kit.server.requests.find('POST', /\/stop$/)).toEqual([]);
  });

  test('disconnecting is idempotent, in every state, and honest when Daytona does not answer', async () => {
    const session = await kit.connect();
    const running = kit.run(session, 'import time\nprint("on", flush=True)\ntime.sleep(100)');
    const match = { plane: 'control', method: 'DELETE' } as const;
    kit.server.faults.add({ match, effect: { kind: 'reply', status: 503, message: 'later' } });
    const problem = await problemOf(kit.driver.disconnect(session, { keep: 'end' }, never));
    expect(problem.problem).toMatchObject({ code: 'unavailable', retryable: true });
    expect(problem.problem.kept).toContain('may still be there');
    expect((await running).result.state).toMatch(/cancelled|lost/);
    expect(stateOf(session.sandboxId)).toBe('started');
    kit.server.faults.clear();
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('two more kinds of leaving: after a loss, and twice', async () => {
    const session = await kit.connect();
    const lost = lossOf(session);
    kit.server.kill(session.sandboxId);
    expect((await lost).code).toBe('gone');
    for (const keep of ['leave', 'pause', 'end', 'end'] as const)
      await kit.driver.disconnect(session, { keep }, never);
    const other = await kit.connect();
    for (let n = 0; n < 2; n++) await kit.driver.disconnect(other, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
    await kit.driver.endRemote?.(kit.account(), other.sandboxId, never);
  });
});

describe('ends that nobody asked for', () => {
  test('deleted while code runs: the execution and the session say so', async () => {
    const session = await kit.connect();
    const lost = lossOf(session);
    const { onEvent, signal } = abortOnOutput();
    const running = kit.run(session, 'import time\nprint("on", flush=True)\ntime.sleep(100)', {
      onEvent,
      signal: never,
    });
    signal.addEventListener('abort', () => kit.server.kill(session.sandboxId));
    const { result } = await running;
    expect(result).toMatchObject({
      state: 'lost',
      reason: 'The sandbox was deleted.',
      problem: { code: 'gone' },
    });
    expect((await lost).code).toBe('gone');
    expect((await problemOf(kit.run(session, '1'))).code).toBe('gone');
  });

  test('stopped by a person, and broken: each with its reason', async () => {
    const one = await kit.connect({ autoStopMinutes: 5 });
    const firstLoss = lossOf(one);
    const client = connectSdk(kit.server);
    await (await client.daytona.get(one.sandboxId)).stop();
    expect((await firstLoss).message).toContain('stopped at Daytona, or by another program');
    const two = await kit.connect();
    const secondLoss = lossOf(two);
    kit.server.breakDown(two.sandboxId, 'OOM: out of memory');
    expect((await secondLoss).problem).toMatchObject({
      code: 'out-of-memory',
      details: 'OOM: out of memory',
    });
    await client.close();
  });

  test('an unused session ends after the profile’s time, though its link is open; code that runs is use', async () => {
    const clock = new FakeClock();
    const driver = kit.other({ now: () => clock.now(), timings: { heartbeat: 30 } });
    const request = kit.request({ settings: kit.settings({ autoStopMinutes: 5 }) });
    const session = await driver.connect(request, never);
    const lost = lossOf(session);
    const ends: (number | null)[] = [];
    session.onEndsAt((at) => ends.push(at));
    const stop = new AbortController();
    const running = driver.execute(
      session,
      { language: 'shell', code: 'sleep 100' },
      { write: () => {} },
      stop.signal,
    );
    const first = session.endsAt ?? 0;
    await clock.advance(20 * MINUTE);
    await eventually('the end to move while code runs', () => (session.endsAt ?? 0) > first + 15 * MINUTE);
    expect(stateOf(session.sandboxId)).toBe('started');
    await eventually(
      'it to be kept alive at Daytona',
      () => kit.server.requests.find('POST', /last-activity/).length > 0,
    );
    stop.abort();
    await running;
    await clock.advance(6 * MINUTE);
    expect((await lost).problem).toMatchObject({
      code: 'unavailable',
      message: 'The sandbox was not used for 5 min and was stopped.',
    });
    await eventually('the stop', () => stateOf(session.sandboxId) === 'stopped');
    expect(ends.at(-1)).toBe(first + 20 * MINUTE);
    await driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('somebody else’s that is not used: our link is given up, nothing of it is changed, and it is asked rarely', async () => {
    const clock = new FakeClock();
    const client = connectSdk(kit.server);
    const foreign = await client.create({ autoStopInterval: 5 });
    const driver = kit.other({ now: () => clock.now(), timings: { heartbeat: 30 } });
    const session = await driver.attach?.(kit.request(), { sandboxId: foreign.id }, never);
    if (!session) throw new Error('no session');
    const lost = lossOf(session);
    await driver.extend?.(session, 10 * MINUTE, never);
    await clock.advance(6 * MINUTE);
    expect(session.closing.aborted).toBe(false);
    await clock.advance(20 * MINUTE);
    expect((await lost).problem).toMatchObject({
      code: 'unavailable',
      kept: expect.stringContaining('left as it is'),
    });
    await driver.disconnect(session, { keep: 'end' }, never);
    expect(stateOf(foreign.id)).toBe('started');
    expect(kit.server.requests.find('POST', /autostop|\/stop$/)).toEqual([]);
    await client.close();
  });

  test('an extension of an earlier session is over for the next one', async () => {
    const first = await kit.connect({ autoStopMinutes: 5 });
    await kit.driver.extend?.(first, 60 * MINUTE, never);
    await kit.driver.disconnect(first, { keep: 'leave' }, never);
    kit.server.requests.clear();
    await kit.attach(first.metadata, { settings: kit.settings({ autoStopMinutes: 5 }) });
    await eventually(
      'the interval of the profile',
      () => kit.server.requests.find('POST', /\/autostop\/5$/).length > 0,
    );
  });

  test('extending holds at Daytona, too, and is over when it was used up', async () => {
    const session = await kit.connect({ autoStopMinutes: 5 });
    const before = session.endsAt ?? 0;
    const after = await kit.driver.extend?.(session, 60 * MINUTE, never);
    expect(after).toBeGreaterThanOrEqual(before + 60 * MINUTE);
    expect(session.endsAt).toBe(after);
    const [asked] = kit.server.requests.find('POST', /\/autostop\/\d+$/);
    expect(Number(asked?.path.split('/').at(-1))).toBeGreaterThanOrEqual(64);
  });
});
