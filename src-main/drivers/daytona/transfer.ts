/**
 * Bytes in bulk through Daytona's file calls: to and from a file of ours in the sandbox. The runner's link would carry them
 * as text, and everything else waits behind it there.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortable } from '../base-driver.ts';
import { type Download, openDownload } from './sdk.ts';
import type { DaytonaSession } from './session.ts';

/** The SDK wants a time for a whole transfer; ours is the abort, and silence below. */
const wholeSeconds = 24 * 60 * 60;

/** A name of ours in the sandbox that does not exist yet. */
export function partPath(session: DaytonaSession): string {
  return `${session.folder}/part-${randomUUID()}`;
}

/** Sends all of the data to `path`, a name of ours. Rejects with a SpecboardError, or with what the data throws. */
export async function uploadTo(
  session: DaytonaSession,
  path: string,
  data: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const open = AbortSignal.any([signal, session.closing]);
  let failure: { error: unknown } | null = null;
  const body = Readable.from(
    noting(data, open, (error) => {
      failure ??= { error };
    }),
    { objectMode: false },
  );
  try {
    await abortable(
      session.sandbox.fs.uploadFileStream(body, path, { signal: open, timeout: wholeSeconds }),
      open,
    );
  } catch (error) {
    if (failure && !open.aborted) throw (failure as { error: unknown }).error;
    throw await session.judge(error, 'file', open);
  } finally {
    body.destroy();
  }
  // The SDK takes a source that broke for one that ended.
  if (failure) throw (failure as { error: unknown }).error;
}

/** The bytes of `path`, a full path, of which there are `size`. Throws `unreachable` where they end before. */
export async function downloadFrom(
  session: DaytonaSession,
  path: string,
  size: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const open = AbortSignal.any([signal, session.closing]);
  const opening = openDownload(session.sandbox, path, open, wholeSeconds * 1000);
  try {
    return counted(session, await abortable(opening, open), size, open);
  } catch (error) {
    void opening.then(
      (late) => late.destroy(),
      () => {},
    );
    throw await session.judge(error, 'file', open);
  }
}

async function* counted(
  session: DaytonaSession,
  body: Download,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  try {
    for await (const bytes of body) {
      signal.throwIfAborted();
      seen += bytes.length;
      yield bytes;
    }
  } catch (error) {
    throw await session.judge(error, 'file', signal);
  } finally {
    body.destroy();
  }
  if (signal.aborted) throw await session.judge(signal.reason, 'file', signal);
  if (seen < size) {
    throw new SpecboardError('unreachable', 'The transfer broke off before its end.', { hint: 'Try again.' });
  }
}

async function* noting(
  data: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of data) {
      signal.throwIfAborted();
      yield bytes;
    }
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
