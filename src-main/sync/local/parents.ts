/** The folders above a path: each a real one, spelled exactly so. Nothing is ever written through a link. */
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { codeOf } from './file-errors.ts';
import type { LocalPlace } from './place.ts';

/** False where one of them is a link, a file, spelled otherwise, or (without `make`) not there. */
export function realParents(place: LocalPlace, path: string, make: boolean): boolean {
  let folder = place.root;
  for (const name of path.split('/').slice(0, -1)) {
    const next = `${folder}/${name}`;
    let stat = lstatSync(next, { throwIfNoEntry: false });
    if (stat === undefined && make) {
      try {
        mkdirSync(next);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      stat = lstatSync(next, { throwIfNoEntry: false });
    }
    if (!stat?.isDirectory() || !isSpelledSo(place, folder, name)) return false;
    folder = next;
  }
  return true;
}

/** True where a name that is there is exactly this one: `lstat` also finds `readme` for `README` on many systems. */
export function isSpelledSo(place: LocalPlace, folder: string, name: string): boolean {
  const { caseSensitive, unicodeSensitive } = place.facts;
  return (caseSensitive && unicodeSensitive) || readdirSync(folder).includes(name);
}
