/** The parts of the Docker driver on a real engine: images without Python, terminals, bulk files, installs, ports, readings, pulls, tests of a profile. */
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BulkFiles } from '../../src-main/drivers/docker/bulk-files.ts';
import type { DockerSession } from '../../src-main/drivers/docker/docker-session.ts';
import { openContainerTerminal } from '../../src-main/drivers/docker/terminal.ts';
import type { DriverTerminal } from '../../src-main/drivers/driver.ts';
import { type ImageRegistry, startImageRegistry } from '../support/docker-engine/image-registry.ts';
import { rootFilesystem } from '../support/docker-engine/root-filesystem.ts';
import { makeSmallImage } from '../support/docker-engine/small-image.ts';
import { plainImage, pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { startPackageIndex } from '../support/package-index.ts';
import { python, until } from '../support/runner.ts';
import { type DockerKit, never, problemOf, startDockerKit } from './docker-driver-support.ts';

const { engine, reason } = await testEngine();
const url = engine?.url ?? '';
const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('missing');
  return value;
};

describe.skipIf(reason !== null)('an image without Python', () => {
  let kit: DockerKit;
  let session: DockerSession;
  beforeAll(async () => {
    kit = await startDockerKit({ url });
    session = await kit.connect(
      { image: plainImage, environment: { OPEN: 'open' } },
      { credentials: { secretEnvironment: "TOKEN=it's $ecret" } },
    );
  });
  afterAll(async () => {
    await kit.end(session);
    expect(await kit.remains()).toEqual([]);
    await kit.stop();
  });

  test('says what is missing and what to do', async () => {
    expect(session.warnings.join()).toMatch(/no python3/);
    const { code, problem } = await problemOf(kit.run(session, '1'));
    expect(code).toBe('python-missing');
    expect(problem.hint).toMatch(/python:3.12-slim/);
    expect((await problemOf(present(kit.driver.files).list(session, '.', never))).code).toBe(
      'python-missing',
    );
    expect((await problemOf(present(kit.driver.resetKernel)(session, never))).code).toBe('python-missing');
  });

  test('runs commands: exit codes, both streams, environment, no input, quotes', async () => {
    const ran = await kit.shell(session, 'echo "out $OPEN $TOKEN"; echo err >&2; cat; exit 3', {
      env: { OPEN: 'mine' },
    });
    expect(ran).toMatchObject({ stdout: "out mine it's $ecret\n", stderr: 'err\n' });
    expect(ran.result).toMatchObject({ state: 'failed', exitCode: 3 });
    expect((await kit.shell(session, 'true')).result).toMatchObject({ state: 'succeeded', exitCode: 0 });
    expect((await kit.shell(session, `echo 'it'"'"'s $HOME' "\\$x" 'a\\b'`)).stdout).toBe(
      "it's $HOME $x a\\b\n",
    );
    expect((await kit.shell(session, 'no-such-program')).result.exitCode).toBe(127);
    expect((await kit.shell(session, 'kill -KILL $$')).result).toMatchObject({
      state: 'failed',
      exitCode: 137,
    });
    expect((await kit.shell(session, `echo ${'x'.repeat(300_000)} | wc -c`)).stdout.trim()).toBe('300001');
    expect((await kit.shell(session, 'pwd; id -u')).stdout).toBe('/workspace\n1000\n');
  });

  test('gives bytes as they are, a million of them, and waits for a slow reader', async () => {
    const { events } = await kit.shell(session, 'head -c 1000000 /dev/urandom | tee random.bin');
    const bytes = Buffer.concat(
      events.map((event) => (event.type === 'text' ? event.bytes : Buffer.alloc(0))),
    );
    const { stdout } = await kit.shell(session, 'sha256sum random.bin | cut -d" " -f1');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(stdout.trim());
  });

  test('cancel ends the whole group, also what left it and what ignores signals', async () => {
    const running = await kit.started(
      session,
      `trap '' INT TERM; setsid sh -c 'trap "" INT TERM; echo $$ > hidden.pid; sleep 1000; sleep 1000' & sleep 1000 | cat & echo on; wait`,
      { language: 'shell', graceMs: 200 },
    );
    await kit.shell(session, 'while ! test -s hidden.pid; do sleep 0.05; done');
    running.cancel();
    expect((await running.done).result.state).toBe('cancelled');
    const { stdout } = await kit.shell(session, 'ps -eo args | grep -c "[s]leep 1000"');
    expect(stdout.trim()).toBe('0');
  });

  test('a time limit and a second Ctrl-C', async () => {
    const limited = await kit.shell(session, 'sleep 1000', {
      signal: AbortSignal.timeout(300),
      graceMs: 100,
    });
    expect(limited.result.state).toBe('timed-out');
    const force = new AbortController();
    const running = await kit.started(session, `trap '' INT; echo on; while :; do sleep 1; done`, {
      ...{ language: 'shell', graceMs: 600_000, forceSignal: force.signal },
    });
    running.cancel();
    force.abort();
    expect((await running.done).result.state).toBe('cancelled');
  });

  test('has terminals, with the secrets', async () => {
    const terminal = await present(kit.driver.openTerminal)(session, { cols: 90, rows: 30 }, {}, never);
    await terminal.write(Buffer.from('stty -echo; stty size; printf "<%s>\\n" "$TOKEN"; exit 7\n'));
    const text = Buffer.concat(await Array.fromAsync(terminal.output)).toString('utf8');
    expect(text).toContain('30 90');
    expect(text).toContain("<it's $ecret>");
    expect(text).not.toContain('SPECBOARD');
    expect(await terminal.ended).toEqual({ exitCode: 7 });
  });

  test('readings work without Python, too', async () => {
    const sample = await present(kit.driver.metrics)(session, never);
    expect(sample).toMatchObject({ memoryTotal: 512 * 1_048_576, processes: expect.any(Number) });
  });
});

