/**
 * One terminal that outlives the windows that look at it: its shell, its screen with the scrollback, and its readers. When the shell
 * has ended, the text stays until the person closes the terminal, and a new shell can go on below it.
 */
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Terminal } from '../../src-shared/domain/terminal.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { DriverTerminal, TerminalSize } from '../drivers/driver.ts';
import { TerminalReader, type TerminalSink } from './terminal-reader.ts';
import type { ScreenSnapshot, TerminalScreen } from './terminal-screen.ts';

/** Makes a screen; loaded with the first terminal, so that a start does not wait for the emulator. */
export type OpenScreen = (options: {
  size: TerminalSize;
  onReply: (text: string) => void;
}) => Promise<TerminalScreen>;

/** What a kept terminal is made with. */
export interface KeptTerminalOptions {
  id: string;
  sessionId: string;
  number: number;
  size: TerminalSize;
  clock: Clock;
  openScreen: OpenScreen;
  /** ms that programs are held back for a reader that takes nothing. */
  patienceMs: number;
  /** The value changed. */
  onChange: () => void;
}

/** Opens the shell; `ended` aborts when its session ends, with the reason. */
export interface ShellSource {
  sessionId: string;
  number: number;
  ended: AbortSignal;
  open(size: TerminalSize, signal: AbortSignal): Promise<DriverTerminal>;
}

/** Bytes of input on their way; a shell that takes nothing gets no more. */
const maxPendingInput = 1_048_576;
/** What a program that is gone may have left switched on: mouse, pasting, keys, a hidden cursor, a frame that never ends. */
const calm =
  '\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[?1l\x1b[?66l\x1b[?25h\x1b[0m';
/** Before a new shell: the normal screen, with nothing of the old one set, below its text. */
// Not 1049: it would put the cursor where it was saved, also where there is no other screen to leave.
const afresh = '\x1b[?47l\x1b[!p\x1b(B\x0f\r\n';

/** See the head of the file. */
export class KeptTerminal {
  readonly #options: KeptTerminalOptions;
  readonly #readers = new Set<TerminalReader>();
  readonly #closing = new AbortController();
  #value: Terminal;
  #size: TerminalSize;
  #screen: TerminalScreen | null = null;
  /** The screen of a shell that ended: as text, which is far smaller than an emulator. */
  #frozen: ScreenSnapshot | null = null;
  #shell: DriverTerminal | null = null;
  #pendingInput = 0;

