/**
 * What apply is about to do, written before it does it: after a crash at any point no name stays empty whose old content is in a
 * kept copy, and no kept copy is forgotten. The file `journal` of the state folder, JSON lines.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { LeftCopy } from '../sides.ts';
import type { Entry } from '../types.ts';
import type { Job } from '../worker/job.ts';
import { codeOf, stateProblem } from './file-errors.ts';
import { Folders } from './folders.ts';
import { keptFile, type LocalPlace } from './place.ts';
import { tryAgain } from './try-again.ts';

/** A row. `intends`: this copy will be made of `path`. `away`: the name is empty until the new content is in. `settled`: it is in. */
type Row =
  | { row: 'intends'; cycle: string; kept: string; path: string; entry: Entry }
  | { row: 'away'; kept: string; path: string }
  | { row: 'settled'; kept: string };

/** Open while an apply runs. */
export class Journal implements Disposable {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Rows of earlier cycles go: their results were told. Names that a crash left empty are filled before. */
  static open(place: LocalPlace, cycle: string): Journal {
    const file = join(place.state, 'journal');
    const rows = readRows(file);
    if (rows.length > 0) putBack(place, rows);
    const isOld = rows.some((row) => row.row === 'intends' && row.cycle !== cycle);
    const journal = new Journal(openSync(file, isOld ? 'w' : 'a', 0o600));
    // Ends a row that was cut off.
    if (rows.length > 0) writeSync(journal.#descriptor, '\n');
    return journal;
  }

  /** Says which copies will be made. On the disk when it returns. */
  intend(rows: readonly Omit<Extract<Row, { row: 'intends' }>, 'row'>[]): void {
    if (rows.length === 0) return;
    this.#write(...rows.map((row): Row => ({ row: 'intends', ...row })));
    fsyncSync(this.#descriptor);
  }

  /** Says that the name will be empty for a moment. On the disk when it returns. */
  away(kept: string, path: string): void {
    this.#write({ row: 'away', kept, path });
    fsyncSync(this.#descriptor);
  }

  /** The name is not empty any more, or is meant to be. */
  settled(kept: string): void {
    this.#write({ row: 'settled', kept });
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #write(...rows: Row[]): void {
    const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }
}

/** Puts back what a crash left away; gives the copies of which nobody may know. Job `localRecover`. */
export const recoverRoot: Job<{ place: LocalPlace }, LeftCopy[]> = ({ place }) => {
  try {
    const rows = readRows(join(place.state, 'journal'));
    putBack(place, rows);
    return rows.flatMap((row) =>
      row.row === 'intends' && lstatSync(keptFile(place, row.kept), { throwIfNoEntry: false })
        ? [{ cycle: row.cycle, name: row.kept, path: row.path, entry: row.entry }]
        : [],
    );
  } catch (error) {
    throw stateProblem(error);
  }
};

function putBack(place: LocalPlace, rows: readonly Row[]): void {
  const settled = new Set(rows.flatMap((row) => (row.row === 'settled' ? [row.kept] : [])));
  const open = rows.flatMap((row) => (row.row === 'away' && !settled.has(row.kept) ? [row] : []));
  if (open.length === 0) return;
  using folders = Folders.of(place);
  for (const row of open) {
    const folder = folders.above(row.path, false);
    if (folder) restore(place, keptFile(place, row.kept), join(folder.path, basename(row.path)));
  }
}

/** Moves a kept copy to a name unless something is there. True: it is there now. */
export function restore(place: LocalPlace, kept: string, target: string): boolean {
  const stat = lstatSync(kept, { throwIfNoEntry: false });
  if (!stat || lstatSync(target, { throwIfNoEntry: false })) return false;
  if (stat.isFile() && place.hardLinks)
    try {
      tryAgain(() => linkSync(kept, target));
      unlinkSync(kept);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
    }
  tryAgain(() => renameSync(kept, target));
  return true;
}

/** A row that was cut off while it was written was about something that was not yet done. */
function readRows(file: string): Row[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    try {
      if (line !== '') rows.push(JSON.parse(line) as Row);
    } catch {}
  }
  return rows;
}
