/** What can be done with a live session beyond running code: more time, sleep, a fresh Python. Each with a deadline. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { withDeadline } from './deadline.ts';
import type { LiveSession } from './sessions.ts';

/** What it needs of the sessions. */
export interface SessionControlDependencies {
  clock: Clock;
  live: (sessionId: string) => LiveSession;
  /** The vendor's end time moved. Gives the session as it is then. */
  moveEnd: (sessionId: string, endsAt: number | null) => Session;
  disconnect: (sessionId: string, keep: KeepMode) => Promise<Session>;
}

const extendMs = 30_000;
const resetMs = 60_000;

/** See the file's first line. */
export class SessionControl {
  readonly #deps: SessionControlDependencies;

  constructor(deps: SessionControlDependencies) {
    this.#deps = deps;
  }

  /** Moves the end of the sandbox by `ms`. Throws `unsupported`, or what the driver says. */
  async extend(sessionId: string, ms: number): Promise<Session> {
    const { driver, connection, session, ended } = this.#deps.live(sessionId);
    if (!driver.manifest.capabilities.extend || !driver.extend)
      throw cannot(`The time of ${session.profileName} cannot be extended.`);
    const deadline = withDeadline(this.#deps.clock, extendMs, 'Extending the time', [ended]);
    try {
      const endsAt = await driver.extend(connection, ms, deadline.signal);
      return this.#deps.moveEnd(sessionId, endsAt);
    } finally {
      deadline.dispose();
    }
  }

  /**
   * Puts the sandbox to sleep and leaves it: a sandbox that sleeps has no session until a person wakes it up. Throws
   * `unsupported` or `forbidden` before anything has happened.
   */
  async pause(sessionId: string): Promise<Session> {
    const { driver, session } = this.#deps.live(sessionId);
    const { capabilities } = driver.manifest;
    if (!capabilities.pause || !capabilities.keep.includes('pause'))
      throw cannot(`Sandboxes of ${session.profileName} cannot be paused.`);
    if (session.metadata.foreign === true) {
      throw new SpecboardError(
        'forbidden',
        'SpecBoard did not start this sandbox, so it does not pause it.',
        {
          hint: 'Disconnect from it: it goes on as it was.',
        },
      );
    }
    return this.#deps.disconnect(sessionId, 'pause');
  }

  /** Starts Python anew. Cells that run end with their driver's reason. Throws `unsupported`, or what the driver says. */
  async restartKernel(sessionId: string): Promise<void> {
    const { driver, connection, session, ended } = this.#deps.live(sessionId);
    if (!driver.resetKernel) throw cannot(`Python of ${session.profileName} cannot be restarted.`);
    const deadline = withDeadline(this.#deps.clock, resetMs, 'Restarting Python', [ended]);
    try {
      await driver.resetKernel(connection, deadline.signal);
    } finally {
      deadline.dispose();
    }
  }
}

function cannot(words: string): SpecboardError {
  return new SpecboardError('unsupported', words, { hint: 'Connect a profile whose sandboxes can.' });
}
