/** A conflict as people see it: what can be chosen, and what the second copy of "keep both" is called. */
import type { SyncConflict } from '../../../src-shared/domain/sync.ts';
import type { StoredConflict } from '../../db/repositories/sync-conflicts.ts';
import { choicesOf } from '../../sync/reconcile/resolution.ts';

/** Bytes that a name may have on the systems there are, less what some add. */
const maxNameBytes = 240;

/** See the file's first line. `isTaken`: a path that is there already. */
export function conflictView(stored: StoredConflict, isTaken: (path: string) => boolean): SyncConflict {
  const { kind, local, remote, path, foundAt } = stored;
  return {
    ...stored,
    choices: choicesOf(kind, local, remote),
    bothName: bothName(path, foundAt, isTaken),
  };
}

/** "notes (sandbox 2026-11-29 14-05).md": sorts beside the original, and can exist on every system. */
export function bothName(path: string, at: number, isTaken: (path: string) => boolean): string {
  const slash = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, slash);
  const name = path.slice(slash);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 1; ; number += 1) {
    const mark = ` (sandbox ${stamp(at)}${number === 1 ? '' : ` ${number}`})`;
    const made = `${folder}${shortened(stem, maxNameBytes - Buffer.byteLength(mark + extension))}${mark}${extension}`;
    if (!isTaken(made)) return made;
  }
}

function stamp(at: number): string {
  const time = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}-${two(time.getMinutes())}`;
}

function shortened(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = [...short].slice(0, -1).join('');
  return short;
}
