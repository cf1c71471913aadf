/** The menu of a row, behind a button that is there while the row is hovered or focused; the context menu opens it, too. */
import { Ellipsis } from 'lucide-react';
import { sessionMessages } from '../../messages/session.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import styles from './sidebar.module.css';

/** `name` is what the menu is about; `over`: the button lies over the end of the row. */
export function RowMenu({
  name,
  entries,
  isOpen,
  onOpenChange,
  over = false,
}: {
  name: string;
  entries: readonly MenuEntry[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  over?: boolean;
}) {
  const label = sessionMessages.actionsFor(name);
  return (
    <MenuButton
      label={label}
      entries={entries}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={
        <IconButton
          label={label}
          icon={<Ellipsis size={16} aria-hidden />}
          className={cx(styles.more, over && styles.over)}
        />
      }
    />
  );
}
