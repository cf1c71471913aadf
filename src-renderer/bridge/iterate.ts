/** A stream of the bridge as an AsyncIterable: one batch at a time, acknowledged when the consumer asks for the next. */
import type { StreamData, StreamInput, StreamName } from '../../src-shared/contract/streams.ts';
import type { Bridge } from './client.ts';

/**
 * Iterates over the batches of a stream. Ends when the stream ends or `signal` aborts; throws SpecboardError when it fails.
 * Leaving the loop closes the stream.
 */
export async function* iterate<N extends StreamName>(
  bridge: Bridge,
  name: N,
  input: StreamInput<N>,
  signal: AbortSignal,
): AsyncGenerator<StreamData<N>, void, undefined> {
  const batches: { value: StreamData<N>; ack: () => void }[] = [];
  let wake: () => void = () => {};
  let finished = false;
  const observer = {
    onData: (value: StreamData<N>) =>
      new Promise<void>((ack) => {
        batches.push({ value, ack });
        wake();
      }),
  };
  const stream = bridge.open(name, input, observer, signal);
  let failure: unknown;
  const end = stream.done.then(
    () => undefined,
    (error: unknown) => {
      failure = error;
    },
  );
  void end.then(() => {
    finished = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const batch = batches.shift();
      if (batch) {
        yield batch.value;
        batch.ack();
      } else if (finished) {
        if (failure !== undefined) throw failure;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const batch of batches) batch.ack();
    stream.close();
  }
}
