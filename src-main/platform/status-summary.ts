/** The status in one icon and a few words, for tray, menu and dock. Pure. */
import { type Execution, isFinal } from '../../src-shared/domain/execution.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';

/** The states that an icon can show; each has a shape of its own. */
export const iconStates = ['none', 'ready', 'busy', 'needs-you', 'failed'] as const;
/** One of `iconStates`. */
export type IconState = (typeof iconStates)[number];

/** What menus are made of. */
export interface StatusSummary {
  icon: IconState;
  /** One line: "2 sessions, 1 running". */
  line: string;
  /** Sessions that connect or are connected, newest last. */
  live: Session[];
  /** Executions that have not ended. */
  running: Execution[];
  defaultProfile: Profile | undefined;
}

/**
 * Sums the status up. What is worst wins the icon: failed, needs you, out of reach (drawn like failed), busy, ready, none.
 */
export function summarize(status: Status): StatusSummary {
  const live = status.sessions
    .filter((session) => !isEnded(session))
    .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const running = status.executions.filter((execution) => !isFinal(execution.state));
  const failed = status.sessions.find((session) => session.status === 'error');
  const waiting = needOf(status);
  const connecting = live.filter((session) => session.status === 'connecting').length;
  const base = { live, running, defaultProfile: status.profiles.find((profile) => profile.isDefault) };
  const counts = countsLine(live.length, connecting, running.length);
  if (failed) return { ...base, icon: 'failed', line: `${failed.profileName}: ${failed.reason.text}` };
  if (waiting !== null) return { ...base, icon: 'needs-you', line: waiting };
  const away = live.find(({ status, link }) => status === 'active' && link.state === 'retrying');
  if (away) return { ...base, icon: 'failed', line: `${away.profileName}: reconnecting` };
  if (running.length > 0 || connecting > 0) return { ...base, icon: 'busy', line: counts };
  return { ...base, icon: live.length > 0 ? 'ready' : 'none', line: counts };
}

function needOf(status: Status): string | null {
  const [question] = status.questions;
  if (question !== undefined) {
    return status.questions.length === 1
      ? 'A run waits for your answer'
      : `${status.questions.length} runs wait for your answer`;
  }
  const lockedFor = status.profiles.find((profile) =>
    profile.credentials.some((credential) => credential.state === 'locked'),
  );
  return status.secrets.state === 'locked' && lockedFor !== undefined
    ? `${lockedFor.name}: its key is locked`
    : null;
}

function countsLine(live: number, connecting: number, running: number): string {
  if (live === 0) return 'Not connected';
  const parts = [live === 1 ? '1 session' : `${live} sessions`];
  if (connecting > 0) parts.push(connecting === 1 ? '1 connecting' : `${connecting} connecting`);
  if (running > 0) parts.push(`${running} running`);
  return parts.join(', ');
}
