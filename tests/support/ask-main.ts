/**
 * What all test files of a run share is made by Vitest's main process when the first file asks, and removed at the end of the run.
 * The main process listens on a socket, so runs that need none of it wait for nothing.
 */
import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';

/** Abstract sockets: no file, so that a run that is killed leaves nothing. Only Linux has them. */
const supported = process.platform === 'linux';

/**
 * In the main process: answers every file that asks for `variable`. Undefined where this cannot be, or where another project of
 * the same run answers already. The result ends it.
 */
export async function answerFiles(
  variable: string,
  answer: (question: unknown) => Promise<unknown>,
): Promise<(() => void) | undefined> {
  if (!supported || process.env[variable] !== undefined) return undefined;
  const name = `specboard-tests-${randomUUID()}`;
  // Half open: the question ends before the answer begins.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}); // the worker was killed
    void text(socket)
      .then((question) => answer(JSON.parse(question)))
      .then(
        (value) => socket.end(JSON.stringify(value)),
        () => socket.destroy(),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`\0${name}`, resolve);
  });
  process.env[variable] = name; // inherited by all workers
  return () => {
    delete process.env[variable];
    server.close();
  };
}

/** In a test file: the main process's answer. Undefined where nobody answers. */
export async function askMain<T>(variable: string, question: unknown = null): Promise<T | undefined> {
  const name = process.env[variable];
  if (name === undefined) return undefined;
  const socket = connect({ path: `\0${name}`, allowHalfOpen: true });
  socket.end(JSON.stringify(question));
  return JSON.parse(await text(socket)) as T;
}
