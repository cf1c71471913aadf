/** Structural sharing: keeps the old objects wherever a new snapshot says the same, so that `===` means "unchanged". */

/**
 * Returns a value that equals `next` and reuses every part of `previous` that is deeply equal to its counterpart. Works on
 * plain JSON-like data; anything else (dates, typed arrays) is compared by identity.
 */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (isPlain(previous) && isPlain(next)) return shareObject(previous, next) as T;
  return next;
}

function shareArray(previous: unknown[], next: unknown[]): unknown[] {
  let same = previous.length === next.length;
  const result = next.map((value, index) => {
    const shared = share(previous[index], value);
    if (shared !== previous[index]) same = false;
    return shared;
  });
  return same ? previous : result;
}

function shareObject(previous: Record<string, unknown>, next: Record<string, unknown>) {
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const shared = share(previous[key], next[key]);
    if (shared !== previous[key] || !(key in previous)) same = false;
    result[key] = shared;
  }
  return same ? previous : result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
