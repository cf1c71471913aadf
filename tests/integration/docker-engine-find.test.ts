/** Which engine is found: with made-up homes and environments, real sockets, TLS against a real dockerd, ssh, and engines of other versions. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FindEngineOptions, findEngine } from '../../src-main/drivers/docker/engine/find-engine.ts';
import type { ErrorCode } from '../../src-shared/contract/errors.ts';
import { makeFakeSsh } from '../support/docker-engine/fake-ssh.ts';
import { type EngineScript, hello, startScriptedEngine } from '../support/docker-engine/scripted-engine.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine/start-docker-engine.ts';
import { makeTestCertificates } from '../support/docker-engine/test-certificates.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { collect, errorOf, never } from './docker-engine-support.ts';

const { engine, reason } = await testEngine();
const linux = process.platform === 'linux';

let home: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sb-home-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(home, { recursive: true, force: true });
});

/** Nothing of this computer: neither its environment nor its sockets nor its programs. */
function options(more: Partial<FindEngineOptions> = {}): FindEngineOptions {
  const nothing = { chosen: '', allowInsecure: false, env: {}, home, platform: 'linux' as const };
  return { ...nothing, root: join(home, 'root'), exists: () => false, ...more };
}

/** Finds it and disposes it at the test's end. */
async function found(more: Partial<FindEngineOptions> = {}) {
  const { client, attempts } = await findEngine(options(more), never);
  closing.push(() => client.dispose());
  return { client, attempts, by: client.description.foundBy };
}

function notFound(more: Partial<FindEngineOptions>, code: ErrorCode) {
  return errorOf(findEngine(options(more), never), code);
}

async function scripted(path: string, script: EngineScript) {
  mkdirSync(dirname(path), { recursive: true });
  const server = await startScriptedEngine(path, script);
  closing.push(() => server.close());
  return server;
}

/** As `docker context create` writes it. */
function writeContext(folder: string, name: string, host: string, more: object = {}): string {
  const hash = createHash('sha256').update(name).digest('hex');
  const meta = join(folder, 'contexts/meta', hash);
  mkdirSync(meta, { recursive: true });
  const text = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, ...more } } };
  writeFileSync(join(meta, 'meta.json'), JSON.stringify(text));
  const tls = join(folder, 'contexts/tls', hash, 'docker');
  mkdirSync(tls, { recursive: true });
  return tls;
}

