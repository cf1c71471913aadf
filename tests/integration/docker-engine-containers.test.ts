/** Containers and volumes of a real engine: life cycle, files as tar, readings, events; and that nothing is left open. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src-main/drivers/docker/engine/engine-replies.ts';
import type { ContainerStats } from '../../src-main/drivers/docker/engine/engine-types.ts';
import { pythonImage, startDockerEngine } from '../support/docker-engine/start-docker-engine.ts';
import { connectTo, testEngine } from '../support/docker-engine/test-engine.ts';
import { collect, errorOf, never, useEngine } from './docker-engine-support.ts';

const { engine, reason } = await testEngine();

describe.skipIf(reason !== null)('containers', () => {
  const use = useEngine(engine?.url);
  const shell = async (id: string, script: string): Promise<string> => {
    const exec = await use.client.containers.exec(id, { cmd: ['sh', '-c', script] }, never);
    return (await collect(exec.stdout)).toString();
  };

  test('the engine says what it is', async () => {
    const { description } = use.client;
    expect(description).toMatchObject({ product: 'Docker', os: 'linux', rootless: false, local: true });
    expect(description.address).toBe(engine?.url);
    expect(description.apiVersion).toMatch(/^1\.(?:4\d|5[0-2])$/);
    expect((await use.client.version(never)).Version).toBe(description.version);
    expect((await use.client.info(never)).NCPU).toBe(description.processors);
    await use.client.ping(never);
  });

  test('created, started, paused, stopped, killed, removed; each is fine twice where that makes sense', async () => {
    const { containers } = use.client;
    const id = await use.running({ Env: ['A=b'], User: '1000:1000' });
    await containers.start(id, never);
    const details = await containers.inspect(id, never);
    expect(details.State).toMatchObject({ Status: 'running', Running: true, Paused: false });
    expect(details.Config).toMatchObject({ User: '1000:1000' });
    expect(details.Config.Env).toContain('A=b');
    expect(details.HostConfig).toMatchObject({ NetworkMode: 'none', Init: true, CapDrop: [] });
    // For a moment after the start it is still the engine's own program.
    await expect
      .poll(async () => (await containers.top(id, never)).Processes.flat().join(' '), { timeout: 20_000 })
      .toContain('sleep infinity');

    await containers.pause(id, never);
    expect((await containers.inspect(id, never)).State.Paused).toBe(true);
    await errorOf(containers.pause(id, never), 'unavailable');
    await containers.unpause(id, never);

    const waited = containers.wait(id, never);
    await containers.stop(id, 0, never);
    await containers.stop(id, 0, never);
    expect([137, 143]).toContain((await waited).StatusCode);
    await errorOf(containers.kill(id, 'SIGKILL', never), 'gone');
    const of = { label: [use.label] };
    expect((await containers.list(of, { all: true }, never)).map(({ Id }) => Id)).toEqual([id]);
    expect(await containers.list(of, { all: false }, never)).toEqual([]);

    await containers.remove(id, never);
    await containers.remove(id, never);
    await errorOf(containers.inspect(id, never), 'gone');
    await errorOf(containers.start(id, never), 'gone');
  });

  test.each([
    ['a user that is not there', { User: 'nobody-here' }, 'invalid'],
    ['a program that is not there', { Cmd: ['no-such-program'], HostConfig: { Init: false } }, 'not-found'],
    [
      'a folder that is not there',
      { HostConfig: { Mounts: [{ Type: 'bind' as const, Source: '/no/such/folder', Target: '/x' }] } },
      'not-found',
    ],
    ['too little memory', { HostConfig: { Memory: 1024 } }, 'invalid'],
  ] as const)('%s is said before anything runs', async (_what, spec, code) => {
    const mutable = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
    const error = await errorOf(use.running(mutable), code);
    expect(error.problem.hint).toBeTruthy();
  });

  test('how a container ends is known to whoever asked before it was started', async () => {
    const spec = {
      Image: pythonImage,
      Cmd: ['sh', '-c', 'sleep 0.2; exit 7'],
      HostConfig: { AutoRemove: true },
    };
    const { Id } = await use.client.containers.create(spec, {}, never);
    const early = use.client.containers.wait(Id, never);
    expect((await early).StatusCode).toBe(0); // it does not run
    const ended = use.client.containers.wait(Id, never, 'next-exit');
    await use.client.containers.start(Id, never);
    expect((await ended).StatusCode).toBe(7);
  });

  test('a name that is in use is a conflict', async () => {
    const id = await use.running();
    const name = (await use.client.containers.inspect(id, never)).Name.slice(1);
    const spec = { Image: 'specboard-test/plain:1' };
    await errorOf(use.client.containers.create(spec, { name }, never), 'conflict');
  });

  test('files go in and come out as tar', async () => {
    const id = await use.running();
    const folder = mkdtempSync(join(tmpdir(), 'sb-tar-'));
    try {
      mkdirSync(join(folder, 'in'));
      for (let i = 0; i < 1000; i++) writeFileSync(join(folder, 'in', `file ${i}`), `content ${i}`);
      const tar = execFileSync('tar', ['-C', folder, '-cf', '-', 'in'], { maxBuffer: 64 * 1024 * 1024 });
      await use.client.containers.putArchive(id, '/tmp', pieces(tar), never);
      expect(await shell(id, 'ls /tmp/in | wc -l; cat "/tmp/in/file 999"')).toBe('1000\ncontent 999');
      const back = await collect(use.client.containers.getArchive(id, '/tmp/in', never));
      const { stdout } = spawnSync('tar', ['-xOf', '-', 'in/file 7'], { input: back });
      expect(stdout.toString()).toBe('content 7');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await errorOf(collect(use.client.containers.getArchive(id, '/no/such', never)), 'not-found');
    await errorOf(
      use.client.containers.putArchive(id, '/no/such', pieces(Buffer.alloc(1024)), never),
      'not-found',
    );
  });

  test('an upload that the engine refuses is not sent to its end', async () => {
    const id = await use.running();
    let left = false;
    const endless = (async function* () {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        left = true;
      }
    })();
    await errorOf(use.client.containers.putArchive(id, '/no/such', endless, never), 'not-found');
    await expect.poll(() => left).toBe(true);
  });

  test('an upload that fails on our side or is aborted ends with that reason', async () => {
    const id = await use.running();
    const failing = (async function* () {
      yield Buffer.alloc(512);
      throw new RangeError('ours');
    })();
    const failed = await errorOf(use.client.containers.putArchive(id, '/tmp', failing, never));
    expect(failed.problem.details).toContain('ours');

    const stop = new AbortController();
    let left = false;
    const endless = (async function* () {
      try {
        for (let i = 0; ; i++) {
          yield Buffer.alloc(64 * 1024);
          if (i === 20) stop.abort();
        }
      } finally {
        left = true;
      }
    })();
    await errorOf(use.client.containers.putArchive(id, '/tmp', endless, stop.signal), 'cancelled');
    await expect.poll(() => left).toBe(true);
  });

  test('a download that is left or aborted ends in the engine', async () => {
    const id = await use.running();
    await shell(id, 'head -c 50000000 /dev/zero >/tmp/big');
    for await (const piece of use.client.containers.getArchive(id, '/tmp/big', never)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of use.client.containers.getArchive(id, '/tmp/big', stop.signal)) stop.abort();
    })();
    await errorOf(reading, 'cancelled');
  });

  test('readings are what the kernel says of processor and memory; leaving ends them', async () => {
    const id = await use.running({ HostConfig: { Memory: 512 * 1024 * 1024 } });
    const script = 'b = bytearray(100_000_000)\nprint("up", flush=True)\nwhile True: pass';
    const busy = await use.client.containers.exec(id, { cmd: ['python3', '-c', script] }, never);
    await busy.stdout[Symbol.asyncIterator]().next();
    const { Titles, Processes } = await use.client.containers.top(id, never);
    const pid = Processes.find((row) => row.join(' ').includes('bytearray'))?.[Titles.indexOf('PID')];
    const readings: ContainerStats[] = [];
    const seconds: number[] = [];
    for await (const stats of use.client.containers.stats(id, never)) {
      readings.push(stats);
      seconds.push(processorSeconds(Number(pid)));
      if (readings.length === 4) break;
    }
    // The sum over some seconds: how much of a core it gets on a busy computer is not ours to say.
    const told = readings
      .slice(1)
      .reduce((sum, { cpuCores, at }, i) => sum + (cpuCores * (at - (readings[i]?.at ?? 0))) / 1000, 0);
    const used = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0);
    expect(used).toBeGreaterThan(0);
    expect(told / used).toBeGreaterThan(0.7);
    expect(told / used).toBeLessThan(1.4);
    expect(readings.at(-1)).toMatchObject({ memoryLimit: 512 * 1024 * 1024, network: null });
    expect(readings.at(-1)?.memoryUsed).toBeGreaterThan(100_000_000);
    expect(readings.at(-1)?.memoryUsed).toBeLessThan(200_000_000);
    expect(readings.at(-1)?.pids).toBeGreaterThanOrEqual(3);
    busy.close();
    await errorOf(collectAll(use.client.containers.stats('no-such-container', never)), 'gone');
    const stop = new AbortController();
    const reading = collectAll(use.client.containers.stats(id, stop.signal));
    stop.abort();
    await errorOf(reading, 'cancelled');
  });

  test('events of our label come in order, also those since a time', async () => {
    const since = Math.floor(Date.now() / 1000);
    const stop = new AbortController();
    const mark = `specboard.test.mark=${since}-${process.pid}`;
    const filters = {
      label: [use.label, mark],
      type: ['container'],
      event: ['create', 'start', 'die', 'destroy'],
    };
    const seen: EngineEvent[] = [];
    const listening = (async () => {
      for await (const event of use.client.events(filters, { since }, stop.signal)) {
        seen.push(event);
        if (event.Action === 'destroy') return;
      }
    })();
    const [key = '', value = ''] = mark.split('=');
    const id = await use.running({ Labels: { [key]: value } });
    await use.client.containers.remove(id, never);
    await listening;
    const mine = seen.filter(({ Actor }) => Actor.ID === id).map(({ Action }) => Action);
    expect(mine).toEqual(['create', 'start', 'die', 'destroy']);
    const aborted = collectAll(use.client.events(filters, {}, stop.signal));
    stop.abort();
    await errorOf(aborted, 'cancelled');
  });

  test('volumes: created, listed by label, in use, removed', async () => {
    const [key = '', value = ''] = use.label.split('=');
    const { Name } = await use.client.volumes.create({ Labels: { [key]: value } }, never);
    expect(
      (await use.client.volumes.list({ label: [use.label] }, never)).map((volume) => volume.Name),
    ).toEqual([Name]);
    const mount = { Type: 'volume' as const, Source: Name, Target: '/data' };
    const id = await use.running({ HostConfig: { Mounts: [mount] } });
    expect((await use.client.containers.inspect(id, never)).Mounts[0]).toMatchObject({
      Type: 'volume',
      Name,
      Destination: '/data',
      RW: true,
    });
    await errorOf(use.client.volumes.remove(Name, never), 'conflict');
    await use.client.containers.remove(id, never);
    await use.client.volumes.remove(Name, never);
    await use.client.volumes.remove(Name, never);
    expect(await use.client.volumes.list({ label: [use.label] }, never)).toEqual([]);
  });

  test('a container on the network reaches this machine at the gateway, and its ports are published', async () => {
    const server = createServer((socket) => socket.end('hello from the host'));
    await new Promise<void>((resolve) => server.listen(0, engine?.gateway ?? '127.0.0.1', resolve));
    const { port, address } = server.address() as { port: number; address: string };
    const id = await use.running({
      Cmd: ['python3', '-m', 'http.server', '8000', '--directory', '/home'],
      ExposedPorts: { '8000/tcp': {} },
      HostConfig: {
        NetworkMode: 'bridge',
        PortBindings: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      },
    });
    const dial = `import socket; print(socket.create_connection(("${address}", ${port})).recv(99).decode())`;
    expect(await shell(id, `python3 -c '${dial}'`)).toBe('hello from the host\n');
    server.close();
    const { NetworkSettings } = await use.client.containers.inspect(id, never);
    const hostPort = NetworkSettings?.Ports['8000/tcp']?.[0]?.HostPort;
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${hostPort}/`).catch(() => null))?.status, {
        timeout: 20_000,
      })
      .toBe(200);
  });

  test('dispose ends calls, streams and programs in flight, and leaves no connection and no handle', async () => {
    const client = await connectTo(engine?.url ?? '');
    const id = await use.running();
    const exec = await client.containers.exec(id, { cmd: ['sleep', '1000'] }, never);
    const running = [
      collectAll(exec.output),
      collectAll(client.containers.stats(id, never)),
      collectAll(client.events({}, {}, never)),
      client.containers.wait(id, never),
    ].map((work) => errorOf(work));
    await client.ping(never);
    client.dispose();
    client.dispose();
    for (const error of await Promise.all(running)) expect(error.code).toMatch(/cancelled|unavailable/);
    await errorOf(client.ping(never), 'cancelled');
    // A program that only connects, asks and disposes ends by itself; one that forgets to dispose does, too.
    for (const last of ['client.dispose()', '0']) {
      const source = `const { connectTo } = await import('./tests/support/docker-engine/test-engine.ts');
        const client = await connectTo(${JSON.stringify(engine?.url)}, new AbortController().signal);
        await client.ping(new AbortController().signal); ${last}; console.log('over');`;
      const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
        cwd: join(import.meta.dirname, '../..'),
        timeout: 60_000,
      });
      expect([status, stdout.toString()]).toEqual([0, 'over\n']);
    }
  });

  test('an engine that is restarted is talked to again; what ran is over', async () => {
    const own = await startDockerEngine({ images: false, bridge: false });
    try {
      const client = await connectTo(own.url);
      const events = errorOf(collectAll(client.events({}, {}, never)));
      await client.ping(never);
      await own.end('kill');
      // Cut, or, where it was killed before the stream stood, not there.
      expect(['unavailable', 'engine-missing']).toContain((await events).code);
      await errorOf(client.ping(never), 'engine-missing');
      await own.start();
      await client.ping(never);
      client.dispose();
    } finally {
      await own.close();
    }
  });
});

/** Processor time of a process, from the kernel, in seconds. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function* pieces(data: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 16_384) yield data.subarray(at, at + 16_384);
}

async function collectAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}
