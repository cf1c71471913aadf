/** Maps what SQLite and the file system say about the database to the closed set of errors. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';

/** Below this many free bytes an unexplained write error is a full disk: SQLite cannot even grow its journal. */
const fullBelowBytes = 131_072;

/** `error` as a SpecboardError that names the database `file`. What is already one comes back as it is. */
export function toDatabaseError(error: unknown, file: string): SpecboardError {
  if (isSpecboardError(error)) return error;
  const code = codeOf(error);
  if (code === 'SQLITE_BUSY' || code.startsWith('SQLITE_BUSY_') || code.startsWith('SQLITE_LOCKED')) {
    return busy(error);
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return noSpace(file, error);
  if (code.startsWith('SQLITE_IOERR')) return isFull(file) ? noSpace(file, error) : ioError(file, error);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return corrupt(file, error);
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'SQLITE_PERM' ||
    code === 'SQLITE_AUTH' ||
    fileCodes.has(code)
  ) {
    return isFull(file) ? noSpace(file, error) : unwritable(file, error);
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new SpecboardError('not-found', 'What this belongs to is no longer stored.', withDetails(error));
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new SpecboardError('conflict', 'This is stored already.', withDetails(error));
  }
  if (error instanceof TypeError && error.message.includes('connection is not open')) {
    return new SpecboardError(
      'unavailable',
      'The database is closed: SpecBoard is ending.',
      withDetails(error),
    );
  }
  if (error instanceof SyntaxError) return corrupt(file, error);
  return new SpecboardError('internal', 'The database could not do this.', withDetails(error));
}

const fileCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENOENT']);

/** The file cannot be read as a database of SpecBoard. It is never deleted or written to. */
export function corrupt(file: string, cause?: unknown): SpecboardError {
  return new SpecboardError('database-corrupt', `The database ${file} is damaged.`, {
    kept: 'The file is kept exactly as it is.',
    hint: `Rename the file and start SpecBoard again: it makes a new one. Backups of earlier versions are beside it (${file}.bak-...). Keys in the keyring are not touched.`,
    ...withDetails(cause),
  });
}

/** A later SpecBoard has written to it. */
export function newer(file: string): SpecboardError {
  return new SpecboardError('database-newer', `The database ${file} is from a newer version of SpecBoard.`, {
    kept: 'The file is not touched.',
    hint: 'Update SpecBoard, or set SPECBOARD_HOME to another folder to start afresh.',
  });
}

/** Another process holds the lock for longer than we wait. */
export function busy(cause?: unknown): SpecboardError {
  return new SpecboardError('unavailable', 'The database is in use by another SpecBoard just now.', {
    hint: 'Try again in a moment.',
    ...withDetails(cause),
  });
}

function unwritable(file: string, cause: unknown): SpecboardError {
  return new SpecboardError('database-unwritable', `SpecBoard may not write to ${file}.`, {
    kept: 'What is stored there is not touched.',
    hint: `Make the folder ${dirname(file)} writable for you, or set SPECBOARD_HOME to another folder.`,
    ...withDetails(cause),
  });
}

function ioError(file: string, cause: unknown): SpecboardError {
  return new SpecboardError('database-unwritable', `The disk gives an error at ${file}.`, {
    kept: 'What was stored before is kept as far as the disk can give it back.',
    hint: 'Check the disk, or set SPECBOARD_HOME to a folder on another one.',
    ...withDetails(cause),
  });
}

function noSpace(file: string, cause: unknown): SpecboardError {
  return new SpecboardError('no-space', 'The disk is full: SpecBoard cannot store anything more.', {
    kept: 'Everything stored so far is kept.',
    hint: `Free some space where ${dirname(file)} is, then try again.`,
    ...withDetails(cause),
  });
}

function withDetails(cause: unknown): { cause?: unknown; details?: string } {
  if (cause === undefined) return {};
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return { cause, details: code ? `${code}: ${message}` : message };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** SQLite says CANTOPEN or IOERR where it cannot make its side files on a full disk. */
function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < fullBelowBytes;
  } catch {
    return false;
  }
}

/**
 * The same object with every method throwing only SpecboardErrors. Repositories are written without a word about errors;
 * this is the one place where they are mapped.
 */
export function withMappedErrors<T extends object>(repository: T, file: string): T {
  const mapped = Object.entries(repository).map(([name, method]) => {
    if (typeof method !== 'function') return [name, method] as const;
    const guarded = (...args: unknown[]) => {
      try {
        return method(...args);
      } catch (error) {
        throw toDatabaseError(error, file);
      }
    };
    return [name, guarded] as const;
  });
  return Object.fromEntries(mapped) as T;
}
