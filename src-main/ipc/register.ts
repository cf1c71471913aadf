/**
 * Registers the contract with ipcMain: every operation and every stream, no more and no less (the handler types demand
 * it). Each message goes the same way: sender, schema, handler, envelope. What fails a check reaches no handler.
 */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { isSpecboardError, type Problem, type Reply, toProblem } from '../../src-shared/contract/errors.ts';
import { channelFor, operationNames, streamNames } from '../../src-shared/contract/names.ts';
import {
  type OperationName,
  type OperationOutput,
  type Operations,
  operations,
} from '../../src-shared/contract/operations.ts';
import { type StreamName, type Streams, streams } from '../../src-shared/contract/streams.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import { type Checked, check, checkMessage, forbidden, invalidRequest } from './check-input.ts';
import { checkedWriter } from './checked-writer.ts';
import type { IpcEventLike, IpcLog, IpcMainLike, IpcPortEventLike } from './ipc-main-like.ts';
import { RefusalLog } from './refusal-log.ts';
import { type Caller, checkSender, type SenderRules } from './sender-guard.ts';
import { StreamServer, type StreamWriter } from './stream-server.ts';

/** What answers each operation. Inputs are checked already; throw a SpecboardError for a problem a person can act on. */
export type OperationHandlers = {
  [N in OperationName]: (
    input: z.output<Operations[N]['input']>,
    caller: Caller,
  ) => Promise<OperationOutput<N>> | OperationOutput<N>;
};

/** What serves each stream. The handler may go on writing after it has returned; what it throws fails the stream. */
export type StreamHandlers = {
  [N in StreamName]: (
    input: z.output<Streams[N]['input']>,
    writer: StreamWriter<N>,
    caller: Caller,
  ) => void | Promise<void>;
};

/** What registering needs. */
export interface RegisterOptions {
  operations: OperationHandlers;
  streams: StreamHandlers;
  sender: SenderRules;
  log: IpcLog;
  clock: Clock;
  /** Also checks what goes out; on in development and tests. */
  checkOutputs: boolean;
  /** Streams that one window may have open at a time. */
  maxStreamsPerWindow?: number;
}

const defaultMaxStreams = 128;

/** Registers everything. Dispose removes the handlers and closes every open stream (their readers are detached). */
export function registerIpc(ipcMain: IpcMainLike, options: RegisterOptions): Disposable {
  const refusals = new RefusalLog(options.log, () => options.clock.now());
  const parts: Disposable[] = [
    ...operationNames.map((name) => registerOperation(ipcMain, name, options, refusals)),
    registerStreams(ipcMain, options, refusals),
  ];
  return toDisposable(() => {
    for (const part of parts) part.dispose();
  });
}

function registerOperation<N extends OperationName>(
  ipcMain: IpcMainLike,
  name: N,
  options: RegisterOptions,
  refusals: RefusalLog,
): Disposable {
  const channel = channelFor(name);
  ipcMain.handle(channel, (event, ...args) => answer(name, event, args, options, refusals));
  return toDisposable(() => ipcMain.removeHandler(channel));
}

async function answer<N extends OperationName>(
  name: N,
  event: IpcEventLike,
  args: unknown[],
  options: RegisterOptions,
  refusals: RefusalLog,
): Promise<Reply<OperationOutput<N>>> {
  const sender = checkSender(event, options.sender);
  if (!sender.ok) {
    refusals.write('a sender was refused', { channel: name, reason: sender.refusal });
    return { ok: false, error: forbidden() };
  }
  const input = checkArguments(operations[name].input, args);
  if (!input.ok) {
    refusals.write('a malformed message was refused', { channel: name, where: input.where });
    return { ok: false, error: invalidRequest(input.where) };
  }
  try {
    const handler = options.operations[name];
    const value = await handler(input.value as z.output<Operations[N]['input']>, sender.caller);
    return options.checkOutputs ? checkOutput(name, value) : { ok: true, value };
  } catch (error) {
    return { ok: false, error: problemOf(error, name, options.log) };
  }
}

function checkOutput<N extends OperationName>(name: N, value: OperationOutput<N>): Reply<OperationOutput<N>> {
  const output = check(operations[name].output, value);
  if (!output.ok) throw new TypeError(`The output of ${name} breaks the contract at ${output.where}`);
  return { ok: true, value };
}

