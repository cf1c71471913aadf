/** Code that nobody has read tries to break out of a container as SpecBoard makes it. Each try is refused. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DockerSession } from '../../src-main/drivers/docker/docker-session.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { until } from '../support/runner.ts';
import { type DockerKit, never, problemOf, startDockerKit } from './docker-driver-support.ts';

const { engine, reason } = await testEngine();

describe.skipIf(reason !== null)('code in a container', () => {
  let kit: DockerKit;
  let session: DockerSession;
  let folder: string;
  const value = async (code: string): Promise<unknown> => (await kit.run(session, code)).value;
  /** What a try gives: its value, or the name of the error that it met. */
  const attempt = (code: string): Promise<unknown> =>
    value(
      `import os, socket, ctypes\ndef attempt():\n${code.replace(/^/gm, '    ')}\ntry: r = attempt()\nexcept BaseException as e: r = type(e).__name__\nr`,
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'specboard-mount-'));
    mkdirSync(join(folder, 'given'));
    writeFileSync(join(folder, 'given/file.txt'), 'given');
    // Everybody may write there, as far as the file system is asked.
    chmodSync(join(folder, 'given'), 0o777);
    chmodSync(join(folder, 'given/file.txt'), 0o666);
    kit = await startDockerKit({ url: engine?.url ?? '' });
    session = await kit.connect({
      memoryMb: 256,
      maxProcesses: 64,
      mounts: [{ source: join(folder, 'given'), target: '/data', writable: false }],
    });
  });
  afterAll(async () => {
    await kit.end(session);
    expect(await kit.remains()).toEqual([]);
    await kit.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is not root, and becomes nobody else', async () => {
    expect(await value('import os; os.getuid(), os.getgid(), os.geteuid(), os.getgroups()')).toBe(
      '(1000, 1000, 1000, [1000])',
    );
    expect(await attempt('os.setuid(0)')).toBe('PermissionError');
    expect(await attempt('os.setgid(0)')).toBe('PermissionError');
    expect(await attempt('os.setgroups([0])')).toBe('PermissionError');
    expect((await kit.shell(session, 'chown 0 /workspace')).result.state).toBe('failed');
  });

  test('has no capability, not even to gain', async () => {
    const { stdout } = await kit.shell(
      session,
      'grep ^Cap /proc/self/status; grep NoNewPrivs /proc/self/status; grep ^Seccomp: /proc/self/status',
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(stdout).toContain(`${set}:\t0000000000000000`);
    expect(stdout).toContain('NoNewPrivs:\t1');
    expect(stdout).toContain('Seccomp:\t2');
  });

  test('gains nothing by a program that belongs to root and is marked setuid', async () => {
    const marked = await kit.shell(session, 'find / -xdev -perm -4000 -type f 2>/dev/null | head -1');
    // One of the image's, or one of its own making: neither changes who it is.
    await kit.shell(session, 'cp "$(command -v id)" /workspace/id && chmod 4755 /workspace/id');
    expect((await kit.shell(session, '/workspace/id -u')).stdout).toBe('1000\n');
    if (marked.stdout.trim() !== '') {
      expect((await kit.shell(session, 'grep NoNewPrivs /proc/self/status')).stdout).toContain('1');
    }
    // And what it has given up it does not get back.
    expect(await attempt('return ctypes.CDLL(None, use_errno=True).prctl(38, 0, 0, 0, 0)')).toBe('-1');
  });

  test.each(['/etc/x', '/usr/bin/x', '/root/x', '/opt/specboard-packages/x', '/x', '/dev/x', '/run/x'])(
    'cannot write %s',
    async (path) => {
      expect(await attempt(`open(${JSON.stringify(path)}, "w").close()`)).toMatch(
        /^(?:OSError|PermissionError)$/,
      );
    },
  );

  test('can write its working folder, its home and /tmp, and nothing there can be a device', async () => {
    expect(
      (await kit.shell(session, 'echo x > /workspace/x && echo x > ~/x && echo x > /tmp/x && echo done'))
        .stdout,
    ).toBe('done\n');
    expect(await attempt('os.mknod("/workspace/device", 0o20666, os.makedev(1, 1))')).toMatch(
      /PermissionError/,
    );
    const { stdout } = await kit.shell(session, 'grep -E " (/workspace|/tmp|/home/user) " /proc/mounts');
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/nosuid,nodev/);
  });

  test('cannot mount, load a module, make a namespace with rights, trace, or see the kernel log', async () => {
    const libc = 'ctypes.CDLL(None, use_errno=True)';
    expect(await attempt(`return ${libc}.mount(b"none", b"/workspace", b"tmpfs", 0, None)`)).toBe('-1');
    expect(await attempt(`return ${libc}.umount2(b"/proc", 2)`)).toBe('-1');
    expect(await attempt(`return ${libc}.unshare(0x10000000)`)).toBe('-1'); // CLONE_NEWUSER: seccomp
    expect(await attempt(`return ${libc}.syscall(175, 0, 0, b"")`)).toBe('-1'); // init_module
    expect(await attempt(`return ${libc}.klogctl(3, ctypes.create_string_buffer(100), 100)`)).toBe('-1');
    expect(await attempt(`return ${libc}.reboot(0)`)).toBe('-1');
    expect(await attempt('open("/proc/sys/kernel/hostname", "w")')).toMatch(/Error$/);
    expect(await attempt('open("/proc/sysrq-trigger", "w")')).toMatch(/Error$/);
    expect(await attempt('open("/sys/kernel/uevent_helper", "w")')).toMatch(/Error/);
    expect(await attempt('return len(open("/proc/kcore", "rb").read(10))')).toMatch(/^(?:0|\w+Error)$/);
  });

  test('sees no process but those of its container, and no disk of the computer', async () => {
    const { stdout } = await kit.shell(session, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    expect(stdout).not.toContain('dockerd');
    expect(stdout).not.toContain('vitest');
    expect((await kit.shell(session, 'ls /dev | tr "\\n" " "')).stdout).not.toMatch(
      /sd[a-z]|vd[a-z]|nvme|mem |kmsg/,
    );
  });

  test('does not reach the engine', async () => {
    const places = [
      '/var/run/docker.sock',
      '/run/docker.sock',
      engine?.socket ?? '',
      '/run/containerd/containerd.sock',
    ];
    for (const place of places) {
      const code = `s = socket.socket(socket.AF_UNIX)\ns.connect(${JSON.stringify(place)})`;
      expect(await attempt(code), place).toBe('FileNotFoundError');
    }
    expect((await kit.shell(session, 'find / -name "*.sock" -type s 2>/dev/null')).stdout).toBe('');
  });

  test('has no network: no TCP, no UDP, no name, no gateway, no other container', async () => {
    const other = await kit.connect({ network: true });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const { NetworkSettings } = await kit.engine.containers.inspect(other.sandboxId, never);
      const address = NetworkSettings?.IPAddress || '192.0.2.1';
      const tries = [
        'socket.create_connection(("192.0.2.1", 80), 2)',
        `socket.create_connection(("127.0.0.1", ${port}), 2)`,
        `socket.create_connection((${JSON.stringify(engine?.gateway ?? '192.0.2.1')}, ${port}), 2)`,
        `socket.create_connection((${JSON.stringify(address)}, 22), 2)`,
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))',
        'socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("2001:db8::1", 53))',
        'socket.getaddrinfo("example.org", 80)',
        'socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)',
        'socket.socket(socket.AF_PACKET, socket.SOCK_RAW)',
      ];
      for (const code of tries) expect(await attempt(code), code).toMatch(/Error|gaierror/);
      expect(await value('import os; sorted(os.listdir("/sys/class/net"))')).toBe("['lo']");
    } finally {
      server.close();
      await kit.end(other);
    }
  });

  test('sees the folder it was given, and cannot change it', async () => {
    expect(await value('open("/data/file.txt").read()')).toBe('given');
    expect(await attempt('open("/data/file.txt", "a")')).toBe('OSError');
    expect(await attempt('open("/data/new.txt", "w")')).toBe('OSError');
    expect(await attempt('os.remove("/data/file.txt")')).toBe('OSError');
    expect(readFileSync(join(folder, 'given/file.txt'), 'utf8')).toBe('given');
  });

  test('cannot start more processes than allowed, and the session lives on', async () => {
    const code = `import os, time, signal
pids = []
try:
    while len(pids) < 500:
        pid = os.fork()
        if pid == 0:
            time.sleep(60); os._exit(0)
        pids.append(pid)
except OSError as e: refused = type(e).__name__
else: refused = None
for pid in pids: os.kill(pid, 9)
for pid in pids: os.waitpid(pid, 0)
refused, len(pids) < 64`;
    expect(await value(code)).toBe("('BlockingIOError', True)");
    const bomb = await kit.shell(session, ':(){ :|:& };:; sleep 600', {
      ...{ graceMs: 100, signal: AbortSignal.timeout(1500) },
    });
    expect(bomb.result.state).toBe('timed-out');
    const alive = async () => (await kit.shell(session, 'echo alive')).stdout === 'alive\n';
    await until('commands run again', alive);
  });

  test('cannot take more memory than allowed, in pieces, in files or shared', async () => {
    const hog = await kit.shell(session, `python3 -c 'b = bytearray(400_000_000)'`);
    expect(hog.result).toMatchObject({ state: 'failed', problem: { code: 'out-of-memory' } });
    for (const place of ['/workspace', '/tmp', '/home/user', '/dev/shm']) {
      const full = await kit.shell(
        session,
        `head -c 400000000 /dev/zero > ${place}/full; rm -f ${place}/full`,
      );
      expect(full.stderr, place).toMatch(/No space left/);
    }
    expect((await kit.shell(session, 'echo alive')).stdout).toBe('alive\n');
  });

  test('leaves no core file and opens a bounded number of files', async () => {
    expect((await kit.shell(session, 'ulimit -c; ulimit -n')).stdout).toBe('0\n16384\n');
  });

  test('cannot send a file of the computer by a link in its working folder', async () => {
    await kit.run(
      session,
      'import os\nos.symlink("/etc/shadow", "link")\nos.symlink("/proc/1/root/etc", "etc")',
    );
    const secret = readFileSync('/etc/hostname', 'utf8');
    const read = kit.driver.files?.read(session, 'etc/hostname', never);
    const said = await (read ?? Promise.reject(new Error('missing'))).then(
      async (bytes) => Buffer.concat(await Array.fromAsync(bytes)).toString('utf8'),
      () => '',
    );
    if (secret.trim() !== '') expect(said).not.toBe(secret);
  });

  test('the recipe as the engine understood it', async () => {
    const { HostConfig, Config, Mounts } = await kit.engine.containers.inspect(session.sandboxId, never);
    expect(HostConfig).toMatchObject({
      ...{
        Privileged: false,
        ReadonlyRootfs: true,
        NetworkMode: 'none',
        Init: true,
        CapAdd: [],
        CapDrop: ['ALL'],
      },
      ...{ SecurityOpt: ['no-new-privileges:true'], PidsLimit: 64, Memory: 256 * 1_048_576 },
    });
    expect(Config.User).toBe('1000:1000');
    expect(
      Mounts.filter(({ Type }) => Type === 'bind').map(({ Destination, RW }) => [Destination, RW]),
    ).toEqual([['/data', false]]);
  });
});

