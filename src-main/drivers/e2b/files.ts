/** Files in an E2B sandbox through the SDK. Relative paths start in the home folder, where cells and commands start too. */
import type { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { DriverFiles, FileEntry } from '../driver.ts';
import { deadline, unlessAborted } from './abort.ts';
import { bulkFiles } from './bulk-files.ts';
import type { E2bSession } from './session.ts';
import { assertPath, knownReason, stagedWrite } from './staged-write.ts';

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
    const open = AbortSignal.any([signal, session.closing]);
    return session.use(async () => {
      try {
        assertPath(file);
        return entryOf(await stagedWrite(session, file, data, open));
      } catch (error) {
        throw await fileError(session, error, open);
      }
    });
  },

  remove: (session, file, signal) =>
    call(session, signal, (options) => session.sandbox.files.remove(file, options)),

  async move(session, from, to, signal) {
    await call(session, signal, (options) => {
      assertPath(to);
      return because(session, to, signal, session.sandbox.files.rename(from, to, options));
    });
  },

  async makeDir(session, folder, signal) {
    await call(session, signal, (options) => {
      assertPath(folder);
      return because(session, folder, signal, session.sandbox.files.makeDir(folder, options));
    });
  },

  ...bulkFiles,
};

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

/** A failure of work that makes something at a path, with the reason where it can be found out. */
async function because<T>(
  session: E2bSession,
  file: string,
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw (await knownReason(session, file, signal)) ?? error;
  }
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
export async function fileError(
  session: E2bSession,
  error: unknown,
  signal: AbortSignal,
): Promise<SpecboardError> {
  const mapped = session.control.mapError(error, 'file', signal);
  const isDoubtful = mapped.code === 'gone' || mapped.code === 'unreachable' || mapped.code === 'unavailable';
  return isDoubtful && !signal.aborted ? session.judge(error) : mapped;
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