describe.skipIf(reason !== null)('a real engine', () => {
  const socket = engine?.socket ?? '';
  const url = engine?.url ?? '';
  const link = (...parts: string[]): string => {
    const path = join(home, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(socket, path);
    return path;
  };

  test.each([
    ['linux', 'run/docker.sock', 'the socket of rootless Docker'],
    ['linux', 'root/var/run/docker.sock', 'the usual socket'],
    ['linux', '.docker/desktop/docker.sock', 'the socket of Docker Desktop'],
    ['linux', '.rd/docker.sock', 'the socket of Rancher Desktop'],
    ['linux', '.config/colima/default/docker.sock', 'the socket of colima'],
    ['linux', 'run/podman/podman.sock', 'the socket of Podman'],
    ['linux', 'root/run/podman/podman.sock', "the system's socket of Podman"],
    ['darwin', '.docker/run/docker.sock', 'the socket of Docker Desktop'],
    ['darwin', '.orbstack/run/docker.sock', 'the socket of OrbStack'],
    ['darwin', '.colima/default/docker.sock', 'the socket of colima'],
    ['darwin', '.lima/docker/sock/docker.sock', 'the socket of lima'],
    ['darwin', 'tmp/podman/podman-machine-default-api.sock', 'the socket of Podman'],
  ] as const)('on %s %s is %s', async (platform, path, words) => {
    link(path);
    const env = { XDG_RUNTIME_DIR: join(home, 'run'), TMPDIR: join(home, 'tmp') };
    const { by, attempts, client } = await found({ platform, env });
    expect(by).toBe(words);
    expect(client.description.address).toContain(path);
    for (const { problem } of attempts) expect(problem.code).toBe('engine-missing');
  });

  test('the profile, DOCKER_HOST, DOCKER_CONTEXT, the current context, the usual sockets: in this order', async () => {
    const folder = join(home, '.docker');
    writeContext(folder, 'mine', url);
    writeContext(folder, 'other', url);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: 'mine', auths: {} }));
    link('root/var/run/docker.sock');
    const env = { DOCKER_HOST: url, DOCKER_CONTEXT: 'other' };
    expect((await found({ chosen: url, env })).by).toBe('the profile');
    expect((await found({ chosen: socket, env })).by).toBe('the profile');
    expect((await found({ chosen: 'mine', env })).by).toBe('the docker context "mine" of the profile');
    expect((await found({ chosen: 'default', env })).by).toBe('the usual socket');
    expect((await found({ env })).by).toBe('DOCKER_HOST');
    expect((await found({ env: { DOCKER_CONTEXT: 'other' } })).by).toBe(
      'the docker context "other" (DOCKER_CONTEXT)',
    );
    expect((await found()).by).toBe('the docker context "mine"');
    expect((await found({ env: { DOCKER_CONTEXT: 'default' } })).by).toBe('the usual socket');
    expect((await found({ env: { DOCKER_CONFIG: join(home, 'elsewhere') } })).by).toBe('the usual socket');
  });

  test('a current context that is gone does not keep from the usual sockets; what was tried is told', async () => {
    const folder = join(home, '.docker');
    writeContext(folder, 'stale', `unix://${home}/gone.sock`);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: 'stale' }));
    link('root/var/run/docker.sock');
    const { by, attempts } = await found();
    expect(by).toBe('the usual socket');
    expect(attempts).toMatchObject([
      {
        place: 'the docker context "stale"',
        address: `unix://${home}/gone.sock`,
        problem: { code: 'engine-missing' },
      },
    ]);
    writeFileSync(join(folder, 'config.json'), 'not json');
    expect((await found()).by).toBe('the usual socket');
  });

  test('a current context of another computer is not replaced by an engine of this one', async () => {
    const folder = join(home, '.docker');
    writeContext(folder, 'far', 'ssh://me@far.invalid');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: 'far' }));
    link('root/var/run/docker.sock');
    const error = await notFound({ env: { PATH: home } }, 'unreachable');
    expect(error.message).toContain('the docker context "far"');
    expect((await found({ chosen: 'default', env: { PATH: home } })).by).toBe('the usual socket');
  });

  test('what a person named is not replaced by another engine', async () => {
    link('root/var/run/docker.sock');
    const dead = `unix://${home}/dead.sock`;
    const error = await notFound({ env: { DOCKER_HOST: dead } }, 'engine-missing');
    expect(error.message).toContain('DOCKER_HOST');
    expect(error.message).toContain(dead);
    await notFound({ chosen: dead }, 'engine-missing');
    await notFound({ chosen: 'nowhere' }, 'not-found');
    await notFound({ env: { DOCKER_CONTEXT: 'nowhere' } }, 'not-found');
    await notFound({ chosen: 'ftp://somewhere' }, 'invalid');
    writeContext(join(home, '.docker'), 'kube', 'unix:///x');
    const meta = join(
      home,
      '.docker/contexts/meta',
      createHash('sha256').update('kube').digest('hex'),
      'meta.json',
    );
    writeFileSync(meta, JSON.stringify({ Endpoints: { kubernetes: {} } }));
    await notFound({ chosen: 'kube' }, 'invalid');
  });

  test('permission denied is said, with a way out that opens nothing', async () => {
    const path = link('root/var/run/docker.sock');
    // Root may use every socket: for the moment of the call we are nobody.
    process.seteuid?.(65534);
    try {
      const error = await notFound({}, 'engine-denied');
      expect(error.message).toContain(path);
      expect(error.problem.hint).toMatch(/group|rootless/);
      expect(JSON.stringify(error.problem)).not.toMatch(/chmod/);
    } finally {
      process.seteuid?.(0);
    }
  });

  test("over ssh: the system's program, no questions, a program that runs, and nothing left of it", async () => {
    const ssh = makeFakeSsh(home, { socket });
    const env = { PATH: ssh.path };
    const { client } = await found({ chosen: 'ssh://me@far-away:2222', env });
    expect(client.description).toMatchObject({ local: false, address: 'ssh://me@far-away:2222' });
    const args = ssh.calls()[0]?.join(' ');
    expect(args).toMatch(/^-T .*BatchMode=yes.* -l me -p 2222 -- far-away docker system dial-stdio$/);

    const { Id } = await client.containers.create(
      { Image: 'specboard-test/plain:1', Cmd: ['sleep', 'infinity'], HostConfig: { NetworkMode: 'none' } },
      {},
      never,
    );
    try {
      await client.containers.start(Id, never);
      const exec = await client.containers.exec(Id, { cmd: ['wc', '-c'], stdin: true }, never);
      for (let i = 0; i < 40; i++) await exec.write(Buffer.alloc(100_000));
      exec.endInput();
      expect((await collect(exec.stdout)).toString()).toBe('4000000\n');
      expect(await exec.exitCode(never)).toBe(0);
      const open = await client.containers.exec(Id, { cmd: ['sleep', '1000'] }, never);
      const reading = errorOf(collect(open.stdout));
      client.dispose();
      expect((await reading).code).toMatch(/cancelled|unavailable/);
    } finally {
      const again = await found({ chosen: url });
      await again.client.containers.remove(Id, never);
    }
  });

  test.each([
    ['me@x: Permission denied (publickey).', 255, 'auth'],
    ['ssh: Could not resolve hostname x: Name or service not known', 255, 'unreachable'],
    ['Host key verification failed.', 255, 'unreachable'],
    ['bash: docker: command not found', 127, 'engine-missing'],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      1,
      'engine-missing',
    ],
    ['permission denied while trying to connect to the Docker daemon socket', 1, 'engine-denied'],
    ['', 255, 'unreachable'],
  ] as const)('ssh that says "%s" is told', async (words, code, expected) => {
    const ssh = makeFakeSsh(home, { words, code });
    const error = await notFound({ chosen: 'ssh://x', env: { PATH: ssh.path } }, expected);
    expect(error.problem.hint).toBeTruthy();
    if (words) expect(error.problem.details).toContain(words);
  });

  test('no ssh program at all is told', async () => {
    const error = await notFound({ chosen: 'ssh://x', env: { PATH: home } }, 'unreachable');
    expect(error.message).toMatch(/no ssh program/);
  });
});

