/** How one output event lies in a row of `execution_output`: text as its raw bytes, everything else as JSON in UTF-8. */
import type { OutputEvent } from '../../src-shared/domain/execution.ts';

/** The event's columns. */
export interface OutputRow {
  kind: OutputEvent['type'];
  stream: 'stdout' | 'stderr' | null;
  data: Uint8Array;
}

/** Event to row. Text is not copied. */
export function toOutputRow(event: OutputEvent): OutputRow {
  if (event.type === 'text') return { kind: 'text', stream: event.stream, data: event.bytes };
  const { type, ...rest } = event;
  return { kind: type, stream: null, data: Buffer.from(JSON.stringify(rest)) };
}

/** Row to event. Throws SyntaxError where the row is not one that `toOutputRow` made. */
export function toEvent({ kind, stream, data }: OutputRow): OutputEvent {
  if (kind === 'text') {
    // A plain Uint8Array: what leaves here is compared, cloned and sent, and a Buffer behaves differently in each.
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return { type: 'text', stream: stream ?? 'stdout', bytes };
  }
  return { type: kind, ...JSON.parse(Buffer.from(data).toString('utf8')) } as OutputEvent;
}
