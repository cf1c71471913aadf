/** Keys and pasted text on their way to a shell: in pieces, in order, and never kept for a shell that is not there. */
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import { maxTerminalInput } from '../../../src-shared/domain/terminal-limits.ts';

/** What the input needs. */
export interface TerminalInputParts {
  send: (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>;
  /** Not sent: more than may wait, or the shell did not take it. Nothing of it is sent later. */
  onLost: (why: 'too-much' | Problem) => void;
}

/** Pieces on their way at the same time: what is typed next does not wait for the way there and back. */
const maxUnderWay = 16;
/** Bytes that may wait here. */
const maxWaiting = 4_194_304;
const encoder = new TextEncoder();

/** See the head of the file. */
export class TerminalInput {
  readonly #parts: TerminalInputParts;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  /** Rises with every failure: what was on its way then says nothing more. */
  #round = 0;

  constructor(parts: TerminalInputParts) {
    this.#parts = parts;
  }

  /** Text as the person typed or pasted it. */
  text(text: string): void {
    this.bytes(encoder.encode(text));
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    if (this.#waitingBytes + bytes.length > maxWaiting) {
      this.#parts.onLost('too-much');
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  #pump(): void {
    while (this.#underWay < maxUnderWay && this.#waiting.length > 0) void this.#send(this.#take());
  }

  async #send(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    const round = this.#round;
    this.#underWay += 1;
    try {
      await this.#parts.send(piece);
    } catch (error) {
      if (round === this.#round) {
        this.#round += 1;
        this.#waiting = [];
        this.#waitingBytes = 0;
        this.#parts.onLost(toProblem(error));
      }
    }
    this.#underWay -= 1;
    this.#pump();
  }

  /** The next piece: short ones that wait go together, long ones in parts. */
  #take(): Uint8Array<ArrayBuffer> {
    const piece = new Uint8Array(Math.min(this.#waitingBytes, maxTerminalInput));
    let at = 0;
    while (at < piece.length) {
      const [next] = this.#waiting;
      if (!next) break;
      const part = next.subarray(0, piece.length - at);
      piece.set(part, at);
      at += part.length;
      if (part.length === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(part.length);
    }
    this.#waitingBytes -= at;
    return piece;
  }
}
