// The E2B test server's control plane, asked by the real SDK.
import { existsSync } from 'node:fs';
import {
  ApiClient,
  AuthenticationError,
  ConnectionConfig,
  NotFoundError,
  Sandbox,
  SandboxError,
  SandboxNotFoundError,
  TimeoutError,
} from '@e2b/code-interpreter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { eventually, isAlive, rejection, sdkOptions, startCell } from '../support/e2b-server/testing.ts';

let server: E2bServer;

beforeAll(async () => {
  server = await startE2bServer({
    accounts: [
      { name: 'one', keys: ['key-one', 'key-one-again'], maxSandboxes: 30, maxLifetimeS: 3_600 },
      { name: 'two', keys: ['key-two'], maxSandboxes: 1 },
    ],
  });
});

afterAll(() => server.close());

const one = () => sdkOptions(server, 'key-one');

describe('create, list, inspect, end', () => {
  it('creates with metadata, lists by it, and shows the details', async () => {
    const metadata = { app: 'specboard', board: 'a b&c=1/ž' };
    const sandbox = await Sandbox.create({ ...one(), metadata, timeoutMs: 60_000 });
    const other = await Sandbox.create({ ...one(), metadata: { app: 'specboard', board: 'two' } });
    const found = await Sandbox.list({
      ...one(),
      query: { metadata: { board: metadata.board } },
    }).nextItems();
    expect(found.map(({ sandboxId }) => sandboxId)).toEqual([sandbox.sandboxId]);
    expect(found[0]?.metadata).toEqual(metadata);
    const info = await sandbox.getInfo();
    expect(info).toMatchObject({ sandboxId: sandbox.sandboxId, state: 'running', cpuCount: 2, metadata });
    expect(info.endAt.getTime() - info.startedAt.getTime()).toBe(60_000);
    expect(server.sandboxes().map(({ id }) => id)).toContain(other.sandboxId);
    expect(sandbox.sandboxId).toMatch(/^i[a-z0-9]{20}$/);
    await other.kill();
    await sandbox.kill();
  });

  it('lists in pages, the newest first, each sandbox once', async () => {
    const made: string[] = [];
    for (let at = 0; at < 5; at += 1)
      made.push((await Sandbox.create({ ...one(), metadata: { set: 'pages' } })).sandboxId);
    const pages = Sandbox.list({ ...one(), limit: 2, query: { metadata: { set: 'pages' } } });
    const sizes: number[] = [];
    const seen: string[] = [];
    while (pages.hasNext) {
      const items = await pages.nextItems();
      sizes.push(items.length);
      seen.push(...items.map(({ sandboxId }) => sandboxId));
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual(made.reverse());
    for (const id of made) await Sandbox.kill(id, one());
  });

  it('ends a sandbox once; afterwards it is not found', async () => {
    const sandbox = await Sandbox.create(one());
    const root = server.sandboxes().find(({ id }) => id === sandbox.sandboxId)?.root ?? '';
    expect(existsSync(root)).toBe(true);
    expect(await sandbox.kill()).toBe(true);
    expect(await sandbox.kill()).toBe(false);
    expect(existsSync(root)).toBe(false);
    expect(await rejection(sandbox.getInfo())).toBeInstanceOf(SandboxNotFoundError);
    expect(await rejection(sandbox.setTimeout(1_000))).toBeInstanceOf(SandboxNotFoundError);
    expect(await rejection(Sandbox.connect(sandbox.sandboxId, one()))).toBeInstanceOf(SandboxNotFoundError);
    expect(await rejection(sandbox.runCode('1'))).toBeInstanceOf(TimeoutError);
    expect(await rejection(sandbox.files.read('x'))).toBeInstanceOf(TimeoutError);
    expect(await sandbox.isRunning()).toBe(false);
  });

  it('ends every process with the sandbox, also one that left its session', async () => {
    const sandbox = await Sandbox.create(one());
    await sandbox.runCode(
      'import subprocess; p = subprocess.Popen(["sleep", "1000"], start_new_session=True)',
    );
    await sandbox.commands.run('setsid sleep 1000 >/dev/null 2>&1 & sleep 1000', { background: true });
    const pids = await eventually('kernel, shell and sleeps', () => {
      const found = server.sandboxes().find(({ id }) => id === sandbox.sandboxId)?.pids ?? [];
      return found.length >= 4 ? found : undefined;
    });
    await sandbox.kill();
    await eventually('all processes gone', () => pids.every((pid) => !isAlive(pid)));
  });

  it('refuses a template that is not there, and a template without interpreter has no port 49999', async () => {
    const error = await rejection(Sandbox.create('no-such-template', one()));
    expect(error).toBeInstanceOf(SandboxError);
    expect(error.message).toContain('404');
    const plain = await Sandbox.create('base', one());
    expect((await plain.commands.run('echo fine')).stdout).toBe('fine\n');
    expect((await rejection(plain.runCode('1'))).message).toContain('port is not open');
    await plain.kill();
  });
});

describe('accounts', () => {
  it('refuses an unknown key; several keys open one account', async () => {
    expect(await rejection(Sandbox.create(sdkOptions(server, 'wrong')))).toBeInstanceOf(AuthenticationError);
    const sandbox = await Sandbox.create(one());
    const again = await Sandbox.getInfo(sandbox.sandboxId, sdkOptions(server, 'key-one-again'));
    expect(again.sandboxId).toBe(sandbox.sandboxId);
    await sandbox.kill();
  });

  it('keeps accounts apart and holds each to its quota', async () => {
    const two = sdkOptions(server, 'key-two');
    const sandbox = await Sandbox.create(one());
    expect(await rejection(Sandbox.getInfo(sandbox.sandboxId, two))).toBeInstanceOf(SandboxNotFoundError);
    expect(await Sandbox.kill(sandbox.sandboxId, two)).toBe(false);
    expect(await Sandbox.list(two).nextItems()).toEqual([]);
    const only = await Sandbox.create(two);
    const error = await rejection(Sandbox.create(two));
    expect(error.name).toBe('RateLimitError');
    expect(error.message).toContain('maximum number of concurrent E2B sandboxes (1)');
    await only.kill();
    await (await Sandbox.create(two)).kill();
    await sandbox.kill();
  });

  it('masks keys and tokens in the request log', async () => {
    const sandbox = await Sandbox.create(one());
    await sandbox.commands.run('true');
    const log = JSON.stringify(server.requests.entries);
    expect(log).not.toContain('key-one');
    expect(log).not.toMatch(/ea_[0-9a-f]{8}/);
    const [create] = server.requests.find('POST', '/v2/sandboxes').slice(-1);
    expect(create).toMatchObject({ plane: 'control', status: 201, headers: { 'x-api-key': '***' } });
    await sandbox.kill();
  });
});

describe('lifetime', () => {
  it('moves the end with setTimeout, clamps it to the plan, refuses too long a create', async () => {
    const sandbox = await Sandbox.create({ ...one(), timeoutMs: 60_000 });
    await sandbox.setTimeout(10_000);
    const { startedAt, endAt } = await sandbox.getInfo();
    expect(endAt.getTime() - startedAt.getTime()).toBeLessThan(60_000);
    await sandbox.setTimeout(100 * 3_600_000);
    const clamped = await sandbox.getInfo();
    expect(clamped.endAt.getTime() - clamped.startedAt.getTime()).toBe(3_600_000);
    expect((await rejection(Sandbox.create({ ...one(), timeoutMs: 3_601_000 }))).message).toContain('400');
    await sandbox.kill();
  });

  it('extends with connect, never shortens', async () => {
    const sandbox = await Sandbox.create({ ...one(), timeoutMs: 600_000 });
    const before = (await sandbox.getInfo()).endAt;
    await Sandbox.connect(sandbox.sandboxId, { ...one(), timeoutMs: 5_000 });
    expect((await sandbox.getInfo()).endAt).toEqual(before);
    await Sandbox.connect(sandbox.sandboxId, { ...one(), timeoutMs: 1_200_000 });
    expect((await sandbox.getInfo()).endAt.getTime()).toBeGreaterThan(before.getTime());
    await sandbox.kill();
  });

  it('ends or pauses a sandbox when its time is over', async () => {
    const ended = await Sandbox.create({ ...one(), timeoutMs: 200 });
    await eventually('the end', async () => !(await ended.isRunning()));
    expect(await rejection(ended.getInfo())).toBeInstanceOf(SandboxNotFoundError);
    const paused = await Sandbox.create({ ...one(), timeoutMs: 200, lifecycle: { onTimeout: 'pause' } });
    await eventually('the pause', async () => (await paused.getInfo()).state === 'paused');
    await paused.kill();
  });

  it('expires what a clock jump passes, and only that', async () => {
    const own = await startE2bServer();
    const options = sdkOptions(own);
    const short = await Sandbox.create({ ...options, timeoutMs: 60_000 });
    const long = await Sandbox.create({ ...options, timeoutMs: 3_600_000 });
    own.advanceClock(61_000);
    expect(await short.isRunning()).toBe(false);
    expect(await long.isRunning()).toBe(true);
    own.expire(long.sandboxId);
    expect(own.sandboxes()).toEqual([]);
    await own.close();
  });
});

describe('pause and resume', () => {
  it('keeps kernel state and processes over a pause', async () => {
    const sandbox = await Sandbox.create(one());
    await sandbox.runCode('x = 41');
    const sleeper = await sandbox.commands.run('sleep 1000', { background: true });
    expect(await sandbox.pause()).toBe(true);
    expect(await sandbox.pause()).toBe(false);
    expect((await sandbox.getInfo()).state).toBe('paused');
    expect(await sandbox.isRunning()).toBe(false);
    expect(await rejection(sandbox.runCode('x'))).toBeInstanceOf(TimeoutError);
    expect((await rejection(sandbox.commands.run('echo'))).name).toMatch(/SandboxNotFoundError|TimeoutError/);
    expect(await rejection(sandbox.setTimeout(1_000))).toBeInstanceOf(SandboxNotFoundError);
    const again = await Sandbox.connect(sandbox.sandboxId, { ...one(), timeoutMs: 30_000 });
    expect((await again.runCode('x + 1')).text).toBe('42');
    expect((await sandbox.runCode('x')).text).toBe('41');
    expect((await again.commands.list()).map(({ pid }) => pid)).toContain(sleeper.pid);
    await sandbox.kill();
  });

  it('drops open streams when it pauses', async () => {
    const sandbox = await Sandbox.create(one());
    const { done } = await startCell(server, () =>
      rejection(sandbox.runCode('import time; time.sleep(1000)')),
    );
    await sandbox.pause();
    expect((await done).message).not.toBe('');
    await sandbox.kill();
  });

  it('forgets processes when it pauses without memory, but keeps files', async () => {
    const sandbox = await Sandbox.create(one());
    await sandbox.runCode('x = 1');
    await sandbox.files.write('kept.txt', 'kept');
    await sandbox.pause({ keepMemory: false });
    const again = await Sandbox.connect(sandbox.sandboxId, one());
    expect((await again.runCode('x')).error?.name).toBe('NameError');
    expect(await again.files.read('kept.txt')).toBe('kept');
    await again.kill();
  });
});

describe('beside sandboxes', () => {
  it('measures the real use of processor and memory', async () => {
    const own = await startE2bServer({ metricsStepMs: 50 });
    const sandbox = await Sandbox.create(sdkOptions(own));
    await sandbox.runCode('block = bytearray(60_000_000)');
    const busy = sandbox.runCode('import time\nend = time.time() + 1\nwhile time.time() < end: pass');
    const point = await eventually('a busy moment', async () =>
      (await sandbox.getMetrics()).find(({ cpuUsedPct, memUsed }) => cpuUsedPct > 10 && memUsed > 60_000_000),
    );
    expect(point.memTotal).toBeGreaterThan(point.memUsed);
    await busy;
    await own.close();
  });

  it('makes a sandbox from a snapshot of files', async () => {
    const sandbox = await Sandbox.create(one());
    await sandbox.files.write('data.txt', 'first');
    const snapshot = await sandbox.createSnapshot();
    await sandbox.files.write('data.txt', 'second');
    const copy = await Sandbox.create(snapshot.snapshotId, one());
    expect(await copy.files.read('data.txt')).toBe('first');
    expect((await copy.runCode('open("data.txt").read()')).text).toBe('first');
    expect((await sandbox.listSnapshots().nextItems()).map(({ snapshotId }) => snapshotId)).toEqual([
      snapshot.snapshotId,
    ]);
    expect(await Sandbox.deleteSnapshot(snapshot.snapshotId, one())).toBe(true);
    expect(await Sandbox.deleteSnapshot(snapshot.snapshotId, one())).toBe(false);
    await copy.kill();
    await sandbox.kill();
  });

  it('answers teams and templates', async () => {
    const { api } = new ApiClient(new ConnectionConfig(one()));
    expect((await api.GET('/teams')).data?.[0]?.name).toBe('one');
    expect((await api.GET('/templates')).data?.map(({ templateID }) => templateID)).toContain(
      'code-interpreter-v1',
    );
  });

  it('asks for the traffic token where traffic is not public', async () => {
    const sandbox = await Sandbox.create({ ...one(), network: { allowPublicTraffic: false } });
    expect(sandbox.trafficAccessToken).toMatch(/^ta_/);
    expect((await sandbox.runCode('1+1')).text).toBe('2');
    await sandbox.createCodeContext();
    const bare = await fetch(`${server.url}/contexts`, {
      headers: { 'e2b-sandbox-id': sandbox.sandboxId, 'e2b-sandbox-port': '49999' },
    });
    expect(bare.status).toBe(403);
    await sandbox.kill();
  });
});

it('closes with nothing left', async () => {
  const own = await startE2bServer();
  const sandbox = await Sandbox.create(sdkOptions(own));
  await sandbox.runCode('import os; os.system("setsid sleep 1000 &")');
  const [view] = own.sandboxes();
  expect(view?.pids.length).toBeGreaterThan(1);
  await own.close();
  await eventually('processes gone', () => view?.pids.every((pid) => !isAlive(pid)));
  expect(existsSync(view?.root ?? '')).toBe(false);
  expect(await rejection(Sandbox.create(sdkOptions(own)))).not.toBeInstanceOf(NotFoundError);
});
