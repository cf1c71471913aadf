/** What the file system's errors mean for a person. */
import { type ErrorCode, SpecboardError } from '../../src-shared/contract/errors.ts';

const meanings: Readonly<Record<string, [code: ErrorCode, message: (path: string) => string]>> = {
  ENOENT: ['not-found', (path) => `There is no ${path}.`],
  ENOTDIR: ['conflict', (path) => `A part of ${path} is not a folder.`],
  EISDIR: ['conflict', (path) => `${path} is a folder.`],
  EEXIST: ['conflict', (path) => `There is already a ${path}.`],
  ENOTEMPTY: ['conflict', (path) => `${path} was changed at the same time.`],
  ELOOP: ['forbidden', (path) => `${path} is a link that cannot be followed.`],
  ENXIO: ['unsupported', (path) => `${path} is not an ordinary file.`],
  EACCES: ['forbidden', (path) => `${path} cannot be used: permission denied.`],
  EPERM: ['forbidden', (path) => `${path} cannot be used: permission denied.`],
  EROFS: ['forbidden', (path) => `${path} is on a disk that cannot be written.`],
  ENOSPC: ['no-space', () => 'The disk is full.'],
  EDQUOT: ['no-space', () => 'The disk quota is used up.'],
  EFBIG: ['no-space', (path) => `${path} would be larger than a file may be.`],
  ENAMETOOLONG: ['invalid', () => 'That name is too long for this system.'],
  EINVAL: ['invalid', (path) => `${path} cannot be used that way.`],
};

/** Any failure of work on the file `path` as one of our errors. */
export function fileProblem(error: unknown, path: string): SpecboardError {
  if (error instanceof SpecboardError) return error;
  const meaning = meanings[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (!meaning) return new SpecboardError('unavailable', `${path} cannot be used now.`, { cause: error });
  const [code, message] = meaning;
  const kept =
    code === 'no-space'
      ? { kept: 'The file is as it was.', hint: 'Remove other files, or allow more disk.' }
      : {};
  return new SpecboardError(code, message(path), { ...kept, cause: error });
}
