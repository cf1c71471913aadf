/** What of an execution's output is compared: its text, and its rich values beside it. */
import type { Execution, MimeBundle, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { plainOutput } from '../../../src-shared/lib/plain-output.ts';
import type { Bridge } from '../../bridge/client.ts';

/** Text beyond this is not compared: a diff of megabytes says nothing and takes seconds. */
export const comparedBytes = 1_048_576;
const pageBytes = 524_288;
const mostValues = 20;

/** One side of a comparison. */
export interface ComparedOutput {
  execution: Execution;
  text: string;
  values: { seq: number; data: MimeBundle }[];
  /** There is more than is compared. */
  isCut: boolean;
}

/** Reads one side. Throws SpecboardError. */
export async function readCompared(
  bridge: Pick<Bridge, 'call'>,
  executionId: string,
): Promise<ComparedOutput> {
  const execution = await bridge.call('executions.get', { executionId });
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const parts: string[] = [];
  const values: ComparedOutput['values'] = [];
  let taken = 0;
  let next: number | null = 0;
  while (next !== null && taken < comparedBytes) {
    const page: {
      items: StoredOutput[];
      next: number | null;
    } = await bridge.call('executions.output', { executionId, fromSeq: next, maxBytes: pageBytes });
    for (const { seq, event } of page.items) {
      if (event.type === 'text') {
        taken += event.bytes.length;
        parts.push(decoders[event.stream].decode(event.bytes, { stream: true }));
      } else if (event.type === 'error') {
        parts.push(`${event.error.traceback || `${event.error.name}: ${event.error.value}`}\n`);
      } else if (event.type === 'rich') {
        const plain = event.data['text/plain'];
        if (typeof plain === 'string') parts.push(`${plain}\n`);
        const isMore = Object.keys(event.data).some((mime) => mime !== 'text/plain');
        if (isMore && values.length < mostValues) values.push({ seq, data: event.data });
        taken += 1024;
      }
    }
    next = page.next;
  }
  return { execution, text: plainOutput(parts.join('')), values, isCut: next !== null };
}
