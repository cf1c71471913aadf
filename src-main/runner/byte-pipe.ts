/** The one thing a driver must have to use the runner: a way to send bytes both ways. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Bytes both ways: the pipes of a child process, a Docker exec, a raw PTY over a WebSocket. */
export interface BytePipe {
  /** Bytes from the runner; ends (or throws) when the link or the runner is gone. Read once. */
  readonly readable: AsyncIterable<Uint8Array>;
  /** Sends bytes, in the order of the calls. Resolves when more may be sent; rejects when the link is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes both directions; the runner then ends everything it started. Twice is fine. */
  close(): void | Promise<void>;
}

/** A pipe over two Node streams, with the back-pressure of the writable one. Closing ends the input and lets the output drain. */
export function pipeOfStreams(readable: Readable, writable: Writable): BytePipe {
  let failure: Error | null = null;
  // Without a listener an EPIPE would be an uncaught exception; whoever writes next gets it.
  writable.on('error', (error: Error) => {
    failure ??= error;
  });
  return {
    readable,
    async write(bytes) {
      if (failure) throw failure;
      if (writable.destroyed || writable.writableEnded) throw new Error('The pipe is closed.');
      if (!writable.write(bytes)) await Promise.race([once(writable, 'drain'), once(writable, 'close')]);
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
