/** Words of a POSIX shell. */

/** One word that means exactly this text. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_\-./=:@%+]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
