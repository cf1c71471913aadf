/**
 * Terminals for windows: kept with their screens while windows come, reload and go. Each ends with its session; its text stays in the
 * status until the person closes it, or takes the session out of the list.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Terminal } from '../../src-shared/domain/terminal.ts';
import { maxTerminals } from '../../src-shared/domain/terminal-limits.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { TerminalSize } from '../drivers/driver.ts';
import { KeptTerminal, type ShellSource } from './kept-terminal.ts';
import type { SessionsService } from './sessions.ts';
import type { StatusHub } from './status-hub.ts';
import type { TerminalSink } from './terminal-reader.ts';
import type { TerminalsService } from './terminals.ts';

/** What the service needs. */
export interface KeptTerminalsDependencies {
  terminals: TerminalsService;
  sessions: SessionsService;
  hub: StatusHub;
  clock: Clock;
  /** ms that programs are held back for a window that takes nothing. */
  patienceMs?: number;
}

/** What to open. */
export interface OpenKeptTerminal extends TerminalSize {
  sessionId: string;
  /** Folder in the sandbox; without it the session's working folder. */
  cwd?: string | undefined;
}

const defaultPatienceMs = 2_000;

/** See the head of the file. */
export class KeptTerminals implements Disposable {
  readonly #deps: KeptTerminalsDependencies;
  readonly #kept = new Map<string, KeptTerminal>();
  readonly #watching: Disposable;
  #seen: Status;
  #disposed = false;

  constructor(deps: KeptTerminalsDependencies) {
    this.#deps = deps;
    this.#seen = deps.hub.current;
    this.#watching = deps.hub.onChange((status) => this.#onStatus(status));
  }

  /** Opens one with a shell in it. Throws `quota`, `unsupported`, or what the driver says; then there is none. */
  async open({ sessionId, cols, rows, cwd }: OpenKeptTerminal): Promise<Terminal> {
    const size = { cols, rows };
    const source = this.#source(sessionId, cwd);
    const terminal = new KeptTerminal({
      id: randomUUID(),
      sessionId,
      number: source.number,
      size,
      clock: this.#deps.clock,
      openScreen: async (options) => {
        const { TerminalScreen } = await import('./terminal-screen.ts');
        const { terminalScrollback } = this.#deps.hub.current.settings;
        return new TerminalScreen({ ...options.size, ...options, scrollback: terminalScrollback });
      },
      patienceMs: this.#deps.patienceMs ?? defaultPatienceMs,
      onChange: () => this.#publish(),
    });
    this.#kept.set(terminal.value.id, terminal);
    try {
      return await terminal.start(source, size);
    } catch (error) {
      this.#kept.delete(terminal.value.id);
      await terminal.close();
      this.#publish();
      throw error;
    }
  }

  /** Keys and pasted text. Throws `not-found`, `gone`, `unavailable`. */
  async write(terminalId: string, bytes: Uint8Array): Promise<void> {
    await this.#get(terminalId).write(bytes);
  }

  /** Changes the size. Throws `not-found`. */
  async resize(terminalId: string, size: TerminalSize): Promise<void> {
    await this.#get(terminalId).resize(size);
  }

  /** Ends the shell and forgets the terminal; one that is not there is closed already. */
  async close(terminalId: string): Promise<void> {
    const terminal = this.#kept.get(terminalId);
    if (!terminal) return;
    this.#kept.delete(terminalId);
    this.#publish();
    await terminal.close();
  }

  /**
   * A new shell in a terminal whose shell has ended. Where its session has ended too, in the session that has the same sandbox
   * now; the terminal moves there. Throws `conflict` where it still runs, `gone` where there is no such session.
   */
  async reopen(terminalId: string, size: TerminalSize): Promise<Terminal> {
    const terminal = this.#get(terminalId);
    const { sessionId, number, state } = terminal.value;
    if (state !== 'ended') throw new SpecboardError('conflict', 'This terminal has not ended.');
    const own = this.#deps.hub.current.sessions.find(({ id }) => id === sessionId);
    const holder = own ? this.#deps.sessions.holderOf(own).id : sessionId;
    const source = this.#source(holder, undefined, terminal);
    return terminal.start(holder === sessionId ? { ...source, number } : source, size);
  }

  /** Shows a terminal to a window until the sink closes. Throws `not-found`. */
  attach(terminalId: string, sink: TerminalSink): void {
    this.#get(terminalId).attach(sink);
  }

  /** Ends everything. */
  dispose(): void {
    this.#disposed = true;
    this.#watching.dispose();
    for (const terminal of this.#kept.values()) void terminal.close().catch(() => {});
    this.#kept.clear();
  }

  #get(terminalId: string): KeptTerminal {
    const terminal = this.#kept.get(terminalId);
    if (!terminal) throw new SpecboardError('not-found', 'This terminal is closed.');
    return terminal;
  }

  /** Where a shell of this session comes from, and the terminal's number there. `moving` does not count: it is there, or comes. */
  #source(sessionId: string, cwd?: string, moving?: KeptTerminal): ShellSource {
    const { terminals, sessions } = this.#deps;
    const { ended } = sessions.live(sessionId);
    const others = [...this.#kept.values()]
      .filter((terminal) => terminal !== moving)
      .map(({ value }) => value)
      .filter((value) => value.sessionId === sessionId);
    if (others.length >= maxTerminals) {
      throw new SpecboardError('quota', `This session has ${maxTerminals} terminals already.`, {
        hint: 'Close one of them first.',
      });
    }
    const number = Math.max(0, ...others.map((value) => value.number)) + 1;
    const folder = cwd === undefined ? {} : { cwd };
    const open = (size: TerminalSize, signal: AbortSignal) =>
      terminals.open(sessionId, { size, signal, ...folder });
    return { sessionId, number, ended, open };
  }

  #onStatus(status: Status): void {
    const { sessions, settings } = this.#seen;
    this.#seen = status;
    if (status.settings.terminalScrollback !== settings.terminalScrollback) {
      for (const terminal of this.#kept.values()) terminal.setScrollback(status.settings.terminalScrollback);
    }
    if (status.sessions === sessions || this.#kept.size === 0) return;
    const shown = new Set(status.sessions.map(({ id }) => id));
    const left = [...this.#kept.values()].filter(({ value }) => !shown.has(value.sessionId));
    // Not at once: the other listeners must hear this change before the next one.
    for (const { value } of left) queueMicrotask(() => void this.close(value.id).catch(() => {}));
  }

  #publish(): void {
    if (this.#disposed) return;
    const terminals = [...this.#kept.values()].map(({ value }) => value);
    this.#deps.hub.update({ terminals });
  }
}
