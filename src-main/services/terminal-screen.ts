/**
 * The screen of a terminal without a window: the same emulator that draws it in the window, run on the same bytes, so that what
 * a window is given to start from is what it would show had it been there all the time.
 */
import { SerializeAddon } from '@xterm/addon-serialize/lib/addon-serialize.mjs';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { applyUnicode11 } from '../../src-shared/lib/unicode-widths.ts';
import { guardXterm } from '../../src-shared/lib/xterm-guard.ts';
import type { TerminalSize } from '../drivers/driver.ts';
import { stateAfterText, TailBytes, type XtermState } from './terminal-state.ts';

/** What restores a screen: written to an empty terminal of this size. */
export interface ScreenSnapshot extends TerminalSize {
  bytes: Uint8Array<ArrayBuffer>;
}

/** Options of a screen. */
export interface ScreenOptions extends TerminalSize {
  /** Lines kept above the screen. */
  scrollback: number;
  /** The emulator answers a question of a program: where the cursor is, what the terminal can do. */
  onReply: (text: string) => void;
}

/** Bytes that are taken in at one go: between two pieces the process does other things. */
const pieceBytes = 16_384;

/** See the head of the file. All calls take effect in the order in which they were made. */
export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #serializer = new SerializeAddon();
  readonly #tail = new TailBytes();
  #disposed = false;

  constructor({ cols, rows, scrollback, onReply }: ScreenOptions) {
    this.#terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' });
    // Written for the window's build; this one has what it uses.
    this.#terminal.loadAddon(this.#serializer as never);
    applyUnicode11(this.#terminal);
    guardXterm(this.#terminal);
    this.#terminal.onData(onReply);
  }

  get size(): TerminalSize {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Takes output in. Tells each piece at the moment from which on it is on the screen; resolves after the last one. */
  async write(
    bytes: Uint8Array,
    onShown: (piece: Uint8Array<ArrayBuffer>) => void = () => {},
  ): Promise<void> {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      // A copy: the driver may use its buffer again.
      const piece = new Uint8Array(bytes.subarray(from, from + pieceBytes));
      await this.#when(piece, () => {
        this.#tail.push(piece);
        onShown(piece);
      });
    }
  }

  /** Runs `action` when all that was written is on the screen. */
  when(action: () => void): Promise<void> {
    return this.#when('', action);
  }

  /** To be called from `when` or `onShown`, where the screen stands still. */
  resize({ cols, rows }: TerminalSize): void {
    if (!this.#disposed) this.#terminal.resize(cols, rows);
  }

  /** Changes how many lines are kept. */
  setScrollback(lines: number): void {
    if (!this.#disposed) this.#terminal.options.scrollback = lines;
  }

  /** What restores the screen. To be called from `when` or `onShown`. */
  snapshot(): ScreenSnapshot {
    const terminal = this.#terminal;
    const text = this.#serializer.serialize({ excludeModes: true });
    const state = stateAfterText(terminal as unknown as XtermState);
    return {
      ...this.size,
      bytes: Buffer.concat([Buffer.from(text + state), this.#tail.unfinished(terminal as never)]),
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#terminal.dispose();
  }

  #when(data: Uint8Array | string, action: () => void): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#terminal.write(data, () => {
        action();
        resolve();
      });
    });
  }
}
