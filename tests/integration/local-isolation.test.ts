/**
 * What code in a Local session cannot do. Every attack is first made from outside, so that a test which could not fail shows:
 * the file is there, the server answers, the socket takes connections.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import { probeBubblewrap } from '../../src-main/drivers/local/probe-bubblewrap.ts';
import { processesWith, uniqueSeconds, until } from '../support/runner.ts';
import { type LocalKit, never, startLocalKit } from './local-support.ts';

const here = process.platform === 'linux';
const secret = `secret-${Math.random().toString(36).slice(2)}`;

let kit: LocalKit;
let session: LocalSession;
let homeFolder: string;
beforeAll(async () => {
  if (!here) return;
  const finding = await probeBubblewrap(process.env, never);
  if (!finding.works) throw new Error(`These tests need bubblewrap: ${finding.message} ${finding.hint}`);
  kit = startLocalKit({
    env: { PATH: process.env.PATH, HOME: process.env.HOME, E2B_API_KEY: secret, SSH_AUTH_SOCK: '/tmp/agent' },
  });
  homeFolder = mkdtempSync(join(homedir(), '.specboard-test-'));
  writeFileSync(join(homeFolder, 'diary.txt'), secret);
  writeFileSync(join(kit.dataFolder, 'specboard.db'), secret);
  session = await kit.connect({ environment: { MINE: 'yes' } });
});
afterAll(async () => {
  if (!here) return;
  await kit.stop();
  rmSync(homeFolder, { recursive: true, force: true });
});

/** Runs Python in the session and gives what it printed. */
async function printed(code: string, inSession: LocalSession = session): Promise<string> {
  const ran = await kit.run(inSession, code);
  expect(ran.result, ran.stderr + JSON.stringify(ran.result.error)).toMatchObject({ state: 'succeeded' });
  return ran.stdout.trim();
}

/** What a statement raised, by name and number; "nothing" where it worked. */
function attempt(statement: string): string {
  return `try:\n    ${statement.split('\n').join('\n    ')}\n    print("nothing")\nexcept Exception as error:\n    print(type(error).__name__, getattr(error, "errno", ""))`;
}

describe.runIf(here)('files', () => {
  test.each([
    ['a file in the home folder', () => join(homeFolder, 'diary.txt')],
    ['the database', () => join(kit.dataFolder, 'specboard.db')],
    ['the cache of another session', () => join(kit.workFolder, 'python.json')],
    ['the list of users', () => '/etc/shadow'],
  ])('%s cannot be read', async (_name, path) => {
    expect(existsSync(path())).toBe(true);
    expect(await printed(attempt(`open(${JSON.stringify(path())}).read()`))).toBe('FileNotFoundError 2');
  });

  test('nothing outside holds the secret, wherever one looks', async () => {
    const found = await kit.shell(
      session,
      `grep -rls ${secret} / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir='python3.*'; true`,
    );
    expect(found.stdout).toBe('');
    await kit.run(session, `open("here.txt", "w").write(${JSON.stringify(secret)})`);
    expect((await kit.shell(session, `grep -rls ${secret} /workspace`)).stdout.trim()).toBe(
      '/workspace/here.txt',
    );
  });

  test('the home folder shows nothing but the way to Python', async () => {
    const names = JSON.parse(
      await printed(
        `import os, json\nprint(json.dumps([d for d, _, files in os.walk(${JSON.stringify(homedir())}) if files][:1]))`,
      ),
    ) as string[];
    const interpreter = await printed('import sys\nprint(sys.base_prefix)');
    for (const name of names) expect(name.startsWith(interpreter)).toBe(true);
  });

  test.each([
    '/usr/x',
    '/etc/x',
    '/x',
    '/dev/x',
    '/venv/x',
    '/run/specboard/runner.py',
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/hostname',
  ])('%s cannot be written', async (path) => {
    const outcome = await printed(
      attempt(`import os\nos.close(os.open(${JSON.stringify(path)}, os.O_WRONLY | os.O_CREAT))`),
    );
    expect(outcome).toMatch(/^(?:OSError 30|PermissionError (?:1|13))$/);
  });

  test('the interpreter and what is installed with it cannot be written', async () => {
    expect(
      await printed(
        attempt('import sys, os\nopen(os.path.join(os.path.dirname(os.__file__), "planted.py"), "w")'),
      ),
    ).toBe('OSError 30');
  });

  test('another session’s files and processes are not there', async () => {
    const other = await kit.connect();
    const seconds = uniqueSeconds();
    await kit.shell(other, `echo ${secret} > hidden.txt; setsid sleep ${seconds} >/dev/null 2>&1 & :`);
    expect(readFileSync(join(other.folders.workspace, 'hidden.txt'), 'utf8')).toContain(secret);
    expect((await kit.shell(session, `ls -R /workspace; cat /proc/*/cmdline`)).stdout).not.toMatch(
      new RegExp(`hidden.txt|${seconds}`),
    );
    await kit.end(other);
  });

  test('folders in memory are limited', async () => {
    const small = await kit.connect({ memoryMb: 64 });
    for (const folder of ['/tmp', '/dev/shm', '/home/sandbox']) {
      const said = await kit.shell(
        small,
        `head -c 80000000 /dev/zero > ${folder}/fill; rm -f ${folder}/fill`,
      );
      expect(said.stderr, folder).toMatch(/No space left/);
    }
    await kit.end(small);
  });
});