describe.skipIf(reason !== null)('TLS', () => {
  let folder: string;
  let secure: DockerEngine;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sb-tls-'));
    const { ca, serverCert, serverKey } = makeTestCertificates(folder);
    port = await freePort();
    const tls = { port, ca, cert: serverCert, key: serverKey };
    secure = await startDockerEngine({ images: false, bridge: false, tls });
  });
  afterAll(async () => {
    await secure?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as the docker command reads them', async () => {
    const DOCKER_HOST = `tcp://127.0.0.1:${port}`;
    const env = { DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    const { client } = await found({ env });
    expect(client.description).toMatchObject({ address: DOCKER_HOST, local: false });
    await client.images.list({}, never);
    const stop = new AbortController();
    const events = client.events({}, {}, stop.signal).next();
    stop.abort();
    await errorOf(events, 'cancelled');
  });

  test('certificates of a docker context, and of the usual folder', async () => {
    const config = join(home, '.docker');
    const tls = writeContext(config, 'secure', `tcp://127.0.0.1:${port}`);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
      symlinkSync(join(folder, name), join(tls, name));
      symlinkSync(join(folder, name), join(config, name));
    }
    expect((await found({ chosen: 'secure' })).by).toBe('the docker context "secure" of the profile');
    expect((await found({ chosen: `https://127.0.0.1:${port}` })).by).toBe('the profile');
  });

  test('without a certificate of ours it is auth; one of the engine that nobody signed is refused', async () => {
    const tls = writeContext(join(home, '.docker'), 'half', `tcp://127.0.0.1:${port}`);
    symlinkSync(join(folder, 'ca.pem'), join(tls, 'ca.pem'));
    await notFound({ chosen: 'half' }, 'auth');
    const strange = writeContext(join(home, '.docker'), 'strange', `tcp://127.0.0.1:${port}`);
    symlinkSync(join(folder, 'cert.pem'), join(strange, 'cert.pem'));
    symlinkSync(join(folder, 'key.pem'), join(strange, 'key.pem'));
    const error = await notFound({ chosen: 'strange' }, 'unreachable');
    expect(error.message).toMatch(/certificate/);
    const named = writeContext(join(home, '.docker'), 'named', `tcp://localhost:${port}`);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) symlinkSync(join(folder, name), join(named, name));
    expect((await notFound({ chosen: 'named' }, 'unreachable')).problem.hint).toMatch(/names the host/);
  });

  test('plain HTTP to a port that wants TLS says so', async () => {
    const error = await notFound({ chosen: `tcp://127.0.0.1:${port}` }, 'unreachable');
    expect(error.message).toMatch(/TLS/);
  });
});

