/**
 * A connection to the D-Bus session bus, to ask about the keyring without a prompt and without libsecret: keytar's answers
 * do not tell "locked" from "absent" (electron.md 6).
 */
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type DBusCall, type DBusReply, decodeMessage, encodeCall } from './dbus-message.ts';

/** Addresses to try for an environment, as libdbus does: the variable, else the user's runtime folder. Empty: there is no bus. */
export function busAddresses(env: Readonly<Record<string, string | undefined>>): string[] {
  const explicit = env.DBUS_SESSION_BUS_ADDRESS;
  if (explicit) return explicit.split(';').filter((address) => address !== '');
  const runtime = env.XDG_RUNTIME_DIR;
  if (!runtime) return [];
  try {
    return statSync(`${runtime}/bus`).isSocket() ? [`unix:path=${runtime}/bus`] : [];
  } catch {
    return [];
  }
}

/** The socket path of an address for node:net (abstract ones start with NUL); undefined for a kind we do not speak. */
export function socketPath(address: string): string | undefined {
  if (!address.startsWith('unix:')) return undefined;
  const pairs = new Map<string, string>();
  for (const pair of address.slice('unix:'.length).split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) pairs.set(pair.slice(0, at), decodeURIComponent(pair.slice(at + 1)));
  }
  const abstract = pairs.get('abstract');
  return abstract === undefined ? pairs.get('path') : `\0${abstract}`;
}

/** An open connection; the caller disposes it. */
export interface SessionBus {
  /** Rejects with Error(name of the D-Bus error), or when the connection ends or its deadline is over. */
  call(call: DBusCall): Promise<unknown>;
  dispose(): void;
}

/** Connects to the socket, with one deadline in ms for the connection's whole life. Rejects where nobody answers. */
export async function openSessionBus(path: string, deadlineMs: number): Promise<SessionBus> {
  const bus = new Connection(connect({ path }), deadlineMs);
  try {
    await bus.greet();
    return bus;
  } catch (error) {
    bus.dispose();
    throw error;
  }
}

class Connection implements SessionBus {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, PromiseWithResolvers<DBusReply>>();
  readonly #timer: NodeJS.Timeout;
  #authenticated: PromiseWithResolvers<void> | null = Promise.withResolvers<void>();
  #data = Buffer.alloc(0);
  #serial = 0;
  #failure: Error | null = null;

  constructor(socket: Socket, deadlineMs: number) {
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#fail(new Error('the session bus does not answer')), deadlineMs);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the session bus ended the connection')));
  }

  async greet(): Promise<void> {
    const ready = this.#authenticated?.promise;
    const uid = String(process.getuid?.() ?? 0);
    this.#socket.write(`\0AUTH EXTERNAL ${Buffer.from(uid).toString('hex')}\r\n`);
    await ready;
    this.#socket.write('BEGIN\r\n');
    await this.call({
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member: 'Hello',
    });
  }

  async call(call: DBusCall): Promise<unknown> {
    if (this.#failure) throw this.#failure;
    this.#serial += 1;
    const reply = Promise.withResolvers<DBusReply>();
    this.#waiting.set(this.#serial, reply);
    this.#socket.write(encodeCall(call, this.#serial));
    const answer = await reply.promise;
    if (!answer.ok) throw new Error(answer.error);
    return answer.value;
  }

  dispose(): void {
    this.#fail(new Error('disposed'));
  }

  #take(chunk: Buffer): void {
    this.#data = Buffer.concat([this.#data, chunk]);
    try {
      if (this.#authenticated) this.#takeGreeting(this.#authenticated);
      else this.#takeMessages();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #takeGreeting(authenticated: PromiseWithResolvers<void>): void {
    const end = this.#data.indexOf('\r\n');
    if (end < 0) return;
    const line = this.#data.toString('latin1', 0, end);
    this.#data = this.#data.subarray(end + 2);
    if (!line.startsWith('OK ')) throw new Error('the session bus refused the connection');
    this.#authenticated = null;
    authenticated.resolve();
  }

  #takeMessages(): void {
    for (;;) {
      const message = decodeMessage(this.#data);
      if (!message) return;
      this.#data = this.#data.subarray(message.length);
      if (!message.reply) continue;
      this.#waiting.get(message.reply.replyTo)?.resolve(message.reply);
      this.#waiting.delete(message.reply.replyTo);
    }
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    // Somebody may not be waiting yet: a rejection nobody hears must not end the process.
    this.#authenticated?.promise.catch(() => {});
    this.#authenticated?.reject(error);
    for (const reply of this.#waiting.values()) reply.reject(error);
    this.#waiting.clear();
  }
}
