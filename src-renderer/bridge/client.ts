/** The typed client over `window.specboard`: replies become values, problems become thrown SpecboardErrors. */
import type { SpecboardApi, StreamHandle, StreamObserver } from '../../src-shared/contract/api.ts';
import { type Reply, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { EventPayload } from '../../src-shared/contract/events.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../src-shared/contract/operations.ts';
import type { StreamEnd, StreamInput, StreamName } from '../../src-shared/contract/streams.ts';

declare global {
  interface Window {
    /** Exposed by the preload. */
    readonly specboard?: SpecboardApi;
  }
}

/** A running stream, as the renderer uses it. */
export interface OpenStream<N extends StreamName> {
  /** The end value; rejects with a SpecboardError. */
  done: Promise<StreamEnd<N>>;
  /** Asks main to cancel what the stream runs. */
  cancel: (force: boolean) => void;
  /** Stops listening. Safe to call twice. */
  close: () => void;
}

/** What the rest of the renderer knows of the main process. */
export interface Bridge {
  /** Calls an operation. Throws SpecboardError. */
  call<N extends OperationName>(name: N, input: OperationInput<N>): Promise<OperationOutput<N>>;
  /** Opens a stream; an aborted `signal` closes it (nothing is cancelled by that). */
  open<N extends StreamName>(
    name: N,
    input: StreamInput<N>,
    observer: StreamObserver<N>,
    signal?: AbortSignal,
  ): OpenStream<N>;
  /** The snapshot at once, then every change; returns the unsubscribe function. */
  onStatus(listener: (status: EventPayload<'status'>) => void): () => void;
  /** Commands of the native menu and the tray; returns the unsubscribe function. */
  onCommand(listener: (command: EventPayload<'command'>) => void): () => void;
  /** Facts about the runtime. */
  readonly runtime: SpecboardApi['runtime'];
}

/** Wraps the API that the preload exposed. */
export function createBridge(api: SpecboardApi): Bridge {
  return {
    async call(name, input) {
      return unwrap(await operation(api, name)(input));
    },
    open(name, input, observer, signal) {
      const open = api[name] as unknown as OpenAny;
      return adapt(open(input, observer as unknown as StreamObserver<StreamName>), signal);
    },
    onStatus: (listener) => api.onStatus(listener),
    onCommand: (listener) => api.onCommand(listener),
    runtime: api.runtime,
  };
}

type OpenAny = <N extends StreamName>(
  input: unknown,
  observer: StreamObserver<StreamName>,
) => StreamHandle<N>;
type CallAny<N extends OperationName> = (input: unknown) => Promise<Reply<OperationOutput<N>>>;

/** `profiles.create` is `api.profiles.create`; the types of both sides are derived from the same object. */
function operation<N extends OperationName>(api: SpecboardApi, name: N): CallAny<N> {
  const [first = '', second] = name.split('.');
  const groups = api as unknown as Record<string, unknown>;
  const found = second === undefined ? groups[first] : (groups[first] as Record<string, unknown>)[second];
  return found as CallAny<N>;
}

function adapt<N extends StreamName>(handle: StreamHandle<N>, signal?: AbortSignal): OpenStream<N> {
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    handle.close();
  };
  if (signal?.aborted) close();
  signal?.addEventListener('abort', close, { once: true });
  const done = handle.done.then(unwrap).finally(() => signal?.removeEventListener('abort', close));
  // Whoever only listens to data must not cause an unhandled rejection.
  done.catch(() => {});
  return { done, cancel: (force) => handle.cancel(force), close };
}

function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value;
  throw SpecboardError.fromProblem(reply.error);
}
