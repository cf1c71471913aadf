/**
 * Sessions: connect, disconnect, and what happens in between. Status changes go through the pure state machine
 * (domain/session.ts), are stored, and then shown. Several sessions live side by side and know nothing of each other.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import {
  isEnded,
  type KeepMode,
  liveLink,
  mayStillRun,
  type Session,
  type SessionChange,
} from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import type { Database } from '../db/connection.ts';
import type { StoredProfile } from '../db/repositories/profiles.ts';
import type { Driver, DriverSession } from '../drivers/driver.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { CredentialsService } from './credentials.ts';
import type { Ending, EndingContext } from './end-connection.ts';
import { type ConnectOptions, SessionConnect } from './session-connect.ts';
import { SessionControl } from './session-control.ts';
import { modeOf, SessionEnd } from './session-end.ts';
import { SessionLinks } from './session-link.ts';
import { type SessionEntry, SessionTable } from './session-table.ts';
import type { StatusHub } from './status-hub.ts';

/** How long transitions may take, in ms. */
export interface SessionDeadlines {
  /** For each step of connecting that the driver tells of (`onStep`); pulling an image tells of its progress. */
  connect: number;
  /** For all of connecting, however much progress it tells of. */
  connectInAll: number;
  disconnect: number;
  /** After a deadline or a cancel: how long a driver may take to clean up before it is left behind. */
  grace: number;
}

/** Chosen well above what vendors need (E2B's slowest creates are near 60 s) and below what a person endures. */
export const defaultDeadlines: SessionDeadlines = {
  connect: 120_000,
  connectInAll: 3_600_000,
  disconnect: 30_000,
  grace: 10_000,
};

/** How far back a sandbox's later sessions are looked for. */
const sessionsSearched = 500;

/** What the service needs. */
export interface SessionsDependencies {
  db: Database;
  registry: DriverRegistry;
  credentials: CredentialsService;
  profile: (id: string) => StoredProfile;
  hub: StatusHub;
  clock: Clock;
  /** Id of this process in `app_instance`: owner of its sessions. */
  instanceId: string;
  deadlines?: Partial<SessionDeadlines>;
  /** See `SessionEndDependencies`. */
  lastReading?: (sessionId: string) => MetricsSample | null;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

/** A session that can run code: what ExecutionsService works with. */
export interface LiveSession {
  readonly session: Session;
  readonly driver: Driver;
  readonly connection: DriverSession;
  /** Aborts when the session ends or is lost; its reason says why. */
  readonly ended: AbortSignal;
  /** Resolves when the sandbox can be reached; also when the session ends or `signal` aborts. */
  readonly linked: (signal: AbortSignal) => Promise<void>;
}

/** See the file's first lines. Dispose with `endAll`. */
export class SessionsService {
  readonly #deps: SessionsDependencies;
  readonly #table: SessionTable;
  readonly #links: SessionLinks;
  readonly #control: SessionControl;
  readonly #connecting: SessionConnect;
  readonly #end: SessionEnd;
  readonly #lost = new Emitter<Session>();
  readonly #ended = new Emitter<Session>();
  readonly #late = new Emitter<{ sessionId: string; event: OutputEvent }>();

