/**
 * The type of `window.specboard`, derived from operations, streams and events. The preload implements it; the renderer
 * declares it on Window. Only values that survive contextBridge are used: plain data, functions, promises.
 */
import type { Reply } from './errors.ts';
import type { EventPayload } from './events.ts';
import type { OperationInput, OperationName, OperationOutput } from './operations.ts';
import type { StreamData, StreamEnd, StreamInput, StreamName, StreamOpen } from './streams.ts';

/** What the caller of a stream hears. `onData` may return a promise: its resolution is the ack (back-pressure). */
export interface StreamObserver<N extends StreamName> {
  onOpen?: (value: StreamOpen<N>) => void;
  onData: (value: StreamData<N>) => undefined | Promise<void>;
}

/** A running stream. */
export interface StreamHandle<N extends StreamName> {
  /** Resolves exactly once: the end value, or the problem. `cancelled` if the caller closed it. */
  done: Promise<Reply<StreamEnd<N>>>;
  /** Asks main to cancel what the stream runs (`execute`); the end still comes through `done`. */
  cancel: (force: boolean) => void;
  /** Stops listening without cancelling anything. */
  close: () => void;
}

type Call<N extends OperationName> = (input: OperationInput<N>) => Promise<Reply<OperationOutput<N>>>;
type Open<N extends StreamName> = (input: StreamInput<N>, observer: StreamObserver<N>) => StreamHandle<N>;
/** `profiles.create` -> group `profiles`, method `create`. */
type Methods<G extends string> = {
  [N in OperationName as N extends `${G}.${infer M}` ? M : never]: Call<N>;
};

/** `window.specboard`. */
export interface SpecboardApi {
  connect: Call<'connect'>;
  disconnect: Call<'disconnect'>;
  status: Call<'status'>;
  execute: Open<'execute'>;
  attach: Open<'attach'>;
  /** Readings while somebody looks: close the handle when nobody does. */
  metrics: Open<'metrics'>;
  /** Brings files here; ends with the window. */
  download: Open<'download'>;
  /** Takes a file or a folder along; its bytes go by `files.uploadPiece`. */
  upload: Open<'upload'>;
  /** What a terminal shows, and what comes: close the handle when nobody looks. */
  terminal: Open<'terminal'>;
  terminals: Methods<'terminals'>;
  files: Methods<'files'>;
  drivers: Methods<'drivers'>;
  profiles: Methods<'profiles'>;
  credentials: Methods<'credentials'>;
  sessions: Methods<'sessions'>;
  sandboxes: Methods<'sandboxes'>;
  executions: Methods<'executions'>;
  questions: Methods<'questions'>;
  ports: Methods<'ports'>;
  settings: Methods<'settings'>;
  shell: Methods<'shell'>;
  data: Methods<'data'>;
  history: Methods<'history'>;
  sync: Methods<'sync'>;
  /** Calls back with the current snapshot at once, then with every change; returns the unsubscribe function. */
  onStatus: (listener: (status: EventPayload<'status'>) => void) => () => void;
  /** Commands of the native menu and tray; returns the unsubscribe function. */
  onCommand: (listener: (command: EventPayload<'command'>) => void) => () => void;
  /** Facts about the runtime, for the title bar and Help. */
  runtime: { platform: string; versions: { app: string; electron: string; chrome: string; node: string } };
}
