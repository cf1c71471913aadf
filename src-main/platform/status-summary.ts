/** The status in one icon and a few words, for tray, menu and dock. Pure. */
import { type Execution, isFinal } from '../../src-shared/domain/execution.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import {
  type Aggregate,
  aggregateOf,
  type SessionViewKind,
  sessionView,
} from '../../src-shared/domain/session-view.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { syncKind, syncView } from '../../src-shared/domain/sync-view.ts';

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

/** What the one view of all sessions looks like here; a session out of reach is drawn like a failed one. */
const icons: Record<Aggregate, IconState> = {
  none: 'none',
  ready: 'ready',
  busy: 'busy',
  reconnecting: 'failed',
  'needs-you': 'needs-you',
  failed: 'failed',
};

/** Sums the status up. What is worst wins the icon (domain/session-view.ts), and is what the line says. */
export function summarize(status: Status): StatusSummary {
  const live = status.sessions
    .filter((session) => !isEnded(session))
    .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const running = status.executions.filter((execution) => !isFinal(execution.state));
  const aggregate = aggregateOf(status, status.at);
  return {
    icon: icons[aggregate],
    line: lineOf(status, aggregate) ?? countsLine(live, running.length),
    live,
    running,
    defaultProfile: status.profiles.find((profile) => profile.isDefault),
  };
}

function lineOf(status: Status, aggregate: Aggregate): string | null {
  const find = (...kinds: SessionViewKind[]) =>
    status.sessions
      .map((session) => ({ name: session.profileName, view: sessionView(session, status, status.at) }))
      .find(({ view }) => kinds.includes(view.kind));
  if (aggregate === 'failed') {
    const failed = find('failed');
    return failed ? `${failed.name}: ${failed.view.reason}` : null;
  }
  if (aggregate === 'needs-you') {
    const waiting = find('stuck', 'unknown', 'needs-you');
    return needOf(status) ?? (waiting ? `${waiting.name}: ${waiting.view.word}` : null);
  }
  const away = aggregate === 'reconnecting' ? find('reconnecting') : undefined;
  return away ? `${away.name}: ${away.view.word}` : null;
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
  if (lockedFor !== undefined) return `${lockedFor.name}: its key is locked`;
  const roots = status.syncs.filter((root) => ['needs-you', 'failed'].includes(syncKind(root)));
  const [first] = roots;
  return first === undefined ? null : `${first.profileName}: ${syncView(roots, () => '').word}`;
}

function countsLine(live: readonly Session[], running: number): string {
  const connecting = live.filter((session) => session.status === 'connecting').length;
  if (live.length === 0) return 'Not connected';
  const parts = [live.length === 1 ? '1 session' : `${live.length} sessions`];
  if (connecting > 0) parts.push(connecting === 1 ? '1 connecting' : `${connecting} connecting`);
  if (running > 0) parts.push(`${running} running`);
  return parts.join(', ');
}
