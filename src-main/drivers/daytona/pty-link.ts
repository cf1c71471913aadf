/**
 * One link to the runner: a PTY of the sandbox in raw mode, taken as a byte pipe. Daytona's other ways to run a program
 * cannot be cancelled, or change the bytes. A link may break at any time; the keeper at its other end then waits for the next.
 */
import { randomUUID } from 'node:crypto';
import type { BytePipe } from '../../runner/byte-pipe.ts';
import { abortable } from '../base-driver.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { openPty, type SdkPty, type SdkSandbox, socketOf } from './sdk.ts';

/** Daytona takes messages of up to 64 KiB. */
const messageBytes = 32 * 1024;
/** Bytes that may wait for a slow reader before the socket is held back. */
const highWater = 4 * 1024 * 1024;
const closePatienceMs = 2000;

/** What a link is made with. */
export interface LinkOptions {
  sandbox: SdkSandbox;
  /** Where the shell starts; empty: as the sandbox says. */
  cwd: string;
  /** Typed into the shell as soon as it is there. */
  line: string;
  /** Names of PTYs that could not be ended when their link broke; this link tries again, and adds its own. */
  leftovers: Set<string>;
}

/** Opens a link. `close` of the pipe ends the PTY with what is in it. Rejects with what the SDK throws. */
export async function openLink(options: LinkOptions, signal: AbortSignal): Promise<BytePipe> {
  const { sandbox, cwd, line, leftovers } = options;
  const id = `specboard-${randomUUID()}`;
  const queue = new ChunkQueue(highWater);
  const opening = openPty(sandbox, { id, cwd }, (bytes) => queue.push(bytes));
  leftovers.add(id);
  let pty: SdkPty;
  try {
    pty = await abortable(opening, signal);
  } catch (error) {
    // The SDK cannot be stopped while it opens one: it is ended as soon as it is there.
    void opening.then(
      (late) => endPty(sandbox, late, id, leftovers),
      () => {},
    );
    throw error;
  }
  for (const old of leftovers) if (old !== id) void endSession(sandbox, old, leftovers);
  const socket = socketOf(pty);
  queue.onPressure = (isFull) => (isFull ? socket.pause() : socket.resume());
  socket.addEventListener('close', () => queue.end());
  let closing: Promise<void> | null = null;
  const pipe: BytePipe = {
    readable: queue,
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += messageBytes) {
        const piece = bytes.subarray(from, from + messageBytes);
        await new Promise<void>((resolve, reject) => {
          socket.send(piece, (error) => (error ? reject(error) : resolve()));
        });
      }
    },
    close() {
      queue.end();
      closing ??= endPty(sandbox, pty, id, leftovers);
      return closing;
    },
  };
  await pipe.write(Buffer.from(line));
  return pipe;
}

async function endPty(sandbox: SdkSandbox, pty: SdkPty, id: string, leftovers: Set<string>): Promise<void> {
  const socket = socketOf(pty);
  // A socket that is held back would not see the other side's goodbye.
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  if (socket.readyState < 2) socket.close();
  const patience = setTimeout(() => socket.terminate(), closePatienceMs);
  await Promise.all([socket.readyState === 3 ? undefined : closed, endSession(sandbox, id, leftovers)]);
  clearTimeout(patience);
}

/** The PTY lives on when its socket is closed; ending it is a call of its own. Never rejects, never takes long. */
async function endSession(sandbox: SdkSandbox, id: string, leftovers: Set<string>): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, closePatienceMs);
  const ended = sandbox.process.killPtySession(id).then(
    () => leftovers.delete(id),
    (error: unknown) => {
      // It ended by itself, or its sandbox did.
      if ((error as { statusCode?: unknown }).statusCode === 404) leftovers.delete(id);
    },
  );
  await Promise.race([ended, patience.promise]);
  clearTimeout(timer);
}
