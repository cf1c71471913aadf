/**
 * What can be done in a terminal, by the right mouse button or the menu key. Not pasting: pages may not read the clipboard, so that
 * a paste is always the person's own key, or the application menu's.
 */
import { useRef } from 'react';
import { Button } from 'react-aria-components/Button';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { cx } from '../../ui/cx.ts';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import styles from './terminal.module.css';
import type { TerminalKey } from './terminal-keys.ts';
import type { TerminalViews } from './terminal-views.ts';

/** Where it opens, in the window. */
export interface MenuPlace {
  x: number;
  y: number;
}

/** See the head of the file. `onClose` may put the focus back unless what was chosen takes it. */
export function TerminalMenu({
  views,
  terminal,
  place,
  onClose,
}: {
  views: TerminalViews;
  terminal: Terminal;
  place: MenuPlace;
  onClose: () => void;
}) {
  const takesFocus = useRef(false);
  const label = words.menu(words.name(terminal.number));
  return (
    <MenuButton
      label={label}
      entries={entriesOf(views, terminal, () => {
        takesFocus.current = true;
      })}
      isOpen
      onOpenChange={(isOpen) => {
        if (isOpen) return;
        onClose();
        if (!takesFocus.current) views.focusSoon(terminal.id);
      }}
      trigger={
        // Nothing to see: only where the menu opens.
        <Button
          className={cx(styles.anchor)}
          style={{ left: place.x, top: place.y }}
          aria-label={label}
          excludeFromTabOrder
        />
      }
    />
  );
}

function entriesOf(views: TerminalViews, terminal: Terminal, leave: () => void): MenuEntry[] {
  const view = views.get(terminal.id);
  const key = (id: TerminalKey, text: string): MenuEntry => ({
    id,
    label: text,
    onAction: () => {
      if (id === 'find' || id === 'plain-text') leave();
      views.obey(id, terminal, terminal.sessionId);
    },
  });
  return [
    ...(view.terminal.hasSelection() ? [key('copy', words.copy)] : []),
    key('select-all', words.selectAll),
    key('find', words.find),
    key('plain-text', words.plainText),
    { id: 'clear', label: words.clear, onAction: () => view.terminal.clear() },
  ];
}
