/** Fields with rows: name-value pairs, lists of short texts, and folders of this computer that the sandbox sees. */
import { FolderOpen, Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextInput, Toggle } from '../../ui/field.tsx';
import { type ListRow, type MountRow, nextId, type Pair, type Row, rowError } from './form-values.ts';
import styles from './profile-editor.module.css';

interface RowsProps<T extends Row> {
  /** Key in the settings; messages about rows start with it. */
  name: string;
  label: string;
  help?: string | undefined;
  errors: Readonly<Record<string, string>>;
  rows: readonly T[];
  onChange: (rows: readonly T[]) => void;
}

/** Name and value. */
export function PairRows(props: RowsProps<Pair>) {
  const { rows, onChange, errors, name: field } = props;
  return (
    <Rows
      {...props}
      addLabel={words.addPair}
      onAdd={() => onChange([...rows, { id: nextId(rows), name: '', value: '' }])}
    >
      {rows.map((row) => {
        const error = errors[`${field}.${row.name.trim()}`];
        return (
          <div key={row.id}>
            <div className={styles.pair}>
              <input
                aria-label={words.pairName}
                aria-invalid={error !== undefined || undefined}
                value={row.name}
                spellCheck={false}
                onChange={(event) => onChange(changed(rows, row, { name: event.target.value }))}
              />
              <input
                aria-label={words.pairValue}
                value={row.value}
                spellCheck={false}
                onChange={(event) => onChange(changed(rows, row, { value: event.target.value }))}
              />
              <Remove name={row.name} onPress={() => onChange(without(rows, row))} />
            </div>
            {error !== undefined && <p className={styles.rowError}>{error}</p>}
          </div>
        );
      })}
    </Rows>
  );
}

/** Short texts, one a row. */
export function ListRows({
  placeholder,
  ...props
}: RowsProps<ListRow> & { placeholder?: string | undefined }) {
  const { rows, onChange, errors, name, label } = props;
  return (
    <Rows
      {...props}
      addLabel={words.addPair}
      onAdd={() => onChange([...rows, { id: nextId(rows), text: '' }])}
    >
      {rows.map((row, index) => {
        const error = rowError(errors, name, rows, row);
        return (
          <div key={row.id}>
            <div className={styles.listRow}>
              <input
                aria-label={words.listItem(label, index + 1)}
                aria-invalid={error !== undefined || undefined}
                value={row.text}
                placeholder={placeholder}
                spellCheck={false}
                onChange={(event) => onChange(changed(rows, row, { text: event.target.value }))}
              />
              <Remove name={row.text} onPress={() => onChange(without(rows, row))} />
            </div>
            {error !== undefined && <p className={styles.rowError}>{error}</p>}
          </div>
        );
      })}
    </Rows>
  );
}

/** Folders of this computer: chosen with the system's dialog, never typed. */
export function MountRows(props: RowsProps<MountRow>) {
  const { rows, onChange, errors, name } = props;
  const { actions } = useApp();
  const choose = async (): Promise<string | null> => {
    const folder = await actions.attempt('shell.chooseFolder', {});
    return typeof folder === 'string' ? folder : null;
  };
  const add = async () => {
    const source = await choose();
    if (source === null) return;
    onChange([...rows, { id: nextId(rows), source, target: proposedTarget(source, rows), writable: false }]);
  };
  return (
    <Rows
      {...props}
      addLabel={words.addFolder}
      onAdd={() => void add()}
      icon={<FolderOpen size={14} aria-hidden />}
    >
      {rows.map((row) => (
        <fieldset key={row.id} className={styles.mount} aria-label={row.source}>
          <div className={styles.mountSource}>
            <code>{row.source}</code>
            <Button
              aria-label={words.changeFolder(row.source)}
              onPress={async () => {
                const source = await choose();
                if (source !== null) onChange(changed(rows, row, { source }));
              }}
            >
              {words.chooseFolder}
            </Button>
            <Remove name={row.source} onPress={() => onChange(without(rows, row))} />
          </div>
          <TextInput
            label={words.mountTarget}
            mono
            value={row.target}
            error={rowError(errors, name, rows, row)}
            placeholder="/data"
            onChange={(event) => onChange(changed(rows, row, { target: event.target.value }))}
          />
          <Toggle
            label={words.mountWritable}
            help={row.writable ? words.mountWritableHelp : words.mountReadOnlyHelp}
            warn={row.writable}
            checked={row.writable}
            onChange={(writable) => onChange(changed(rows, row, { writable }))}
          />
        </fieldset>
      ))}
    </Rows>
  );
}

function Rows({
  name,
  label,
  help,
  errors,
  addLabel,
  icon = <Plus size={14} aria-hidden />,
  onAdd,
  children,
}: Omit<RowsProps<Row>, 'rows' | 'onChange'> & {
  addLabel: string;
  icon?: ReactNode;
  onAdd: () => void;
  children: ReactNode;
}) {
  const error = errors[name];
  return (
    <fieldset className={styles.pairs}>
      <legend>{label}</legend>
      {help !== undefined && <p className={styles.help}>{help}</p>}
      {error !== undefined && <p className={styles.rowError}>{error}</p>}
      {children}
      <Button look="quiet" icon={icon} onPress={onAdd}>
        {addLabel}
      </Button>
    </fieldset>
  );
}

function Remove({ name, onPress }: { name: string; onPress: () => void }) {
  return (
    <IconButton
      label={name ? words.removePair(name) : words.removeEmptyPair}
      icon={<X size={14} aria-hidden />}
      onPress={onPress}
    />
  );
}

function changed<T extends Row>(rows: readonly T[], row: T, patch: Partial<T>): readonly T[] {
  return rows.map((one) => (one.id === row.id ? { ...one, ...patch } : one));
}

function without<T extends Row>(rows: readonly T[], row: T): readonly T[] {
  return rows.filter(({ id }) => id !== row.id);
}

/** `/home/ada/sales data` -> `/mnt/sales-data`; numbered where that is taken. */
function proposedTarget(source: string, rows: readonly MountRow[]): string {
  const last = source.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  const base = `/mnt/${last.replace(/[^A-Za-z0-9._-]+/g, '-') || 'folder'}`;
  const taken = new Set(rows.map(({ target }) => target));
  let proposal = base;
  for (let n = 2; taken.has(proposal); n += 1) proposal = `${base}-${n}`;
  return proposal;
}
