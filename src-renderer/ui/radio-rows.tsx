/** A choice out of a few, one below the other, each with a sentence that explains it. */
import { type ReactNode, useId } from 'react';
import { cx } from './cx.ts';
import styles from './field.module.css';

/** One choice. */
export interface RadioOption<T extends string> {
  value: T;
  label: ReactNode;
  help?: string | undefined;
}

/** `value` null: nothing is chosen yet. `inline`: beside each other where there is room. */
export function RadioRows<T extends string>({
  label,
  value,
  options,
  onChange,
  inline,
}: {
  label: string;
  value: T | null;
  options: readonly RadioOption<T>[];
  onChange: (value: T) => void;
  inline?: boolean;
}) {
  const id = useId();
  return (
    <fieldset className={cx(styles.radios, inline && styles.radiosInline)}>
      <legend className={styles.label}>{label}</legend>
      {options.map((option) => (
        <div key={option.value} className={styles.toggle}>
          <input
            id={`${id}-${option.value}`}
            type="radio"
            name={id}
            value={option.value}
            checked={option.value === value}
            aria-describedby={option.help === undefined ? undefined : `${id}-${option.value}-help`}
            onChange={() => onChange(option.value)}
          />
          <label htmlFor={`${id}-${option.value}`}>{option.label}</label>
          {option.help !== undefined && (
            <p id={`${id}-${option.value}-help`} className={styles.help}>
              {option.help}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}
