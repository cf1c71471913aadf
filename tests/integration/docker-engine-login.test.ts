/** Pulls of private images: the person's logins, as the docker command keeps them, reach the registry and nobody else. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from '../../src-main/drivers/docker/engine/find-engine.ts';
import {
  createFindLogin,
  type FindLogin,
  loginHeader,
  registryOf,
} from '../../src-main/drivers/docker/engine/registry-login.ts';
import { type ImageRegistry, startImageRegistry } from '../support/docker-engine/image-registry.ts';
import { makeSmallImage } from '../support/docker-engine/small-image.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { errorOf, never } from './docker-engine-support.ts';

const { engine, reason } = await testEngine();
const username = 'reader';
const password = 'p:ä/wörd+plum';
const hub = 'https://index.docker.io/v1/';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-login-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (config: object): void => writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const encoded = (name: string, secret: string): string => Buffer.from(`${name}:${secret}`).toString('base64');

/** A program that keeps logins; it writes down what it was asked. */
function helper(name: string, script: string): Record<string, string | undefined> {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const path = join(bin, `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\necho "$1" >'${folder}/asked'; cat >>'${folder}/asked'\n${script}\n`);
  chmodSync(path, 0o755);
  return { PATH: [bin, process.env['PATH']].join(delimiter) };
}
const asked = (): string => readFileSync(join(folder, 'asked'), 'utf8');

describe.skipIf(reason !== null)('a registry that wants a login', () => {
  let registry: ImageRegistry;
  beforeAll(async () => {
    registry = await startImageRegistry({ username, password });
  });
  afterAll(() => registry.close());
  const pull = async (full: string, env: Record<string, string | undefined> = {}): Promise<void> => {
    const { client } = await findEngine(
      {
        ...{ chosen: engine?.url ?? '', allowInsecure: false, home: '/nonexistent' },
        ...{ env: { DOCKER_CONFIG: folder, ...env }, platform: process.platform },
      },
      never,
    );
    try {
      await client.images.pull(full, () => {}, never);
      await client.images.remove(full, never);
    } finally {
      client.dispose();
    }
  };
  let count = 0;
  const added = (): string => registry.add(`private/image-${count++}`, makeSmallImage([64]));

  test('gets that of the configuration, written as a host or as an address', async () => {
    for (const name of [registry.host, `http://${registry.host}/v1/`]) {
      write({ auths: { 'other.example': {}, [name]: { auth: encoded(username, password) } } });
      await pull(added());
    }
  });

  test('gets that of the program which keeps logins', async () => {
    const said = JSON.stringify({ ServerURL: registry.host, Username: username, Secret: password });
    const env = helper('test', `cat <<'END'\n${said}\nEND`);
    write({ auths: { [registry.host]: {} }, credsStore: 'test' });
    await pull(added(), env);
    expect(asked()).toBe(`get\n${registry.host}`);
    write({ credsStore: 'nobody', credHelpers: { [registry.host]: 'test' } });
    await pull(added(), env);
  });

  test('without a login, with a wrong one, and where it cannot be read: what to do is said, and no secret', async () => {
    write({});
    expect((await errorOf(pull(added()), 'auth')).problem.hint).toMatch(/docker login/);
    write({ auths: { [registry.host]: { auth: encoded(username, 'wrong-plum') } } });
    const wrong = await errorOf(pull(added()), 'auth');
    expect(wrong.problem.hint).toMatch(/was used: "docker login" renews it/);
    write({ credsStore: 'nobody' });
    const unread = await errorOf(pull(added()), 'auth');
    expect(unread.problem.hint).toMatch(/not used. The program "docker-credential-nobody" is not there/);
    const env = helper('broken', `echo '${password}'; echo '${password}' >&2; exit 3`);
    write({ credsStore: 'broken' });
    const broken = await errorOf(pull(added(), env), 'auth');
    expect(broken.problem.hint).toMatch(/"docker-credential-broken" did not give it/);
    for (const error of [wrong, unread, broken])
      expect(JSON.stringify([error.problem, error.stack])).not.toMatch(/plum/);
  });
});

describe('where a login is looked for', () => {
  const finder = (env: Record<string, string | undefined> = {}): FindLogin =>
    createFindLogin({ folder, read: (path) => readFile(path, 'utf8'), env, platform: process.platform });

  test('the name of the registry is that of the docker command', () => {
    for (const name of ['python', 'library/python', 'docker.io/library/python', 'index.docker.io/a/b'])
      expect(registryOf(name), name).toBe(hub);
    expect(registryOf('ghcr.io/a/b')).toBe('ghcr.io');
    expect(registryOf('localhost/a')).toBe('localhost');
    expect(registryOf('host:5000/a')).toBe('host:5000');
  });

  test('none, damaged, or of another registry: none', async () => {
    expect(await finder()('ghcr.io/a', never)).toEqual({ kind: 'none' });
    writeFileSync(join(folder, 'config.json'), 'not json');
    expect(await finder()('ghcr.io/a', never)).toEqual({ kind: 'none' });
    write({ auths: { 'ghcr.io.example': { auth: encoded('a', 'b') }, 'ghcr.io': {} } });
    expect(await finder()('ghcr.io/a', never)).toEqual({ kind: 'none' });
    expect(await finder()('python', never)).toEqual({ kind: 'none' });
  });

  test('of Docker itself, with a token', async () => {
    write({ auths: { [hub]: { auth: encoded('me', ''), identitytoken: 'token' } } });
    expect(await finder()('python', never)).toEqual({
      kind: 'login',
      login: { username: 'me', password: '', identitytoken: 'token', serveraddress: hub },
    });
  });

  test('a program that gives a token, or has nothing', async () => {
    write({ credsStore: 'test' });
    const token = helper('test', `echo '{"Username":"<token>","Secret":"t"}'`);
    expect(await finder(token)('python', never)).toEqual({
      kind: 'login',
      login: { identitytoken: 't', serveraddress: hub },
    });
    expect(asked()).toBe(`get\n${hub}`);
    const nothing = helper('test', 'echo "credentials not found in native keychain"; exit 1');
    expect(await finder(nothing)('python', never)).toEqual({ kind: 'none' });
  });

  test('a name that is none is not run', async () => {
    write({ credsStore: `x;touch ${folder}/ran` });
    expect(await finder()('python', never)).toMatchObject({ kind: 'failed' });
    write({ credsStore: '../../../bin/sh' });
    expect(await finder()('python', never)).toMatchObject({ kind: 'failed' });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  test('an abort ends the program', async () => {
    write({ credsStore: 'test' });
    const stop = new AbortController();
    const looking = finder(helper('test', `mkfifo '${folder}/wait'; read _ <'${folder}/wait'`))(
      'python',
      stop.signal,
    );
    stop.abort();
    await expect(looking).rejects.toBe(stop.signal.reason);
  });

  test('the header keeps its padding, and has the letters of addresses', () => {
    for (const secret of ['', 'a', 'ab', '\u00ff\u00fe?>~', password]) {
      const header = loginHeader({ username, password: secret, serveraddress: 'x' });
      expect(header).toMatch(/^[\w-]+={0,2}$/);
      expect(header.length % 4).toBe(0);
      expect(JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))).toMatchObject({
        password: secret,
      });
    }
  });
});
