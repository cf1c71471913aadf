/** A session in the tray: its state in a glyph and a word, and what can be done with it. Pure. */
import { type Execution, isFinal } from '../../src-shared/domain/execution.ts';
import type { Session } from '../../src-shared/domain/session.ts';
import { type SessionViewKind, sessionView } from '../../src-shared/domain/session-view.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { syncView } from '../../src-shared/domain/sync-view.ts';
import { labelOf, type MenuNode } from './menu-node.ts';
import type { StatusActions } from './status-actions.ts';

/** "● data-lab: Ready", with Open, Cancel #41, Pause and Disconnect. */
export function sessionNode(
  status: Status,
  session: Session,
  name: string,
  pausing: ReadonlySet<string>,
  actions: StatusActions,
): MenuNode {
  const { id } = session;
  const running = runningOf(status, id);
  const { kind, word } = sessionView(session, status, status.at);
  const isActive = session.status === 'active' && !session.disconnecting;
  const sync = syncView(
    status.syncs.filter((root) => root.sessionId === id),
    () => '',
  );
  const needsYou = sync.kind === 'needs-you' || sync.kind === 'failed';
  const canPause = pausing.has(session.driverType) && session.metadata.foreign !== true;
  return {
    id: `session:${id}`,
    label: `${needsYou ? '▲' : (glyphs[kind] ?? '●')} ${labelOf(name)}: ${word}${needsYou ? `, ${sync.word}` : ''}`,
    submenu: [
      { id: `open:${id}`, label: 'Open', click: () => actions.command('show-session', id) },
      ...running.map((execution) => ({
        id: `cancel:${execution.id}`,
        label: `Cancel #${execution.number}`,
        // Asking once is enough here; forcing is a choice that is made in the window.
        enabled: execution.state !== 'cancelling',
        click: () => actions.cancel(execution.id),
      })),
      ...syncNodes(status, id, isActive, actions),
      ...(canPause
        ? [{ id: `pause:${id}`, label: 'Pause', enabled: isActive, click: () => actions.pause(id) }]
        : []),
      {
        id: `disconnect:${id}`,
        label: session.status === 'connecting' ? 'Cancel Connecting' : 'Disconnect',
        enabled: !session.disconnecting,
        click: () => actions.disconnect(id),
      },
    ],
  };
}

/** What syncing the session's pairs offers; nothing where there are none. */
function syncNodes(status: Status, sessionId: string, enabled: boolean, actions: StatusActions): MenuNode[] {
  const roots = status.syncs.filter((root) => root.sessionId === sessionId);
  if (roots.length === 0) return [];
  const ids = roots.map(({ id }) => id);
  const { kind, waiting } = syncView(roots, () => '');
  const hasConflict = roots.some(({ conflicts }) => conflicts > 0);
  const isWatched = roots.every(({ watching }) => watching);
  return [
    ...(kind === 'needs-you' && waiting > 0
      ? [
          {
            id: `decide:${sessionId}`,
            label: hasConflict ? 'Decide Conflicts…' : 'Answer Sync…',
            click: () => actions.command(hasConflict ? 'next-conflict' : 'show-sync', sessionId),
          },
        ]
      : []),
    { id: `sync:${sessionId}`, label: 'Sync Now', enabled, click: () => actions.sync(ids, 'now') },
    {
      id: `watch:${sessionId}`,
      label: isWatched ? 'Stop Watching' : 'Start Watching',
      enabled: enabled || isWatched,
      click: () => actions.sync(ids, isWatched ? 'unwatch' : 'watch'),
    },
  ];
}

/** "Pause Syncing": nothing is watched any more. */
export function pauseSyncNode({ syncs }: Status, actions: StatusActions): MenuNode[] {
  const watched = syncs.filter(({ watching }) => watching).map(({ id }) => id);
  if (watched.length === 0) return [];
  return [{ id: 'pause-sync', label: 'Pause Syncing', click: () => actions.sync(watched, 'unwatch') }];
}

/** "Re-run Last on data-lab": of the session that ran something last and is free now. */
export function rerunNode(
  status: Status,
  live: readonly Session[],
  names: ReadonlyMap<string, string>,
  actions: StatusActions,
): MenuNode[] {
  const free = live.filter((session) => session.status === 'active' && !session.disconnecting);
  const last = status.executions
    .filter(({ sessionId }) => free.some(({ id }) => id === sessionId))
    .reduce<Execution | null>((a, b) => (a && a.startedAt > b.startedAt ? a : b), null);
  if (last === null) return [];
  return [
    {
      id: 'rerun-last',
      label: `Re-run Last on ${labelOf(names.get(last.sessionId) ?? '')}`,
      enabled: isFinal(last.state),
      click: () => actions.rerunLast(last.sessionId),
    },
  ];
}

function runningOf(status: Status, sessionId: string): Execution[] {
  return status.executions
    .filter((execution) => execution.sessionId === sessionId && !isFinal(execution.state))
    .sort((a, b) => a.number - b.number);
}

/** Shapes that menus of all systems have; the words are the window's. */
const glyphs: Partial<Record<SessionViewKind, string>> = {
  starting: '◔',
  busy: '◐',
  'ending-soon': '⌛',
  stopping: '◌',
  stuck: '◌',
  reconnecting: '↻',
  unknown: '?',
  'needs-you': '▲',
};
