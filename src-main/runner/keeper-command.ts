/** How keeper.py is started in a sandbox: the words of the command, and what its standard input must get first. */

/** Options of the keeper. */
export interface KeeperOptions {
  /** First argument of runner.py: limits. */
  runner?: Record<string, unknown>;
  /** A keeper without a client ends after so many seconds. Default: never. */
  lingerSeconds?: number;
  /** Path of a Unix socket, where abstract names cannot be used; the folder must exist and be writable. */
  socket?: string;
}

/** A keeper of this name (a nonce: letters, digits, `-`, `_`, `.`) in one sandbox. */
export interface KeeperCall {
  mode: 'start' | 'attach';
  name: string;
  options?: KeeperOptions;
}

/** A program with its arguments, and the bytes that its standard input must get before anything else. */
export interface KeeperCommand {
  argv: string[];
  payload: Uint8Array;
}

const boot = '';

/**
 * Nothing is written in the sandbox: the sources (texts of keeper.py and runner.py) go in through standard input. For pipes
 * (a Docker exec without TTY); write `payload` at once, then hand the pipe to the `KeptPipe`.
 */
export function keeperFromMemory(
  call: KeeperCall,
  python: string,
  sources: { keeper: string; runner: string },
): KeeperCommand {
  return { argv: [python, boot, call.name], payload: Buffer.from(sources.keeper + sources.runner) };
}

/**
 * For a shell on a terminal (a Daytona PTY), with keeper.py and runner.py uploaded side by side: the line to type, with its
 * newline. Nothing else may be typed before the `KeptPipe` does.
 */
export function keeperShellLine(call: KeeperCall, python: string, keeperPath: string): string {
  return `exec ${python} ${keeperPath} ${call.name}\n`;
}
