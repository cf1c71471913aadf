/** Every deadline and interval of the E2B driver in one place, in ms, so that tests can shorten them. */

/** See each field; `defaultTimings` has the values for real life. */
export interface Timings {
  /** Life a sandbox is given at a time. Short, so that a crash or a sleeping laptop costs minutes; renewed while in use. */
  ttl: number;
  /** How often the sandbox is looked at and its life renewed. Well below `ttl`. */
  heartbeat: number;
  /** One call to the control plane that has no setting of its own. */
  call: number;
  /** After an abort: how long connect waits for a create that is under way, to end the sandbox it makes. */
  abandonedCreate: number;
  /** How long strays of a create without an answer are looked for. */
  straySearch: number;
  /** Pause between two looks for strays. */
  strayInterval: number;
  /** Answer of the code interpreter's health check. */
  preflight: number;
  /** Pause before the first cell after an interrupt: ipykernel drops a cell that comes at once. */
  settle: number;
  /** One probe cell after an interrupt. */
  probe: number;
  /** How late an interrupt may reach the kernel through E2B's proxy (next keepalive); added to nothing, a floor of the grace. */
  interruptFloor: number;
  /** Restart of a context, and the first cell after it. */
  restart: number;
  /** Silence of the code interpreter that counts as a dead link; it says something every 5 s. */
  cellSilence: number;
  /** How often envd is asked to say something. */
  rpcKeepalive: number;
  /** Silence of envd that counts as a dead link. */
  rpcSilence: number;
  /** How long a watch of a folder goes on before it is begun anew: a dead link is not noticed any sooner by it. */
  watchLease: number;
  /** First pause before a watch that broke is begun again; doubled each time, up to 30 s. */
  watchRetry: number;
  /** How long a proxy's "not there" (502) is retried while the control plane says that the sandbox runs. */
  flapping: number;
  /** Time for the programs that end a command's processes, beyond the grace. */
  killPatience: number;
  /** Ending, pausing and verifying at disconnect. */
  disconnect: number;
}

/** Timings for real life. */
export const defaultTimings: Timings = {
  // Above the five minutes from which the window warns that a session ends soon.
  ttl: 600_000,
  heartbeat: 60_000,
  call: 15_000,
  abandonedCreate: 5_000,
  straySearch: 60_000,
  strayInterval: 500,
  preflight: 10_000,
  settle: 300,
  probe: 3_000,
  interruptFloor: 7_000,
  restart: 20_000,
  cellSilence: 25_000,
  rpcKeepalive: 10_000,
  rpcSilence: 35_000,
  watchLease: 300_000,
  watchRetry: 1_000,
  flapping: 5_000,
  killPatience: 5_000,
  disconnect: 20_000,
};
