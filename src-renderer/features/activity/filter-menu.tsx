/** One filter: a button that says what is chosen, and a menu with all there is to choose. */
import { ChevronDown } from 'lucide-react';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import { activityMessages as words } from '../../messages/activity.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import menus from '../../ui/menu.module.css';
import styles from './activity.module.css';

/** `multiple`: any number, none means all. Else one of them, and `rest` is the one that means all. */
export function FilterMenu<T extends string>({
  name,
  options,
  chosen,
  rest,
  onChange,
}: {
  name: string;
  options: readonly { value: T; label: string }[];
  chosen: readonly T[];
  rest?: T;
  onChange: (chosen: T[]) => void;
}) {
  const isSingle = rest !== undefined;
  const active = options.filter(({ value }) => chosen.includes(value) && value !== rest);
  const [first] = active;
  const label =
    first === undefined
      ? name
      : active.length === 1
        ? words.filterOne(name, first.label)
        : words.filterMany(name, active.length);
  return (
    <MenuTrigger>
      <Button className={cx(styles.chip, active.length > 0 && styles.chipOn)}>
        {label}
        <ChevronDown size={14} aria-hidden className={styles.chevron} />
      </Button>
      <Popover className={cx(menus.popover)} offset={4}>
        <Menu
          aria-label={name}
          className={cx(menus.menu, styles.choices)}
          selectionMode={isSingle ? 'single' : 'multiple'}
          disallowEmptySelection={isSingle}
          selectedKeys={new Set(chosen)}
          onSelectionChange={(keys) => {
            const next = keys === 'all' ? options.map(({ value }) => value) : ([...keys] as T[]);
            onChange(next);
          }}
        >
          {options.map(({ value, label: text }) => (
            <MenuItem key={value} id={value} textValue={text} className={cx(menus.item, styles.choice)}>
              <Text slot="label" className={cx(menus.label, styles.choiceLabel)}>
                <bdi>{text}</bdi>
              </Text>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
