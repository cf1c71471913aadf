/** What is uploaded where, with names that are taken decided by the person. Pure but for asking. */
import { freeName } from '../../stores/files/file-paths.ts';
import type { UploadSource } from '../../stores/files/upload-source.ts';

/** What is to happen with a name that is taken. */
export type ClashAnswer = 'replace' | 'keep-both' | 'skip';

/** What the person is asked. */
export interface ClashQuestion {
  name: string;
  isFolder: boolean;
  /** False where one is a folder and the other is not: then it cannot be replaced. */
  canReplace: boolean;
  /** Other names that are taken, after this one. */
  others: number;
}

/** An upload as it is to be made. */
export interface PlannedUpload {
  source: UploadSource;
  name: string;
  replace: boolean;
}

/** What has a name in the folder: `folder` or something else. */
export type TakenNames = ReadonlyMap<string, 'folder' | 'file'>;

/**
 * Plans uploads into a folder where `taken` names are. `ask` is called for each clash, until an answer is for all; null cancels
 * everything. Two sources of the same name do not replace one another.
 */
export async function planUploads(
  sources: readonly UploadSource[],
  taken: TakenNames,
  ask: (question: ClashQuestion) => Promise<{ answer: ClashAnswer; forAll: boolean } | null>,
): Promise<PlannedUpload[] | null> {
  const planned: PlannedUpload[] = [];
  const names = new Set(taken.keys());
  const clashes = sources.filter(({ name }) => taken.has(name)).length;
  let seen = 0;
  let forAll: ClashAnswer | null = null;
  for (const source of sources) {
    const there = taken.get(source.name);
    const isNew = there === undefined;
    const isTwin = planned.some(({ name }) => name === source.name);
    if (isNew || isTwin) {
      const name = freeName(source.name, names);
      names.add(name);
      planned.push({ source, name, replace: false });
      continue;
    }
    seen += 1;
    const canReplace = (there === 'folder') === (source.kind === 'folder');
    let answer: ClashAnswer | null = forAll;
    if (answer === null || (answer === 'replace' && !canReplace)) {
      const said = await ask({
        name: source.name,
        isFolder: source.kind === 'folder',
        canReplace,
        others: clashes - seen,
      });
      if (said === null) return null;
      answer = said.answer;
      if (said.forAll) forAll = said.answer;
    }
    if (answer === 'skip') continue;
    const name = answer === 'replace' ? source.name : freeName(source.name, names);
    names.add(name);
    planned.push({ source, name, replace: answer === 'replace' });
  }
  return planned;
}
