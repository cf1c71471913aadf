/**
 * A child process that does what it is told with the real KeytarStore. Started by a keyring test with the private
 * keyring's environment; reads one JSON request a line, answers with one JSON line each, in the order they end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endProcess } from '../../src-main/secrets/end-process.ts';
import { KeytarStore } from '../../src-main/secrets/keytar-store.ts';
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';

/** A call of the store: method and arguments. */
export type StoreCall = readonly ['status' | 'get' | 'set' | 'delete', ...unknown[]];
/** How it ended. */
export type StoreAnswer = { ok: true; value: unknown } | { ok: false; problem: Problem };

/** The test's end of the child. */
export interface StoreChild {
  readonly pid: number;
  call(...call: StoreCall): Promise<StoreAnswer>;
  /** Ends standard input and gives the exit code, or the signal where it was ended by one. */
  close(): Promise<number | string>;
}

/** Starts the child. `deadlines` in ms, as in KeytarStoreOptions. */
export function startStoreChild(
  env: Record<string, string>,
  deadlines?: { quiet: number; interactive: number },
): StoreChild {
  const args = [fileURLToPath(import.meta.url), 'child', JSON.stringify(deadlines ?? null)];
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const waiting = new Map<number, (answer: StoreAnswer) => void>();
  let id = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id: answered, answer } = JSON.parse(line) as { id: number; answer: StoreAnswer };
    waiting.get(answered)?.(answer);
    waiting.delete(answered);
  });
  return {
    pid: child.pid ?? -1,
    call: (...call) => {
      id += 1;
      const answer = new Promise<StoreAnswer>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ id, call })}\n`);
      return Promise.race([
        answer,
        exited.then(([code, signal]) => {
          throw new Error(`the child ended with ${code ?? signal}`);
        }),
      ]);
    },
    close: async () => {
      child.stdin.end();
      const [code, signal] = await exited;
      return code ?? signal ?? -1;
    },
  };
}

if (process.argv[2] === 'child') {
  const deadlines = JSON.parse(process.argv[3] ?? 'null');
  const store = new KeytarStore(deadlines ? { deadlines } : {});
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const { id, call } = JSON.parse(line) as { id: number; call: StoreCall };
    const [method, ...args] = call;
    const run = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
    const answer: StoreAnswer = await run(...args).then(
      (value): StoreAnswer => ({ ok: true, value }),
      (error: unknown): StoreAnswer => ({ ok: false, problem: toProblem(error) }),
    );
    process.stdout.write(`${JSON.stringify({ id, answer })}\n`);
  });
  lines.on('close', () => endProcess(0, store.isBlocked));
}
