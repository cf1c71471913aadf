/** Files in an E2B sandbox through the SDK. Relative paths start in the home folder, where cells and commands start too. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ReadableStream as NodeStream } from 'node:stream/web';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { DriverFiles, FileEntry } from '../driver.ts';
import { deadline, sleep, unlessAborted } from './abort.ts';
import type { E2bSession } from './session.ts';

type SdkEntry = Awaited<ReturnType<E2bSession['sandbox']['files']['getInfo']>>;

/** Listing, reading, staged writing, moving, removing. */
export const e2bFiles: DriverFiles<E2bSession> = {
  list: (session, folder, signal) =>
    call(session, signal, async (options) =>
      (await session.sandbox.files.list(folder || '.', options)).map(entryOf),
    ),

  stat: (session, file, signal) =>
    call(session, signal, async (options) => entryOf(await session.sandbox.files.getInfo(file, options))),

  async read(session, file, signal) {
    session.assertUsable();
    const open = AbortSignal.any([signal, session.closing]);
    const body = await session.use(async () => {
      try {
        return await unlessAborted(
          session.sandbox.files.read(file, { format: 'stream', signal: open }),
          open,
        );
      } catch (error) {
        throw await fileError(session, error, open);
      }
    });
    return readAll(session, body, open);
  },

  async write(session, file, data, signal) {
    const part = path.posix.join(path.posix.dirname(file), `.specboard-${randomUUID()}.part`);
    const open = AbortSignal.any([signal, session.closing]);
    return session.use(async () => {
      const { files } = session.sandbox;
      try {
        open.throwIfAborted();
        await unlessAborted(files.write(part, streamOf(data, open), { signal: open }), open);
        return entryOf(await unlessAborted(files.rename(part, file, { signal: open }), open));
      } catch (error) {
        const problem = await fileError(session, error, open);
        await removeLeftover(session, part);
        throw problem;
      }
    });
  },

  remove: (session, file, signal) =>
    call(session, signal, (options) => session.sandbox.files.remove(file, options)),

  async move(session, from, to, signal) {
    await call(session, signal, (options) => session.sandbox.files.rename(from, to, options));
  },

  async makeDir(session, folder, signal) {
    await call(session, signal, (options) => session.sandbox.files.makeDir(folder, options));
  },

  pack: async () => {
    throw new SpecboardError('unsupported', 'Many files at once are not possible here yet.');
  },
  unpack: async () => {
    throw new SpecboardError('unsupported', 'Many files at once are not possible here yet.');
  },
};

/**
 * Removes a staged file whose upload broke off. More than once: the sandbox may learn of the broken upload after the removal,
 * and create the file then.
 */
async function removeLeftover(session: E2bSession, part: string): Promise<void> {
  const limit = deadline(session.timings.call);
  for (const pause of [0, 150, 500]) {
    try {
      if (pause > 0) await sleep(pause, limit);
      await unlessAborted(session.sandbox.files.remove(part, { signal: limit }), limit);
    } catch {
      return; // not reachable: the file has a name that says what it is
    }
  }
}

/** One call with our signals and errors; counts as use of the sandbox. */
function call<T>(
  session: E2bSession,
  signal: AbortSignal,
  work: (options: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const bounded = deadline(session.control.requestMs, signal, session.closing);
  return session.use(async () => {
    try {
      bounded.throwIfAborted();
      return await unlessAborted(work({ signal: bounded }), bounded);
    } catch (error) {
      throw await fileError(session, error, bounded);
    }
  });
}

async function* readAll(
  session: E2bSession,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let isWhole = false;
  try {
    for (;;) {
      const next = await unlessAborted(reader.read(), deadline(session.control.requestMs, signal));
      if (next.done) break;
      yield next.value;
    }
    isWhole = true;
  } catch (error) {
    throw await fileError(session, error, signal);
  } finally {
    // Whoever reads may stop early; the connection ends with that.
    if (!isWhole) void reader.cancel().catch(() => {});
  }
}

/** About the file, unless the sandbox itself is in doubt. */
async function fileError(session: E2bSession, error: unknown, signal: AbortSignal): Promise<SpecboardError> {
  const mapped = session.control.mapError(error, 'file', signal);
  const isDoubtful = mapped.code === 'gone' || mapped.code === 'unreachable' || mapped.code === 'unavailable';
  return isDoubtful && !signal.aborted ? session.judge(error) : mapped;
}

/** As the SDK wants it: its types know only the browser's stream, which is the same class. Ends when the signal aborts. */
function streamOf(data: AsyncIterable<Uint8Array>, signal: AbortSignal): ReadableStream {
  const stopping = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      signal.throwIfAborted();
      yield chunk;
    }
  };
  return NodeStream.from(stopping()) as unknown as ReadableStream;
}

function entryOf(entry: SdkEntry): FileEntry {
  return {
    path: entry.path,
    name: entry.name,
    type: typeOf(entry),
    size: Number(entry.size),
    modifiedAt: entry.modifiedTime?.getTime() ?? 0,
    mode: entry.mode,
    ...(entry.symlinkTarget === undefined ? {} : { linkTarget: entry.symlinkTarget }),
  };
}

function typeOf(entry: SdkEntry): FileEntry['type'] {
  if (entry.symlinkTarget !== undefined) return 'link';
  switch (entry.type as string | undefined) {
    case 'file':
      return 'file';
    case 'dir':
      return 'directory';
    case 'symlink':
      return 'link';
    default:
      return 'other';
  }
}
