/**
 * The program that keeps a test's dockerd: started by `start-docker-engine.ts`, one JSON argument (`KeeperOptions`). It owns
 * everything the engine has (a folder, a bridge, processes, mounts) and removes it when its standard input ends: so nothing is
 * left also where the tests are killed. Lines in: "kill", "stop", "start". Lines out: JSON (`KeeperAnswer`).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What the keeper gets. */
export interface KeeperOptions {
  /** A network for containers: a bridge of its own, without a way to the internet. */
  bridge: boolean;
  /** A disk of its own for images and containers, so small that it can be filled. */
  dataMegabytes?: number;
  /** Listens on loopback with TLS too; files for the arguments of the same names. */
  tls?: { port: number; ca: string; cert: string; key: string };
}

/** What the keeper says, one line each: to its start and to every command. */
export type KeeperAnswer =
  | { ok: true; socket: string; folder: string; gateway: string | null; pid: number | null }
  | { ok: false; message: string };

const startMs = 60_000;
const stopMs = 20_000;

const options = JSON.parse(process.argv[2] ?? '{}') as KeeperOptions;
const folder = mkdtempSync(join(tmpdir(), 'sb-engine-'));
const socket = join(folder, 'docker.sock');
const bridge = `sbt${process.pid}`;
const gateway = options.bridge ? makeBridge() : null;
let engine: ChildProcess | null = null;
mkdirSync(join(folder, 'data'));
if (options.dataMegabytes !== undefined)
  run('mount', '-t', 'tmpfs', '-o', `size=${options.dataMegabytes}m`, 'none', join(folder, 'data'));

/** Rules of the firewall stay as they are: containers reach this machine at the gateway and nothing beyond. */
function engineArguments(): string[] {
  const { tls } = options;
  return [
    ...[
      '--host',
      `unix://${socket}`,
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      join(folder, 'exec'),
    ],
    ...['--pidfile', join(folder, 'pid'), '--log-level', 'warn', '--shutdown-timeout', '1'],
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    // A containerd that runs already is used by every engine of the machine: keep ours apart there.
    ...['--containerd-namespace', bridge, '--containerd-plugins-namespace', `${bridge}-plugins`],
    ...['--bridge', gateway === null ? 'none' : bridge],
    ...(tls ? ['--host', `tcp://127.0.0.1:${tls.port}`, '--tlsverify', '--tlscacert', tls.ca] : []),
    ...(tls ? ['--tlscert', tls.cert, '--tlskey', tls.key] : []),
  ];
}

/** A bridge of our own, so that docker0 stays with the engine that a person may run. Null where it cannot be made. */
function makeBridge(): string | null {
  const taken = Object.values(networkInterfaces())
    .flat()
    .map((entry) => entry?.address);
  for (let tries = 0; tries < 20; tries++) {
    const prefix = `10.${200 + Math.floor(Math.random() * 50)}.${Math.floor(Math.random() * 250)}`;
    if (taken.some((address) => address?.startsWith(`${prefix}.`))) continue;
    try {
      run('ip', 'link', 'add', 'name', bridge, 'type', 'bridge');
      run('ip', 'address', 'add', `${prefix}.1/24`, 'dev', bridge);
      run('ip', 'link', 'set', bridge, 'up');
      return `${prefix}.1`;
    } catch {
      removeBridge();
      return null;
    }
  }
  return null;
}

function removeBridge(): void {
  try {
    run('ip', 'link', 'delete', bridge);
  } catch {
    // It was never there.
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'ignore' });
}

async function start(): Promise<KeeperAnswer> {
  if (engine === null) {
    const log = openSync(join(folder, 'log'), 'a');
    // Its containerd writes what it was doing into TMPDIR when it is told to hurry.
    const env = { ...process.env, TMPDIR: folder };
    const started = spawn('dockerd', engineArguments(), { stdio: ['ignore', log, log], env });
    engine = started;
    started.once('error', () => {
      engine = null;
    });
    started.once('exit', () => {
      engine = null;
    });
    const until = performance.now() + startMs;
    while (!(await answers())) {
      if (engine === null) return { ok: false, message: `dockerd ended: ${lastWords()}` };
      if (performance.now() > until) return { ok: false, message: `dockerd does not answer: ${lastWords()}` };
      await delay(20);
    }
  }
  return { ok: true, socket, folder, gateway, pid: engine?.pid ?? null };
}

async function answers(): Promise<boolean> {
  return (await ask('GET', '/_ping')) === 'OK';
}

/** What the engine answers; null for anything but success. */
function ask(method: string, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const call = request({ socketPath: socket, method, path, timeout: 10_000 }, (response) => {
      const ok = (response.statusCode ?? 500) < 300;
      text(response).then(
        (body) => resolve(ok ? body : null),
        () => resolve(null),
      );
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(null));
    call.end();
  });
}

/** An engine that ends waits fifteen seconds for containers that do not end by themselves: none is left to wait for. */
async function removeContainers(): Promise<void> {
  const list = JSON.parse((await ask('GET', '/containers/json?all=1')) ?? '[]') as { Id: string }[];
  await Promise.all(list.map(({ Id }) => ask('DELETE', `/containers/${Id}?force=1&v=1`)));
}

async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<KeeperAnswer> {
  const ending = engine;
  if (ending !== null) {
    const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    ending.kill(signal);
    const late = setTimeout(() => ending.kill('SIGKILL'), stopMs);
    await gone;
    clearTimeout(late);
    // Its containerd dies with it, but stays in the list of processes where nobody picks it up: then dockerd would wait for it.
    if (signal === 'SIGKILL') rmSync(join(folder, 'exec/containerd/containerd.pid'), { force: true });
  }
  return { ok: true, socket, folder, gateway, pid: null };
}

function lastWords(): string {
  try {
    return readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-6).join(' ').trim();
  } catch {
    return 'it left no log';
  }
}

/** Whatever still has our folder in its command line: containerd and the shims of an engine that was killed. */
function endLeftovers(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const mine =
        Number(pid) === process.pid || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      if (!mine) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

function unmountAll(): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) {
    try {
      run('umount', '-l', path);
    } catch {
      // It went with the one above it.
    }
  }
}

async function cleanUp(): Promise<void> {
  if (engine !== null) await removeContainers();
  await end('SIGTERM');
  endLeftovers();
  unmountAll();
  removeBridge();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function say(answer: KeeperAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

// Whoever reads us may be gone; our work is not done then.
process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.stdin.destroy());
say(await start());
try {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'start') say(await start());
    else if (line === 'stop') say(await end('SIGTERM'));
    else if (line === 'kill') say(await end('SIGKILL'));
  }
} catch {
  // Our input was closed by a signal.
}
await cleanUp();
process.exit(0);
