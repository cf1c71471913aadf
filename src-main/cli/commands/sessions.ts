/** `specboard sessions list|end`: sessions of all times, and the sandboxes that may still run. */
import { isEnded, mayStillRun, type Session } from '../../../src-shared/domain/session.ts';
import { sessionView, viewText } from '../../../src-shared/domain/session-view.ts';
import type { Core } from '../../app/create-core.ts';
import { findById } from '../find.ts';
import { printJson, type Terminal, table, write } from '../terminal.ts';

/** Sessions, newest first; with `running` only those that live or whose sandbox may still run. */
export async function listSessions(
  core: Core,
  terminal: Terminal,
  options: { running?: boolean; limit?: number },
): Promise<void> {
  const all = core.db.sessions.list(options.limit ?? 50);
  const sessions = options.running ? all.filter((session) => !isEnded(session) || mayStillRun(session)) : all;
  if (terminal.json) return printJson(terminal, sessions);
  if (sessions.length === 0) return write(terminal.stdout, 'No sessions.\n');
  const now = core.clock.now();
  const context = { executions: core.db.executions.unfinished(), questions: [] };
  const stateOf = (session: Session) => viewText(sessionView(session, context, now), now, timeOf);
  const rows = sessions.map((session) => [
    session.id.slice(0, 8),
    session.profileName,
    stateOf(session),
    new Date(session.startedAt).toLocaleString(),
    session.reason.text,
  ]);
  await write(terminal.stdout, `${table([['ID', 'PROFILE', 'STATE', 'STARTED', 'REASON'], ...rows])}\n`);
}

/** Ends a session's sandbox: one that was kept, or that a crash left. */
export async function endSession(core: Core, terminal: Terminal, id: string): Promise<void> {
  const session = core.sessions.holderOf(findById(core.db.sessions.list(500), id, 'session'));
  const ended = isEnded(session)
    ? await core.endSandbox(session.id)
    : await core.sessions.disconnect(session.id, { keep: 'end' });
  if (terminal.json) await printJson(terminal, ended);
  else await write(terminal.stdout, `Ended ${ended.id.slice(0, 8)} (${ended.profileName}).\n`);
}

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString();
}
