/** How sessions end: on a person's word, or because the sandbox or the link died. Each end has its reason, and happens once. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import { isEnded, type KeepMode, type Session, type SessionChange } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Driver } from '../drivers/driver.ts';
import { abandonConnection, type Ending, type EndingContext, endConnection } from './end-connection.ts';
import type { SessionEntry } from './session-table.ts';

/** What it needs of the sessions. */
export interface SessionEndDependencies {
  clock: Clock;
  ending: EndingContext;
  step: (entry: SessionEntry, change: SessionChange) => void;
  /** The latest reading of a session's resources, where somebody looked: kept with a session that was lost. */
  lastReading: (sessionId: string) => MetricsSample | null;
  /** Stores what became of the sandbox of a session that has ended already. */
  settle: (session: Session, left: Ending['left']) => void;
  onLost: (session: Session) => void;
  onEnded: (session: Session) => void;
}

/** See the file's first line. */
export class SessionEnd {
  readonly #deps: SessionEndDependencies;

  constructor(deps: SessionEndDependencies) {
    this.#deps = deps;
  }

  /** Ends it as asked; without `keep` the profile decides. */
  async disconnect(entry: SessionEntry, keep: KeepMode | undefined): Promise<Session> {
    const { clock, ending, step } = this.#deps;
    step(entry, { type: 'disconnect-requested', at: clock.now() });
    if (entry.session.status === 'connecting') {
      entry.connecting.abort(new SpecboardError('cancelled', 'Cancelled while connecting.'));
      await entry.connected?.catch(() => {});
      return entry.session;
    }
    const { driver, connection } = entry;
    const foreign = entry.session.metadata.foreign === true;
    const mode = keep !== undefined && !foreign ? keep : modeOf(entry);
    entry.ended.abort(new SpecboardError('cancelled', 'The session was disconnected.'));
    if (!driver || !connection) {
      this.finish(entry, { type: 'disconnected', at: clock.now(), reason: { text: 'Disconnected' } });
      return entry.session;
    }
    const { reason, left } = await endConnection(driver, connection, mode, ending, { foreign });
    if (isEnded(entry.session)) {
      // Somebody stopped waiting (`giveUp`).
      this.#deps.settle(entry.session, left);
      return entry.session;
    }
    const at = clock.now();
    step(entry, { type: 'metadata', at, metadata: { left } });
    this.finish(entry, { type: reason.problem ? 'failed' : 'disconnected', at, reason });
    return entry.session;
  }

  /** Nobody waits any longer for an end that was asked for; what becomes of it is still stored when it is known. */
  giveUp(entry: SessionEntry): void {
    const { session } = entry;
    if (isEnded(session) || !session.disconnecting || session.status !== 'active') return;
    const at = this.#deps.clock.now();
    const left = session.metadata.foreign === true ? 'foreign' : 'unknown';
    this.#deps.step(entry, { type: 'metadata', at, metadata: { left } });
    const text = 'Removed before its end was confirmed; the sandbox may still run';
    this.finish(entry, { type: 'failed', at, reason: { text } });
  }

  /** The sandbox or the link died, and nobody asked for it. */
  wasLost(entry: SessionEntry, error: SpecboardError): void {
    if (isEnded(entry.session) || entry.session.disconnecting) return;
    const { clock, ending, step } = this.#deps;
    const { driver, connection } = entry;
    const at = clock.now();
    const reading = this.#deps.lastReading(entry.session.id);
    entry.ended.abort(error);
    const isForeign = entry.session.metadata.foreign === true;
    const keep = driver && !isForeign ? keepOfLost(driver, entry.settings, error) : 'leave';
    // Its files may all be there: the person decides about it, as after a crash.
    const left = keep === 'leave' && !isForeign ? { left: connection?.isAsleep ? 'pause' : 'unknown' } : {};
    const metadata = { ...left, ...(reading ? { lastReading: { ...reading } } : {}) };
    if (Object.keys(metadata).length > 0) step(entry, { type: 'metadata', at, metadata });
    this.finish(entry, {
      type: 'failed',
      at,
      reason: { text: error.problem.message, problem: error.problem },
    });
    if (driver && connection) void abandonConnection(driver, connection, ending, keep);
    this.#deps.onLost(entry.session);
  }

  /** The end itself: what hangs on the session hears of it. */
  finish(entry: SessionEntry, change: SessionChange): void {
    if (isEnded(entry.session)) return;
    this.#deps.step(entry, change);
    if (!entry.ended.signal.aborted) entry.ended.abort(new SpecboardError('gone', 'The session has ended.'));
    entry.connection = null;
    this.#deps.onEnded(entry.session);
  }
}

/** What a disconnect does to the sandbox where nobody says otherwise: one that SpecBoard did not start is left. */
export function modeOf({ session, driver, settings }: SessionEntry): KeepMode {
  return session.metadata.foreign === true ? 'leave' : (driver?.defaultKeep(settings) ?? 'end');
}

/**
 * A sandbox that stopped, or that cannot be reached now, still has what is in it, and can be connected to again. What is gone
 * has remains at most; one that its memory ended is dead, and left as the profile says.
 */
function keepOfLost(driver: Driver, settings: unknown, { code }: SpecboardError): KeepMode {
  if (!driver.attach || !driver.manifest.capabilities.keep.includes('leave') || code === 'gone') return 'end';
  return code === 'out-of-memory' && driver.defaultKeep(settings) === 'end' ? 'end' : 'leave';
}
