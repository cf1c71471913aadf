/** What drivers share: a session's events, waiting with an abort, and how an abort or a failure becomes one of our errors. */
import { type ErrorCode, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { LinkChange } from '../../src-shared/domain/session.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';

/** The events that every `DriverSession` has. Drivers extend it; `lose` fires at most once and never after `close`. */
export class SessionEvents {
  readonly #lost = new Emitter<SpecboardError>();
  readonly #endsAt = new Emitter<number | null>();
  readonly #late = new Emitter<OutputEvent>();
  readonly #link = new Emitter<LinkChange>();
  #over = false;

  readonly onLost = this.#lost.event;
  readonly onEndsAt = this.#endsAt.event;
  readonly onLateOutput = this.#late.event;
  readonly onLink = this.#link.event;

  /** True after `lose` or `close`. */
  get over(): boolean {
    return this.#over;
  }

  /** The sandbox or the link died. */
  lose(error: SpecboardError): void {
    if (this.#over) return;
    this.#over = true;
    this.#lost.fire(error);
  }

  /** The vendor's end time moved. */
  moveEnd(at: number | null): void {
    if (!this.#over) this.#endsAt.fire(at);
  }

  /** Output came after its execution had ended. */
  late(event: OutputEvent): void {
    if (!this.#over) this.#late.fire(event);
  }

  /** The link broke and is tried again, or works again. */
  tellLink(link: LinkChange): void {
    if (!this.#over) this.#link.fire(link);
  }

  /** The session is being ended on purpose: nothing fires any more. */
  close(): void {
    this.#over = true;
  }
}

/** The reason of an abort as one of our errors. */
export function abortError(signal: AbortSignal): SpecboardError {
  if (signal.reason instanceof SpecboardError) return signal.reason;
  return isTimeout(signal.reason)
    ? new SpecboardError('timeout', 'It took too long.')
    : new SpecboardError('cancelled', 'Cancelled.');
}

/** True for the reason of a deadline: a DOMException TimeoutError or a SpecboardError `timeout`. */
export function isTimeout(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return false;
  const { code, name } = reason as { code?: unknown; name?: unknown };
  return code === 'timeout' || name === 'TimeoutError';
}

/** How an execution ends that was aborted before it began. */
export function abortedResult(signal: AbortSignal): ExecutionResult {
  const { code, message } = abortError(signal);
  return { state: code === 'timeout' ? 'timed-out' : 'cancelled', reason: message, durationMs: 0 };
}

/**
 * The work's outcome, or a rejection with `abortError` as soon as the signal aborts. Only for work that ends by itself soon
 * after: it is not stopped, its outcome is dropped.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A signal that aborts with `parent`, or with a timeout after `ms`. */
export function deadline(ms: number, parent: AbortSignal): AbortSignal {
  return AbortSignal.any([parent, AbortSignal.timeout(Math.ceil(ms))]);
}

/** What a failure that is not one of ours is called. */
export interface Fallback {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: string;
}

/** Any failure as one of our errors: an abort by its reason, ours as they are, everything else as `fallback` says. */
export function wrapError(error: unknown, signal: AbortSignal, fallback: Fallback): SpecboardError {
  if (signal.aborted) return abortError(signal);
  if (error instanceof SpecboardError) return error;
  const { code, message, hint, details } = fallback;
  return new SpecboardError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    details: details || (error instanceof Error ? error.message : String(error)),
    cause: error,
  });
}

/** Throws `invalid` for what is no port. */
export function assertPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new SpecboardError('invalid', 'A port is a number from 1 to 65535.');
}
