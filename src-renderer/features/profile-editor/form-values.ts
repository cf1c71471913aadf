/** Settings as a form holds them, and back: numbers are text while a person types, empty fields are left out. */
import type { Field } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';

/** One row of a `pairs` field; `id` is for React only. */
export interface Pair {
  id: number;
  name: string;
  value: string;
}

/** Value of one field in the form. */
export type FormValue = string | boolean | readonly Pair[];
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
    if (typeof value === 'boolean') result[field.key] = value;
    else if (typeof value === 'string') setText(result, field, value);
    else if (value) {
      const named = value.filter(({ name }) => name.trim() !== '');
      result[field.key] = Object.fromEntries(named.map((pair) => [pair.name.trim(), pair.value]));
    }
  }
  return result;
}

function setText(result: JsonObject, field: Field, value: string): void {
  const trimmed = value.trim();
  if (trimmed === '') delete result[field.key];
  // What is no number is sent as it is, so that the driver's schema can say what it wants.
  else if (field.kind === 'number')
    result[field.key] = Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
  else result[field.key] = trimmed;
}

function formValue(field: Field, settings: JsonObject): FormValue {
  const value = settings[field.key];
  if (field.kind === 'toggle') return value === true;
  if (field.kind === 'pairs') {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return entries.map(([name, text], id) => ({ id, name, value: String(text) }));
  }
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
