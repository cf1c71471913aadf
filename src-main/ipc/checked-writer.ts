/** A StreamWriter that checks what goes out; for development and tests. */
import type { z } from 'zod';
import { type StreamName, streams } from '../../src-shared/contract/streams.ts';
import { check } from './check-input.ts';
import type { IpcLog } from './ipc-main-like.ts';
import type { StreamWriter } from './stream-server.ts';

/** Wraps a writer: a value that breaks the contract fails the stream, with the place in the log. */
export function checkedWriter<N extends StreamName>(
  name: N,
  writer: StreamWriter<N>,
  log: IpcLog,
): StreamWriter<N> {
  const fits = (schema: z.ZodType, value: unknown, part: string): boolean => {
    const result = check(schema, value);
    if (result.ok) return true;
    log('error', 'a stream broke the contract', { stream: name, part, where: result.where });
    writer.fail(new TypeError(`The ${part} of ${name} breaks the contract at ${result.where}`));
    return false;
  };
  return {
    open: (value) => {
      if (fits(streams[name].open, value, 'open')) writer.open(value);
    },
    data: (value, cost) =>
      fits(streams[name].data, value, 'data') ? writer.data(value, cost) : Promise.resolve(),
    end: (value) => {
      if (fits(streams[name].end, value, 'end')) writer.end(value);
    },
    fail: (error) => writer.fail(error),
    onCancel: (listener) => writer.onCancel(listener),
    onClosed: (listener) => writer.onClosed(listener),
    get closed() {
      return writer.closed;
    },
  };
}
