/** StatusActions that write down what was asked, and helpers to walk a menu. */
import type { MenuNode } from '../../../../src-main/platform/menu-node.ts';
import type { StatusActions } from '../../../../src-main/platform/status-actions.ts';

/** Each call as `name argument argument`. */
export function recordedActions(): { actions: StatusActions; asked: string[] } {
  const asked: string[] = [];
  const note =
    (name: string) =>
    (...args: (string | readonly string[] | undefined)[]): void => {
      asked.push([name, ...args.filter((arg) => arg !== undefined)].join(' '));
    };
  return {
    asked,
    actions: {
      connect: note('connect'),
      disconnect: note('disconnect'),
      pause: note('pause'),
      cancel: note('cancel'),
      rerunLast: note('rerunLast'),
      sync: note('sync'),
      setDefault: note('setDefault'),
      openWindow: note('openWindow'),
      command: note('command'),
      openLogs: note('openLogs'),
      quit: note('quit'),
    },
  };
}

/** All items of a menu and its submenus. */
export function allNodes(nodes: readonly MenuNode[]): MenuNode[] {
  return nodes.flatMap((node) => [node, ...allNodes(node.submenu ?? [])]);
}

/** The item with that id; throws where there is none. */
export function nodeById(nodes: readonly MenuNode[], id: string): MenuNode {
  const found = allNodes(nodes).find((node) => node.id === id);
  if (found === undefined) throw new Error(`no menu item ${id}`);
  return found;
}

/** The systems with their own terms. */
export const platforms = ['darwin', 'win32', 'linux'] as const;