  constructor(options: KeptTerminalOptions) {
    const { id, sessionId, number, size, clock } = options;
    this.#options = options;
    this.#size = size;
    this.#value = {
      ...{ id, sessionId, number, state: 'opening', openedAt: clock.now(), endedAt: null },
      ...{ exitCode: null, reason: null },
    };
  }

  /** As listeners see it. */
  get value(): Terminal {
    return this.#value;
  }

  /** Starts a shell and follows it. Rejects, with the terminal ended as it was before, where none could be had. */
  async start(source: ShellSource, size: TerminalSize): Promise<Terminal> {
    const before = this.#value;
    const { sessionId, number } = source;
    const fresh = {
      state: 'opening',
      sessionId,
      number,
      endedAt: null,
      exitCode: null,
      reason: null,
    } as const;
    this.#change({ ...fresh, openedAt: this.#options.clock.now() });
    try {
      await this.#readyScreen(size);
      const shell = await source.open(size, this.#closing.signal);
      if (this.#closing.signal.aborted) {
        await shell.close();
        throw closed();
      }
      this.#shell = shell;
      if (this.#size !== size) await shell.resize(this.#size).catch(() => {});
      this.#change({ state: 'open' });
      void this.#follow(shell, source.ended);
      return this.#value;
    } catch (error) {
      if (before.endedAt !== null) this.#change({ ...before, reason: toProblem(error).message });
      throw error;
    }
  }

  /** Keys and pasted text. Throws `gone` where there is no shell, `unavailable` where it takes nothing. */
  async write(bytes: Uint8Array): Promise<void> {
    const shell = this.#shell;
    if (!shell || this.#value.state !== 'open') {
      throw new SpecboardError('gone', 'This terminal has ended.', { hint: 'Reopen it.' });
    }
    if (this.#pendingInput + bytes.length > maxPendingInput) {
      throw new SpecboardError('unavailable', 'The terminal takes no input now.', {
        kept: 'What was typed last was not sent.',
        hint: 'Wait until the program reads again, or close the terminal.',
      });
    }
    this.#pendingInput += bytes.length;
    try {
      await shell.write(bytes);
    } finally {
      this.#pendingInput -= bytes.length;
    }
  }

  /** Changes the size, of the screen and of what runs. */
  async resize(size: TerminalSize): Promise<void> {
    if (size.cols === this.#size.cols && size.rows === this.#size.rows) return;
    this.#size = size;
    const screen = this.#screen;
    await screen?.when(() => {
      screen.resize(size);
      for (const reader of this.#readers) reader.resized(size);
    });
    await this.#shell?.resize(size);
  }

  /** Somebody looks; until the sink closes. */
  attach(sink: TerminalSink): void {
    sink.open(this.#value);
    const reader = new TerminalReader(sink, this.#options.clock, (take) => this.#takeScreen(take));
    this.#readers.add(reader);
    sink.onClosed(() => this.#readers.delete(reader));
    if (this.#value.state === 'ended') reader.end(this.#value);
  }

  /** Changes how many lines are kept. */
  setScrollback(lines: number): void {
    this.#screen?.setScrollback(lines);
  }

  /** Ends the shell and forgets the text; idempotent. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closed());
    for (const reader of this.#readers) reader.fail(closed());
    this.#readers.clear();
    this.#frozen = null;
    await this.#shell?.close();
    this.#screen?.dispose();
    this.#screen = null;
  }

  async #readyScreen(size: TerminalSize): Promise<void> {
    const { openScreen } = this.#options;
    const onReply = (text: string) => void this.#shell?.write(Buffer.from(text)).catch(() => {});
    const frozen = this.#frozen;
    this.#size = size;
    const screen = await openScreen({ size: frozen ?? size, onReply });
    if (frozen) {
      await screen.write(Buffer.concat([frozen.bytes, Buffer.from(afresh)]));
      await screen.when(() => screen.resize(size));
    }
    this.#screen = screen;
    this.#frozen = null;
  }

  async #follow(shell: DriverTerminal, sessionEnded: AbortSignal): Promise<void> {
    try {
      for await (const bytes of shell.output) {
        await this.#show(bytes);
        await this.#waitForReaders();
      }
    } catch {
      // How it ended is said by `ended`.
    }
    const end = await shell.ended;
    this.#shell = null;
    if (this.#closing.signal.aborted) return;
    await this.#show(Buffer.from(calm));
    await this.#freeze();
    const reason = sessionEnded.aborted ? toProblem(sessionEnded.reason).message : (end.reason ?? null);
    this.#change({
      state: 'ended',
      endedAt: this.#options.clock.now(),
      exitCode: sessionEnded.aborted ? null : end.exitCode,
      reason,
    });
    for (const reader of this.#readers) reader.end(this.#value);
  }

  async #show(bytes: Uint8Array): Promise<void> {
    await this.#screen?.write(bytes, (piece) => {
      for (const reader of this.#readers) reader.output(piece);
    });
  }

  /** Holds what runs back while a reader is behind; for so long, then the reader is left behind. */
  async #waitForReaders(): Promise<void> {
    const slow = [...this.#readers].filter(({ isFull }) => isFull);
    if (slow.length === 0) return;
    const { clock, patienceMs } = this.#options;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(patienceMs, resolve);
    await Promise.race([over, Promise.all(slow.map((reader) => reader.room()))]);
    timer.dispose();
    for (const reader of slow) if (reader.isFull) reader.leaveBehind();
  }

  async #freeze(): Promise<void> {
    const screen = this.#screen;
    await screen?.when(() => {
      this.#frozen = screen.snapshot();
    });
    screen?.dispose();
    this.#screen = null;
  }

  async #takeScreen(take: (snapshot: ScreenSnapshot) => void): Promise<void> {
    const screen = this.#screen;
    if (screen) await screen.when(() => take(screen.snapshot()));
    else take(this.#frozen ?? { ...this.#size, bytes: new Uint8Array() });
  }

  #change(change: Partial<Terminal>): void {
    this.#value = { ...this.#value, ...change };
    this.#options.onChange();
  }
}

function closed(): SpecboardError {
  return new SpecboardError('gone', 'The terminal was closed.');
}
