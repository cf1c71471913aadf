/**
 * Turns anything that is logged into plain JSON without secrets: by the name of its key, by the values of the secrets that
 * are in memory now, and by the look of well-known tokens. What cannot be shown safely is left out, never guessed.
 */
import type { Json } from '../../src-shared/domain/json.ts';

/** What a secret is replaced with. */
export const redacted = '[redacted]';

/** Finds secrets by value; `LiveSecrets` is one. */
export interface TextRedactor {
  redact(text: string): string;
}

/** Limits that keep one log line small. */
const limits = { depth: 8, entries: 100, textLength: 8_192 };

/** Keys whose value is never logged, whatever it is; compared without case, dashes and underscores. */
const secretKey =
  /(apikey|accesskey|privatekey|secret|token|passw(or)?d|passphrase|authorization|cookie|credential|bearer)/;
/** Counts and times of such things are no secrets. By whole words: "storedAt", not "format". */
const harmlessKey = /(?:^|[a-z_-])(?:Count|Length|Bytes|At|Ms|_(?:count|length|bytes|at|ms))$/;

/** Tokens that are recognised even where nobody told us about them. */
const tokens: readonly RegExp[] = [
  /\b(?:e2b|sk|dtn|ghp|gho|github_pat|glpat|xox[abps])[_-][A-Za-z0-9_-]{16,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=:\/\/)[^\s/@:]*:[^\s/@]+(?=@)/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** `text` without secrets; then cut to a length that a log line can carry. */
export function redactText(text: string, secrets: TextRedactor): string {
  let result = secrets.redact(text);
  for (const token of tokens) result = result.replace(token, redacted);
  if (result.length <= limits.textLength) return result;
  // Only after the secrets are gone: half a secret would not be recognised any more.
  return `${result.slice(0, limits.textLength)}... (${result.length} characters)`;
}

/** Any value as JSON without secrets. Never throws, follows no cycle, calls no `toJSON` and no getter that throws twice. */
export function redact(value: unknown, secrets: TextRedactor): Json {
  return walk(value, secrets, 0, new Set());
}

function walk(value: unknown, secrets: TextRedactor, depth: number, above: Set<object>): Json {
  switch (typeof value) {
    case 'string':
      return redactText(value, secrets);
    case 'number':
    case 'boolean':
      return primitive(value, secrets);
    case 'bigint':
      return redactText(String(value), secrets);
    case 'object':
      return value === null ? null : object(value, secrets, depth, above);
    case 'undefined':
      return null;
    default:
      return `[${typeof value}]`;
  }
}

/** A secret of digits may come as a number. */
function primitive(value: number | boolean, secrets: TextRedactor): Json {
  const text = String(value);
  if (secrets.redact(text) !== text) return redacted;
  return typeof value === 'number' && !Number.isFinite(value) ? text : value;
}

function object(value: object, secrets: TextRedactor, depth: number, above: Set<object>): Json {
  if (above.has(value)) return '[circular]';
  if (depth >= limits.depth) return '[deeper]';
  above.add(value);
  try {
    return describe(value, secrets, depth + 1, above);
  } catch {
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function describe(value: object, secrets: TextRedactor, depth: number, above: Set<object>): Json {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof URL || value instanceof RegExp) return redactText(String(value), secrets);
  if (Array.isArray(value)) return list(value, secrets, depth, above);
  if (value instanceof Set) return list([...value], secrets, depth, above);
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, item]) => [typeof key === 'string' ? key : String(key), item] as const,
    );
    return record(entries, secrets, depth, above);
  }
  if (value instanceof Error) return record(errorEntries(value), secrets, depth, above);
  return record(Object.entries(value), secrets, depth, above);
}

function errorEntries(error: Error): [string, unknown][] {
  const own = Object.entries(error).filter(([key]) => key !== 'cause');
  const cause: [string, unknown][] = error.cause === undefined ? [] : [['cause', error.cause]];
  return [['name', error.name], ['message', error.message], ['stack', error.stack], ...own, ...cause];
}

function list(items: unknown[], secrets: TextRedactor, depth: number, above: Set<object>): Json {
  const shown = items.slice(0, limits.entries).map((item) => walk(item, secrets, depth, above));
  if (items.length > limits.entries) shown.push(`... (${items.length} items)`);
  return shown;
}

function record(
  entries: readonly (readonly [string, unknown])[],
  secrets: TextRedactor,
  depth: number,
  above: Set<object>,
): Json {
  // Keys come from anywhere: without a prototype, "__proto__" is a key like any other.
  const result: { [key: string]: Json } = Object.create(null);
  for (const [key, value] of entries.slice(0, limits.entries)) {
    if (value === undefined) continue;
    result[redactText(key, secrets)] = isSecretKey(key) ? redacted : walk(value, secrets, depth, above);
  }
  if (entries.length > limits.entries) result['...'] = `${entries.length} entries`;
  return result;
}

/** True where the name alone says that the value is a secret: "apiKey", "E2B_API_KEY", "x-api-key", "Authorization". */
export function isSecretKey(key: string): boolean {
  const plain = key.replace(/[-_\s]/g, '').toLowerCase();
  return secretKey.test(plain) && !harmlessKey.test(key);
}