describe.skipIf(reason !== null)('an image with Python', () => {
  let kit: DockerKit;
  let session: DockerSession;
  beforeAll(async () => {
    kit = await startDockerKit({ url });
    session = await kit.connect({ memoryMb: 2048, diskMb: 600 });
  });
  afterAll(async () => {
    await kit.end(session);
    await kit.stop();
  });

  test('a terminal takes its new size, Ctrl-C, and leaves nothing when it is closed', async () => {
    const terminal: DriverTerminal = await present(kit.driver.openTerminal)(
      session,
      { cols: 80, rows: 24 },
      { cwd: '/tmp' },
      never,
    );
    let text = '';
    const reading = (async () => {
      for await (const bytes of terminal.output) text += Buffer.from(bytes).toString('utf8');
    })();
    const see = (what: RegExp) => until(String(what), () => what.test(text));
    await terminal.write(Buffer.from('pwd; stty size\n'));
    await see(/\/tmp\r\n24 80/);
    await terminal.resize({ cols: 132, rows: 43 });
    await terminal.write(Buffer.from('stty size\n'));
    await see(/43 132/);
    await terminal.write(Buffer.from('sleep 98765\n'));
    await until(
      'it sleeps',
      async () => (await kit.shell(session, 'ps -eo args | grep -c "^sleep 98765"')).stdout.trim() === '1',
    );
    await terminal.write(Buffer.from('\x03'));
    await terminal.write(Buffer.from('(setsid sleep 98766 &); echo ba""ck\n'));
    await see(/back/);
    await terminal.close();
    await reading;
    expect(await terminal.ended).toMatchObject({ exitCode: null, reason: 'The terminal was closed.' });
    expect((await kit.shell(session, 'ps -eo args | grep -c "^sleep 9876"')).stdout.trim()).toBe('0');
    expect((await problemOf(terminal.write(Buffer.from('x')))).code).toBe('gone');
  });

  test('a shell that does not start in time is a timeout, not a cancel', async () => {
    const opening = openContainerTerminal(
      {
        exec: (spec, signal) => session.exec({ ...spec, cmd: ['sleep', '600'] }, signal),
        ...{ setup: '', size: { cols: 80, rows: 24 }, why: async () => null, greetingMs: 200 },
      },
      never,
    );
    expect((await problemOf(opening)).code).toBe('timeout');
  });

  test('thousands of paths are named in one call', async () => {
    const files = present(kit.driver.files);
    const folder = 'a-folder-whose-name-makes-every-path-rather-long';
    await kit.run(
      session,
      `import os\nos.makedirs("${folder}")\nfor i in range(4000): open(f"${folder}/{i}", "w").close()`,
    );
    const paths = Array.from({ length: 4000 }, (_, index) => `${folder}/${index}`);
    await files.unpack(session, 'thousands', await files.pack(session, '.', paths, never), never);
    expect((await kit.shell(session, 'find thousands -type f | wc -l')).stdout.trim()).toBe('4000');
  });

  test('an upload needs no end of the input, which a Windows pipe cannot tell', async () => {
    const { bulk } = session;
    const source = readFileSync(join(import.meta.dirname, '../../resources/filekit.py'), 'utf8');
    const windows = new BulkFiles({
      exec: async (spec, signal) => Object.assign(await session.exec(spec, signal), { endInput() {} }),
      source,
      root: '/workspace',
    });
    await kit.run(session, 'open("one.txt", "w").write("1")');
    await windows.unpack('windows', bulk.pack('.', ['one.txt'], never), never);
    expect((await kit.shell(session, 'cat windows/one.txt')).stdout).toBe('1');
    const cut = (async function* () {
      for await (const bytes of bulk.pack('.', ['one.txt'], never)) yield bytes.subarray(0, 512);
    })();
    expect((await problemOf(windows.unpack('windows', cut, never))).code).toBe('invalid');
  });

  test('a hundred megabytes go in and out as one tar, and an abort leaves nothing', async () => {
    const files = present(kit.driver.files);
    await kit.run(
      session,
      'import os\nos.makedirs("big")\nopen("big/file.bin", "wb").write(os.urandom(100_000_000))',
    );
    const parts: Uint8Array[] = [];
    for await (const bytes of await files.pack(session, '.', ['big'], never)) parts.push(bytes);
    await files.unpack(
      session,
      'copy',
      (async function* () {
        yield* parts;
      })(),
      never,
    );
    const same = 'for file in big copy/big; do sha256sum < $file/file.bin; done | uniq | wc -l';
    expect((await kit.shell(session, same)).stdout.trim()).toBe('1');
    await kit.shell(session, 'rm -r copy');
    const controller = new AbortController();
    const halfway = (async function* () {
      for (const [index, part] of parts.entries()) {
        if (index === Math.floor(parts.length / 2)) controller.abort();
        yield part;
      }
    })();
    expect((await problemOf(files.unpack(session, 'copy', halfway, controller.signal))).code).toBe(
      'cancelled',
    );
    expect(
      (await kit.shell(session, 'find copy -type f | wc -l; ls -a copy/big 2>/dev/null | grep -c part'))
        .stdout,
    ).toBe('0\n0\n');
    // A reader that leaves early, and one that aborts.
    for await (const _ of await files.pack(session, '.', ['big'], never)) break;
    const stop = new AbortController();
    const broken = problemOf(
      (async () => {
        for await (const _ of await files.pack(session, '.', ['big'], stop.signal)) stop.abort();
      })(),
    );
    expect((await broken).code).toBe('cancelled');
    expect(
      (
        await kit.shell(session, 'grep -al "specboard-%s.par[t]" /proc/[0-9]*/cmdline 2>/dev/null | wc -l')
      ).stdout.trim(),
    ).toBe('0');
    await kit.shell(session, 'rm -r big copy');
  });

  test('readings: as many processors as allowed, memory as taken', async () => {
    const half = await kit.connect({ cpus: 0.5 });
    const measure = () => present(kit.driver.metrics)(half, never);
    const before = await measure();
    const running = await kit.started(
      half,
      'block = bytearray(120_000_000)\nprint("on", flush=True)\nwhile True: pass',
    );
    // Less where the machine has others to serve.
    const busy = await until('a busy half of a core', async () => {
      const sample = await measure();
      return (sample.cpuPercent ?? 0) > 10 ? sample : null;
    });
    expect(busy.cpuPercent).toBeLessThan(75);
    expect(busy.cpuCount).toBe(0.5);
    expect((busy.memoryUsed ?? 0) - (before.memoryUsed ?? 0)).toBeGreaterThan(100_000_000);
    running.cancel();
    await running.done;
    await kit.end(half);
    expect((await problemOf(measure())).code).toBe('gone');
  });

  test('a port is reached from this computer where it is published, and from nowhere else', async () => {
    const served = await kit.connect({ network: true, ports: ['8000'] });
    expect(served.warnings.join()).toMatch(/Network is on/);
    await kit.shell(
      served,
      'echo "from the container" > index.html; setsid python3 -m http.server 8000 >/dev/null 2>&1 </dev/null & :',
    );
    const address = await present(kit.driver.portAddress)(served, 8000, never);
    expect(address.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const body = await until('it answers', () =>
      fetch(`${address.url}/index.html`).then(
        (reply) => reply.text(),
        () => null,
      ),
    );
    expect(body).toBe('from the container\n');
    const { code, problem } = await problemOf(present(kit.driver.portAddress)(served, 8001, never));
    expect(code).toBe('not-found');
    expect(problem.hint).toMatch(/published ports/);
    await kit.end(served);
  });
});

describe.skipIf(reason !== null)('missing packages', () => {
  const image = `specboard-test/index-${randomUUID()}:1`;
  const indexUrl = 'file:///srv/simple';
  let kit: DockerKit;
  /** The index is in the image: nothing of this machine listens where containers could reach it. */
  beforeAll(async () => {
    kit = await startDockerKit({ url });
    const folder = mkdtempSync(join(tmpdir(), 'specboard-index-'));
    const index = await startPackageIndex(python);
    try {
      index.add({ name: 'humanize', files: { 'humanize/__init__.py': 'answer = 42\n' } });
      const page = await (await fetch(new URL('humanize/', index.url))).text();
      const file = new URL(present(/href="([^"#]+)/.exec(page)?.[1]), index.url);
      const name = present(file.pathname.split('/').at(-1));
      const place = join(folder, 'srv/simple/humanize');
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, name), Buffer.from(await (await fetch(file)).arrayBuffer()));
      writeFileSync(join(place, 'index.html'), `<a href="${name}">${name}</a>`);
      const tar = join(folder, 'root.tar');
      await writeFile(tar, rootFilesystem({ python: true }));
      execFileSync('tar', ['--append', `--file=${tar}`, '--mode=a+rX', '-C', folder, 'srv']);
      const changes = ['ENV PATH=/usr/local/bin:/usr/bin:/bin'];
      await kit.engine.images.import(image, createReadStream(tar), changes, never);
    } finally {
      await index.close();
      rmSync(folder, { recursive: true });
    }
  });
  afterAll(async () => {
    expect(await kit.remains()).toEqual([]);
    await kit.engine.images.remove(image, never);
    await kit.stop();
  });

  test('are installed beside the container, which keeps having no network', async () => {
    const session = await kit.connect({ image, packageIndex: indexUrl, memoryMb: 1024 });
    const asked: string[] = [];
    const askInstall = async (packages: readonly { distribution: string }[]) => {
      asked.push(...packages.map(({ distribution }) => distribution));
      return 'install' as const;
    };
    const ran = await kit.run(session, 'import humanize\nhumanize.answer', { askInstall });
    const said = ran.events.map((event) => (event.type === 'notice' ? event.text : '')).join('\n');
    expect(ran.value, said).toBe('42');
    expect(asked).toEqual(['humanize']);
    expect((await kit.shell(session, 'python3 -c "import humanize; print(humanize.answer)"')).stdout).toBe(
      '42\n',
    );
    const terminal = await present(kit.driver.openTerminal)(session, { cols: 80, rows: 24 }, {}, never);
    await terminal.write(Buffer.from('python3 -c "import humanize; print(humanize.answer + 1)"; exit\n'));
    expect(Buffer.concat(await Array.fromAsync(terminal.output)).toString('utf8')).toContain('43');
    expect((await kit.shell(session, 'ls /sys/class/net')).stdout).toBe('lo\n');
    expect((await kit.shell(session, 'touch /opt/specboard-packages/x')).result.state).toBe('failed');
    // The helper is gone, and only the session's own container is there.
    expect((await kit.remains()).filter((what) => what.startsWith('container'))).toHaveLength(1);
    await kit.end(session);
  });

  test('that nobody has are said to be so; what is cancelled leaves no helper', async () => {
    // As pip is set up in the profile: its variables go to the install, and nothing else of it.
    const environment = { PIP_INDEX_URL: indexUrl };
    const session = await kit.connect({ image, memoryMb: 1024, environment });
    const askInstall = async () => 'install' as const;
    const ran = await kit.run(session, 'import tabulate', { askInstall });
    expect(ran.result).toMatchObject({ state: 'failed', error: { name: 'ModuleNotFoundError' } });
    const said = ran.events.map((event) => (event.type === 'notice' ? event.text : '')).join('\n');
    expect(said).toMatch(/could not be installed: no package of this name/);
    const controller = new AbortController();
    const cancelled = await kit.run(session, 'import humanize', {
      signal: controller.signal,
      askInstall: async () => {
        setTimeout(() => controller.abort(), 50);
        return 'install' as const;
      },
    });
    expect(cancelled.result.state).toBe('cancelled');
    await until(
      'no helper is left',
      async () => (await kit.remains()).filter((what) => what.startsWith('container')).length === 1,
    );
    await kit.end(session);
  });
});

describe.skipIf(reason !== null)('images from a registry', () => {
  let kit: DockerKit;
  let registry: ImageRegistry;
  beforeAll(async () => {
    kit = await startDockerKit({ url });
    registry = await startImageRegistry();
  });
  afterAll(async () => {
    expect(await kit.remains()).toEqual([]);
    await kit.stop();
    await registry.close();
  });

  test('a pull says how far it is, and can be cancelled', async () => {
    const name = registry.add('slow', makeSmallImage([32_000_000]), 'hold');
    const controller = new AbortController();
    const steps: string[] = [];
    const work = problemOf(
      kit.connect({ image: name, pull: 'missing' }, { steps, signal: controller.signal }),
    );
    await registry.held('slow', 1);
    await until(
      'it says how far',
      () =>
        steps.some((step) => /^Pulling \S+: \d[\d.]* of \d[\d.]* MB$/.test(step)) ||
        steps.includes(`Pulling ${name}`),
    );
    controller.abort();
    expect((await work).code).toBe('cancelled');
    // The engine's own read ends only with the next bytes; a pull that went on would take all of them.
    registry.heal('slow');
    expect(await registry.released('slow')).toBe(0);
  });

  test.each([
    ['unknown-tag', 'image-missing'],
    ['denied', 'image-missing'],
    ['unauthorized', 'auth'],
    ['too-many', 'rate-limited'],
    ['cut', 'unreachable'],
  ] as const)('%s gives %s, with what to do', async (fault, code) => {
    const name = registry.add(fault, makeSmallImage([1_000]), fault);
    const problem = await problemOf(kit.connect({ image: name, pull: 'missing' }));
    expect(problem.code).toBe(code);
    expect(problem.problem.hint ?? '').not.toBe('');
  });
});

describe.skipIf(reason !== null)('a test of the profile', () => {
  let kit: DockerKit;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'specboard-docker-'));
    const meta = join(folder, 'contexts/meta', createHash('sha256').update('far').digest('hex'));
    mkdirSync(meta, { recursive: true });
    writeFileSync(
      join(meta, 'meta.json'),
      JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: 'tcp://192.0.2.1:2375' } } }),
    );
    kit = await startDockerKit({ url, env: { DOCKER_HOST: url, DOCKER_CONFIG: folder, HOME: folder } });
  });
  afterAll(async () => {
    await kit.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const probe = (changes: Parameters<DockerKit['settings']>[0]) =>
    kit.driver.probe({ settings: kit.settings(changes), credentials: {} }, never);

  test('says which engine was found, how, its version, and that the image is there', async () => {
    const report = await probe({ engine: '' });
    expect(report).toMatchObject({
      ok: true,
      parts: [
        { name: 'Engine', ok: true },
        { name: 'Image', ok: true },
      ],
    });
    expect(report.parts?.[0]?.message).toMatch(/^Docker \d+\.\d+.*found by DOCKER_HOST at unix:/);
    expect(report.parts?.[1]?.message).toMatch(/is here/);
  });

  test('says what is wrong with the engine, the image or the folders, and the way out', async () => {
    const away = await probe({ engine: `unix://${join(folder, 'nothing.sock')}` });
    expect(away).toMatchObject({ ok: false, parts: [{ name: 'Engine', ok: false }] });
    expect(away.hint ?? '').not.toBe('');
    const never = await probe({ image: 'specboard-test/nothing:1', pull: 'never' });
    expect(never).toMatchObject({ ok: false, parts: [{ ok: true }, { name: 'Image', ok: false }] });
    expect(never.hint).toMatch(/docker pull/);
    const later = await probe({ image: 'specboard-test/nothing:1', pull: 'missing' });
    expect(later.ok).toBe(true);
    expect(later.message).toMatch(/first connect pulls it/);
    const mounts = await probe({
      mounts: [{ source: join(folder, 'missing'), target: '/data', writable: false }],
    });
    expect(mounts).toMatchObject({
      ok: false,
      parts: [{ ok: true }, { ok: true }, { name: 'Folders', ok: false }],
    });
  });

  test('the form is offered images and contexts', async () => {
    const suggest = (key: string) =>
      present(kit.driver.suggest)({ settings: kit.settings(), credentials: {} }, key, never);
    expect(await suggest('image')).toEqual(expect.arrayContaining([pythonImage, plainImage]));
    expect(await suggest('engine')).toEqual(['default', 'far']);
    expect(await suggest('user')).toEqual([]);
  });

  test('an engine that is found by a context is used; one without encryption is refused', async () => {
    const meta = join(folder, 'contexts/meta', createHash('sha256').update('near').digest('hex'));
    mkdirSync(meta, { recursive: true });
    writeFileSync(
      join(meta, 'meta.json'),
      JSON.stringify({ Name: 'near', Endpoints: { docker: { Host: url } } }),
    );
    const session = await kit.connect({ engine: 'near' });
    expect((await kit.run(session, '1')).value).toBe('1');
    await kit.end(session);
    const sessionId = randomUUID();
    const problem = await problemOf(kit.connect({ engine: 'far' }, { sessionId }));
    expect(problem.code).toMatch(/^(?:consent-needed|forbidden|invalid)$/);
  });
});
