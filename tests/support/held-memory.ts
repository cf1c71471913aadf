/** Memory that is really held, not garbage that waits for its collection: what a test of bounded memory may judge. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Bytes of heap and buffers that are still reachable in this process, after a collection. About ten milliseconds. */
export function heldMemory(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  collect(); // buffers that the first one found dead are freed beside it
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The highest that held memory rises while bytes pass by; it is looked at every `everyBytes`. */
export class HeldMemoryWatch {
  readonly #everyBytes: number;
  readonly #before = heldMemory();
  #peak = this.#before;
  #since = 0;

  constructor(everyBytes = 8 * 1024 * 1024) {
    this.#everyBytes = everyBytes;
  }

  /** Bytes above what was held at first. */
  get growth(): number {
    return this.#peak - this.#before;
  }

  /** Some more bytes came by. */
  passed(bytes: number): void {
    this.#since += bytes;
    if (this.#since < this.#everyBytes) return;
    this.#since = 0;
    this.#peak = Math.max(this.#peak, heldMemory());
  }

  /** The same stream, looked at. */
  async *watch(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of stream) {
      this.passed(bytes.length);
      yield bytes;
    }
  }
}
