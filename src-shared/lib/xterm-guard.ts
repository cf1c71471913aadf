/**
 * Keeps xterm from being frozen by what a sandbox prints. xterm runs a loop as often as a sequence says, up to 2^31 times:
 * `printf '\033[2147483647S'` would stop the process that shows it. Used on the emulator of the main process and on the window's.
 */

/** What the guard needs of xterm: the same in the window's build and in the headless one, of this exact version. */
export interface GuardedTerminal {
  readonly cols: number;
  readonly rows: number;
  readonly parser: {
    registerCsiHandler(
      id: { final: string },
      callback: (params: (number | number[])[]) => boolean,
    ): { dispose(): void };
  };
}

type Handler = (params: { params: number[]; length: number }) => boolean;
type InputHandler = Record<string, Handler>;

/** Sequences with such a loop: the method that carries them out, and how much of it makes a difference. */
const loops = [
  { final: 'L', method: 'insertLines', most: ({ rows }: GuardedTerminal) => rows },
  { final: 'M', method: 'deleteLines', most: ({ rows }: GuardedTerminal) => rows },
  { final: 'S', method: 'scrollUp', most: ({ rows }: GuardedTerminal) => rows },
  { final: 'T', method: 'scrollDown', most: ({ rows }: GuardedTerminal) => rows },
  { final: 'I', method: 'cursorForwardTab', most: ({ cols }: GuardedTerminal) => cols },
  { final: 'Z', method: 'cursorBackwardTab', most: ({ cols }: GuardedTerminal) => cols },
  {
    final: 'b',
    method: 'repeatPrecedingCharacter',
    most: ({ cols, rows }: GuardedTerminal) => cols * rows,
  },
] as const;

/** Bounds those loops by what can be seen; a count within the bound goes its usual way. */
export function guardXterm(terminal: GuardedTerminal): void {
  // Not public, but the only way to carry out what was asked for, only less often.
  const { _core: core } = terminal as unknown as { _core: { _inputHandler: InputHandler } };
  for (const { final, method, most } of loops) {
    terminal.parser.registerCsiHandler({ final }, ([count = 1]) => {
      const limit = most(terminal);
      if (typeof count !== 'number' || count <= limit) return false;
      core._inputHandler[method]?.({ params: [limit], length: 1 });
      return true;
    });
  }
}
