/**
 * Many files in one call: resources/filekit.py runs in the sandbox and writes or reads the tar. Down, it comes over the
 * helper's own output, so that a slow reader holds it back and nothing is staged; up, it is staged through the file API (a
 * process's input is one request a piece), and the helper removes it before it reads it.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { fileFailureSchema, problemOfFailure } from '../../runner/file-failure.ts';
import type { DriverFiles } from '../driver.ts';
import { deadline, unlessAborted } from './abort.ts';
import { LinkError } from './http-link.ts';
import type { ProcessEvent } from './process-client.ts';
import type { E2bSession } from './session.ts';
import { removeLeftover, streamOf } from './staged-write.ts';

type Request = { op: 'check' | 'pack'; folder: string; paths: readonly string[] } | UnpackRequest;
interface UnpackRequest {
  op: 'unpack';
  folder: string;
  /** The staged tar. */
  input: string;
}

const python = 'exec python3 -I -S -X utf8 -u -c "$1" once "$2"';
/** The helper's last words are a failure and the line before it. */
const saidBytes = 64 * 1024;

/** See `DriverFiles`. */
export const bulkFiles: Pick<DriverFiles<E2bSession>, 'pack' | 'unpack'> = {
  async pack(session, folder, paths, signal) {
    const open = AbortSignal.any([signal, session.closing]);
    await session.use(async () => {
      for await (const _ of run(session, { op: 'check', folder, paths }, open)); // says at once what is missing
    });
    return packed(session, { op: 'pack', folder, paths }, open);
  },

  async unpack(session, folder, tar, signal) {
    const open = AbortSignal.any([signal, session.closing]);
    const input = `/tmp/.specboard-${randomUUID()}.part`;
    await session.use(async () => {
      try {
        open.throwIfAborted();
        await unlessAborted(session.sandbox.files.write(input, streamOf(tar, open), { signal: open }), open);
        for await (const _ of run(session, { op: 'unpack', folder, input }, open));
      } catch (error) {
        const problem = await problemOf(session, error, open);
        if (!session.isGone) await removeLeftover(session, input);
        throw problem;
      }
    });
  },
};

/** Counts as use of the sandbox for as long as it is read. */
async function* packed(
  session: E2bSession,
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const use = session.use(() => promise);
  try {
    yield* run(session, request, signal);
  } finally {
    resolve();
    await use;
  }
}

/** One run of the helper: what it writes, or why it could not. Leaves no process behind, however it is left. */
async function* run(session: E2bSession, request: Request, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = await session.fileHelper();
  const asked = { root: '.', confined: false, ...request };
  const spec = { cmd: '/bin/sh', args: ['-c', python, 'specboard', source, JSON.stringify(asked)] };
  const left = new AbortController();
  let pid = 0;
  let said = Buffer.alloc(0);
  let isOver = false;
  try {
    const events = await session.processes.start(spec, AbortSignal.any([signal, left.signal]));
    for await (const event of events) {
      if (event.type === 'start') pid = event.pid;
      if (event.type === 'data' && event.stream === 'stdout') yield event.bytes;
      if (event.type === 'data' && event.stream === 'stderr')
        said = Buffer.concat([said, event.bytes]).subarray(-saidBytes);
      if (event.type === 'end') {
        isOver = true;
        judge(event, said.toString('utf8'), request.folder);
        return;
      }
    }
    throw new LinkError(new Error('The stream ended before the process.'), true);
  } catch (error) {
    throw await problemOf(session, error, signal);
  } finally {
    left.abort();
    // The helper hears a TERM as "give up", and removes what it staged.
    if (!isOver && pid > 0 && !session.isGone)
      await session.processes.signal(pid, 'SIGTERM', deadline(session.timings.call)).catch(() => {});
  }
}

/** Throws where the helper did not do it. */
function judge({ end }: Extract<ProcessEvent, { type: 'end' }>, said: string, folder: string): void {
  const last = said.trimEnd().split('\n').at(-1) ?? '';
  let told: unknown = null;
  try {
    told = JSON.parse(last);
  } catch {
    // Not the helper's own words: Python itself, or the shell.
  }
  if (typeof told === 'object' && told !== null) {
    if ('R' in told) return;
    const failure = fileFailureSchema.safeParse('F' in told ? told.F : null);
    if (failure.success) throw problemOfFailure(failure.data, folder);
  }
  if ('exitCode' in end && end.exitCode === 127) {
    throw new SpecboardError('python-missing', 'This template has no Python: files go one by one only.', {
      hint: 'Use a template made from code-interpreter-v1.',
    });
  }
  throw new SpecboardError('unavailable', 'The helper for files in the sandbox ended.', {
    hint: 'Try again; if it happens again, the sandbox may be out of memory.',
    ...(said.trim() ? { details: said.trim().slice(-2000) } : {}),
  });
}

async function problemOf(session: E2bSession, error: unknown, signal: AbortSignal): Promise<SpecboardError> {
  const mapped = session.control.mapError(error, 'file', signal);
  const isDoubtful = mapped.code === 'gone' || mapped.code === 'unreachable' || mapped.code === 'unavailable';
  return isDoubtful && !signal.aborted && !(error instanceof SpecboardError) ? session.judge(error) : mapped;
}