describe.runIf(here)('the network, when it is off', () => {
  let tcp: Server;
  let udp: Socket;
  let heard = 0;
  let ports: { tcp: number; udp: number };
  let abstract: ReturnType<typeof spawn>;
  const name = `specboard-test-${Math.random().toString(36).slice(2)}`;
  beforeAll(async () => {
    tcp = createServer((socket) => {
      heard += 1;
      socket.end('hello');
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    udp = createSocket('udp4', () => {
      heard += 1;
    });
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    ports = { tcp: (tcp.address() as { port: number }).port, udp: udp.address().port };
    // Node has no abstract sockets; the old D-Bus and X11 do.
    const server = `import socket,sys\ns=socket.socket(socket.AF_UNIX); s.bind("\\0${name}"); s.listen(9); print("up", flush=True)\nwhile True:\n    try: s.accept()[0].sendall(b"hello")\n    except OSError: pass`;
    abstract = spawn('python3', ['-c', server], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => abstract.stdout?.once('data', resolve));
  });
  afterAll(() => {
    tcp.close();
    udp.close();
    abstract.kill();
  });

  const tcpTo = (host: string, port: number) =>
    attempt(`import socket\nsocket.create_connection((${JSON.stringify(host)}, ${port}), 5)`);

  test('a server of this computer is not reached, which answers from outside', async () => {
    await new Promise((resolve) => connect(ports.tcp, '127.0.0.1').once('data', resolve));
    expect(heard).toBe(1);
    expect(await printed(tcpTo('127.0.0.1', ports.tcp))).toBe('ConnectionRefusedError 111');
    await printed(
      `import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${ports.udp}))`,
    );
    const outside = createSocket('udp4');
    await new Promise<void>((resolve) => {
      udp.once('message', () => resolve());
      outside.send('x', ports.udp, '127.0.0.1');
    });
    outside.close();
    expect(heard).toBe(2);
  });

  test('nothing outside is reached: TCP, UDP, names, a raw socket', async () => {
    expect(await printed(tcpTo('192.0.2.1', 80))).toBe('OSError 101');
    expect(
      await printed(
        attempt(
          'import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))',
        ),
      ),
    ).toBe('OSError 101');
    expect(await printed(attempt('import socket\nsocket.getaddrinfo("example.org", 80)'))).toMatch(
      /^gaierror/,
    );
    expect(await printed(attempt('import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)'))).toBe(
      'PermissionError 1',
    );
    expect(await printed('import socket\nprint(socket.if_nameindex())')).toBe("[(1, 'lo')]");
  });

  test('sockets of this computer without a path are not reached', async () => {
    const dial = `import socket\nsocket.socket(socket.AF_UNIX).connect("\\0${name}")`;
    execFileSync('python3', ['-c', dial]);
    expect(await printed(attempt(dial))).toBe('ConnectionRefusedError 111');
    execFileSync('python3', ['-c', dial]); // it is still there
  });

  test('switched on, a server of this computer is reached, and the session says so', async () => {
    const open = await kit.connect({ network: true });
    expect(
      await printed(
        `import socket\nprint(socket.create_connection(("127.0.0.1", ${ports.tcp}), 5).recv(9))`,
        open,
      ),
    ).toBe("b'hello'");
    expect(open.warnings).toEqual([expect.stringContaining('Network is on')]);
    expect(session.warnings).toEqual([]);
    await kit.end(open);
  });
});

describe.runIf(here)('privileges', () => {
  test('none are there, and none can be got', async () => {
    const status = await printed('print(open("/proc/self/status").read())');
    expect(status).toMatch(/NoNewPrivs:\s1/);
    expect(status).toMatch(/Seccomp:\s2/);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(status).toMatch(new RegExp(`${set}:\\s0+\\n`));
    expect(await printed('import os\nprint(os.getuid(), os.getgid(), os.getgroups())')).toMatch(/^1000 1000/);
    expect((await kit.shell(session, 'unshare -Ur true')).result.exitCode).not.toBe(0);
    expect((await kit.shell(session, 'mount -t tmpfs none /tmp')).result.exitCode).not.toBe(0);
  });

  test('keyrings of the kernel are not reached', async () => {
    const number = process.arch === 'arm64' ? 219 : 250;
    // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)
    const call = `import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(libc.syscall(${number}, 0, -4, 1), ctypes.get_errno())`;
    expect(await printed(call)).toBe('-1 1');
  });

  test('the keyring service is not reached: no bus, no socket of the person', async () => {
    const looked = await kit.shell(
      session,
      'env | grep -i -e DBUS -e XDG -e DISPLAY; ls /run /run/user /var/run 2>/dev/null',
    );
    expect(looked.stdout.trim().split('\n')).toEqual(['/run:', 'specboard']);
  });

  test('processes of this computer are not seen and cannot be signalled', async () => {
    const seen = JSON.parse(
      await printed('import os, json\nprint(json.dumps([p for p in os.listdir("/proc") if p.isdigit()]))'),
    ) as string[];
    expect(seen.length).toBeLessThan(8);
    expect(await printed(attempt(`import os\nos.kill(${process.pid}, 0)`))).toBe('ProcessLookupError 3');
  });

  test('a terminal of this computer cannot be typed into', async () => {
    const ioctl =
      'import fcntl, os, termios\nfcntl.ioctl(os.open("/dev/tty", os.O_RDWR), termios.TIOCSTI, b"x")';
    expect(await printed(attempt(ioctl))).toMatch(/^OSError (?:6|5|1)$/);
  });
});

describe.runIf(here)('the environment', () => {
  test('is made anew: only the profile’s variables and harmless ones', async () => {
    const env = JSON.parse(await printed('import os, json\nprint(json.dumps(dict(os.environ)))')) as Record<
      string,
      string
    >;
    const names = Object.keys(env)
      .filter((name) => name !== 'SPECBOARD_EXECUTION')
      .sort();
    expect(names).toEqual(
      'HOME LANG MINE PATH PWD PYTHONDONTWRITEBYTECODE PYTHONPATH TERM TMPDIR USER'.split(' '),
    );
    expect(env.MINE).toBe('yes');
    expect((await kit.shell(session, `env; cat /proc/*/environ /proc/*/cmdline; true`)).stdout).not.toContain(
      secret,
    );
  });

  test('our own key is in no argument and no environment of what was started', () => {
    const mine = processesWith(session.sandboxId);
    const holders = processesWith(secret).filter((pid) => pid !== process.pid);
    expect(holders).toEqual([]);
    // The profile's own variables are not in the process list either: they go through a pipe.
    for (const pid of mine) expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain('MINE');
  });
});

describe.runIf(here)('the end', () => {
  test('nothing survives: a daemon, a child that ignores signals, a cell that runs, files that resist', async () => {
    const doomed = await kit.connect();
    const seconds = uniqueSeconds();
    const daemon = `import os, signal, sys\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n    for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)\n    os.closerange(0, 100)\n    os.execvp("sleep", ["sleep", "${seconds}"])`;
    await kit.run(doomed, daemon);
    await kit.shell(
      doomed,
      `mkdir locked; touch locked/file; chmod 0 locked; nohup sleep ${seconds} >/dev/null 2>&1 &`,
    );
    await kit.run(
      doomed,
      'import os\nfor n in range(200):\n    os.mkdir("deep" * 10); os.chdir("deep" * 10)',
    );
    const running = kit.run(doomed, `import subprocess\nsubprocess.run(["sleep", "${seconds}"])`);
    await until('three sleeps', () => processesWith(String(seconds)).length >= 3);
    await kit.end(doomed);
    expect(processesWith(String(seconds))).toEqual([]);
    expect(existsSync(doomed.folders.root)).toBe(false);
    expect((await running).result.state).toBe('lost');
  });

  test('also when SpecBoard itself is killed', async () => {
    const seconds = uniqueSeconds();
    const script = join(kit.dataFolder, 'victim.ts');
    const support = JSON.stringify(join(import.meta.dirname, 'local-support.ts'));
    writeFileSync(
      script,
      `import { startLocalKit } from ${support};\nconst kit = startLocalKit();\nconst session = await kit.connect();\nprocess.stdout.write(kit.dataFolder + "\\n");\nawait kit.shell(session, "setsid sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds}");\n`,
    );
    const victim = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const folder = await new Promise<string>((resolve) =>
      victim.stdout.once('data', (data) => resolve(String(data).trim())),
    );
    await until('two sleeps', () => processesWith(`sleep\0${seconds}`).length === 2);
    victim.kill('SIGKILL');
    await until('everything is gone', () => processesWith(String(seconds)).length === 0);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe.runIf(here)('a folder of the person’s own', () => {
  test('is the working folder, is written, and stays', async () => {
    const folder = join(kit.dataFolder, 'my project');
    mkdirSync(folder);
    writeFileSync(join(folder, 'in.txt'), 'mine');
    const own = await kit.connect({ folder });
    expect(
      await printed(
        'import os\nprint(os.getcwd(), open("in.txt").read()); open("out.txt", "w").write("made")',
        own,
      ),
    ).toBe('/workspace mine');
    await kit.end(own);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('made');
    expect(existsSync(own.folders.root)).toBe(false);
  });
});
