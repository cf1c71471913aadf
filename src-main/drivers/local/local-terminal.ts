/** Terminals in a session on this computer: in the same sandbox as its code, with the same limits. */
import { openRunnerTerminal } from '../../runner/runner-terminal.ts';
import type { DriverTerminal, TerminalEnd, TerminalSize } from '../driver.ts';
import { shownPath } from './confined-path.ts';
import type { LocalSession } from './local-session.ts';

/** See `Driver.openTerminal`. It is ended, with the reason, when it fills the session's folder. */
export async function openLocalTerminal(
  session: LocalSession,
  size: TerminalSize,
  { cwd }: { cwd?: string },
  signal: AbortSignal,
): Promise<DriverTerminal> {
  session.assertUsable('code');
  const where = cwd === undefined ? {} : { cwd: shownPath(cwd, session.folders.workspace) };
  const terminal = await openRunnerTerminal(session.client, { ...size, ...where }, signal);
  const over = new AbortController();
  let full: string | null = null;
  session.watchFull((reason) => {
    full = reason;
    void terminal.close();
  }, over.signal);
  const ended = terminal.ended.then((end): TerminalEnd => {
    over.abort();
    return full === null ? end : { exitCode: null, reason: full };
  });
  return {
    output: terminal.output,
    ended,
    write: (bytes) => terminal.write(bytes),
    resize: (to) => terminal.resize(to),
    close: () => terminal.close(),
  };
}
