/** The whole output of an execution as bytes, page by page: what a person saves as a file. Nothing is cut. */
import type { MimeBundle, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { ExecutionsRepository } from '../../db/repositories/executions.ts';

const pageBytes = 1_048_576;

/**
 * Text exactly as it came; with `stream` that stream only. Without one also rich values as their text, errors as their
 * traceback and what is missing as a line, so that the file tells the whole story.
 */
export async function* outputBytes(
  table: Pick<ExecutionsRepository, 'readOutput'>,
  executionId: string,
  stream?: 'stdout' | 'stderr',
): AsyncGenerator<Uint8Array> {
  let next: number | null = 0;
  while (next !== null) {
    const page: ReturnType<ExecutionsRepository['readOutput']> = table.readOutput(
      executionId,
      next,
      pageBytes,
    );
    for (const { event } of page.items) {
      const bytes = bytesOf(event, stream);
      if (bytes) yield bytes;
    }
    next = page.next;
    // The window goes on while a gigabyte is written.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function bytesOf(event: OutputEvent, stream: 'stdout' | 'stderr' | undefined): Uint8Array | null {
  if (event.type === 'text') return stream === undefined || event.stream === stream ? event.bytes : null;
  if (stream !== undefined) return null;
  switch (event.type) {
    case 'rich':
      return Buffer.from(`${textOfBundle(event.data)}\n`);
    case 'error':
      return Buffer.from(`${event.error.traceback || `${event.error.name}: ${event.error.value}`}\n`);
    case 'notice':
      return Buffer.from(`[SpecBoard] ${event.text}\n`);
    case 'gap':
      return Buffer.from(`[SpecBoard] output is missing here: ${event.reason}\n`);
  }
}

/** A rich value as text: the kernel's own, else its most readable kind, else what kinds there are. */
export function textOfBundle(data: MimeBundle): string {
  for (const mime of ['text/plain', 'text/markdown', 'text/latex', 'application/json', 'text/html']) {
    const value = data[mime];
    if (value !== undefined) return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  }
  return `[${Object.keys(data).join(', ') || 'empty value'}]`;
}
