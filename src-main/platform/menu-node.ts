/** Menu items as plain data that `Menu.buildFromTemplate` takes, and helpers that tray and application menu share. Pure. */
import type { MenuItemConstructorOptions } from 'electron';
import type { Execution } from '../../src-shared/domain/execution.ts';
import type { Session } from '../../src-shared/domain/session.ts';

/** A menu item. `click` takes nothing, so that a test can call it. */
export interface MenuNode {
  id?: string;
  label?: string;
  type?: 'normal' | 'separator' | 'submenu' | 'checkbox' | 'radio';
  role?: NonNullable<MenuItemConstructorOptions['role']>;
  accelerator?: string;
  checked?: boolean;
  enabled?: boolean;
  submenu?: MenuNode[];
  click?: () => void;
}

/** A line between items. */
export const separator: MenuNode = { type: 'separator' };

/**
 * Text that a person or a sandbox chose, as a menu label: no invisible characters, not too long, and `&` doubled, because
 * menus take a single one for "underline the next letter".
 */
export function labelOf(text: string, maxLength = 60): string {
  const visible = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
  const characters = [...visible];
  const short = characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : visible;
  return short.replaceAll('&', '&&');
}

/** Names for sessions that a person can tell apart: a profile's second session is "data-lab (2)". */
export function sessionNames(sessions: readonly Session[]): Map<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    sessions.map((session) => {
      const count = (seen.get(session.profileName) ?? 0) + 1;
      seen.set(session.profileName, count);
      return [session.id, count === 1 ? session.profileName : `${session.profileName} (${count})`];
    }),
  );
}

/** "Disconnect": one item for one session, a submenu for several, disabled for none. */
export function disconnectNode(sessions: readonly Session[], disconnect: (id: string) => void): MenuNode {
  const names = sessionNames(sessions);
  const item = (session: Session, label: string): MenuNode => ({
    id: `disconnect:${session.id}`,
    label,
    enabled: !session.disconnecting,
    click: () => disconnect(session.id),
  });
  const name = (session: Session): string => labelOf(names.get(session.id) ?? session.profileName);
  const [only] = sessions;
  if (only === undefined) return { id: 'disconnect', label: 'Disconnect', enabled: false };
  if (sessions.length === 1) {
    return { ...item(only, `Disconnect ${name(only)}`), id: 'disconnect' };
  }
  return {
    id: 'disconnect',
    label: 'Disconnect',
    submenu: sessions.map((session) => item(session, name(session))),
  };
}

/** "Cancel": one item for one execution, a submenu for several, disabled for none. */
export function cancelNode(
  executions: readonly Execution[],
  sessions: readonly Session[],
  cancel: (id: string) => void,
): MenuNode {
  const names = sessionNames(sessions);
  const name = (execution: Execution): string =>
    `#${execution.number} ${labelOf(names.get(execution.sessionId) ?? '')}`.trim();
  const item = (execution: Execution, label: string): MenuNode => ({
    id: `cancel:${execution.id}`,
    label,
    // Asking once is enough here; forcing is a choice that is made in the window.
    enabled: execution.state !== 'cancelling',
    click: () => cancel(execution.id),
  });
  const [only] = executions;
  if (only === undefined) return { id: 'cancel', label: 'Cancel Run', enabled: false };
  if (executions.length === 1) return { ...item(only, `Cancel Run ${name(only)}`), id: 'cancel' };
  return { id: 'cancel', label: 'Cancel Run', submenu: executions.map((each) => item(each, name(each))) };
}
