/**
 * A keyring of its own for a test: a private D-Bus session, gnome-keyring on it, a private home. Nothing of the person's own
 * keyring is seen or changed. keytar must run in a child process with the `env` given here (libsecret reads it there).
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKeyring, type KeyringFinding } from '../../src-main/secrets/keyring-diagnosis.ts';

/** `unlocked`: ready. `locked`: has a keyring, nobody unlocked it, and no prompt can be shown. `absent`: a bus and nothing on it. */
export type KeyringVariant = 'unlocked' | 'locked' | 'absent';

/** A running private keyring. */
export interface TestKeyring {
  /** For child processes: the whole environment, with the private bus and home. */
  readonly env: Record<string, string>;
  /** Locks the keyring, with everything in it. The service goes on. */
  lock(): Promise<void>;
  /** Unlocks it with its password, as logging in does. */
  unlock(): Promise<void>;
  /** Ends the service and starts another one, unlocked, with the same keyring. */
  restart(): Promise<void>;
  /** Stops the service in its tracks (SIGSTOP), so that calls to it hang; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Ends everything by pid and removes its files. */
  dispose(): Promise<void>;
}

const expected: Record<KeyringVariant, KeyringFinding> = {
  unlocked: 'available',
  locked: 'locked',
  absent: 'no-secret-service',
};
const password = 'test password';

/** Why a private keyring cannot be had here; undefined where it can. */
export function whyNoKeyring(): string | undefined {
  if (process.platform !== 'linux') return 'the private keyring needs Linux';
  for (const command of ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon']) {
    if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error) return `${command} is not installed`;
  }
  return undefined;
}

/** Starts one; the caller disposes it. */
export async function startKeyring(variant: KeyringVariant): Promise<TestKeyring> {
  const folder = mkdtempSync(join(tmpdir(), 'sb-keyring-'));
  const bus = startBus(folder);
  let service: ChildProcess | null = null;
  const env = privateEnv(folder);

  const stopService = async (): Promise<void> => {
    const running = service;
    service = null;
    if (running) await end(running);
  };
  const startService = async (unlock: boolean): Promise<void> => {
    await stopService();
    const args = ['--foreground', '--components=secrets', ...(unlock ? ['--unlock'] : [])];
    service = spawn('gnome-keyring-daemon', args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    service.stdin?.end(unlock ? password : '');
    await until(env, unlock ? 'available' : 'locked');
  };
  const dispose = async (): Promise<void> => {
    await stopService();
    await end(bus);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    if (variant === 'absent') {
      await until(env, expected.absent);
    } else {
      // The first unlocking makes the keyring.
      await startService(true);
      if (variant === 'locked') await startService(false);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    env,
    lock: async () => {
      lockDefaultKeyring(env);
      await until(env, 'locked');
    },
    unlock: async () => {
      await sendPassword(join(env.XDG_RUNTIME_DIR ?? '', 'keyring', 'control'));
      await until(env, 'available');
    },
    restart: () => startService(true),
    freeze: () => void service?.kill('SIGSTOP'),
    thaw: () => void service?.kill('SIGCONT'),
    dispose,
  };
}

function lockDefaultKeyring(env: Record<string, string>): void {
  const secrets = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.secrets',
    '/org/freedesktop/secrets',
  ];
  const lock = [
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login',
  ];
  execFileSync('dbus-send', [...secrets, ...lock], { env, stdio: 'ignore' });
}

/** What the PAM module does at login: a byte for the credentials, then length, operation (1: unlock), password. */
async function sendPassword(controlSocket: string): Promise<void> {
  const secret = Buffer.from(password);
  const message = Buffer.alloc(12 + secret.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(1, 4);
  message.writeUInt32BE(secret.length, 8);
  secret.copy(message, 12);
  const socket = connect({ path: controlSocket });
  socket.write(Buffer.concat([Buffer.from([0]), message]));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (reply.readUInt32BE(4) !== 0) throw new Error('the private keyring refused its password');
}

function startBus(folder: string): ChildProcess {
  const config = join(folder, 'bus.conf');
  // No service folders: nothing of the machine (another keyring, a prompter) is ever started on this bus.
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${socketOf(folder)}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`,
  );
  return spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile'], { stdio: 'ignore' });
}

function socketOf(folder: string): string {
  return join(folder, 'bus');
}

function privateEnv(folder: string): Record<string, string> {
  const home = join(folder, 'home');
  const runtime = join(folder, 'run');
  for (const path of [home, runtime]) mkdirSync(path, { mode: 0o700 });
  const inherited = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^(XDG_|DBUS_|GNOME_|DISPLAY$|WAYLAND_)/.test(name),
  ) as [string, string][];
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${socketOf(folder)}`,
  };
}

async function until(env: Record<string, string>, wanted: KeyringFinding): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await findKeyring('linux', env);
    if (found === wanted) return;
    if (Date.now() > deadline) throw new Error(`the private keyring is "${found}", not "${wanted}"`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** A stopped process takes no other signal: SIGKILL ends it in any case. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
