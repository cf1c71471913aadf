/** When two entries are the same. Times never count: clocks differ, and a touched file is not a changed one. */
import type { Entry } from '../types.ts';

/** `executable: false` where a side has no executable bit. */
export function isSame(
  one: Entry | null | undefined,
  other: Entry | null | undefined,
  options: { executable: boolean } = { executable: true },
): boolean {
  if (!one || !other) return !one && !other;
  if (one.kind !== other.kind || one.hash !== other.hash) return false;
  return one.kind !== 'file' || !options.executable || one.executable === other.executable;
}

/** The same bytes (or the same target); the executable bit may differ. */
export function isSameContent(one: Entry | null | undefined, other: Entry | null | undefined): boolean {
  return isSame(one, other, { executable: false });
}
