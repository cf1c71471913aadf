/** What of an output goes into an export: all of it, or both ends with a clear mark between them. */
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { HistoryRepository } from '../../db/repositories/history.ts';

/** Limits of an export; docs/activity.md says them. */
export const exportLimits = {
  /** Of each end of one output. */
  endBytes: 1_048_576,
  /** Of one picture or table. */
  richBytes: 8_388_608,
  /** Of all outputs together; after that runs go in with their code only. */
  totalBytes: 100_663_296,
} as const;

/** An output as it goes in. */
export interface BoundedOutput {
  events: OutputEvent[];
  /** Bytes of it. */
  bytes: number;
  /** Something was left out. */
  isCut: boolean;
}

/** Reads an output. `room`: bytes that the file has left. */
export function boundedOutput(
  table: Pick<HistoryRepository, 'edges'>,
  execution: { id: string; outputBytes: number },
  room: number,
): BoundedOutput {
  if (execution.outputBytes === 0) return { events: [], bytes: 0, isCut: false };
  if (room <= 0) {
    const reason = 'the file would be too large; SpecBoard keeps the output';
    return { events: [{ type: 'gap', reason, bytes: execution.outputBytes }], bytes: 0, isCut: true };
  }
  const { head, tail, isWhole } = table.edges(execution.id, exportLimits.endBytes, exportLimits.richBytes);
  const bytes = sizeOf(head) + sizeOf(tail);
  const isMissing = [...head, ...tail].some(({ type, ...event }) => type === 'gap' && 'bytes' in event);
  if (isWhole) return { events: joined(head), bytes, isCut: isMissing };
  const cut: OutputEvent = {
    type: 'gap',
    reason: 'this part was cut from the export; SpecBoard keeps the whole output',
    bytes: Math.max(0, execution.outputBytes - bytes),
  };
  return {
    events: [...joined(head), ...(tail.length > 0 ? [cut, ...joined(tail)] : [])],
    bytes,
    isCut: true,
  };
}

/** Neighbouring text of one stream as one piece, so that no letter is cut in two. */
function joined(events: readonly OutputEvent[]): OutputEvent[] {
  const result: OutputEvent[] = [];
  let parts: Uint8Array[] = [];
  let stream: 'stdout' | 'stderr' | null = null;
  const flush = () => {
    if (stream !== null) result.push({ type: 'text', stream, bytes: Buffer.concat(parts) });
    stream = null;
    parts = [];
  };
  for (const event of events) {
    if (event.type !== 'text') {
      flush();
      result.push(event);
      continue;
    }
    if (stream !== event.stream) flush();
    stream = event.stream;
    parts.push(event.bytes);
  }
  flush();
  return result;
}

function sizeOf(events: readonly OutputEvent[]): number {
  return events.reduce((sum, event) => {
    if (event.type === 'text') return sum + event.bytes.byteLength;
    return sum + (event.type === 'gap' ? 0 : JSON.stringify(event).length);
  }, 0);
}
