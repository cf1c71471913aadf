/** The process of one sandbox on this computer: what it complains about, when it is gone, and how all of it is ended. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Owns the child: whoever has one calls `kill` at last. */
export class SandboxProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the process is gone and nobody holds its output open any more. */
  readonly exited: Promise<void>;
  #said = '';
  #over = false;
  #init: number | null = null;

  /** `info`: where bubblewrap says the number of the first process inside; null for other kinds. */
  constructor(child: ChildProcessWithoutNullStreams, info: Readable | null) {
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#over = true;
      });
      child.once('close', () => resolve());
      child.once('error', (error) => {
        this.#said += error.message;
        this.#over = true;
        resolve();
      });
    });
    if (info) this.#readInit(info);
  }

  /** The end of what it wrote to its standard error: what a start that failed complained about. */
  get said(): string {
    return this.#said.trim();
  }

  /** Kills it with everything in it, and waits until it is gone. Idempotent. */
  async kill(): Promise<void> {
    if (!this.#over) this.#killNow();
    await this.exited;
  }

  #killNow(): void {
    // The kernel ends a namespace with its first process, and bubblewrap leaves only after that: then nothing is left.
    if (this.#init !== null) {
      try {
        process.kill(this.#init, 'SIGKILL');
        return;
      } catch {
        // It is ending already, or is not ours to kill: the outer process takes it along (--die-with-parent).
      }
    }
    if (process.platform === 'win32' && this.child.pid !== undefined) {
      spawn('taskkill', ['/pid', String(this.child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true })
        // Where taskkill itself is missing, the process alone.
        .on('error', () => this.child.kill('SIGKILL'));
      return;
    }
    this.child.kill('SIGKILL');
  }

  #readInit(info: Readable): void {
    let text = '';
    info.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(0, 4000);
      const pid = Number(/"child-pid"\s*:\s*(\d+)/.exec(text)?.[1]);
      if (pid > 1) this.#init = pid;
    });
    info.on('error', () => {});
  }
}
