/**
 * All that a sync needs of a sandbox: run a command, put a file, get a file. Small, so that tests and the benchmark can bring
 * ports of their own (a plain process, one that waits, one that fails); see driver-port.ts for the real one.
 */

/** Takes a command's output as it comes; neither is kept by the port. */
export interface PortOutput {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

/** See the file's head. Failures are SpecboardErrors; every call ends soon after its signal aborted. */
export interface SandboxPort {
  /** Runs a command in a POSIX shell in the working folder. Its exit code; null where a signal ended it. */
  run(command: string, output: PortOutput, signal: AbortSignal): Promise<number | null>;
  /** Writes a file whole or not at all, with the folders to it. */
  put(path: string, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** Reads a file. */
  get(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}
