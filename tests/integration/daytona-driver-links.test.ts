/** The Daytona driver: links that break, and a runner that dies. Real SDK, test server. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DaytonaSession } from '../../src-main/drivers/daytona/session.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import { connectSdk, eventually } from '../support/daytona-server/testing.ts';
import { type Kit, never, startKit } from './daytona-driver-support.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit({}, { call: 3000, patience: 20_000 });
});
afterEach(() => {
  kit.server.faults.clear();
  for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
  kit.server.requests.clear();
});
afterAll(() => kit.stop());

const stateOf = (id: string) => kit.server.sandboxes().find((sandbox) => sandbox.id === id)?.state;
const lossOf = (session: DaytonaSession) => {
  const { promise, resolve } = Promise.withResolvers<SpecboardError>();
  session.onLost(resolve);
  return promise;
};

const counting = 'import time\nfor n in range(200): print(n, flush=True); time.sleep(0.005)\n"counted"';
const all = `${Array.from({ length: 200 }, (_, n) => n).join('\n')}\n`;

test('websockets cut again and again: nothing is missing, nothing comes twice', async () => {
  const session = await kit.connect();
  const running = kit.run(session, counting);
  for (let cut = 0; cut < 4; cut++) {
    const before = kit.server.requests.find('GET', '/process/pty/create-connect').length;
    kit.server.cutConnections(session.sandboxId);
    await eventually(
      'a new link',
      () => kit.server.requests.find('GET', '/process/pty/create-connect').length > before,
    );
  }
  const ran = await running;
  expect(ran).toMatchObject({ stdout: all, value: 'counted', result: { state: 'succeeded' } });
});

test('the server restarted, its sockets muted, closed as a slow reader, refused: the same', async () => {
  const session = await kit.connect();
  const running = kit.run(session, counting);
  const match = { plane: 'toolbox', path: '/process/pty/create-connect' } as const;
  kit.server.faults.add({ match, effect: { kind: 'close-socket', code: 1008, reason: 'slow consumer' } });
  kit.server.faults.add({ match, effect: { kind: 'reply', status: 502, empty: true }, skip: 1 });
  await kit.server.restart();
  expect(await running).toMatchObject({ stdout: all, value: 'counted', result: { state: 'succeeded' } });
  expect((await kit.run(session, '1+1')).value).toBe('2');
});

test('PTYs of broken links do not pile up in the sandbox', async () => {
  const session = await kit.connect();
  for (let cut = 0; cut < 3; cut++) {
    kit.server.cutConnections(session.sandboxId);
    expect((await kit.run(session, '1')).value).toBe('1');
  }
  const client = connectSdk(kit.server);
  const sandbox = await client.daytona.get(session.sandboxId);
  await eventually('one PTY to be left', async () => {
    const sessions = await sandbox.process.listPtySessions();
    return sessions.filter(({ active }) => active).length === 1;
  });
  await client.close();
});

test('no way back in time: lost, and the sandbox is not blamed', async () => {
  const driver = kit.other({ timings: { patience: 500 } });
  const session = await driver.connect(kit.request(), never);
  const lost = lossOf(session);
  await kit.server.stopListening();
  const { code } = await lost;
  expect(code).toMatch(/unreachable|unavailable/);
  await kit.server.listenAgain();
  expect(stateOf(session.sandboxId)).toBe('started');
  await driver.disconnect(session, { keep: 'end' }, never);
  expect(kit.server.sandboxes()).toEqual([]);
});

test('the runner killed from inside: a fresh Python with a notice, the session goes on', async () => {
  const session = await kit.connect();
  await kit.run(session, 'x = 1');
  const killed = await kit.run(
    session,
    'import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(5)',
  );
  expect(killed.result.state).toMatch(/lost|failed/);
  const again = await kit.run(session, '"x" in globals()');
  expect(again.value).toBe('False');
});