  constructor(deps: SessionsDependencies) {
    this.#deps = deps;
    this.#table = new SessionTable(deps);
    const { clock, registry, credentials, log } = deps;
    const deadlines = { ...defaultDeadlines, ...deps.deadlines };
    const ending: EndingContext = { clock, deadlines, log };
    const step = (entry: SessionEntry, change: SessionChange): void => this.#table.step(entry, change);
    this.#links = new SessionLinks({ clock, step });
    this.#end = new SessionEnd({
      ...{ clock, ending, step },
      lastReading: deps.lastReading ?? (() => null),
      settle: (session, left) => this.#settleEarlier(session, left),
      onLost: (session) => this.#lost.fire(session),
      onEnded: (session) => this.#ended.fire(session),
    });
    this.#connecting = new SessionConnect({
      ...{ clock, registry, credentials, ending, deadlines, step, log },
      finish: (entry, change) => this.#end.finish(entry, change),
      accept: (entry, connection) => this.#accept(entry, connection),
      settleEarlier: (earlier, left) => this.#settleEarlier(earlier, left),
    });
    this.#control = new SessionControl({
      clock,
      live: (id) => this.live(id),
      moveEnd: (id, endsAt) => this.#moveEnd(id, endsAt),
      disconnect: (id, keep) => this.disconnect(id, { keep }),
    });
  }

  /** A session was lost without being asked to end. */
  readonly onLost = this.#lost.event;
  /** Output came after its execution had ended: of threads and of processes left in the background. */
  readonly onLateOutput = this.#late.event;
  /** A session ended, in whatever way. */
  readonly onEnded = this.#ended.event;

  /**
   * Connects a profile. Resolves with the active session; rejects with the reason, which the session's row keeps too.
   * `signal` cancels; so does `disconnect` with the session's id.
   */
  connect(profileId: string, options: ConnectOptions = {}): Promise<Session> {
    return this.begin(profileId, options).connected;
  }

  /** Like `connect`, giving the session's id at once. */
  begin(profileId: string, options: ConnectOptions = {}): { sessionId: string; connected: Promise<Session> } {
    const profile = this.#deps.profile(profileId);
    const at = this.#deps.clock.now();
    const session: Session = {
      id: randomUUID(),
      profileId: profile.id,
      profileName: profile.name,
      driverType: profile.driverType,
      status: 'connecting',
      disconnecting: false,
      reason: { text: 'Connecting' },
      changedAt: at,
      link: liveLink(at),
      step: 'Connecting',
      startedAt: at,
      lastActivity: at,
      endedAt: null,
      endsAt: null,
      keep: null,
      isolation: null,
      warnings: [],
      // What is known of the sandbox before the driver says it: who starts SpecBoard anew must not take it for its own.
      metadata: options.sandbox?.foreign ? { foreign: true } : {},
    };
    const entry = this.#table.add(session);
    entry.connected = this.#connecting.connect(entry, profile, options);
    entry.connected.catch(() => {}); // its failure is in the status too; nobody may be waiting
    return { sessionId: session.id, connected: entry.connected };
  }

  /**
   * Ends a session in whatever state it is; idempotent. Without `keep` the profile decides. Throws `not-found`, and
   * `unsupported` for a `keep` that the driver does not offer: then the session stays.
   */
  disconnect(sessionId: string, options: { keep?: KeepMode | undefined } = {}): Promise<Session> {
    const entry = this.#table.get(sessionId);
    if (!entry) {
      const stored = this.#deps.db.sessions.get(sessionId);
      if (stored && isEnded(stored)) return Promise.resolve(stored);
      return Promise.reject(notHere(sessionId, stored !== undefined));
    }
    if (isEnded(entry.session)) return Promise.resolve(entry.session);
    const { keep } = options;
    const offered = entry.driver?.manifest.capabilities.keep;
    if (keep && offered && !offered.includes(keep)) {
      const text = `A sandbox of "${entry.session.profileName}" cannot be left that way.`;
      const hint = 'Disconnect without saying how, or end it.';
      return Promise.reject(new SpecboardError('unsupported', text, { hint }));
    }
    entry.disconnected ??= this.#end.disconnect(entry, keep);
    return entry.disconnected;
  }

  /** A session that is active in this process; throws `not-found`, `gone` or `unavailable`, in words. */
  live(sessionId: string): LiveSession {
    const entry = this.#table.get(sessionId);
    if (!entry) throw notHere(sessionId, this.#deps.db.sessions.get(sessionId) !== undefined);
    const { session, driver, connection, ended } = entry;
    if (isEnded(session) || session.disconnecting) {
      throw new SpecboardError('gone', 'This session has ended.', {
        kept: 'Its history stays readable.',
        hint: 'Connect again to run code.',
        action: { type: 'connect', profileId: session.profileId },
      });
    }
    if (!driver || !connection) {
      throw new SpecboardError('unavailable', 'This session is still connecting.', {
        hint: 'Wait until it is ready.',
      });
    }
    const linked = (signal: AbortSignal) => this.#links.whenLive(entry, signal);
    return { session, driver, connection, ended: ended.signal, linked };
  }

  /** Sessions that have not ended, of this process. */
  alive(): Session[] {
    return this.#table.alive();
  }

  /** What a disconnect does to the session's sandbox where nobody says otherwise. `end` for one that is not here. */
  keepOf(sessionId: string): KeepMode {
    const entry = this.#table.get(sessionId);
    return entry ? modeOf(entry) : 'end';
  }

  /** See `SessionControl.extend`. */
  extend(sessionId: string, ms: number): Promise<Session> {
    return this.#control.extend(sessionId, ms);
  }

  /** See `SessionControl.pause`. */
  pause(sessionId: string): Promise<Session> {
    return this.#control.pause(sessionId);
  }

  /** See `SessionControl.restartKernel`. */
  restartKernel(sessionId: string): Promise<void> {
    return this.#control.restartKernel(sessionId);
  }

  /** Tries a broken link at once. Gives the session as it is after that; throws as `live` does. */
  async reconnectNow(sessionId: string): Promise<Session> {
    this.live(sessionId);
    const entry = this.#table.get(sessionId);
    if (!entry) throw notHere(sessionId, true);
    await this.#links.check(entry);
    return entry.session;
  }

  /** Looks at all links: the computer slept, nobody knows what became of them. Nothing is sent through them before. */
  async checkLinks(): Promise<void> {
    await Promise.all(this.#table.entries().map((entry) => this.#links.suspect(entry)));
  }

  /** Marks that the session is used now. */
  touch(sessionId: string): void {
    const entry = this.#table.get(sessionId);
    if (entry) this.#table.step(entry, { type: 'activity', at: this.#deps.clock.now() });
  }

  /** The session that has the sandbox of this one now, or had it last: it goes on from session to session, with new ids. */
  holderOf(session: Session): Session {
    const { sandboxId, left } = session.metadata;
    if (left !== 'attached' || typeof sandboxId !== 'string') return session;
    const later = this.#deps.db.sessions
      .list(sessionsSearched)
      .find(
        (one) =>
          one.profileId === session.profileId &&
          one.metadata.sandboxId === sandboxId &&
          one.metadata.left !== 'attached' &&
          one.metadata.foreign !== true &&
          one.startedAt >= session.startedAt,
      );
    return later ?? session;
  }

  /** Connects again to the sandbox of an ended session. Throws `conflict` where there is none any more. */
  reattach(sessionId: string, options: { signal?: AbortSignal } = {}): Promise<Session> {
    const earlier = this.#deps.db.sessions.get(sessionId);
    if (!earlier || !mayStillRun(earlier)) {
      throw new SpecboardError('conflict', 'The sandbox of this session is gone.', {
        kept: 'Its history stays readable.',
        hint: 'Connect anew.',
      });
    }
    return this.connect(earlier.profileId, { ...options, earlier });
  }

  /** Shows sessions of earlier processes whose sandbox may still exist, so that a person can decide about them. */
  showLeftovers(leftovers: readonly Session[]): void {
    this.#table.show(leftovers);
  }

  /** A leftover was ended: shows it as it is now. */
  updateLeftover(session: Session): void {
    this.#table.replace(session);
  }

  /** Takes an ended session out of the status; its history stays. `force`: also one whose end is waited for. */
  dismiss(sessionId: string, { force = false }: { force?: boolean | undefined } = {}): void {
    const entry = this.#table.get(sessionId);
    if (!entry) return;
    if (force) this.#end.giveUp(entry);
    if (!isEnded(entry.session)) return;
    this.#table.remove(sessionId);
  }

  /** Ends every session of a profile. */
  async endOfProfile(profileId: string): Promise<void> {
    await Promise.all(
      this.alive()
        .filter((session) => session.profileId === profileId)
        .map((session) => this.disconnect(session.id)),
    );
  }

  /** Ends all sessions, for quitting. `keep` overrides what the profiles say. Never rejects. */
  async endAll(options: { keep?: KeepMode } = {}): Promise<void> {
    await Promise.allSettled(this.alive().map((session) => this.disconnect(session.id, options)));
  }

  /** The earlier session's sandbox belongs to another session now, or is gone: it is no leftover any more. */
  #settleEarlier(earlier: Session, left: Ending['left'] | 'attached'): void {
    const next: Session = { ...earlier, metadata: { ...earlier.metadata, left } };
    this.#deps.db.sessions.update(next);
    this.#table.replace(next);
  }

  #accept(entry: SessionEntry, connection: DriverSession): void {
    entry.connection = connection;
    const { endsAt, isolation, warnings, metadata } = connection;
    this.#table.step(entry, {
      type: 'connected',
      at: this.#deps.clock.now(),
      endsAt,
      isolation,
      warnings: [...warnings],
      metadata: { ...metadata, sandboxId: connection.sandboxId },
      keep: modeOf(entry),
    });
    connection.onEndsAt((next) =>
      this.#table.step(entry, { type: 'ends-at', at: this.#deps.clock.now(), endsAt: next }),
    );
    this.#links.watch(entry);
    connection.onLost((error) => this.#end.wasLost(entry, this.#deps.credentials.withoutSecrets(error)));
    connection.onLateOutput((event) => this.#late.fire({ sessionId: entry.session.id, event }));
  }

  #moveEnd(sessionId: string, endsAt: number | null): Session {
    const entry = this.#table.get(sessionId);
    if (!entry) throw notHere(sessionId, true);
    this.#table.step(entry, { type: 'ends-at', at: this.#deps.clock.now(), endsAt });
    return entry.session;
  }
}

function notHere(sessionId: string, elsewhere: boolean): SpecboardError {
  return elsewhere
    ? new SpecboardError('conflict', 'This session belongs to another running SpecBoard.', {
        hint: 'Use the window or terminal that started it.',
      })
    : new SpecboardError('not-found', `There is no session ${sessionId}.`, {
        hint: 'See: specboard sessions list.',
      });
}
