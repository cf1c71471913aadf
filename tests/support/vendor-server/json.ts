// Reads fields of a JSON body that a client sent: nothing about its shape is taken for granted.

/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one when it is none. */
export function record(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The value as a string, or undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value as a finite number (proto3 JSON may send a string), or undefined. */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The string fields of an object. */
export function strings(value: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, item] of Object.entries(record(value))) {
    if (typeof item === 'string') found[key] = item;
  }
  return found;
}

/** The strings of an array. */
export function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Parse a body; an empty one is an empty object. Throws SyntaxError. */
export function parseObject(body: Buffer): JsonRecord {
  return body.length === 0 ? {} : record(JSON.parse(body.toString('utf8')));
}
