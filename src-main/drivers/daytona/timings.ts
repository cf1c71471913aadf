/** Every deadline and interval of the Daytona driver in one place, in ms, so that tests can shorten them. */

/** See each field; `defaultTimings` has the values for real life. */
export interface Timings {
  /** One call to the control plane or the toolbox that a person waits for. */
  call: number;
  /** Answer to a create: the control plane may place the sandbox before it answers. */
  create: number;
  /** After an abort: how long connect waits for a create that is under way, to delete the sandbox it makes. */
  abandonedCreate: number;
  /** How long strays of a create without an answer are looked for. */
  straySearch: number;
  /** Pause between two looks for strays. */
  strayInterval: number;
  /** From created to started, for a snapshot; and from stopped to started. */
  start: number;
  /** The same where an image is built or an archive is restored. */
  build: number;
  /** First pause between two looks at a sandbox that is changing its state; it grows to `poll * 8`. */
  poll: number;
  /** How long a started sandbox's toolbox may not answer. */
  toolbox: number;
  /** Opening a link to the runner, from the first byte sent. */
  link: number;
  /** Python's first words. */
  runner: number;
  /** How long a link may stay broken. */
  patience: number;
  /** How long a transfer may stand still at Daytona's side. */
  silence: number;
  /** How often the sandbox is looked at, and kept alive while it is in use. */
  heartbeat: number;
  /** Deleting, stopping, archiving and verifying. */
  disconnect: number;
  /** How long a sandbox that is being deleted is watched until it is gone; that it is going is good enough then. */
  destroy: number;
  /** How long a reset of Python may take. */
  reset: number;
}

/** Timings for real life. */
export const defaultTimings: Timings = {
  call: 20_000,
  create: 60_000,
  abandonedCreate: 5_000,
  straySearch: 60_000,
  strayInterval: 500,
  start: 180_000,
  build: 1_200_000,
  poll: 150,
  toolbox: 30_000,
  link: 15_000,
  runner: 30_000,
  patience: 60_000,
  silence: 60_000,
  heartbeat: 60_000,
  disconnect: 60_000,
  destroy: 10_000,
  reset: 10_000,
};
