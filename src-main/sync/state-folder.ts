/** The folder in which SpecBoard keeps a root's state where that cannot be elsewhere: never part of a sync, on either side. */

import { isAscii } from './rules/byte-text.ts';

/** Its name. */
export const stateFolder = '.specboard-sync';

// biome-ignore lint/suspicious/noMisleadingCharacterClass: characters that some file systems ignore in names
const ignorable = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]/gu;

/** A name as a file system sees it that does not count some characters (HFS+). */
export function withoutIgnorable(name: string): string {
  return isAscii(name) ? name : name.replace(ignorable, '');
}

/** Whether a name is that folder on any system: whatever its case, and with characters in it that some do not count. */
export function isStateFolder(name: string): boolean {
  if (name.length < stateFolder.length) return false;
  if (isAscii(name)) return name.length === stateFolder.length && name.toLowerCase() === stateFolder;
  return withoutIgnorable(name).normalize('NFKC').toLowerCase() === stateFolder;
}
