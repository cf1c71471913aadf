// The control plane of the Daytona test server, through the real SDK: sandboxes come, change, are found and go.
import { Daytona, Image, type Sandbox } from '@daytona/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import {
  connectSdk,
  eventually,
  rejection,
  type SandboxWish,
  sdkOptions,
  type TestClient,
} from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;

beforeEach(async () => {
  server = await startDaytonaServer({
    organizations: [
      { id: 'org-1', keys: ['dtn_one'], total: { cpu: 6, memory: 12, disk: 40 } },
      { id: 'org-2', keys: ['dtn_two'] },
    ],
  });
  client = connectSdk(server);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const listed = async (query: Parameters<Daytona['list']>[0] = {}): Promise<Sandbox[]> =>
  Array.fromAsync(client.daytona.list(query));

describe('creating', () => {
  it('starts a sandbox from the default snapshot with everything that was asked for', async () => {
    const sandbox = await client.create({
      name: 'first',
      labels: { app: 'specboard' },
      envVars: { COLOUR: 'blue' },
      autoStopInterval: 30,
      autoArchiveInterval: 60,
      autoDeleteInterval: 120,
      networkBlockAll: true,
      ttlMinutes: 10,
    });
    expect(sandbox).toMatchObject({
      name: 'first',
      state: 'started',
      desiredState: 'started',
      organizationId: 'org-1',
      snapshot: 'daytona-small',
      labels: { app: 'specboard', 'code-toolbox-language': 'python' },
      env: { COLOUR: 'blue' },
      target: 'us',
      cpu: 1,
      memory: 1,
      disk: 3,
      autoStopInterval: 30,
      autoArchiveInterval: 60,
      autoDeleteInterval: 120,
      networkBlockAll: true,
      sandboxClass: 'container',
    });
    expect(Date.parse(sandbox.autoDestroyAt ?? '') - Date.parse(sandbox.createdAt ?? '')).toBe(600_000);
    expect((await sandbox.process.executeCommand('echo $COLOUR')).result).toBe('blue\n');
  });

  it('takes snapshot, resources, region and the ephemeral kind', async () => {
    const sandbox = await client.create({ snapshot: 'daytona-medium', ephemeral: true });
    expect([sandbox.cpu, sandbox.memory, sandbox.disk, sandbox.autoDeleteInterval]).toEqual([2, 4, 8, 0]);
    const other = new Daytona({ ...sdkOptions(server), target: 'eu' });
    try {
      const european = await other.create({
        image: 'python:3.12-slim',
        resources: { cpu: 3, memory: 2, disk: 5 },
      });
      expect([european.target, european.cpu, european.memory, european.disk]).toEqual(['eu', 3, 2, 5]);
      expect(european.snapshot).toBeUndefined();
      expect(european.buildInfo?.dockerfileContent).toContain(Image.base('python:3.12-slim').dockerfile);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });

  it("refuses what it does not have, in Daytona's words", async () => {
    const refused = async (params: SandboxWish) => {
      const error = await rejection(client.create(params));
      return [error.name, error.message.split('\n')[0]];
    };
    expect(await refused({ snapshot: 'nothing' })).toEqual([
      'DaytonaValidationError',
      'Snapshot nothing not found. Did you add it through the Daytona Dashboard?',
    ]);
    expect(await refused({ image: 'x', resources: { cpu: 99 } })).toEqual([
      'DaytonaAuthorizationError',
      'CPU request 99 exceeds maximum allowed per sandbox (8).',
    ]);
    await client.create({ name: 'taken', image: 'x', resources: { cpu: 5 } });
    expect(await refused({ name: 'taken' })).toEqual([
      'DaytonaConflictError',
      'Sandbox with name taken already exists',
    ]);
    expect(await refused({ image: 'x', resources: { cpu: 2 } })).toEqual([
      'DaytonaAuthorizationError',
      'Total CPU limit exceeded. Maximum allowed: 6.',
    ]);
    expect(server.sandboxes()).toHaveLength(1);
  });

  it('counts processors of running sandboxes only', async () => {
    const sandbox = await client.create({ image: 'x', resources: { cpu: 5 } });
    await sandbox.stop();
    await client.create({ image: 'x', resources: { cpu: 5 } });
    expect(server.sandboxes().map(({ state }) => state)).toEqual(['started', 'stopped']);
  });
});

describe('finding', () => {
  it('lists by labels and states over several pages, newest first, without the environment', async () => {
    for (const name of ['a', 'b', 'c'])
      await client.create({ name, labels: { group: 'x' }, envVars: { A: '1' } });
    await client.create({ name: 'other' });
    const found = await listed({ labels: { group: 'x' }, limit: 2 });
    expect(found.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(found[0]?.env).toBeUndefined();
    expect(server.requests.find('GET', '/sandbox')).toHaveLength(2);
    await found[0]?.stop();
    expect((await listed({ states: ['stopped'] })).map(({ name }) => name)).toEqual(['c']);
    await found[0]?.refreshData();
    expect(found[0]?.env).toEqual({ A: '1' });
  });

  it('gets by id or name, and not what belongs to another organization', async () => {
    const sandbox = await client.create({ name: 'mine' });
    expect((await client.daytona.get('mine')).id).toBe(sandbox.id);
    expect((await client.daytona.get(sandbox.id)).name).toBe('mine');
    expect(await rejection(client.daytona.get('nope'))).toMatchObject({
      name: 'DaytonaNotFoundError',
      statusCode: 404,
    });
    const stranger = new Daytona(sdkOptions(server, 'dtn_two'));
    try {
      expect(await Array.fromAsync(stranger.list())).toEqual([]);
      expect((await rejection(stranger.get(sandbox.id))).name).toBe('DaytonaNotFoundError');
    } finally {
      await stranger[Symbol.asyncDispose]();
    }
  });

  it('lists the snapshots', async () => {
    const { items, total } = await client.daytona.snapshot.list();
    expect(items.map(({ name, state, cpu }) => [name, state, cpu])).toEqual([
      ['daytona-small', 'active', 1],
      ['daytona-medium', 'active', 2],
      ['daytona-large', 'active', 4],
    ]);
    expect(total).toBe(3);
    expect((await client.daytona.snapshot.get('daytona-large')).mem).toBe(8);
    expect((await rejection(client.daytona.snapshot.get('none'))).name).toBe('DaytonaNotFoundError');
  });

  it('refuses a wrong key', async () => {
    const wrong = new Daytona(sdkOptions(server, 'dtn_wrong'));
    try {
      const error = await rejection(wrong.get('x'));
      expect([error.name, error.message]).toEqual(['DaytonaAuthenticationError', 'Invalid credentials']);
    } finally {
      await wrong[Symbol.asyncDispose]();
    }
  });
});

describe('changing', () => {
  it('stops and starts: the files stay, the processes do not', async () => {
    const sandbox = await client.create();
    await sandbox.process.executeCommand('echo kept > note; (setsid sleep 600 >/dev/null 2>&1 &)');
    expect(server.sandboxes()[0]?.pids.length).toBeGreaterThan(0);
    await sandbox.stop();
    expect(server.sandboxes()[0]).toMatchObject({ state: 'stopped', pids: [] });
    const error = await rejection(sandbox.process.executeCommand('true'));
    expect(error.message).toBe('bad request: no IP address found. Is the Sandbox started?');
    await sandbox.start();
    expect((await sandbox.process.executeCommand('cat note')).result).toBe('kept\n');
  });

  it('archives what is stopped and restores it', async () => {
    const sandbox = await client.create();
    expect((await rejection(sandbox.archive())).message).toBe('Sandbox is not stopped');
    await sandbox.stop();
    await sandbox.archive();
    await eventually('the archive', () => server.sandboxes()[0]?.state === 'archived');
    const starting = sandbox.start();
    await eventually('the restoring', () => server.sandboxes()[0]?.state === 'restoring');
    await starting;
    expect(sandbox.state).toBe('started');
  });

  it('pauses: processes stand still and go on', async () => {
    const sandbox = await client.create();
    await sandbox.process.executeCommand('(while sleep 0.02; do echo x >> ticks; done) >/dev/null 2>&1 &');
    const ticks = async () => Number((await sandbox.process.executeCommand('wc -c < ticks')).result);
    await eventually('the first tick', async () => (await ticks()) > 0);
    await sandbox.pause();
    expect(sandbox.state).toBe('paused');
    expect(server.sandboxes()[0]?.pids.length).toBeGreaterThan(0);
    await sandbox.start();
    const before = await ticks();
    await eventually('more ticks', async () => (await ticks()) > before);
  });

  it('changes labels, intervals and the end of its life', async () => {
    const sandbox = await client.create({ labels: { a: '1' } });
    expect(await sandbox.setLabels({ b: '2' })).toEqual({ b: '2' });
    await sandbox.setAutostopInterval(7);
    await sandbox.setAutoArchiveInterval(8);
    await sandbox.setAutoDeleteInterval(9);
    await sandbox.setTtl(5);
    await sandbox.refreshData();
    expect(sandbox).toMatchObject({ autoStopInterval: 7, autoArchiveInterval: 8, autoDeleteInterval: 9 });
    expect(sandbox.autoDestroyAt).toBeDefined();
    await sandbox.setTtl(0);
    await sandbox.refreshData();
    expect(sandbox.autoDestroyAt).toBeUndefined();
    expect(server.sandboxes()[0]?.labels).toEqual({ b: '2' });
  });

  it('refuses a change while another is under way', async () => {
    const slow = await startDaytonaServer({ delays: { stop: 60_000 } });
    const other = connectSdk(slow);
    try {
      const sandbox = await other.create();
      const stopping = sandbox.stop();
      await eventually('the stop', () => slow.sandboxes()[0]?.state === 'stopping');
      const error = await rejection(other.daytona.get(sandbox.id).then((same) => same.start()));
      expect([error.name, error.message]).toEqual([
        'DaytonaConflictError',
        'Sandbox state change in progress',
      ]);
      slow.kill(sandbox.id);
      await stopping;
    } finally {
      await other.close();
      await slow.close();
    }
  });

  it('deletes, and an ephemeral one is deleted when it stops', async () => {
    const sandbox = await client.create();
    const [view] = server.sandboxes();
    await sandbox.delete(10, true);
    expect(sandbox.state).toBe('destroyed');
    expect(server.sandboxes()).toEqual([]);
    expect(view?.root).toBeDefined();
    expect((await rejection(sandbox.delete())).name).toBe('DaytonaNotFoundError');
    const short = await client.create({ ephemeral: true });
    await short.stop();
    await eventually('its end', () => server.sandboxes().length === 0);
  });
});
