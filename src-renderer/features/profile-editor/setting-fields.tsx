/** The generated part of the form: one control for each field of the driver's manifest, grouped, advanced ones folded. */
import { Plus, X } from 'lucide-react';
import type { Field } from '../../../src-shared/domain/driver-manifest.ts';
import { useApp } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { SelectInput, TextInput, Toggle } from '../../ui/field.tsx';
import type { FormValue, FormValues, Pair } from './form-values.ts';
import styles from './profile-editor.module.css';

interface FieldsProps {
  values: FormValues;
  errors: Readonly<Record<string, string>>;
  onChange: (key: string, value: FormValue) => void;
}

/** All `fields`. */
export function SettingFields({ fields, ...props }: FieldsProps & { fields: readonly Field[] }) {
  const plain = fields.filter((field) => !field.advanced);
  const advanced = fields.filter((field) => field.advanced);
  const hasError = advanced.some((field) => props.errors[field.key] !== undefined);
  return (
    <>
      <Groups fields={plain} {...props} />
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
    const controls = members.map((field) => <SettingField key={field.key} field={field} {...props} />);
    if (name === undefined) return controls;
    return (
      <fieldset key={name} className={styles.group}>
        <legend>{name}</legend>
        {controls}
      </fieldset>
    );
  });
}

function SettingField({ field, values, errors, onChange }: FieldsProps & { field: Field }) {
  const { actions } = useApp();
  const value = values[field.key];
  const error = errors[field.key];
  const text = typeof value === 'string' ? value : '';
  const set = (next: FormValue) => onChange(field.key, next);
  const common = { label: field.label, help: field.help, error };
  switch (field.kind) {
    case 'text':
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
        <Toggle label={field.label} help={error ?? field.help} checked={value === true} onChange={set} />
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
      return (
        <Pairs
          label={field.label}
          help={error ?? field.help}
          pairs={typeof value === 'object' ? value : []}
          onChange={set}
        />
      );
  }
}

function Pairs({
  label,
  help,
  pairs,
  onChange,
}: {
  label: string;
  help: string | undefined;
  pairs: readonly Pair[];
  onChange: (pairs: readonly Pair[]) => void;
}) {
  const change = (id: number, patch: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.id === id ? { ...pair, ...patch } : pair)));
  return (
    <fieldset className={styles.pairs}>
      <legend>{label}</legend>
      {help !== undefined && <p className={styles.help}>{help}</p>}
      {pairs.map((pair) => (
        <div key={pair.id} className={styles.pair}>
          <input
            aria-label={words.pairName}
            value={pair.name}
            spellCheck={false}
            onChange={(event) => change(pair.id, { name: event.target.value })}
          />
          <input
            aria-label={words.pairValue}
            value={pair.value}
            spellCheck={false}
            onChange={(event) => change(pair.id, { value: event.target.value })}
          />
          <IconButton
            label={pair.name ? words.removePair(pair.name) : words.removeEmptyPair}
            icon={<X size={14} aria-hidden />}
            onPress={() => onChange(pairs.filter(({ id }) => id !== pair.id))}
          />
        </div>
      ))}
      <Button
        look="quiet"
        icon={<Plus size={14} aria-hidden />}
        onPress={() =>
          onChange([...pairs, { id: Math.max(-1, ...pairs.map(({ id }) => id)) + 1, name: '', value: '' }])
        }
      >
        {words.addPair}
      </Button>
    </fieldset>
  );
}
