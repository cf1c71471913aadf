/**
 * Writing a file so that it is never half there: staged beside its place, then renamed. What envd does not say clearly is
 * found out before or after: a folder in the way, a part of the path that is a file. The mode of a file that is replaced stays.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ReadableStream as NodeStream } from 'node:stream/web';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { deadline, sleep, unlessAborted } from './abort.ts';
import type { E2bSession } from './session.ts';

type SdkEntry = Awaited<ReturnType<E2bSession['sandbox']['files']['getInfo']>>;

/** What envd gives to a file that is new. */
const NEW_MODE = 0o644;
/** Longest name and path that Linux takes, in bytes. */
const MAX_NAME = 255;
const MAX_PATH = 4095;

/** Throws `invalid` for what cannot be a path on any Linux. */
export function assertPath(file: string): void {
  const isLong = file.split('/').some((name) => Buffer.byteLength(name) > MAX_NAME);
  if (!file.includes('\0') && !isLong && Buffer.byteLength(file) <= MAX_PATH) return;
  throw new SpecboardError('invalid', 'The sandbox does not accept this path.', {
    hint: 'A name may have 255 bytes, and no NUL character.',
  });
}

/**
 * Writes the file and gives its entry. Rejects with what the SDK throws, or with a SpecboardError where the reason is known;
 * whatever happens, the file before is whole, and nothing stays beside it.
 */
export async function stagedWrite(
  session: E2bSession,
  file: string,
  data: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<SdkEntry> {
  const { files } = session.sandbox;
  const part = path.posix.join(path.posix.dirname(file), `.specboard-${randomUUID()}.part`);
  signal.throwIfAborted();
  const before = await entryAt(session, file, signal).catch(async (error: unknown) => {
    throw (await knownReason(session, file, signal)) ?? error;
  });
  if (before && isFolder(before)) {
    throw new SpecboardError('conflict', 'There is a folder with this name.', {
      hint: 'Choose another name, or remove the folder first.',
    });
  }
  try {
    await unlessAborted(files.write(part, streamOf(data, signal), { signal }), signal);
    if (before && (before.mode & 0o7777) !== NEW_MODE) await setMode(session, part, before.mode, signal);
    return await unlessAborted(files.rename(part, file, { signal }), signal);
  } catch (error) {
    await removeLeftover(session, part);
    throw (await knownReason(session, file, signal)) ?? error;
  }
}

/** Why nothing can be at that path, where envd only says that something failed: a part of it is a file. */
export async function knownReason(
  session: E2bSession,
  file: string,
  signal: AbortSignal,
): Promise<SpecboardError | null> {
  if (signal.aborted) return null;
  const absolute = file.startsWith('/');
  const parents = path.posix.dirname(path.posix.normalize(file)).split('/').filter(Boolean);
  for (let depth = 1; depth <= parents.length; depth += 1) {
    const parent = `${absolute ? '/' : ''}${parents.slice(0, depth).join('/')}`;
    const entry = await entryAt(session, parent, signal).catch(() => null);
    if (!entry) return null;
    if (entry.symlinkTarget !== undefined || isFolder(entry)) continue;
    return new SpecboardError('conflict', 'A part of this path is a file, not a folder.');
  }
  return null;
}

/** The entry, null where there is none. */
async function entryAt(session: E2bSession, file: string, signal: AbortSignal): Promise<SdkEntry | null> {
  const limit = deadline(session.control.requestMs, signal);
  try {
    return await unlessAborted(session.sandbox.files.getInfo(file, { signal: limit }), limit);
  } catch (error) {
    const { code } = session.control.mapError(error, 'file', limit);
    if (code === 'not-found' && !limit.aborted) return null;
    throw error;
  }
}

function isFolder(entry: SdkEntry): boolean {
  return (entry.type as string | undefined) === 'dir';
}

async function setMode(session: E2bSession, file: string, mode: number, signal: AbortSignal): Promise<void> {
  const octal = (mode & 0o7777).toString(8);
  const limit = deadline(session.timings.call, signal);
  // A file of a strange owner keeps its content's new mode: nothing is lost by that.
  await session.processes.run({ cmd: 'chmod', args: [octal, '--', file] }, limit).catch(() => {
    signal.throwIfAborted();
  });
}

/**
 * Removes a staged file whose upload broke off. More than once: the sandbox may learn of the broken upload after the removal,
 * and create the file then.
 */
export async function removeLeftover(session: E2bSession, part: string): Promise<void> {
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

/** As the SDK wants it: its types know only the browser's stream, which is the same class. Ends when the signal aborts. */
export function streamOf(data: AsyncIterable<Uint8Array>, signal: AbortSignal): ReadableStream {
  const stopping = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      signal.throwIfAborted();
      yield chunk;
    }
  };
  return NodeStream.from(stopping()) as unknown as ReadableStream;
}
