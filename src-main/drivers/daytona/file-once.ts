/** One request to resources/filekit.py whose bytes come from, or go to, a file of ours in the sandbox. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { saidDone } from '../../runner/file-failure.ts';
import { abortError } from '../base-driver.ts';
import type { DaytonaSession } from './session.ts';

/** Linux takes no single argument of a program that is longer than 128 KiB. */
const longestRequest = 100_000;
const keptWords = 20_000;

/** What is done, for `path`, and where its bytes are. */
export interface OnceRequest {
  request: Record<string, unknown>;
  path: string;
  /** `<`: bytes come from the file; `>`: they go there. */
  direction: '<' | '>';
  file: string;
}

/** True where a request is short enough for it. */
export function fitsOnce(request: Record<string, unknown>): boolean {
  return Buffer.byteLength(JSON.stringify(request)) < longestRequest;
}

/** Does it; the file stays. Throws SpecboardErrors. An abort ends it in the sandbox, too, and removes what it had staged. */
export async function fileOnce(
  session: DaytonaSession,
  once: OnceRequest,
  signal: AbortSignal,
): Promise<void> {
  const { request, path, direction, file } = once;
  const open = AbortSignal.any([signal, session.closing]);
  const words = JSON.stringify({ root: session.cwd, confined: false, ...request });
  const script = `exec "$0" -I -S -X utf8 -u -c "$1" once "$2" ${direction} "$3"`;
  const argv = ['sh', '-c', script, session.python, session.fileHelper, words, file];
  let said = '';
  const sink = {
    write(event: OutputEvent) {
      if (event.type === 'text') said = (said + Buffer.from(event.bytes).toString('utf8')).slice(-keptWords);
    },
  };
  const client = await session.client(open);
  const result = await client.execute({ language: 'shell', code: '', argv }, sink, open);
  if (open.aborted) throw abortError(open);
  if (saidDone(said, path)) return;
  if (result.state === 'lost') {
    const { problem, reason } = await session.explained(result);
    throw problem
      ? SpecboardError.fromProblem(problem)
      : new SpecboardError('gone', reason ?? 'The link broke.');
  }
  throw new SpecboardError('unavailable', 'The files could not be transferred.', {
    hint: 'Try again; if it happens again, the sandbox may be out of memory or disk.',
    details: said.trim().slice(-500),
  });
}
