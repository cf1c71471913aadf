/** Ends everything that a command or a terminal started in a sandbox, wherever it hid. */
import { deadline } from './abort.ts';
import { endScript } from './command-scripts.ts';
import { HttpStatusError } from './http-link.ts';
import { type ProcessClient, RpcError } from './process-client.ts';

/** How to end it. */
export interface EndOptions {
  /** What its processes carry in their environment (`markVariable`). */
  mark: string;
  /** The first signal; after the grace it is KILL. */
  signal: 'TERM' | 'HUP';
  /** 0: KILL at once. */
  graceMs: number;
  /** Time beyond the grace; ms. */
  patienceMs: number;
}

/** True where some survived. First as root: the command may have used sudo. Rejects as `ProcessClient.run` does. */
export async function endProcesses(processes: ProcessClient, options: EndOptions): Promise<boolean> {
  const { mark, signal, graceMs, patienceMs } = options;
  const tenths = Math.ceil(graceMs / 100);
  const spec = {
    cmd: '/bin/sh',
    args: ['-c', endScript, 'specboard', mark, tenths === 0 ? 'KILL' : signal, String(tenths)],
    cwd: '/',
  };
  const limit = (): AbortSignal => deadline(graceMs + 5000 + patienceMs);
  let ended: { exitCode: number };
  try {
    ended = await processes.run({ ...spec, user: 'root' }, limit());
  } catch (error) {
    if (!(error instanceof RpcError) && !(error instanceof HttpStatusError && error.status === 401))
      throw error;
    ended = await processes.run(spec, limit());
  }
  return ended.exitCode !== 0;
}
