/** A number with steps: typed, or changed with the arrow keys and two buttons. Saved with each step that is within its bounds. */
import { Minus, Plus } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { settingsMessages as words } from '../../messages/settings.ts';
import styles from './settings.module.css';

/** See the head of the file. A native field: the arrow keys and what readers say of it come with it. */
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
  const id = useId();
  /** What is typed may be out of bounds for a moment: "1" on the way to "14". */
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const take = (next: number) => {
    if (Number.isInteger(next) && next >= min && next <= max && next !== value) onChange(next);
  };
  const by = (change: number) => take(Math.min(max, Math.max(min, value + change)));
  return (
    <div className={styles.number}>
      <label htmlFor={id} className={styles.numberLabel}>
        {label}
      </label>
      <span className={styles.numberRow}>
        <span className={styles.stepper}>
          <StepButton label={words.less(label)} isDisabled={value <= min} onPress={() => by(-step)}>
            <Minus size={14} aria-hidden />
          </StepButton>
          <input
            id={id}
            type="number"
            className={styles.numberInput}
            min={min}
            max={max}
            step={step}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              take(event.target.valueAsNumber);
            }}
            onBlur={() => setText(String(value))}
          />
          <StepButton label={words.more(label)} isDisabled={value >= max} onPress={() => by(step)}>
            <Plus size={14} aria-hidden />
          </StepButton>
        </span>
        {unit !== undefined && <span className={styles.muted}>{unit}</span>}
      </span>
    </div>
  );
}

/** For the mouse only: the field's own arrow keys do the same. */
function StepButton({
  label,
  isDisabled,
  onPress,
  children,
}: {
  label: string;
  isDisabled: boolean;
  onPress: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      className={styles.step}
      tabIndex={-1}
      aria-label={label}
      disabled={isDisabled}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
