/** What drivers share: a session's events, and how an abort becomes an error. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';

/** The events that every `DriverSession` has. Drivers extend it; `lose` fires at most once and never after `close`. */
export class SessionEvents {
  readonly #lost = new Emitter<SpecboardError>();
  readonly #endsAt = new Emitter<number | null>();
  readonly #late = new Emitter<OutputEvent>();
  #over = false;

  readonly onLost = this.#lost.event;
  readonly onEndsAt = this.#endsAt.event;
  readonly onLateOutput = this.#late.event;

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

  /** The session is being ended on purpose: nothing fires any more. */
  close(): void {
    this.#over = true;
  }
}

/** The reason of an abort as one of our errors. */
export function abortError(signal: AbortSignal): SpecboardError {
  if (signal.reason instanceof SpecboardError) return signal.reason;
  const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return timedOut
    ? new SpecboardError('timeout', 'It took too long.')
    : new SpecboardError('cancelled', 'Cancelled.');
}
