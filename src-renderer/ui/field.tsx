/** Form fields: label, control, help and error, wired together for assistive technology. Native controls, tokens for looks. */
import { ChevronDown } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId } from 'react';
import { cx } from './cx.ts';
import styles from './field.module.css';

/** What every field has. */
export interface FieldProps {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
}

/** Ids and aria attributes for a control inside a `FieldFrame`. */
export interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** Label above, help and error below. */
export function FieldFrame({
  label,
  help,
  error,
  children,
}: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const described = cx(help !== undefined && `${id}-help`, error && `${id}-error`);
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
      {help !== undefined && (
        <p id={`${id}-help`} className={styles.help}>
          {help}
        </p>
      )}
    </div>
  );
}

/** One line of text. */
export function TextInput({
  label,
  help,
  error,
  suffix,
  mono,
  ...input
}: FieldProps & InputHTMLAttributes<HTMLInputElement> & { suffix?: ReactNode; mono?: boolean }) {
  return (
    <FieldFrame label={label} help={help} error={error}>
      {(control) => (
        <span className={styles.row}>
          <input
            {...input}
            {...control}
            className={cx(styles.input, mono && styles.mono)}
            spellCheck={false}
            autoComplete="off"
          />
          {suffix}
        </span>
      )}
    </FieldFrame>
  );
}

/** Several lines of text that nobody but the element keeps: give it a `name` and read it from its form. */
export function TextArea({
  label,
  help,
  error,
  ...input
}: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <FieldFrame label={label} help={help} error={error}>
      {(control) => (
        <textarea
          {...input}
          {...control}
          className={styles.area}
          rows={4}
          spellCheck={false}
          autoComplete="off"
        />
      )}
    </FieldFrame>
  );
}

/** A choice out of a few. */
export function SelectInput({
  label,
  help,
  error,
  value,
  options,
  onChange,
}: FieldProps & {
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <FieldFrame label={label} help={help} error={error}>
      {(control) => <Select {...control} value={value} options={options} onChange={onChange} />}
    </FieldFrame>
  );
}

/** The bare select, for bars; give it an `aria-label`. */
export function Select({
  value,
  options,
  onChange,
  ...rest
}: {
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  'aria-label'?: string;
} & Partial<ControlProps>) {
  return (
    <span className={styles.select}>
      <select {...rest} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown size={14} aria-hidden />
    </span>
  );
}

/** A yes or no. */
export function Toggle({
  label,
  help,
  warn,
  checked,
  onChange,
}: {
  label: string;
  help?: string | undefined;
  /** The help is a warning. */
  warn?: boolean;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className={styles.toggle}>
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {help !== undefined && (
        <p id={`${id}-help`} className={cx(styles.help, warn && styles.warn)}>
          {help}
        </p>
      )}
    </div>
  );
}

/** A choice out of two to four, all visible. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  hideLabel,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  hideLabel?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className={styles.segments} aria-label={hideLabel ? label : undefined}>
      {!hideLabel && <legend className={styles.label}>{label}</legend>}
      <span className={styles.track}>
        {options.map((option) => (
          <label key={option.value} className={styles.segment}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </span>
    </fieldset>
  );
}
