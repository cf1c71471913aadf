// What can go wrong on the E2B test server, on demand.
import * as program from '../vendor-server/fault-program.ts';

/** The three servers that hide behind the one address. */
export type Plane = 'control' | 'envd' | 'interpreter';

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
export type Fault = program.Fault<Plane, FaultEffect>;

/** Holds the armed faults; the server asks it once for each request. */
export class FaultProgram extends program.FaultProgram<Plane, FaultEffect> {}
