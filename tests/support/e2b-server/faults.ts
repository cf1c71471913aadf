// The fault programme: what the next requests to the test server shall suffer, and how often.

/** The three servers that hide behind the one address. */
export type Plane = 'control' | 'envd' | 'interpreter';

/** Which requests a fault is for; every given field must match. */
export interface FaultMatch {
  readonly plane?: Plane;
  readonly method?: string;
  /** Exact path, or a pattern for it (without the query). */
  readonly path?: string | RegExp;
  readonly sandboxId?: string;
}

/** What happens to a matching request. */
export type FaultEffect =
  /** Answer this and do nothing else. `retryAfterS` adds a Retry-After header; 502 comes in the proxy's own shape. */
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly message?: string;
      readonly errorCode?: string;
      readonly retryAfterS?: number;
    }
  /** 429 for too many sandboxes, worded as E2B words it, without Retry-After. */
  | { readonly kind: 'quota'; readonly limit: number }
  /** Wait before looking at the request. The work is done even when the client has gone meanwhile. */
  | { readonly kind: 'delay-headers'; readonly ms: number }
  /** Close the connection before doing anything. */
  | { readonly kind: 'drop' }
  /** Do the work and never answer: the client learns nothing of it. */
  | { readonly kind: 'no-answer' }
  /** Do the work, then close the connection instead of answering. */
  | { readonly kind: 'drop-answer' }
  /** Close the connection once that many bytes of the body have gone out. */
  | { readonly kind: 'cut-after-bytes'; readonly bytes: number }
  /** Close the connection after the n-th event of that kind (`stdout`, `start`, `data`, ...). Default n is 1. */
  | { readonly kind: 'cut-after-event'; readonly event: string; readonly count?: number }
  /** End /execute cleanly but without `end_of_execution`. */
  | { readonly kind: 'omit-end' }
  /** Send no keepalives on this stream. */
  | { readonly kind: 'no-keepalives' };

/** One line of the programme. */
export interface Fault {
  readonly match: FaultMatch;
  readonly effect: FaultEffect;
  /** How many matching requests suffer it. Default 1; Infinity for "until cleared". */
  readonly times?: number;
  /** How many matching requests pass unharmed first. Default 0. */
  readonly skip?: number;
}

/** What a request looks like to the programme. */
export interface FaultTarget {
  readonly plane: Plane;
  readonly method: string;
  readonly path: string;
  readonly sandboxId: string | undefined;
}

interface Armed {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** Holds the armed faults; the server asks it once for each request. */
export class FaultProgram {
  #armed: Armed[] = [];

  /** Arm a fault. Returns a function that takes it back. */
  add(fault: Fault): () => void {
    const armed: Armed = { fault, skip: fault.skip ?? 0, left: fault.times ?? 1 };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
  }

  /** Take every fault back. */
  clear(): void {
    this.#armed = [];
  }

  /** How many faults still wait for a request. */
  get pending(): number {
    return this.#armed.length;
  }

  /** The effects for this request; counts down the faults it used. */
  take(target: FaultTarget): FaultEffect[] {
    const effects: FaultEffect[] = [];
    for (const armed of this.#armed) {
      if (!matches(armed.fault.match, target)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      effects.push(armed.fault.effect);
    }
    this.#armed = this.#armed.filter((armed) => armed.left > 0);
    return effects;
  }
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
  if (match.plane !== undefined && match.plane !== target.plane) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== target.method) return false;
  if (match.sandboxId !== undefined && match.sandboxId !== target.sandboxId) return false;
  if (match.path === undefined) return true;
  return typeof match.path === 'string' ? match.path === target.path : match.path.test(target.path);
}
