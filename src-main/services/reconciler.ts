/**
 * After a crash: finds sessions and executions whose process is gone, marks them as what they are, and remembers which
 * sandboxes may still run so that a person can end them. Nothing stays "connecting" or "running" for ever.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Execution } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { isEnded, mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Database } from '../db/connection.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { CredentialsService } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import type { Instance } from './instance.ts';
import { parseSettings } from './parse-settings.ts';

/** What the reconciler needs. */
export interface ReconcilerDependencies {
  db: Database;
  registry: DriverRegistry;
  credentials: CredentialsService;
  instance: Instance;
  clock: Clock;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

/** See the file's first lines. */
export class Reconciler {
  readonly #deps: ReconcilerDependencies;

  constructor(deps: ReconcilerDependencies) {
    this.#deps = deps;
  }

  /** Marks what dead processes left unfinished. Gives the sessions it closed. Touches no sandbox. */
  recover(): Session[] {
    const { db, instance, clock } = this.#deps;
    const orphans = db.sessions.unfinished().filter(({ owner }) => !instance.isAlive(owner));
    const ids = new Set(orphans.map(({ session }) => session.id));
    for (const execution of db.executions.unfinished()) {
      if (ids.has(execution.sessionId) || this.#isOrphan(execution)) this.#loseExecution(execution);
    }
    const closed = orphans.map(({ session }) => {
      const at = clock.now();
      const isForeign = session.metadata.foreign === true;
      const ended: Session = {
        ...session,
        status: 'error',
        endedAt: at,
        step: null,
        metadata: { ...session.metadata, left: isForeign ? 'foreign' : 'unknown' },
        reason: {
          text: 'SpecBoard ended unexpectedly',
          problem: {
            code: 'gone',
            message: 'SpecBoard ended unexpectedly while this session was open.',
            kept: 'All output up to then is stored.',
            hint: isForeign
              ? 'Its sandbox, which SpecBoard did not start, was left as it is. Connect again.'
              : 'The sandbox may still run: end it with "specboard sessions end", or connect again.',
            retryable: false,
          },
        },
      };
      db.sessions.update(ended);
      return ended;
    });
    instance.sweep();
    return closed;
  }

  /** Sessions whose sandbox may still exist: left running or paused on purpose, or left by a crash. */
  leftovers(): Session[] {
    return this.#deps.db.sessions.list(500).filter(mayStillRun);
  }

  /**
   * Ends the sandbox of an ended session, on the person's word. Throws what the driver says; the session then keeps its mark.
   */
  async endLeftover(session: Session): Promise<Session> {
    const { db, registry, credentials, clock } = this.#deps;
    const profile = db.profiles.get(session.profileId);
    const sandboxId = session.metadata.sandboxId;
    const driver = await registry.get(session.driverType);
    if (!profile || !driver.endRemote) {
      throw new SpecboardError('not-found', 'The profile of this session is no longer there.', {
        hint: "End the sandbox in the vendor's own console.",
      });
    }
    const deadline = withDeadline(clock, 30_000, 'Ending the sandbox');
    try {
      const account = {
        settings: parseSettings(driver.settingsSchema, profile.settings, 'The settings of this profile'),
        credentials: await credentials.resolve(profile, { interactive: true, forAccount: true }),
      };
      const targets =
        typeof sandboxId === 'string'
          ? [sandboxId]
          : await this.#findByNonce(driver, account, session, deadline.signal);
      for (const target of targets) await driver.endRemote(account, target, deadline.signal);
    } finally {
      deadline.dispose();
    }
    const ended: Session = {
      ...session,
      reason: { text: 'Ended; its sandbox was ended later by you' },
      metadata: { ...session.metadata, left: 'end' },
    };
    db.sessions.update(ended);
    return ended;
  }

  /** A crash between "create" and its answer: the sandbox's id is not known, but it carries our session's id. */
  async #findByNonce(
    driver: Awaited<ReturnType<DriverRegistry['get']>>,
    account: { settings: unknown; credentials: Record<string, string> },
    session: Session,
    signal: AbortSignal,
  ): Promise<string[]> {
    const remote = (await driver.list?.(account, signal)) ?? [];
    return remote.filter((sandbox) => sandbox.sessionId === session.id).map((sandbox) => sandbox.sandboxId);
  }

  #isOrphan(execution: Execution): boolean {
    const session = this.#deps.db.sessions.get(execution.sessionId);
    return session === undefined || isEnded(session);
  }

  #loseExecution(execution: Execution): void {
    const { db, clock } = this.#deps;
    const at = clock.now();
    const reason = 'SpecBoard ended unexpectedly while this ran; how it ended is not known.';
    const totals = { outputBytes: execution.outputBytes, outputCount: execution.outputCount + 1 };
    db.executions.append(
      execution.id,
      [{ seq: execution.outputCount, at, event: { type: 'gap', reason } }],
      totals,
    );
    const durationMs = Math.max(0, at - execution.startedAt);
    db.executions.update({
      ...execution,
      ...totals,
      state: 'lost',
      endedAt: at,
      result: { state: 'lost', durationMs, reason },
    });
    this.#deps.log('info', 'execution was lost in a crash', { executionId: execution.id });
  }
}
