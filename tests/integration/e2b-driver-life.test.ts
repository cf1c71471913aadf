/** The E2B driver: the life of a sandbox: kept alive while used, its real end, and why it is over. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import { eventually } from '../support/e2b-server/testing.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
const live: E2bSession[] = [];
beforeAll(async () => {
  // A whole life takes seconds here: 4 s at a time, renewed every 150 ms.
  kit = await startKit({ accounts: [{ name: 'small', keys: ['e2b_small'], maxLifetimeS: 30 }] });
});
afterEach(async () => {
  kit.server.faults.clear();
  for (const session of live.splice(0)) await kit.driver.disconnect(session, { keep: 'end' }, never);
});
afterAll(() => kit.stop());

async function connect(lifetimeSeconds: number, changes = {}, ttl = 4000): Promise<E2bSession> {
  const driver = kit.other({ timings: { ttl, heartbeat: 150, call: 3000 } });
  // Shorter than a person may choose: the schema's lower bound is a minute.
  const settings = { ...kit.settings(changes), timeoutMinutes: lifetimeSeconds / 60 };
  const session = await driver.connect(kit.request({ settings }), never);
  live.push(session);
  return session;
}

const endAt = (session: E2bSession): number =>
  kit.server
    .sandboxes()
    .find(({ id }) => id === session.sandboxId)
    ?.endAt.getTime() ?? 0;

function lossOf(session: E2bSession): { lost: SpecboardError | undefined } {
  const seen: { lost: SpecboardError | undefined } = { lost: undefined };
  session.onLost((error) => {
    seen.lost = error;
  });
  return seen;
}

describe('keeping alive', () => {
  test('within the profile’s time the end moves, and the real one is told', async () => {
    const session = await connect(600);
    const first = session.endsAt ?? 0;
    const told: (number | null)[] = [];
    session.onEndsAt((at) => told.push(at));
    await eventually('the end has moved', () => (session.endsAt ?? 0) >= first + 1000);
    expect(session.endsAt).toBe(endAt(session));
    expect(told.at(-1)).toBe(session.endsAt);
    expect(kit.server.requests.find('POST', /\/timeout$/).length).toBeGreaterThan(0);
  });

  test('while code runs, also beyond the profile’s time', async () => {
    const session = await connect(2);
    const { result } = await kit.run(session, 'import time; time.sleep(4)');
    expect(result.state).toBe('succeeded');
  });

  test('unused it reaches its end, and that is the reason', async () => {
    const session = await connect(2);
    const seen = lossOf(session);
    const lost = await eventually('it is over', () => seen.lost);
    expect(lost).toMatchObject({ code: 'gone', message: 'The sandbox reached its end time and was ended.' });
    expect((await problemOf(kit.run(session, '1'))).code).toBe('gone');
  });

  test('a life that is longer is never cut', async () => {
    const session = await connect(600);
    const end = await kit.driver.extend?.(session, 20_000, never);
    expect(end).toBe(endAt(session));
    expect((end ?? 0) - Date.now()).toBeGreaterThan(15_000);
    kit.server.requests.clear();
    await eventually(
      'some heartbeats later',
      () => kit.server.requests.find('GET', /^\/sandboxes\//).length > 4,
    );
    expect(session.endsAt).toBe(end);
  });

  test('what the plan does not allow is shown as it is', async () => {
    const session = await connect(600);
    const end = await kit.driver.extend?.(session, 3_600_000, never);
    expect((end ?? 0) - Date.now()).toBeLessThan(31_000);
    expect(end).toBe(endAt(session));
  });

  test('E2B unreachable for a while: the session lives on', async () => {
    const session = await connect(600);
    const seen = lossOf(session);
    kit.server.faults.add({ match: { plane: 'control' }, effect: { kind: 'drop' }, times: 6 });
    await eventually('the faults are used up', () => kit.server.faults.pending === 0);
    const before = session.endsAt ?? 0;
    await eventually('the end moves again', () => (session.endsAt ?? 0) > before);
    expect(seen.lost).toBeUndefined();
    expect((await kit.run(session, '1')).value).toBe('1');
  });

  test('looking at resources is no use of the sandbox', async () => {
    const session = await connect(2);
    const seen = lossOf(session);
    await eventually('it is over all the same', async () => {
      await kit.driver.metrics?.(session, never).catch(() => {});
      return seen.lost;
    });
  });

  test('after disconnect nothing asks any more', async () => {
    const session = await connect(600);
    await kit.driver.disconnect(session, { keep: 'leave' }, never);
    kit.server.requests.clear();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(kit.server.requests.entries).toEqual([]);
    await kit.driver.endRemote?.(kit.account(), session.sandboxId, never);
  });
});

describe('why it is over', () => {
  test('ended elsewhere: noticed by the heartbeat', async () => {
    const session = await connect(600, {}, 20_000);
    const seen = lossOf(session);
    kit.server.kill(session.sandboxId);
    const lost = await eventually('it is noticed', () => seen.lost);
    expect(lost).toMatchObject({ code: 'gone', message: 'The sandbox was ended before its end time.' });
  });

  test('auto-pause: its files and variables are kept, and it can be woken', async () => {
    const session = await connect(600, { onTimeout: 'pause' }, 20_000);
    await kit.run(session, 'x = 9');
    const seen = lossOf(session);
    kit.server.expire(session.sandboxId);
    const lost = await eventually('it is noticed', () => seen.lost);
    expect(lost).toMatchObject({ code: 'unavailable', message: 'The sandbox was paused at E2B.' });
    expect(lost.problem.kept).toContain('kept');
    const driver = kit.other({ timings: { ttl: 20_000 } });
    const again = await driver.attach?.(kit.request(), session.metadata, never);
    if (!again) throw new Error('attach is missing');
    expect((await kit.run(again, 'x')).value).toBe('9');
    await kit.driver.disconnect(again, { keep: 'end' }, never);
  });

  test('somebody else’s that was paused is paused again, and never ended from here', async () => {
    const session = await connect(600, {}, 20_000);
    await kit.driver.disconnect(session, { keep: 'pause' }, never);
    const other = kit.other({ installationId: 'another', timings: { ttl: 20_000 } });
    for (const keep of ['leave', 'end'] as const) {
      const visitor = await other.attach?.(kit.request(), { sandboxId: session.sandboxId }, never);
      if (!visitor) throw new Error('attach is missing');
      expect(kit.server.sandboxes()[0]?.state).toBe('running');
      await other.disconnect(visitor, { keep }, never);
      expect(kit.server.sandboxes()[0]?.state).toBe('paused');
    }
    await kit.driver.endRemote?.(kit.account(), session.sandboxId, never);
  });

  test('paused in the middle of a cell: lost, and the session says why', async () => {
    const session = await connect(600, { onTimeout: 'pause' }, 20_000);
    const { result } = await kit.run(session, 'print(1, flush=True)\nimport time; time.sleep(500)', {
      onEvent: (event) => {
        if (event.type === 'text') kit.server.expire(session.sandboxId);
      },
    });
    expect(result).toMatchObject({ state: 'lost', reason: 'The sandbox was paused at E2B.' });
  });

  test('a paused session can be ended', async () => {
    const session = await connect(600, { onTimeout: 'pause' }, 20_000);
    kit.server.expire(session.sandboxId);
    await kit.driver.disconnect(session, { keep: 'end' }, never);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('pausing on demand: nothing runs there until it is attached again', async () => {
    const session = await connect(600, {}, 20_000);
    const seen = lossOf(session);
    await kit.driver.pause?.(session, never);
    expect(kit.server.sandboxes()[0]?.state).toBe('paused');
    expect((await problemOf(kit.run(session, '1'))).message).toBe('The sandbox is paused.');
    await kit.driver.disconnect(session, { keep: 'pause' }, never);
    expect(kit.server.sandboxes()[0]?.state).toBe('paused');
    expect(seen.lost).toBeUndefined();
  });
});

describe('resources', () => {
  test('memory and a busy core show', async () => {
    const session = await connect(600, {}, 20_000);
    await kit.driver.metrics?.(session, never);
    const running = kit.run(session, 'import time\nend = time.time() + 2\nwhile time.time() < end: pass');
    const busy = await eventually('a core is busy', async () => {
      const sample = await kit.driver.metrics?.(session, never);
      return sample && (sample.cpuPercent ?? 0) > 40 ? sample : undefined;
    });
    expect(busy.cpuCount).toBe(2);
    expect(busy.memoryUsed).toBeGreaterThan(1_000_000);
    expect(busy.memoryTotal).toBeGreaterThan(busy.memoryUsed ?? 0);
    expect(busy.diskTotal).toBeGreaterThan(0);
    await running;
  });
});

describe('nothing is left', () => {
  test('thirty sessions later there are no more sockets and timers than before', async () => {
    const held = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'Timeout')
        .length;
    const once = async (): Promise<void> => {
      const session = await kit
        .other({ timings: { ttl: 20_000, heartbeat: 50 } })
        .connect(kit.request(), never);
      await kit.run(session, 'true', { language: 'shell' });
      await kit.driver.disconnect(session, { keep: 'end' }, never);
    };
    await once();
    const before = held();
    for (let i = 0; i < 30; i++) await once();
    // The SDK's own pool keeps a few connections to the control plane for seconds; nothing may grow with the sessions.
    await eventually('sockets and timers are gone', () => held() <= before + 6);
    expect(kit.server.sandboxes()).toEqual([]);
  });
});
