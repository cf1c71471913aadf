/** One call of an operation: channel, reply envelope, and an envelope also where Electron itself fails. */
import type { Reply } from '../src-shared/contract/errors.ts';
import { channelFor } from '../src-shared/contract/names.ts';
import type { OperationInput, OperationName, OperationOutput } from '../src-shared/contract/operations.ts';
import { textOf, unanswered, unsendable } from './problems.ts';
import type { RendererIpc } from './renderer-ipc.ts';

/** Calls an operation of the main process. Never rejects: every failure is an envelope with a problem. */
export async function invoke<N extends OperationName>(
  ipc: RendererIpc,
  name: N,
  input: OperationInput<N>,
): Promise<Reply<OperationOutput<N>>> {
  let answer: Promise<unknown>;
  try {
    answer = ipc.invoke(channelFor(name), input);
  } catch (error) {
    return { ok: false, error: unsendable(error) };
  }
  try {
    const reply = await answer;
    if (isReply(reply)) return reply as Reply<OperationOutput<N>>;
    return { ok: false, error: unanswered(`${name}: not a reply`) };
  } catch (error) {
    // Electron rejects (instead of throwing) for what it cannot clone, too; main answers everything else with an envelope.
    const text = textOf(error);
    return { ok: false, error: /could not be cloned/i.test(text) ? unsendable(error) : unanswered(text) };
  }
}

function isReply(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'ok' in value;
}