describe.skipIf(reason !== null)('folders that are not given', () => {
  let kit: DockerKit;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'specboard-mount-'));
    kit = await startDockerKit({ url: engine?.url ?? '' });
  });
  afterAll(async () => {
    await kit.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const made = (name: string, make: (path: string) => void): string => {
    make(join(folder, name));
    return join(folder, name);
  };
  test.each([
    ['that is missing', () => join(folder, 'missing'), /There is no folder/],
    ['that is a file', () => made('file', (path) => writeFileSync(path, '')), /not a folder/],
    ['that holds the socket of the engine', () => join(engine?.socket ?? '', '..'), /socket of an engine/],
    ['that is a link to the root', () => made('root', (path) => symlinkSync('/', path)), /whole computer/],
    [
      'that is a link to a folder with the socket',
      () => made('link', (path) => symlinkSync(join(engine?.socket ?? '', '..'), path)),
      /socket of an engine/,
    ],
  ])('one %s is refused, and nothing is made', async (_, source, words) => {
    const mounts = [{ source: source(), target: '/data', writable: false }];
    const sessionId = randomUUID();
    const { code, message, problem } = await problemOf(kit.connect({ mounts }, { sessionId }));
    expect(code).toBe('invalid');
    expect(message).toMatch(words);
    expect(problem.fields?.mounts).toBe(message);
    expect(await kit.remains(sessionId)).toEqual([]);
  });

  test('a writable one can be written, and only that', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    for (const path of [one, two]) mkdirSync(path, { mode: 0o777 });
    for (const path of [one, two]) chmodSync(path, 0o777);
    const session = await kit.connect({
      mounts: [
        { source: one, target: '/one', writable: true },
        { source: two, target: '/two', writable: false },
      ],
    });
    await kit.shell(session, 'echo new > /one/new.txt; echo new > /two/new.txt');
    expect(readFileSync(join(one, 'new.txt'), 'utf8')).toBe('new\n');
    expect(() => readFileSync(join(two, 'new.txt'))).toThrow();
    await kit.end(session);
  });
});

