// Reads a multipart/form-data body part by part as it comes, so that a large upload needs no memory and a broken one is noticed.
import type { Readable } from 'node:stream';
import { badRequest } from './errors.ts';

/** One part; its content must be read before the next part is asked for. */
export interface Part {
  /** Name of the form field. */
  readonly name: string;
  content(): AsyncIterable<Buffer>;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The parts of a body. Throws DaemonError 400 when it is no multipart body; Error when it ends too early. */
export async function* readMultipart(source: Readable, contentType: string): AsyncGenerator<Part> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) throw badRequest('invalid multipart form');
  // The first delimiter has no line end before it: give it one.
  const input = new Input(source, Buffer.from(`\r\n`));
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  for await (const _preamble of input.until(delimiter));
  for (;;) {
    const after = await input.take(2);
    if (after.toString('latin1') === '--') return;
    // The head follows the rest of the line, which is already taken.
    let head = '';
    for await (const bytes of input.until(HEAD_END)) head += bytes.toString('utf8');
    const name = /[\s;]name="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1] ?? '';
    let read = false;
    const content = (): AsyncIterable<Buffer> => {
      read = true;
      return input.until(delimiter);
    };
    yield { name, content };
    if (!read) for await (const _skipped of input.until(delimiter));
  }
}

/** Bytes that have come and those that will. */
class Input {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer;
  #over = false;

  constructor(source: Readable, first: Buffer) {
    this.#source = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#rest = first;
  }

  async take(count: number): Promise<Buffer> {
    while (this.#rest.length < count) await this.#more();
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  /** Everything before the delimiter, which is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#rest.indexOf(delimiter);
      if (at >= 0) {
        const last = this.#rest.subarray(0, at);
        this.#rest = this.#rest.subarray(at + delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      const safe = this.#rest.length - delimiter.length + 1;
      if (safe > 0) {
        const piece = this.#rest.subarray(0, safe);
        this.#rest = this.#rest.subarray(safe);
        yield piece;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = this.#over ? { done: true as const } : await this.#source.next();
    if (next.done) {
      this.#over = true;
      throw new Error('unexpected EOF');
    }
    this.#rest = Buffer.concat([this.#rest, next.value as Buffer]);
  }
}
