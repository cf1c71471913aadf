/** The generated part of the form: one control for each field of the driver's manifest, grouped, advanced ones folded. */
import type { ReactNode } from 'react';
import type { Field } from '../../../src-shared/domain/driver-manifest.ts';
import { useApp } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button } from '../../ui/button.tsx';
import { SelectInput, TextInput, Toggle } from '../../ui/field.tsx';
import {
  type FormValue,
  type FormValues,
  type ListRow,
  type MountRow,
  type Pair,
  rowsOf,
} from './form-values.ts';
import styles from './profile-editor.module.css';
import { ListRows, MountRows, PairRows } from './row-fields.tsx';
import { SuggestedInput, type SuggestionSource } from './suggested-input.tsx';

interface FieldsProps {
  values: FormValues;
  errors: Readonly<Record<string, string>>;
  source: SuggestionSource;
  onChange: (key: string, value: FormValue) => void;
}

/** All `fields`; `children` come before the advanced ones. */
export function SettingFields({
  fields,
  children,
  ...props
}: FieldsProps & { fields: readonly Field[]; children?: ReactNode }) {
  const plain = fields.filter((field) => !field.advanced);
  const advanced = fields.filter((field) => field.advanced);
  const hasError = advanced.some(({ key }) =>
    Object.keys(props.errors).some((path) => path === key || path.startsWith(`${key}.`)),
  );
  return (
    <>
      <Groups fields={plain} {...props} />
      {children}
      {advanced.length > 0 && (
        <details className={styles.advanced} open={hasError || undefined}>
          <summary>{words.advanced}</summary>
          <div className={styles.fields}>
            <Groups fields={advanced} {...props} />
          </div>
        </details>
      )}
    </>
  );
}

function Groups({ fields, ...props }: FieldsProps & { fields: readonly Field[] }) {
  // Fields without a group come first.
  const named = new Set(fields.flatMap(({ group }) => (group === undefined ? [] : [group])));
  const names = [undefined, ...named];
  return names.map((name) => {
    const members = fields.filter(({ group }) => group === name);
    const controls = members.map((field) => (
      <div key={field.key} className={styles.setting} data-setting={field.key}>
        <SettingField field={field} {...props} />
      </div>
    ));
    if (name === undefined) return controls;
    return (
      <fieldset key={name} className={styles.group}>
        <legend>{name}</legend>
        {controls}
      </fieldset>
    );
  });
}

function SettingField({ field, values, errors, source, onChange }: FieldsProps & { field: Field }) {
  const { actions } = useApp();
  const value = values[field.key];
  const error = errors[field.key];
  const text = typeof value === 'string' ? value : '';
  const set = (next: FormValue) => onChange(field.key, next);
  const rows = { name: field.key, label: field.label, help: field.help, errors };
  const common = { label: field.label, help: field.help, error };
  switch (field.kind) {
    case 'text':
      if (field.suggests) {
        return <SuggestedInput field={field} value={text} error={error} source={source} onChange={set} />;
      }
      return (
        <TextInput
          {...common}
          value={text}
          placeholder={field.placeholder}
          onChange={(event) => set(event.target.value)}
        />
      );
    case 'number':
      return (
        <TextInput
          {...common}
          inputMode="decimal"
          value={text}
          suffix={field.unit}
          onChange={(event) => set(event.target.value)}
        />
      );
    case 'toggle':
      return (
        <Toggle
          label={field.label}
          help={error ?? field.help}
          warn={error !== undefined}
          checked={value === true}
          onChange={set}
        />
      );
    case 'choice':
      return (
        <SelectInput
          {...common}
          help={field.options.find((option) => option.value === text)?.help ?? field.help}
          value={text}
          options={text === '' ? [{ value: '', label: words.choice }, ...field.options] : field.options}
          onChange={set}
        />
      );
    case 'folder':
      return (
        <TextInput
          {...common}
          value={text}
          onChange={(event) => set(event.target.value)}
          suffix={
            <Button
              onPress={async () => {
                const folder = await actions.attempt('shell.chooseFolder', {});
                if (typeof folder === 'string') set(folder);
              }}
            >
              {words.chooseFolder}
            </Button>
          }
        />
      );
    case 'pairs':
      return <PairRows {...rows} rows={rowsOf<Pair>(value)} onChange={set} />;
    case 'list':
      return (
        <ListRows {...rows} placeholder={field.placeholder} rows={rowsOf<ListRow>(value)} onChange={set} />
      );
    case 'mounts':
      return <MountRows {...rows} rows={rowsOf<MountRow>(value)} onChange={set} />;
  }
}
