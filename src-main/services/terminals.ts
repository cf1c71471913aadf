/** Terminals in the sandboxes of sessions. Each ends with its session, and with whoever opened it. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { DriverTerminal, TerminalSize } from '../drivers/driver.ts';
import { withDeadline } from './deadline.ts';
import type { SessionsService } from './sessions.ts';

/** What the service needs. */
export interface TerminalsDependencies {
  sessions: SessionsService;
  clock: Clock;
}

/** A terminal as the service gives it. Whoever opened it closes it. */
export type OpenedTerminal = DriverTerminal;

/** How to open one. */
export interface OpenTerminalOptions {
  size: TerminalSize;
  /** Folder in the sandbox; without it the session's working folder. */
  cwd?: string;
  signal?: AbortSignal;
}

const openDeadlineMs = 30_000;

/** See the file's first line. Dispose with `closeAll`. */
export class TerminalsService {
  readonly #deps: TerminalsDependencies;
  readonly #open = new Set<DriverTerminal>();

  constructor(deps: TerminalsDependencies) {
    this.#deps = deps;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Opens a terminal; the caller closes it. Throws `unsupported` where the driver has none, or what the driver says. */
  async open(sessionId: string, options: OpenTerminalOptions): Promise<DriverTerminal> {
    const { sessions, clock } = this.#deps;
    const { driver, connection, session, ended } = sessions.live(sessionId);
    if (!driver.manifest.capabilities.terminal || !driver.openTerminal) {
      throw new SpecboardError('unsupported', `${session.profileName} has no terminals.`, {
        hint: 'Run shell commands instead: specboard run --lang sh -c COMMAND.',
      });
    }
    const parents = [ended, ...(options.signal ? [options.signal] : [])];
    const deadline = withDeadline(clock, openDeadlineMs, 'Opening the terminal', parents);
    try {
      const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
      const terminal = await driver.openTerminal(connection, options.size, cwd, deadline.signal);
      return this.#watch(terminal, sessionId, ended);
    } finally {
      deadline.dispose();
    }
  }

  /** Closes all, for quitting. Never rejects. */
  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#open].map((terminal) => terminal.close()));
  }

  /** The terminal, which keeps its session awake while it is typed into. */
  #watch(terminal: DriverTerminal, sessionId: string, sessionEnded: AbortSignal): DriverTerminal {
    this.#open.add(terminal);
    const close = () => void terminal.close().catch(() => {});
    if (sessionEnded.aborted) close();
    sessionEnded.addEventListener('abort', close, { once: true });
    void terminal.ended.then(() => {
      sessionEnded.removeEventListener('abort', close);
      this.#open.delete(terminal);
    });
    return {
      output: terminal.output,
      ended: terminal.ended,
      resize: (size) => terminal.resize(size),
      close: () => terminal.close(),
      write: (bytes) => {
        this.#deps.sessions.touch(sessionId);
        return terminal.write(bytes);
      },
    };
  }
}
