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

/** The SDK wants a time for a whole transfer; ours are the abort, and how long it may stand still (`Silence`). */
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
  const silence = new Silence(session.control.timings.silence, open);
  let failure: { error: unknown } | null = null;
  const body = Readable.from(
    noting(data, silence, open, (error) => {
      failure ??= { error };
    }),
    { objectMode: false },
  );
  const { signal: limit } = silence;
  silence.begins();
  try {
    await abortable(
      session.sandbox.fs.uploadFileStream(body, path, { signal: limit, timeout: wholeSeconds }),
      limit,
    );
  } catch (error) {
    silence.throwIfTooLong();
    if (failure && !open.aborted) throw (failure as { error: unknown }).error;
    throw await session.judge(error, 'file', open);
  } finally {
    silence.ends();
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
  const silence = new Silence(session.control.timings.silence, open);
  const opening = openDownload(session.sandbox, path, silence.signal, wholeSeconds * 1000);
  silence.begins();
  try {
    const body = await abortable(opening, silence.signal);
    silence.ends();
    return counted(session, body, size, silence, open);
  } catch (error) {
    silence.ends();
    void opening.then(
      (late) => late.destroy(),
      () => {},
    );
    silence.throwIfTooLong();
    throw await session.judge(error, 'file', open);
  }
}

async function* counted(
  session: DaytonaSession,
  body: Download,
  size: number,
  silence: Silence,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  silence.begins();
  try {
    for await (const bytes of body) {
      silence.ends();
      signal.throwIfAborted();
      seen += bytes.length;
      // Whoever reads may take its time.
      yield bytes;
      silence.begins();
    }
  } catch (error) {
    silence.throwIfTooLong();
    throw await session.judge(error, 'file', signal);
  } finally {
    silence.ends();
    body.destroy();
  }
  if (signal.aborted) throw await session.judge(signal.reason, 'file', signal);
  if (seen < size) {
    throw new SpecboardError('unreachable', 'The transfer broke off before its end.', { hint: 'Try again.' });
  }
}

async function* noting(
  data: AsyncIterable<Uint8Array>,
  silence: Silence,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    silence.ends();
    for await (const bytes of data) {
      signal.throwIfAborted();
      silence.begins();
      yield bytes;
      // It was taken: the next wait is for our own side.
      silence.ends();
    }
    silence.begins();
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

/** Aborts where Daytona's side does not move for too long. A link that went quiet would hold a transfer for ever. */
class Silence {
  /** Aborts then, or with the parent. */
  readonly signal: AbortSignal;
  readonly #tooLong = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, parent: AbortSignal) {
    this.#ms = ms;
    this.signal = AbortSignal.any([parent, this.#tooLong.signal]);
  }

  /** From now on the other side is waited for. */
  begins(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tooLong.abort(stoodStill()), this.#ms);
  }

  /** It moved, or is not waited for any more. */
  ends(): void {
    clearTimeout(this.#timer);
  }

  throwIfTooLong(): void {
    this.#tooLong.signal.throwIfAborted();
  }
}

function stoodStill(): SpecboardError {
  return new SpecboardError('unreachable', 'The transfer stood still and was given up.', {
    hint: 'Check the network and try again.',
  });
}
