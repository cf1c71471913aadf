/** Looks for a secret in everything that a test has noted: values of any shape with all that hangs on them, and processes. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { holdsSecret } from '../setup/canary.ts';
import { processesOf } from './e2e/processes.ts';

/** See the file's first line. */
export class SecretSearch {
  readonly #secret: string;
  readonly #found = new Set<string>();
  #looked = 0;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Looks through a value: text and bytes at any depth, causes and hidden fields of errors too. Gives it back. */
  note<T>(where: string, value: T): T {
    this.#looked += 1;
    const text = typeof value === 'string' ? value : inspect(value, everything);
    const bytes = bytesIn(value, new Set());
    if ([Buffer.from(text), ...bytes].some((part) => holdsSecret(part, this.#secret))) this.#found.add(where);
    return value;
  }

  /** The error that the work is rejected with, looked through; throws where the work succeeds. */
  async failure(where: string, work: Promise<unknown>): Promise<unknown> {
    const failed = await work.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (!failed) throw new Error(`${where}: was expected to fail`);
    return this.note(where, failed.error);
  }

  /**
   * Looks at the arguments and the environment of every process that `pid` has started, now and until `stop`; Linux only.
   * `stop` gives how many processes were seen.
   */
  watchProcesses(pid: number, { self }: { self: boolean }): { stop: () => number } {
    const seen = new Set<string>();
    const look = () => {
      const own = self ? [{ pid, startedAt: '', command: 'itself' }] : [];
      const command = read(`/proc/${pid}/cmdline`)?.toString('utf8').replaceAll('\0', ' ').trim();
      for (const each of [...own, ...processesOf(pid, '\0')]) {
        // A fork that has not become another program yet is still the process itself.
        if (each.command === command) continue;
        // A process changes both when it becomes another program.
        const key = `${each.pid} ${each.startedAt} ${each.command}`;
        if (seen.has(key)) continue;
        seen.add(key);
        for (const part of ['cmdline', 'environ']) {
          const content = read(`/proc/${each.pid}/${part}`);
          if (content) this.note(`${part} of ${each.command}`, content);
        }
      }
    };
    look();
    const timer = setInterval(look, 20);
    return {
      stop: () => {
        clearInterval(timer);
        return seen.size;
      },
    };
  }

  /** Where the secret was found. Throws where nothing was looked at. */
  get places(): string[] {
    if (this.#looked === 0) throw new Error('nothing was looked at');
    return [...this.#found];
  }
}

const everything = {
  depth: 20,
  showHidden: true,
  maxArrayLength: null,
  maxStringLength: null,
  breakLength: Number.POSITIVE_INFINITY,
};

/** What `inspect` shows as numbers. */
function bytesIn(value: unknown, above: Set<object>): Buffer[] {
  if (typeof value !== 'object' || value === null || above.has(value)) return [];
  if (ArrayBuffer.isView(value)) return [Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
  above.add(value);
  const items = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  return items.flatMap((item) => bytesIn(item, above));
}

function read(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null; // ended meanwhile
  }
}
