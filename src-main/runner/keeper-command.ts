/** How resources/keeper.py is started in a sandbox: the words of the command, and what its standard input gets first. */

/** Options of the keeper. */
export interface KeeperOptions {
  /** First argument of runner.py: `{ limits: {...} }`. */
  runner?: Record<string, unknown>;
  /** A keeper without a client ends after so many seconds. Default: never. */
  lingerSeconds?: number;
  /** Path of a Unix socket, where the system has no abstract ones; its folder must exist. Give it to every call. */
  socket?: string;
}

/** The keeper of this name in one sandbox. */
export interface KeeperCall {
  /** `start` starts it where it is not there yet. */
  mode: 'start' | 'attach';
  /** A nonce of the session: letters, digits, `-`, `_` and `.`, at most 80. */
  name: string;
  options?: KeeperOptions;
}

/** A program with its arguments, and the bytes that its standard input must get before anything else. */
export interface KeeperCommand {
  argv: string[];
  payload: Uint8Array;
}

/** Reads two sources by their lengths and runs the first. A file descriptor, not sys.stdin: that one would read on. */
const boot = `import os, sys
def take(size):
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            sys.exit(4)
        data += part
    return data
sizes = [int(take(10)) for _ in range(2)]
keeper, runner = [take(size) for size in sizes]
exec(compile(keeper, "<keeper>", "exec"), {"__name__": "__main__", "RUNNER_SOURCE": runner.decode()})`;

/**
 * Nothing is written in the sandbox: the sources (texts of keeper.py and runner.py) go in through standard input. For pipes
 * (a Docker exec without TTY): write `payload` as soon as it runs, then hand the pipe to the `KeptPipe`.
 */
export function keeperFromMemory(
  call: KeeperCall,
  python: string,
  sources: { keeper: string; runner: string },
): KeeperCommand {
  // Attaching needs no runner: a few kilobytes instead of eighty.
  const texts = [sources.keeper, call.mode === 'start' ? sources.runner : ''].map((text) =>
    Buffer.from(text),
  );
  const sizes = texts.map((text) => String(text.length).padStart(10)).join('');
  return {
    argv: [python, '-u', '-c', boot, ...words(call)],
    payload: Buffer.concat([Buffer.from(sizes), ...texts]),
  };
}

/**
 * For a shell on a terminal (a Daytona PTY), with keeper.py and runner.py uploaded side by side: the line to type, with its
 * newline. Nothing else may be typed before the `KeptPipe` does; it waits until the terminal is raw. What the shell prints
 * before is skipped. Without HISTFILE the shell does not write the line down in the home folder, which may be somebody else's.
 */
export function keeperShellLine(call: KeeperCall, python: string, keeperPath: string): string {
  return ` unset HISTFILE; exec ${[python, '-u', keeperPath, ...words(call)].map(quoted).join(' ')}\n`;
}

function words({ mode, name, options = {} }: KeeperCall): string[] {
  const { lingerSeconds: linger, ...rest } = options;
  const all = linger === undefined ? rest : { ...rest, linger };
  return Object.keys(all).length === 0 ? [mode, name] : [mode, name, JSON.stringify(all)];
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
