/** What leaving a session would lose, with a look at its working folder: for quitting and for the tray, which have no window. */
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import { deletesFiles, lossOf, modeOfEnding } from '../../src-shared/domain/session-loss.ts';
import type { Core } from './create-core.ts';
import type { QuitItem } from './quit-question.ts';

/** The look for files that would be lost takes at most this long: who leaves does not wait for a slow sandbox. */
const lookMs = 1_500;

/** How the session is left, and what that loses. `keep` undefined: as its profile says. */
export async function lookAtLoss(
  core: Core,
  session: Session,
  keep: KeepMode | undefined,
): Promise<QuitItem> {
  const mode = modeOfEnding(session, keep);
  const names = deletesFiles(session, mode) ? await filesOf(core, session) : [];
  return { session, mode, loss: lossOf(session, mode, core.hub.current.executions, names) };
}

/** Names in the working folder; none where that cannot be known soon. */
async function filesOf(core: Core, session: Session): Promise<string[]> {
  try {
    if (session.link.state !== 'live') return [];
    const entries = await core.files.list(session.id, '.', AbortSignal.timeout(lookMs));
    return entries.map(({ name }) => name);
  } catch {
    return [];
  }
}