describe.skipIf(reason !== null)('secret variables', () => {
  test('are there for cells, commands and terminals, and nowhere in the engine', async () => {
    const kit = await startDockerKit({ url: engine?.url ?? '' });
    const secret = `s3cret-${randomUUID()}`;
    const session = await kit.connect(
      { environment: { OPEN: 'open' } },
      { credentials: { secretEnvironment: `TOKEN=${secret}\n# a comment\nOTHER=it's "a" $b \\c` } },
    );
    try {
      expect(await kit.run(session, 'import os; os.environ["TOKEN"] + os.environ["OPEN"]')).toMatchObject({
        value: `${secret}open`,
      });
      expect((await kit.shell(session, 'echo "$TOKEN $OTHER"')).stdout).toBe(`${secret} it's "a" $b \\c\n`);
      const terminal = await kit.driver.openTerminal?.(session, { cols: 80, rows: 24 }, {}, never);
      if (!terminal) throw new Error('missing');
      await terminal.write(Buffer.from('stty -echo; printf "<%s>" "$TOKEN"; exit\n'));
      const shown = Buffer.concat(await Array.fromAsync(terminal.output)).toString('utf8');
      expect(shown).toContain(`<${secret}>`);
      expect(shown.split(secret)).toHaveLength(2);
      // All that the engine can be asked about it.
      const asked = await Promise.all([
        kit.engine.containers.inspect(session.sandboxId, never),
        kit.engine.containers.top(session.sandboxId, never),
        kit.engine.containers.list({}, { all: true }, never),
        kit.engine.volumes.list({}, never),
      ]);
      expect(JSON.stringify(asked)).not.toContain(secret);
      expect(JSON.stringify(asked)).toContain('OPEN=open');
      expect(JSON.stringify([session.metadata, session.warnings])).not.toContain(secret);
    } finally {
      await kit.end(session);
      await kit.stop();
    }
  });
});
