// What can go wrong on the Daytona test server, on demand.
import * as program from '../vendor-server/fault-program.ts';

/** The servers that hide behind the one address. Paths are given without `/api` and without `/toolbox/<id>`. */
export type Plane = 'control' | 'toolbox' | 'events' | 'preview';

/** How a sandbox that is created or started gets there, or does not. */
export interface StartFate {
  /** Where it ends. `never`: it stays in its first state for ever. */
  readonly into: 'started' | 'error' | 'build_failed' | 'never';
  /** Milliseconds until it is there. Default: the server's own delay. */
  readonly afterMs?: number;
  /** States on the way, shared out evenly over that time; for instance pulling_snapshot. */
  readonly via?: readonly string[];
  /** Text for `error` and `build_failed`. */
  readonly errorReason?: string;
  /** Whether `recover` may be tried. Default false. */
  readonly recoverable?: boolean;
}

/** What happens to a matching request. */
export type FaultEffect =
  /**
   * Answer this and do nothing else; also for the opening of a WebSocket. The shape is the API's own for the control plane and
   * the daemon's for the toolbox. `empty`: no body, as when the runner is gone (502). `echoKey`: the message repeats the caller's key.
   */
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly message?: string;
      readonly code?: string;
      readonly empty?: boolean;
      readonly echoKey?: boolean;
    }
  /** Refused for the organization's limits, in Daytona's words: 403, or 400 from older servers. */
  | {
      readonly kind: 'quota';
      readonly resource: 'CPU' | 'memory' | 'disk' | 'GPU';
      readonly limit: number;
      readonly status?: 400 | 403;
    }
  /** 429 with the headers of that throttler. Default throttler: sandbox-create. */
  | { readonly kind: 'rate-limit'; readonly retryAfterS: number; readonly throttler?: string }
  /** Wait before looking at the request. The work is done even when the client has gone meanwhile. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Close the connection before doing anything: the server cannot be reached. */
  | { readonly kind: 'drop' }
  /** Do the work and never answer. */
  | { readonly kind: 'no-answer' }
  /** Do the work, then close the connection instead of answering. */
  | { readonly kind: 'drop-answer' }
  /** Close the connection once that many bytes of the body have gone out. */
  | { readonly kind: 'cut-after-bytes'; readonly bytes: number }
  /** Cut a WebSocket, without a closing frame, after the n-th frame (default 1) of that kind: stdout, stderr, data, control ... */
  | { readonly kind: 'cut-socket'; readonly event?: string; readonly count?: number }
  /** Close a WebSocket properly with this code instead of serving it. */
  | { readonly kind: 'close-socket'; readonly code: number; readonly reason?: string }
  /** Open a WebSocket and say nothing on it. */
  | { readonly kind: 'mute-socket' }
  /** For POST /sandbox, start and recover: what becomes of the sandbox. */
  | { readonly kind: 'start'; readonly fate: StartFate }
  /** For POST /sandbox: the sandbox's toolbox is at an address where nobody listens. */
  | { readonly kind: 'toolbox-elsewhere' };

/** One line of the programme. */
export type Fault = program.Fault<Plane, FaultEffect>;

/** What a request looks like to the programme. */
export type FaultTarget = program.FaultTarget<Plane>;

/** Holds the armed faults; the server asks it once for each request. */
export class FaultProgram extends program.FaultProgram<Plane, FaultEffect> {}

/** The effect of this kind among those that apply to a request, if any. */
export function effectOf<K extends FaultEffect['kind']>(
  effects: readonly FaultEffect[],
  kind: K,
): Extract<FaultEffect, { kind: K }> | undefined {
  return effects.find((effect): effect is Extract<FaultEffect, { kind: K }> => effect.kind === kind);
}

/** Daytona's words for an organization at its limit. */
export function quotaMessage(resource: string, limit: number): string {
  return `Total ${resource} limit exceeded. Maximum allowed: ${limit}.\nTo increase concurrency limits, upgrade your organization's Tier by visiting https://app.daytona.io/dashboard/limits.`;
}