describe('tcp', () => {
  test('another computer without TLS is refused before anything is sent, unless the profile allows it', async () => {
    const error = await notFound({ chosen: 'tcp://192.0.2.1:2375' }, 'forbidden');
    expect(error.problem.hint).toMatch(/ssh|TLS/);
    await notFound({ env: { DOCKER_HOST: 'tcp://192.0.2.1:2376', DOCKER_TLS: '1' } }, 'forbidden');
    const skipped = writeContext(join(home, '.docker'), 'skipped', 'tcp://192.0.2.1:2376', {
      SkipTLSVerify: true,
    });
    expect(skipped).toBeTruthy();
    await notFound({ chosen: 'skipped' }, 'forbidden');
  });

  test('nobody listens: unreachable', async () => {
    await notFound({ chosen: `tcp://127.0.0.1:${await freePort()}` }, 'unreachable');
    await notFound({ chosen: 'tcp://engine.invalid:2375', allowInsecure: true }, 'unreachable');
  });
});

describe.skipIf(!linux)('no engine', () => {
  const programs = (...paths: string[]) => ({ exists: (path: string) => paths.includes(path) });

  test.each([
    ['linux', [], /No Docker engine was found/, /apt install/],
    ['linux', ['/usr/sbin/dockerd'], /^Docker is installed/, /systemctl start docker/],
    ['linux', ['/usr/bin/podman'], /^Podman is installed/, /systemctl --user start podman.socket/],
    ['darwin', ['/Applications/Docker.app'], /^Docker Desktop is installed/, /Start Docker Desktop/],
    ['darwin', ['/opt/homebrew/bin/colima'], /^colima is installed/, /colima start/],
    ['darwin', [], /No Docker engine was found/, /Docker Desktop/],
  ] as const)('on %s with %j', async (platform, installed, message, hint) => {
    const error = await notFound({ platform, ...programs(...installed) }, 'engine-missing');
    expect(error.message).toMatch(message);
    expect(error.problem.hint).toMatch(hint);
    expect(error.problem.details).toContain('docker.sock');
  });

  test('a socket that nobody listens at any more is an engine that does not run', async () => {
    const path = join(home, 'root/var/run/docker.sock');
    mkdirSync(dirname(path), { recursive: true });
    const listen = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listen]);
    expect(existsSync(path)).toBe(true);
    await notFound({}, 'engine-missing');
  });
});

