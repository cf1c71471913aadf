/** Starts real runners for tests, collects what they say, and looks for what they leave behind. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputSink } from '../../src-main/drivers/driver.ts';
import { pipeOfChild } from '../../src-main/runner/byte-pipe.ts';
import type { RunnerRequest } from '../../src-main/runner/request.ts';
import { RunnerClient, type RunnerClientOptions } from '../../src-main/runner/runner-client.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';

/** The file under test. `SPECBOARD_TEST_RUNNER` chooses another, for example one with its /proc branches cut out. */
export const runnerFile =
  process.env.SPECBOARD_TEST_RUNNER ?? join(import.meta.dirname, '../../resources/runner.py');

/** The real interpreter, not a shim that takes a quarter of a second. `SPECBOARD_TEST_PYTHON` chooses another. */
export const python: string = execFileSync(
  process.env.SPECBOARD_TEST_PYTHON ?? 'python3',
  ['-I', '-c', 'import sys; print(sys.executable)'],
  { encoding: 'utf8' },
).trim();

/** A runner of a test. */
export interface TestRunner {
  child: ChildProcessWithoutNullStreams;
  client: RunnerClient;
  /** Runs Python and collects everything. */
  run(code: string, request?: Partial<RunnerRequest>, signal?: AbortSignal): Promise<Collected>;
  /** Runs a shell command and collects everything. */
  shell(code: string, request?: Partial<RunnerRequest>, signal?: AbortSignal): Promise<Collected>;
  /** Ends it; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** An execution with its output. */
export interface Collected {
  result: ExecutionResult;
  events: OutputEvent[];
  /** Bytes of both streams in the order in which they came. */
  text: string;
  stdout: string;
  stderr: string;
  /** text/plain of the last value. */
  value: unknown;
}

/** Options of `startRunner`. */
export interface StartOptions {
  python?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** First argument of the runner. */
  options?: Record<string, unknown>;
  client?: RunnerClientOptions;
}

/** Starts a runner on child pipes and waits until it is ready. */
export async function startRunner(start: StartOptions = {}): Promise<TestRunner> {
  const words = ['-u', runnerFile, ...(start.options ? [JSON.stringify(start.options)] : [])];
  const child = spawn(start.python ?? python, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(start.cwd === undefined ? {} : { cwd: start.cwd }),
    env: { ...process.env, ...start.env },
  });
  child.stderr.resume();
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const client = new RunnerClient(pipeOfChild(child), start.client);
  await client.ready(AbortSignal.timeout(30_000));
  const execute = async (request: RunnerRequest, signal?: AbortSignal): Promise<Collected> => {
    const sink = new CollectingSink();
    const result = await client.execute(request, sink, signal ?? new AbortController().signal);
    return sink.collected(result);
  };
  return {
    child,
    client,
    run: (code, request, signal) => execute({ language: 'python', code, ...request }, signal),
    shell: (code, request, signal) => execute({ language: 'shell', code, ...request }, signal),
    async stop() {
      await client.dispose();
      await exited;
    },
  };
}

/** Keeps every event. */
export class CollectingSink implements OutputSink {
  readonly events: OutputEvent[] = [];

  write(event: OutputEvent): void {
    this.events.push(event);
  }

  /** Text of one stream, or of both in order, so far. */
  text(stream?: 'stdout' | 'stderr'): string {
    return this.bytes(stream).toString('utf8');
  }

  /** Bytes of one stream, or of both in order, so far. */
  bytes(stream?: 'stdout' | 'stderr'): Buffer {
    const parts = this.events.map((e) =>
      e.type === 'text' && (!stream || e.stream === stream) ? e.bytes : null,
    );
    return Buffer.concat(parts.filter((part) => part !== null));
  }

  /** Everything with its result. */
  collected(result: ExecutionResult): Collected {
    const last = this.events.findLast((event) => event.type === 'rich' && event.role === 'result');
    return {
      result,
      events: this.events,
      text: this.text(),
      stdout: this.text('stdout'),
      stderr: this.text('stderr'),
      value: last?.type === 'rich' ? last.data['text/plain'] : undefined,
    };
  }
}

/** Waits until `check` gives something other than false, null or undefined; fails after the deadline. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<T, false | null | undefined>;
    }
    if (performance.now() > end) throw new Error(`Never happened: ${what}`);
    await delay(10);
  }
}

/** Process ids whose command line or environment holds `text` (Linux). */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      const stat = read(`/proc/${name}/stat`);
      if (stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return false;
      return read(`/proc/${name}/cmdline`).includes(text) || read(`/proc/${name}/environ`).includes(text);
    })
    .map(Number);
}

/** Field of /proc/pid/status in KiB, for example VmRSS or VmHWM. */
export function memoryKiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`${field}:\\s*(\\d+)`).exec(read(`/proc/${pid}/status`))?.[1] ?? Number.NaN);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** A number of seconds to sleep that nothing else on this machine sleeps: what a test starts is found by it. */
export function uniqueSeconds(): number {
  return 100_000_000 + Math.floor(Math.random() * 900_000_000);
}
