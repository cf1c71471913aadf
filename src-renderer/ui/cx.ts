/** Joins class names, leaving out what is not set. CSS module lookups may be undefined to the type checker. */
export function cx(...names: (string | undefined | null | false)[]): string {
  return names.filter(Boolean).join(' ');
}