describe.skipIf(!linux)('engines of other kinds', () => {
  const at = () => join(home, 'engine.sock');
  const chosen = () => ({ chosen: at() });

  test.each([
    ['1.52', '1.44', 'v1.52'],
    ['1.60', '1.44', 'v1.52'],
    ['1.43', '1.24', 'v1.43'],
    ['1.41', '1.12', 'v1.41'],
  ])('one of %s with the floor %s is spoken to in %s', async (version, floor, spoken) => {
    const server = await scripted(at(), hello(version, floor));
    const { client } = await found(chosen());
    await client.info(never);
    expect(server.asked.at(-1)).toBe(`/${spoken}/info`);
    expect(`v${client.description.apiVersion}`).toBe(spoken);
  });

  test('one that is too old or too new is unsupported, also where it only refuses', async () => {
    for (const [version, floor] of [
      ['1.40', '1.12'],
      ['1.9', ''],
      ['1.70', '1.60'],
    ] as const) {
      const server = await scripted(at(), hello(version, floor));
      expect((await notFound(chosen(), 'unsupported')).problem.hint).toMatch(/[Uu]pdate/);
      await server.close();
    }
    const words = 'client version 1.24 is too old. Minimum supported API version is 1.44';
    await scripted(at(), {
      '/version': (response) => {
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ message: words }));
      },
    });
    const error = await notFound(chosen(), 'unsupported');
    expect(error.problem.details).toContain(words);
    expect(error.message).not.toContain(words);
  });

  test('Podman and rootless are told', async () => {
    const parts = { Components: [{ Name: 'Podman Engine', Version: '5.4.0' }] };
    const info = { OSType: 'linux', SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] };
    await scripted(at(), { ...hello('1.41', '1.24', parts), '/info': info });
    expect((await found(chosen())).client.description).toMatchObject({ product: 'Podman', rootless: true });
  });

  test('something else that listens there is protocol', async () => {
    const page = (response: ServerResponse) => response.end('<html>It works!</html>');
    await scripted(at(), { '/version': page, '/info': page });
    await notFound(chosen(), 'protocol');
  });

  test('one that takes connections and says nothing is given up, and no connection stays', async () => {
    const server = await scripted(at(), 'hang');
    await notFound({ ...chosen(), patienceMs: 100 }, 'unavailable');
    const stop = new AbortController();
    const finding = errorOf(findEngine(options(chosen()), stop.signal), 'cancelled');
    await expect.poll(() => server.asked.length).toBeGreaterThan(2);
    stop.abort();
    await finding;
    await expect.poll(() => server.open()).toBe(0);
  });

  test('one that begins an answer and does not go on is given up, and no connection stays', async () => {
    const stuck = (response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"Version": "99');
    };
    const server = await scripted(at(), { ...hello('1.47', '1.24'), '/version': stuck });
    await notFound({ ...chosen(), patienceMs: 100 }, 'unavailable');
    await expect.poll(() => server.open()).toBe(0);
  });

  test('one that hangs does not keep from the next', async () => {
    await scripted(join(home, 'root/var/run/docker.sock'), 'hang');
    await scripted(join(home, '.rd/docker.sock'), hello('1.47', '1.24'));
    const { by, attempts } = await found({ patienceMs: 200 });
    expect(by).toBe('the socket of Rancher Desktop');
    expect(attempts[0]?.problem.code).toBe('unavailable');
  });

  test('an engine that cuts an answer, and one that went away in between, are unavailable or missing', async () => {
    const server = await scripted(at(), {
      ...hello('1.47', '1.24'),
      '/images/json': (response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('[{"Id": "x"', () => response.destroy());
      },
      '/containers/x/stats': (response) => {
        response.write('{"read": "2024-01-01T00:00:00Z", "cpu_', () => response.destroy());
      },
    });
    const { client } = await found(chosen());
    await errorOf(client.images.list({}, never), 'unavailable');
    const reading = async () => {
      for await (const _ of client.containers.stats('x', never));
    };
    await errorOf(reading(), 'unavailable');
    await client.ping(never);
    await server.close();
    await errorOf(client.ping(never), 'engine-missing');
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
