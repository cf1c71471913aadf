/** An engine on another computer: the system's ssh runs `docker system dial-stdio` there, and its pipes are the socket. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { EngineAddress } from './engine-address.ts';
import { EngineLinkError } from './engine-failure.ts';

/** As much of ssh's words as is kept. */
const wordsLimit = 8 * 1024;

/**
 * Starts ssh; so the person's configuration, known hosts and agent apply. It never asks: nobody could answer. Fails with
 * ssh's words. Destroying the socket ends ssh.
 */
export function openSshSocket(
  address: Extract<EngineAddress, { kind: 'ssh' }>,
  env: Readonly<Record<string, string | undefined>>,
): Duplex {
  return new SshSocket(address, env);
}

function sshArguments({ host, user, port }: Extract<EngineAddress, { kind: 'ssh' }>): string[] {
  return [
    '-T',
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=15'],
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    ...['--', host, 'docker', 'system', 'dial-stdio'],
  ];
}

/** What Node's HTTP wants of a socket, over the pipes of a program. */
class SshSocket extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #words = '';
  #answered = false;

  constructor(
    address: Extract<EngineAddress, { kind: 'ssh' }>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    super();
    this.#child = spawn('ssh', sshArguments(address), {
      env: { ...env },
      stdio: 'pipe',
      windowsHide: true,
    });
    const { stdin, stdout, stderr } = this.#child;
    this.#child.on('error', (error) => this.destroy(new EngineLinkError('SSH', error.message, false, error)));
    stdin.on('error', () => {}); // ssh has ended; its end says why
    stdout.on('data', (chunk: Buffer) => {
      this.#answered = true;
      if (!this.push(chunk)) stdout.pause();
    });
    stderr.on('data', (chunk: Buffer) => {
      if (this.#words.length < wordsLimit) this.#words += chunk.toString('utf8');
    });
    // `close`, not `exit`: all output and all words are here then.
    this.#child.on('close', (code) => {
      if (this.#answered && (code === 0 || this.#words === '')) this.push(null);
      else {
        const words = this.#words.trim() || `ssh ended with code ${code}`;
        this.destroy(new EngineLinkError('SSH', words, this.#answered));
      }
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, (error) => done(error ? linkClosed(error) : null));
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.kill();
    done(error);
  }

  /** An idle connection must not keep the process alive; Node's agent says when. */
  ref(): this {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref?.();
    return this;
  }

  /** See `ref`. */
  unref(): this {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref?.();
    return this;
  }

  /** Of no meaning here; Node's HTTP calls them. */
  setKeepAlive(): this {
    return this;
  }

  /** See `setKeepAlive`. */
  setNoDelay(): this {
    return this;
  }

  /** See `setKeepAlive`: ServerAliveInterval watches the link, our deadlines the answers. */
  setTimeout(): this {
    return this;
  }

  #pipes(): { ref?: () => unknown; unref?: () => unknown }[] {
    const { stdin, stdout, stderr } = this.#child;
    return [stdin, stdout, stderr] as { ref?: () => unknown; unref?: () => unknown }[];
  }
}

function linkClosed(error: Error): EngineLinkError {
  return new EngineLinkError('CLOSED', error.message, true, error);
}
