/** A button that opens a menu. Items are data, so that features never deal with popovers. */
import type { ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import { cx } from './cx.ts';
import styles from './menu.module.css';

/** One item of a menu. */
export interface MenuEntry {
  id: string;
  label: string;
  /** A second line that says what the item does. */
  help?: string;
  danger?: boolean;
  onAction: () => void;
}

/** `trigger` is the button; `label` names the menu. `isOpen` with `onOpenChange`: opened by something else, too. */
export function MenuButton({
  trigger,
  label,
  entries,
  isOpen,
  onOpenChange,
}: {
  trigger: ReactNode;
  label: string;
  entries: readonly MenuEntry[];
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}) {
  return (
    <MenuTrigger {...(isOpen === undefined ? {} : { isOpen })} {...(onOpenChange ? { onOpenChange } : {})}>
      {trigger}
      <Popover className={cx(styles.popover)} offset={4}>
        <AriaMenu aria-label={label} className={cx(styles.menu)}>
          {entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              onAction={entry.onAction}
              className={cx(styles.item, entry.danger && styles.danger)}
            >
              <Text slot="label" className={cx(styles.label)}>
                {entry.label}
                {entry.help !== undefined && <span className={styles.help}>{entry.help}</span>}
              </Text>
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
