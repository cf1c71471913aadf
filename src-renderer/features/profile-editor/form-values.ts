/** Settings as a form holds them, and back: numbers are text while a person types, empty fields are left out. */
import type { Field, Mount } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';

/** One row of a `pairs` field; `id` is for React only. */
export interface Pair {
  id: number;
  name: string;
  value: string;
}

/** One row of a `list` field. */
export interface ListRow {
  id: number;
  text: string;
}

/** One row of a `mounts` field. */
export interface MountRow extends Mount {
  id: number;
}

/** A row of any field that has rows. */
export type Row = Pair | ListRow | MountRow;

/** Value of one field in the form. */
export type FormValue = string | boolean | readonly Row[];
/** The values by key. */
export type FormValues = Readonly<Record<string, FormValue>>;

/** The form's values for `settings`, field by field. */
export function toForm(fields: readonly Field[], settings: JsonObject): FormValues {
  return Object.fromEntries(fields.map((field) => [field.key, formValue(field, settings)]));
}

/** The settings for the form's values: what the form does not know is kept. The driver's own schema checks the rest. */
export function toSettings(fields: readonly Field[], values: FormValues, settings: JsonObject): JsonObject {
  const result: JsonObject = { ...settings };
  for (const field of fields) {
    const value = values[field.key];
    if (value === undefined) continue;
    if (typeof value === 'boolean') result[field.key] = value;
    else if (typeof value === 'string') setText(result, field, value);
    else setRows(result, field, value);
  }
  return result;
}

/** The rows of a value; none where it is of another kind. */
export function rowsOf<T extends Row>(value: FormValue | undefined): readonly T[] {
  return typeof value === 'object' ? (value as readonly T[]) : [];
}

/** An id that no row has. */
export function nextId(rows: readonly Row[]): number {
  return Math.max(-1, ...rows.map(({ id }) => id)) + 1;
}

/** Rows as they are sent, which is what messages about the n-th row count: rows that nobody filled in are left out. */
export function filledRows<T extends Row>(rows: readonly T[]): readonly T[] {
  return rows.filter((row) => {
    if ('text' in row) return row.text.trim() !== '';
    return 'source' in row ? row.source !== '' || row.target.trim() !== '' : row.name.trim() !== '';
  });
}

/** The message about a row or a part of it: `mounts.1.target`. */
export function rowError(
  errors: Readonly<Record<string, string>>,
  key: string,
  rows: readonly Row[],
  row: Row,
): string | undefined {
  const at = `${key}.${filledRows(rows).indexOf(row)}`;
  return Object.entries(errors).find(([path]) => path === at || path.startsWith(`${at}.`))?.[1];
}

function setText(result: JsonObject, field: Field, value: string): void {
  const trimmed = value.trim();
  if (trimmed === '') delete result[field.key];
  // What is no number is sent as it is, so that the driver's schema can say what it wants.
  else if (field.kind === 'number')
    result[field.key] = Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
  else result[field.key] = trimmed;
}

function setRows(result: JsonObject, field: Field, value: readonly Row[]): void {
  const rows = filledRows(value);
  if (field.kind === 'pairs') {
    result[field.key] = Object.fromEntries(
      rows.flatMap((row) => ('name' in row ? [[row.name.trim(), row.value]] : [])),
    );
  } else if (field.kind === 'list') {
    result[field.key] = rows.flatMap((row) => ('text' in row ? [row.text.trim()] : []));
  } else if (field.kind === 'mounts') {
    result[field.key] = rows.flatMap((row) =>
      'source' in row ? [{ source: row.source, target: row.target.trim(), writable: row.writable }] : [],
    );
  }
}

function formValue(field: Field, settings: JsonObject): FormValue {
  const value = settings[field.key];
  switch (field.kind) {
    case 'toggle':
      return value === true;
    case 'pairs': {
      const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
      return entries.map(([name, text], id) => ({ id, name, value: String(text) }));
    }
    case 'list':
      return listOf(value).map((text, id) => ({ id, text: String(text) }));
    case 'mounts':
      return listOf(value).map((item, id) => {
        const { source, target, writable } = (item ?? {}) as Partial<Mount>;
        return { id, source: source ?? '', target: target ?? '', writable: writable === true };
      });
    default:
      if (value === undefined || value === null) return '';
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
