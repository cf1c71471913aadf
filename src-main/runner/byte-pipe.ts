/** The one thing a driver must have to use the runner: a way to send bytes both ways. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** Bytes both ways: the pipes of a child process, a Docker exec, a raw PTY over a WebSocket. */
export interface BytePipe {
  /** Bytes from the runner; ends (or throws) when the link or the runner is gone. A SpecboardError says why. Read once. */
  readonly readable: AsyncIterable<Uint8Array>;
  /** Sends bytes, in the order of the calls. Resolves when more may be sent; rejects when the link is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes both directions; the runner then ends everything it started. Twice is fine. */
  close(): void | Promise<void>;
  /** Closes the link and leaves the runner alive, where it can be found again. */
  leave?(): Promise<void>;
  /** Of a pipe that outlives its link: rises by one when the link breaks and when it is there again, odd while broken. */
  readonly breaks?: number;
}

/** A pipe over two Node streams, with the back-pressure of the writable one. Closing ends the input and lets the output drain. */
export function pipeOfStreams(readable: Readable, writable: Writable): BytePipe {
  let failure: Error | null = null;
  let draining: Promise<void> | null = null;
  // Without a listener an EPIPE would be an uncaught exception; whoever writes next gets it.
  writable.on('error', (error: Error) => {
    failure ??= error;
  });
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        draining = null;
        writable.off('drain', done).off('close', done);
        resolve();
      };
      writable.on('drain', done).on('close', done);
    });
  return {
    readable,
    async write(bytes) {
      if (failure) throw failure;
      if (writable.destroyed || writable.writableEnded) throw new Error('The pipe is closed.');
      if (!writable.write(bytes)) {
        draining ??= drained(); // shared: a flood of writes must not be a flood of listeners
        await draining;
      }
      if (failure) throw failure;
    },
    close() {
      if (!writable.writableEnded) writable.end();
    },
  };
}

/** A pipe over the standard input and output of a child process. The owner of the child ends it. */
export function pipeOfChild(child: Pick<ChildProcessWithoutNullStreams, 'stdin' | 'stdout'>): BytePipe {
  return pipeOfStreams(child.stdout, child.stdin);
}
