// Errors in the two shapes that Daytona has: the API's and the daemon's (the program inside a sandbox).
import { STATUS_CODES } from 'node:http';

/** A refusal by the daemon. */
export class DaemonError extends Error {
  readonly status: number;
  /** Daytona's code, for instance FILE_NOT_FOUND. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'DaemonError';
    this.status = status;
    this.code = code;
  }
}

/** A refusal by the control plane. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** 400: the request makes no sense. */
export function badRequest(message: string): DaemonError {
  return new DaemonError(400, 'BAD_REQUEST', message);
}

/** 404 for a session, a command, a context. */
export function processNotFound(message: string): DaemonError {
  return new DaemonError(404, 'PROCESS_NOT_FOUND', message);
}

/** What the file system said, as the daemon passes it on. */
export function fileError(error: unknown, what: string): DaemonError {
  if (error instanceof DaemonError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new DaemonError(404, 'FILE_NOT_FOUND', `${what}: no such file or directory`);
  if (code === 'EACCES' || code === 'EPERM')
    return new DaemonError(403, 'FILE_ACCESS_DENIED', `${what}: permission denied`);
  if (code === 'ENOTDIR') return badRequest(`${what}: not a directory`);
  if (code === 'EISDIR') return badRequest(`${what}: is a directory`);
  if (code === 'ENOTEMPTY') return badRequest(`${what}: directory not empty`);
  if (code === 'ENAMETOOLONG') return badRequest(`${what}: file name too long`);
  if (code === 'ENOSPC') return badRequest(`${what}: no space left on device`);
  return badRequest(`${what}: ${code || message}`);
}

/** Body of an error of the control plane. */
export function apiError(status: number, message: string, path: string, code?: string): unknown {
  return {
    path,
    timestamp: new Date().toISOString(),
    statusCode: status,
    error: STATUS_CODES[status] ?? 'Error',
    message,
    ...(code ? { code, source: 'DAYTONA_API' } : {}),
  };
}

/** Body of an error of the daemon. */
export function daemonError(error: DaemonError, path: string, method: string): unknown {
  return {
    statusCode: error.status,
    message: error.message,
    code: error.code,
    source: 'DAYTONA_DAEMON',
    timestamp: new Date().toISOString(),
    path,
    method,
  };
}
