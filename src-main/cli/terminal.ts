/**
 * What commands write to and read from: stdout for results, stderr for words about them, prompts only on a terminal.
 * Everything waits for the pipe, so that `specboard run ... | less` holds the sandbox back instead of filling memory.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Problem } from '../../src-shared/contract/errors.ts';

/** See the file's first lines. */
export interface Terminal {
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** `--json`: one JSON value per line on stdout, no words. */
  json: boolean;
}

/** Writes and waits until the stream takes more. Rejects with EPIPE when the reader is gone. */
export function write(stream: NodeJS.WritableStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** One line of words on stderr. */
export function say(terminal: Terminal, line: string): Promise<void> {
  return write(terminal.stderr, `${line}\n`);
}

/** One JSON value on a line of stdout. */
export function printJson(terminal: Terminal, value: unknown): Promise<void> {
  return write(terminal.stdout, `${JSON.stringify(value, bytesAsBase64)}\n`);
}

/** A problem in words: what happened, what is kept, what to do. As JSON with `--json`. */
export async function printProblem(terminal: Terminal, problem: Problem): Promise<void> {
  if (terminal.json) {
    await printJson(terminal, { type: 'problem', problem });
    return;
  }
  const lines = [`specboard: ${problem.message}`];
  for (const [field, message] of Object.entries(problem.fields ?? {})) {
    if (!problem.message.includes(message)) lines.push(`  ${field}: ${message}`);
  }
  if (problem.kept) lines.push(`  ${problem.kept}`);
  if (problem.hint) lines.push(`  ${problem.hint}`);
  if (problem.code === 'internal' && problem.details) lines.push(`  (${problem.details})`);
  await say(terminal, lines.join('\n'));
}

/** Rows as aligned columns; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Everything on standard input, as text. */
export async function readAll(stdin: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stdin) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString('utf8');
}

/** Asks a question on the terminal; the answer's first line. Only call where stdin is a terminal. */
export function ask(
  terminal: Terminal,
  question: string,
  options: { hidden?: boolean } = {},
): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve) => {
    terminal.stderr.write(question);
    const reader = createInterface({
      input: terminal.stdin,
      output: options.hidden ? muted : terminal.stderr,
      terminal: options.hidden ?? false,
    });
    reader.once('line', (line) => {
      // Before it closes: closing says that nothing was typed.
      resolve(line);
      reader.close();
      if (options.hidden) terminal.stderr.write('\n');
    });
    reader.once('close', () => resolve(''));
  });
}

/** True when a person sits at both ends. */
export function isInteractive(terminal: Terminal): boolean {
  return terminal.stdin.isTTY === true && terminal.stderr.isTTY === true && !terminal.json;
}

/** True when a person sees what is written to standard error. */
export function isInteractiveOutput(terminal: Terminal): boolean {
  return terminal.stderr.isTTY === true && !terminal.json;
}

/** Text of a sandbox or a vendor on one line: control characters could paint over a terminal, or pass for something else. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** 1536 -> "1.5 kB". */
export function formatSize(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1000 || unit === 'GB') return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
    value /= 1000;
  }
  return `${bytes} B`;
}

function bytesAsBase64(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  // A Buffer has been turned into {type, data} by its own toJSON before this sees it.
  if (isBufferJson(value)) return { base64: Buffer.from(value.data).toString('base64') };
  return value;
}

function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value &&
    Array.isArray(value.data)
  );
}
