/** A number with steps: typed, or changed with the arrow keys and two buttons. Saved with each step, and when it is left. */
import { Minus, Plus } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Group } from 'react-aria-components/Group';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { NumberField } from 'react-aria-components/NumberField';
import { cx } from '../../ui/cx.ts';
import styles from './settings.module.css';

/** See the head of the file. */
export function NumberSetting({
  label,
  value,
  min,
  max,
  step = 1,
  unit,
  onChange,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  unit?: string;
  onChange: (value: number) => void;
}) {
  return (
    <NumberField
      className={cx(styles.number)}
      value={value}
      minValue={min}
      maxValue={max}
      step={step}
      onChange={(next) => {
        if (Number.isFinite(next)) onChange(next);
      }}
    >
      <Label className={cx(styles.numberLabel)}>{label}</Label>
      <span className={styles.numberRow}>
        <Group className={cx(styles.stepper)}>
          <Button slot="decrement" className={cx(styles.step)}>
            <Minus size={14} aria-hidden />
          </Button>
          <Input className={cx(styles.numberInput)} />
          <Button slot="increment" className={cx(styles.step)}>
            <Plus size={14} aria-hidden />
          </Button>
        </Group>
        {unit !== undefined && <span className={styles.muted}>{unit}</span>}
      </span>
    </NumberField>
  );
}
