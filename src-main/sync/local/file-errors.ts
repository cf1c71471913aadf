/** What the file system's errors mean: for one file of many, and for the whole. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { UnusableReason } from '../types.ts';

/** `ENOENT` and the like; empty where it is no error of the system. */
export function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : '';
}

const noSpace: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** True where the disk or the quota is used up. */
export function isNoSpace(error: unknown): boolean {
  return noSpace.has(codeOf(error));
}

/** True where something is not there (any more), or one of its parents is no folder. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Why a file could not be read or written. */
export function reasonOf(error: unknown, doing: 'read' | 'write'): UnusableReason | 'no-space' {
  const code = codeOf(error);
  if (noSpace.has(code)) return 'no-space';
  if (code === 'ENAMETOOLONG') return 'name-too-long';
  if (code === 'EXDEV') return 'other-volume';
  if (code === 'EFBIG') return 'too-large';
  if (code === 'EINVAL' || code === 'EILSEQ') return doing === 'write' ? 'name-not-possible' : 'unreadable';
  return doing === 'write' ? 'read-only' : 'unreadable';
}

/** The disk of this computer is full. */
export function noSpaceHere(cause: unknown): SpecboardError {
  return new SpecboardError('no-space', 'The disk of this computer is full.', {
    kept: 'All files are as they were; what waited to be written was removed to free space.',
    hint: 'Free some space and sync again.',
    cause,
  });
}

/** A failure of work in the state folder. */
export function stateProblem(error: unknown): unknown {
  if (error instanceof SpecboardError || (error instanceof DOMException && error.name === 'AbortError'))
    return error;
  if (isNoSpace(error)) return noSpaceHere(error);
  if (codeOf(error) === '') return error;
  return new SpecboardError(
    'unavailable',
    'SpecBoard cannot use the folder in which it prepares files for the sync.',
    {
      kept: 'All files are as they were.',
      hint: 'Check that the disk is there and may be written, then sync again.',
      details: `${codeOf(error)} ${String((error as NodeJS.ErrnoException).syscall ?? '')}`,
      cause: error,
    },
  );
}

/** Why the synced folder itself cannot be used. */
export function rootProblem(error: unknown, root: string): SpecboardError {
  if (error instanceof SpecboardError) return error;
  const code = codeOf(error);
  const kept = 'Nothing was changed on either side.';
  if (isGone(error))
    return new SpecboardError('not-found', `The folder ${root} is not there.`, {
      kept,
      hint: 'Connect the disk that it is on, or put the folder back; nothing is deleted in the sandbox meanwhile.',
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new SpecboardError('forbidden', `SpecBoard may not read the folder ${root}.`, {
      kept,
      hint: "Allow it in the folder's permissions, or in the system's privacy settings.",
      cause: error,
    });
  return new SpecboardError('unavailable', `The folder ${root} cannot be read now.`, {
    kept,
    hint: 'Check the disk or the network drive that it is on, then sync again.',
    ...(code === '' ? {} : { details: code }),
    cause: error,
  });
}