/** The request is the only argument; more of them are as wrong as none. */
function checkArguments<S extends z.ZodType>(schema: S, args: unknown[]): Checked<z.output<S>> {
  return args.length === 1
    ? checkMessage(schema, args[0])
    : { ok: false, where: 'input: one argument is needed' };
}

type StreamValue<N extends StreamName> = z.output<Streams[N]['input']>;
type Admission<N extends StreamName> =
  | { ok: true; input: StreamValue<N>; windowId: number }
  | { ok: false; problem: Problem; windowId: number };

function registerStreams(ipcMain: IpcMainLike, options: RegisterOptions, refusals: RefusalLog): Disposable {
  const open = new Map<StreamServer<StreamName>, number>();
  const max = options.maxStreamsPerWindow ?? defaultMaxStreams;

  const serve = <N extends StreamName>(name: N, event: IpcPortEventLike, args: unknown[]): void => {
    const ports = event.ports ?? [];
    const [port] = ports;
    if (port === undefined || ports.length !== 1) {
      // There is nobody to answer: a stream has exactly one port.
      for (const extra of ports) extra.close();
      refusals.write('a stream without its one port was refused', { channel: name, ports: ports.length });
      return;
    }
    const server = new StreamServer<N>(port, {
      clock: options.clock,
      log: options.log,
      name,
      onOver: () => open.delete(server),
    });
    const admitted = admit(name, event, args);
    open.set(server, admitted.windowId);
    if (!admitted.ok) {
      server.fail(admitted.problem);
      return;
    }
    const writer = options.checkOutputs ? checkedWriter(name, server, options.log) : server;
    void run(name, admitted.input, writer, { windowId: admitted.windowId });
  };

  /** The checks before a stream's handler: sender, schema, how many are open. */
  const admit = <N extends StreamName>(name: N, event: IpcPortEventLike, args: unknown[]): Admission<N> => {
    const refuse = (
      message: string,
      why: Record<string, string | number>,
      problem: Problem,
      windowId = -1,
    ) => {
      refusals.write(message, { channel: name, ...why });
      return { ok: false, problem, windowId } as const;
    };
    const sender = checkSender(event, options.sender);
    if (!sender.ok) return refuse('a sender was refused', { reason: sender.refusal }, forbidden());
    const { windowId } = sender.caller;
    const input = checkArguments(streams[name].input, args);
    if (!input.ok) {
      const problem = invalidRequest(input.where);
      return refuse('a malformed message was refused', { where: input.where }, problem, windowId);
    }
    const busy = [...open.values()].filter((id) => id === windowId).length;
    if (busy >= max) return refuse('too many streams', { open: busy }, tooManyStreams(), windowId);
    return { ok: true, input: input.value as StreamValue<N>, windowId };
  };

  const run = async <N extends StreamName>(
    name: N,
    input: StreamValue<N>,
    writer: StreamWriter<N>,
    caller: Caller,
  ): Promise<void> => {
    try {
      await options.streams[name](input, writer, caller);
    } catch (error) {
      writer.fail(problemOf(error, name, options.log));
    }
  };

  const listeners = streamNames.map((name) => {
    const channel = channelFor(name);
    const listener = (event: IpcPortEventLike, ...args: unknown[]): void => serve(name, event, args);
    ipcMain.on(channel, listener);
    return toDisposable(() => ipcMain.removeListener(channel, listener));
  });
  return toDisposable(() => {
    for (const listener of listeners) listener.dispose();
    for (const server of [...open.keys()]) server.dispose();
  });
}

function tooManyStreams(): Problem {
  return {
    code: 'unavailable',
    message: 'This window follows too many things at once.',
    hint: 'Close some views, or reload the window.',
    retryable: true,
  };
}

/** An expected error as it is; a bug of ours gets an incident id, by which the log is found. */
function problemOf(error: unknown, name: string, log: IpcLog): Problem {
  const problem = toProblem(error);
  if (isSpecboardError(error) || problem.code !== 'internal') return problem;
  const incident = randomUUID().slice(0, 8);
  log('error', 'a handler failed', {
    channel: name,
    incident,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return { ...problem, details: `Incident ${incident}. ${problem.details ?? ''}`.trim() };
}
