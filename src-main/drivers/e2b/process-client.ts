/**
 * Processes in a sandbox over envd's own stream (process.Process/Start). The SDK's command handle cannot be held back: it
 * reads on while a reader is behind. Here nothing is read while the consumer is busy, so that the program itself waits.
 */
import type { TerminalSize } from '../driver.ts';
import { encodeFrame, FrameSplitter } from './connect-frames.ts';
import { chunksOf, type HttpLink, LinkError } from './http-link.ts';
import type { Timings } from './timings.ts';

/** What to start. */
export interface ProcessSpec {
  cmd: string;
  args: readonly string[];
  envs?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Runs as this user instead of the template's. */
  user?: string;
  /** Runs in a terminal of this size; its output is `terminal` events then. */
  terminal?: TerminalSize;
}

/** How a process ended: by itself, or by a signal. */
export type ProcessEnd = { exitCode: number } | { signal: string };

/** An event of a process. */
export type ProcessEvent =
  | { type: 'start'; pid: number }
  | { type: 'data'; stream: 'stdout' | 'stderr'; bytes: Buffer<ArrayBuffer> }
  | { type: 'terminal'; bytes: Buffer<ArrayBuffer> }
  | { type: 'end'; end: ProcessEnd };

/** An error that envd told in the stream, as its SDK would word it, so that it is mapped the same way. */
export class RpcError extends Error {
  constructor(code: string, message: string) {
    super(`[${code}] ${message}`);
    this.name = 'SandboxError';
  }
}

const SIGNALS: Readonly<Record<string, string>> = {
  hangup: 'SIGHUP',
  interrupt: 'SIGINT',
  quit: 'SIGQUIT',
  'illegal instruction': 'SIGILL',
  'trace/breakpoint trap': 'SIGTRAP',
  aborted: 'SIGABRT',
  'bus error': 'SIGBUS',
  'floating point exception': 'SIGFPE',
  killed: 'SIGKILL',
  'user defined signal 1': 'SIGUSR1',
  'segmentation fault': 'SIGSEGV',
  'user defined signal 2': 'SIGUSR2',
  'broken pipe': 'SIGPIPE',
  'alarm clock': 'SIGALRM',
  terminated: 'SIGTERM',
  'CPU time limit exceeded': 'SIGXCPU',
  'file size limit exceeded': 'SIGXFSZ',
};

/** Starts processes in one sandbox. The link belongs to whoever made it. */
export class ProcessClient {
  readonly #link: HttpLink;
  readonly #timings: Timings;
  readonly #headMs: number;

  constructor(link: HttpLink, timings: Timings, headMs: number) {
    this.#link = link;
    this.#timings = timings;
    this.#headMs = headMs;
  }

  /**
   * Starts a process. Resolves when envd accepted it; the events end with `end`. An abort closes the stream and leaves the
   * process alone. Rejects and throws as `HttpLink` does, or with RpcError.
   */
  async start(spec: ProcessSpec, signal: AbortSignal): Promise<AsyncGenerator<ProcessEvent>> {
    const response = await this.#link.open({
      method: 'POST',
      path: '/process.Process/Start',
      headers: {
        'Content-Type': 'application/connect+json',
        'Connect-Protocol-Version': '1',
        'Keepalive-Ping-Interval': String(Math.max(1, Math.round(this.#timings.rpcKeepalive / 1000))),
        ...(spec.user ? { Authorization: `Basic ${Buffer.from(`${spec.user}:`).toString('base64')}` } : {}),
      },
      // No Connect-Timeout-Ms: at its end envd would kill the program alone and leave its children.
      body: encodeFrame({
        process: {
          cmd: spec.cmd,
          args: spec.args,
          envs: spec.envs ?? {},
          ...(spec.cwd ? { cwd: spec.cwd } : {}),
        },
        ...(spec.terminal ? { pty: { size: spec.terminal } } : {}),
        stdin: false,
      }),
      signal,
      headMs: this.#headMs,
    });
    return readEvents(chunksOf(response, this.#timings.rpcSilence, signal));
  }

  /** Types into a process's terminal. Rejects as `HttpLink` does. */
  async type(pid: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const pty = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    await this.#call('SendInput', { process: { pid }, input: { pty } }, signal);
  }

  /** Gives a process's terminal another size. Rejects as `HttpLink` does. */
  async resize(pid: number, { cols, rows }: TerminalSize, signal: AbortSignal): Promise<void> {
    await this.#call('Update', { process: { pid }, pty: { size: { cols, rows } } }, signal);
  }

  /** Signals a process, and not its children. Rejects as `HttpLink` does. */
  async signal(pid: number, name: 'SIGTERM' | 'SIGKILL', signal: AbortSignal): Promise<void> {
    await this.#call('SendSignal', { process: { pid }, signal: `SIGNAL_${name}` }, signal);
  }

  async #call(method: string, message: unknown, signal: AbortSignal): Promise<void> {
    await this.#link.text({
      method: 'POST',
      path: `/process.Process/${method}`,
      headers: { 'Content-Type': 'application/json', 'Connect-Protocol-Version': '1' },
      body: JSON.stringify(message),
      signal,
      headMs: this.#headMs,
    });
  }

  /** Runs a small program of ours to its end. Gives its exit code (128 + n for a signal counts as 255) and its output. */
  async run(spec: ProcessSpec, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    let output = '';
    for await (const event of await this.start(spec, signal)) {
      if (event.type === 'data' && output.length < 64 * 1024) output += event.bytes.toString('utf8');
      if (event.type === 'end') {
        return { exitCode: 'exitCode' in event.end ? event.end.exitCode : 255, output };
      }
    }
    throw new LinkError(new Error('The stream ended before the process.'), true);
  }
}

async function* readEvents(chunks: AsyncGenerator<Buffer>): AsyncGenerator<ProcessEvent> {
  const splitter = new FrameSplitter();
  for await (const chunk of chunks) {
    for (const frame of splitter.push(chunk)) {
      if (frame.end) {
        const error = record(record(frame.message).error);
        if (typeof error.code === 'string') throw new RpcError(error.code, String(error.message ?? ''));
        return;
      }
      yield* eventsOf(record(record(frame.message).event));
    }
  }
}

function* eventsOf(event: Record<string, unknown>): Generator<ProcessEvent> {
  if ('start' in event) yield { type: 'start', pid: Number(record(event.start).pid) || 0 };
  const data = record(event.data);
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = data[stream];
    if (typeof text === 'string' && text !== '')
      yield { type: 'data', stream, bytes: Buffer.from(text, 'base64') };
  }
  if (typeof data.pty === 'string' && data.pty !== '')
    yield { type: 'terminal', bytes: Buffer.from(data.pty, 'base64') };
  if ('end' in event) yield { type: 'end', end: endOf(record(event.end)) };
}

/** proto3 leaves out what is zero or false: a missing exit code is 0, unless a signal is named. */
function endOf(end: Record<string, unknown>): ProcessEnd {
  const words = /^signal: (.+?)(?: \(core dumped\))?$/.exec(String(end.status ?? end.error ?? ''))?.[1];
  if (words && end.exited !== true) return { signal: signalName(words) };
  return { exitCode: Number(end.exitCode ?? 0) };
}

function signalName(words: string): string {
  return SIGNALS[words] ?? (/^SIG/.test(words) ? words : `signal ${words.replace(/^signal /, '')}`);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
