/** One line of text with values on offer: anything may be typed, the list only helps. It opens empty while there is nothing yet. */
import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { ComboBox as AriaComboBox } from 'react-aria-components/ComboBox';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import { cx } from './cx.ts';
import fields from './field.module.css';
import menus from './menu.module.css';

/** `empty` is what the open list says where it has nothing to offer; `onOpen` is the time to fetch. */
export function ComboInput({
  label,
  help,
  error,
  value,
  placeholder,
  offered,
  empty,
  showLabel,
  onChange,
  onOpen,
}: {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  value: string;
  placeholder?: string | undefined;
  offered: readonly string[];
  empty: string;
  /** Name of the button that opens the list; the label follows it. */
  showLabel: string;
  onChange: (value: string) => void;
  onOpen: () => void;
}) {
  return (
    <AriaComboBox
      className={cx(fields.field)}
      allowsCustomValue
      allowsEmptyCollection
      inputValue={value}
      isInvalid={error !== undefined}
      onInputChange={onChange}
      onOpenChange={(isOpen) => isOpen && onOpen()}
      onFocus={onOpen}
    >
      <Label className={cx(fields.label)}>{label}</Label>
      <span className={fields.combo}>
        <Input
          className={cx(fields.input)}
          placeholder={placeholder ?? ''}
          spellCheck={false}
          autoComplete="off"
        />
        <Button className={cx(fields.comboButton)} aria-label={showLabel}>
          <ChevronDown size={14} aria-hidden />
        </Button>
      </span>
      {error !== undefined && (
        <Text slot="errorMessage" className={cx(fields.error)}>
          {error}
        </Text>
      )}
      {help !== undefined && (
        <Text slot="description" className={cx(fields.help)}>
          {help}
        </Text>
      )}
      <Popover className={cx(menus.popover, fields.offered)} offset={4}>
        <ListBox
          className={cx(menus.menu)}
          renderEmptyState={() => <p className={fields.noOffer}>{empty}</p>}
        >
          {offered.map((text) => (
            <ListBoxItem key={text} id={text} textValue={text} className={cx(menus.item, fields.offer)}>
              {text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
