/** Menu items as plain data that `Menu.buildFromTemplate` takes, and helpers that tray and application menu share. Pure. */
import type { MenuItemConstructorOptions } from 'electron';
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

/** The items without a line at an end or beside another line: what stood between them may be absent. */
export function withoutEdges(nodes: readonly MenuNode[]): MenuNode[] {
  const kept = nodes.filter(
    (node, index) => node.type !== 'separator' || (index > 0 && nodes[index - 1]?.type !== 'separator'),
  );
  return kept.at(-1)?.type === 'separator' ? kept.slice(0, -1) : kept;
}
