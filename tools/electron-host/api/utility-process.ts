// utilityProcess: a forked Node process with Electron's message ports (utility-child.ts is preloaded into it).

import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type * as Electron from 'electron';
import { strictEmitter, strictModule } from '../strict.ts';
import { type MessagePortMain, PortTable } from './message-ports.ts';

/** What main and the child say to each other, besides node's own. */
export type UtilityMessage =
  | { op: 'message'; data: unknown; ports: string[] }
  | { op: 'port'; id: string; data: unknown; ports: string[] }
  | { op: 'portclose'; id: string };

type Members = Pick<Electron.UtilityProcess, 'kill' | 'pid'>;

/** One child. */
export class HostUtilityProcess extends strictEmitter('UtilityProcess') implements Members {
  pid: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: ChildProcess;
  readonly #ports = new PortTable({
    port: (id, data, ports) => this.#send({ op: 'port', id, data, ports: this.#ports.lend(ports) }),
    closed: (id) => this.#send({ op: 'portclose', id }),
  });

  constructor(modulePath: string, args: readonly string[] = [], options: Electron.ForkOptions = {}) {
    super();
    const preload = pathToFileURL(path.join(import.meta.dirname, 'utility-child.ts')).href;
    this.#child = fork(modulePath, args, {
      serialization: 'advanced',
      env: { ...((options.env as NodeJS.ProcessEnv | undefined) ?? process.env) },
      silent: options.stdio === 'pipe',
      execArgv: [...(options.execArgv ?? []), '--import', preload],
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    const endWithMain = (): void => {
      this.#child.kill();
    };
    process.on('exit', endWithMain);
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    this.#child.on('exit', (code, signal) => {
      process.off('exit', endWithMain);
      this.pid = undefined;
      this.#ports.closeAll();
      this.emit('exit', code ?? (signal ? 1 : 0));
    });
    this.#child.on('message', (message) => this.#heard(message as UtilityMessage));
  }

  postMessage(message: unknown, transfer: MessagePortMain[] = []): void {
    this.#send({ op: 'message', data: message, ports: this.#ports.lend(transfer) });
  }

  kill(): boolean {
    return this.#child.kill();
  }

  #send(message: UtilityMessage): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #heard(message: UtilityMessage): void {
    if (message.op === 'message') this.emit('message', message.data);
    else if (message.op === 'port') {
      this.#ports.receive(message.id, { data: message.data, ports: this.#ports.take(message.ports) });
    } else this.#ports.closed(message.id);
  }
}

/** The `utilityProcess` module. */
export const utilityProcess = strictModule('utilityProcess', 'UtilityProcess.static', {
  fork: (modulePath: string, args?: string[], options?: Electron.ForkOptions) =>
    new HostUtilityProcess(modulePath, args, options),
});
