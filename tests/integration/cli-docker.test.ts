/** The command line with containers of a real engine: run, keep, find, go on, files, ports, end; and what is not ours stays. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { startOnTerminal } from '../support/cli-terminal.ts';
import { pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { connectTo, testEngine } from '../support/docker-engine/test-engine.ts';
import { startKeyring } from '../support/keyring.ts';
import { eventually, temporaryFolder } from '../support/test-core.ts';

const { engine, reason } = await testEngine();

describe.skipIf(reason !== null)('containers from the command line', () => {
  const folder = temporaryFolder();
  const home = join(folder.path, 'home');
  const here = join(folder.path, 'here');
  const env = { DOCKER_HOST: engine?.url };
  const run = (...args: string[]) => runCli(home, args, { env });
  const json = async <T>(...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as T;
  const inBox = ['-p', 'Box', '--sandbox'] as const;
  type Found = { sandboxId: string; owner: string; inUse: boolean; name: string };
  const ours = async () =>
    (await json<Found[]>('sandboxes', '-p', 'Box')).filter(({ owner }) => owner === 'here');

  beforeAll(async () => {
    mkdirSync(home);
    mkdirSync(join(here, 'src/deep'), { recursive: true });
    writeFileSync(join(here, 'src/deep/ü.txt'), 'hello');
    writeFileSync(join(here, 'src/-dash'), '');
    symlinkSync('deep/ü.txt', join(here, 'src/link'));
    symlinkSync('/etc/passwd', join(here, 'src/out'));
    const set = ['-s', `image=${pythonImage}`, '-s', 'atDisconnect=remove'];
    expect(await run('profiles', 'add', 'Box', '-d', 'docker', ...set)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    for (const { sandboxId } of await ours()) await run('sandboxes', 'end', sandboxId, '-p', 'Box');
    folder.remove();
  });

  test('doctor says which engine was found, and how', async () => {
    const { stdout } = await run('doctor');
    expect(stdout).toMatch(/ok +Docker: Engine +Docker \d.*DOCKER_HOST/);
    const nowhere = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const missing = await runCli(home, ['doctor'], { env: nowhere });
    expect(missing.code).toBe(0);
    expect(missing.stdout).toMatch(/missing +Docker: Engine/);
  });

  test('a run ends its container; one that is kept is found, gone on with, and ended', async () => {
    expect(await run('run', '-p', 'Box', '-c', 'print(6*7)')).toMatchObject({ code: 0, stdout: '42\n' });
    expect(await ours()).toEqual([]);
    const kept = await run('run', '-p', 'Box', '--keep', '-c', 'kept = 1; open("a.txt", "w").write("a")');
    expect(kept.stderr).toContain('specboard sessions end');
    const [box] = await ours();
    const id = box?.sandboxId.slice(0, 12) ?? '';
    expect(await run('run', ...inBox, id, '-c', 'print(kept)')).toMatchObject({ code: 0, stdout: '1\n' });
    expect(await ours()).toHaveLength(1);
    expect(await run('sandboxes', 'end', id, '-p', 'Box')).toMatchObject({ code: 0 });
    expect(await ours()).toEqual([]);
    expect(await run('sandboxes', 'end', id, '-p', 'Box')).toMatchObject({ code: 2 });
    expect(await json<{ status: string }[]>('sessions', '--running')).toEqual([]);
  });

  test('files and folders go there and come back, whole and safely', async () => {
    await run('run', '-p', 'Box', '--keep', '--lang', 'sh', '-c', 'echo data > data.txt');
    const [box] = await ours();
    const at = [...inBox, box?.sandboxId ?? ''];
    expect(await run('files', 'ls', ...at)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/5 B .*data\.txt\n/),
    });
    expect(await run('files', 'put', join(here, 'src'), ...at)).toMatchObject({ code: 0 });
    const again = await run('files', 'put', join(here, 'src'), ...at);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('is in the sandbox already') });
    const got = await run('files', 'get', 'src', join(here, 'back'), ...at);
    expect(got).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('left out out: it is a link that leads out'),
    });
    expect(readFileSync(join(here, 'back/link'), 'utf8')).toBe('hello');
    expect(readdirSync(join(here, 'back')).sort()).toEqual(['-dash', 'deep', 'link']);
    expect(await run('files', 'get', 'data.txt', '-', ...at)).toMatchObject({ code: 0, stdout: 'data\n' });
    expect(await run('files', 'mkdir', 'x/y', ...at)).toMatchObject({ code: 0 });
    expect(await run('files', 'mv', 'data.txt', 'x/y/d.txt', ...at)).toMatchObject({ code: 0 });
    expect(await run('files', 'rm', 'src', 'x/y/d.txt', ...at)).toMatchObject({ code: 0 });
    expect(await json<{ name: string }[]>('files', 'ls', 'x', ...at)).toMatchObject([{ name: 'y' }]);
    expect(await run('files', 'ls', 'nowhere', ...at)).toMatchObject({ code: 2 });
    expect(await run('ports', '8000', ...at)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not published'),
    });
    await run('sandboxes', 'end', box?.sandboxId ?? '', '-p', 'Box');
  });

  test('what would be lost with a fresh container is refused before one is started', async () => {
    for (const args of [
      ['put', here],
      ['rm', 'x'],
      ['mkdir', 'x'],
      ['mv', 'a', 'b'],
    ]) {
      const refused = await run('files', ...args, '-p', 'Box');
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('Which sandbox?') });
    }
    expect(await run('ports', '80', '-p', 'Box')).toMatchObject({ code: 2 });
    expect(await ours()).toEqual([]);
  });

  test('a terminal in the container of a session that runs, as a guest that takes nothing over', async () => {
    const running = await startCli(
      home,
      [
        'run',
        '-p',
        'Box',
        '-c',
        'input = open("go", "x"); import os, time\nwhile not os.path.exists("stop"): time.sleep(0.1)\nprint("first is fine")',
      ],
      env,
    );
    const live = await eventually('the session is active', async () =>
      (await json<{ id: string; status: string }[]>('sessions', '--running')).find(
        ({ status }) => status === 'active',
      ),
    );
    const terminal = await startOnTerminal(home, ['terminal', '--session', live.id], env);
    await terminal.until('leaves from here');
    terminal.type('until [ -e go ]; do sleep 0.1; done; touch stop; exit 3\r');
    expect(await terminal.done).toEqual({ code: 3, restored: true });
    expect(await running.done).toMatchObject({ code: 0, stdout: 'first is fine\n' });
    expect(await ours()).toEqual([]);
  });

  test('a container that SpecBoard did not start can be used, and is neither ended nor changed', async () => {
    const client = await connectTo(engine?.url ?? '');
    const signal = AbortSignal.timeout(60_000);
    const { Id: other } = await client.containers.create(
      { Image: pythonImage, Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: 'none' } },
      {},
      signal,
    );
    try {
      await client.containers.start(other, signal);
      const used = await run(
        'run',
        ...inBox,
        other,
        '-c',
        'import os; print(os.path.exists("/etc/hostname"))',
      );
      expect(used).toMatchObject({ code: 0, stdout: 'True\n' });
      expect(await run('sandboxes', 'end', other, '-p', 'Box')).toMatchObject({ code: 3 });
      expect((await client.containers.inspect(other, signal)).State.Running).toBe(true);
    } finally {
      await client.containers.remove(other, signal);
      client.dispose();
    }
  });

  test('folders and ports as settings, each in its own form', async () => {
    const folders = `mounts=${here}:/mnt/here:rw`;
    const set = [
      '-s',
      'network=true',
      '-s',
      'ports=8000, 9000',
      '-s',
      folders,
      '-s',
      `mounts=${home}:/mnt/home`,
    ];
    const edited = await json<{ settings: object }>('profiles', 'edit', 'Box', ...set);
    expect(edited.settings).toMatchObject({
      ports: ['8000', '9000'],
      mounts: [
        { source: here, target: '/mnt/here', writable: true },
        { source: home, target: '/mnt/home', writable: false },
      ],
    });
    const shell = 'cat /mnt/here/src/deep/*; touch /mnt/home/x || echo refused';
    expect((await run('run', '-p', 'Box', '--lang', 'sh', '-c', shell)).stdout).toBe('hellorefused\n');
    const bad = await run('profiles', 'edit', 'Box', '-s', 'mounts=nonsense');
    expect(bad).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/folder/here:/folder/there[:rw]'),
    });
    await run('profiles', 'edit', 'Box', '-s', 'mounts=', '-s', 'ports=[]', '-s', 'network=false');
  });

  test('secret variables are read as lines, kept in the keyring, and reach the code and nobody else', async () => {
    const keyring = await startKeyring('unlocked');
    try {
      const kept = { ...env, ...keyring.env };
      const set = (input: string) =>
        runCli(home, ['credentials', 'set', 'Box', 'secretEnvironment'], { input, env: kept });
      const bad = await set('TOKEN=tok-0123456789\nsecret-without-a-name\n');
      expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('Line 2: write NAME=value.') });
      expect(bad.stderr).not.toContain('secret-without');
      expect(await set('# for tests\nTOKEN=tok-0123456789\nOTHER=a=b c\n')).toMatchObject({ code: 0 });
      const code = 'import os; print(os.environ["TOKEN"][::-1], os.environ["OTHER"])';
      const ran = await runCli(home, ['run', '-p', 'Box', '--keep', '-c', code], { env: kept });
      expect(ran).toMatchObject({ code: 0, stdout: '9876543210-kot a=b c\n' });
      const [box] = await ours();
      const client = await connectTo(engine?.url ?? '');
      const seen = await client.containers.inspect(box?.sandboxId ?? '', AbortSignal.timeout(60_000));
      client.dispose();
      expect(JSON.stringify(seen)).not.toContain('tok-0123456789');
      await runCli(home, ['sandboxes', 'end', box?.sandboxId ?? '', '-p', 'Box'], { env: kept });
      expect(await runCli(home, ['credentials', 'clear', 'Box'], { env: kept })).toMatchObject({ code: 0 });
    } finally {
      await keyring.dispose();
    }
  });
});
