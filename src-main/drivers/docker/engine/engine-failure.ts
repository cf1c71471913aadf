/** How a call to the engine fails, before it is one of our errors: `map-engine-errors.ts` makes those. */

/** The engine answered with an error. */
export class EngineReplyError extends Error {
  readonly status: number;

  /** @param message the engine's words. */
  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineReplyError';
    this.status = status;
  }
}

/** The engine was not reached, or the connection broke. */
export class EngineLinkError extends Error {
  /** ENOENT, EACCES, ECONNREFUSED ...; `TIMEOUT` for a deadline of ours, `CLOSED` for an end in the middle, `SSH` for ssh's words. */
  readonly code: string;
  /** The request may have arrived. */
  readonly sent: boolean;

  constructor(code: string, message: string, sent: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EngineLinkError';
    this.code = code;
    this.sent = sent;
  }
}

/** Any error of a socket or of HTTP as an EngineLinkError. */
export function linkError(error: unknown, sent: boolean): EngineLinkError {
  if (error instanceof EngineLinkError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return new EngineLinkError(
    typeof code === 'string' ? code : 'CLOSED',
    String(message ?? error),
    sent,
    error,
  );
}

/** The engine answered with something that is not its API. */
export class EngineProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineProtocolError';
  }
}
