/** The sessions of this process: applies changes through the state machine, stores them, and shows them in the status. */
import { toProblem } from '../../src-shared/contract/errors.ts';
import { isEnded, type Session, type SessionChange, stepSession } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Database } from '../db/connection.ts';
import type { Driver, DriverSession } from '../drivers/driver.ts';
import type { StatusHub } from './status-hub.ts';

/** A session with what belongs to it while it lives. */
export interface SessionEntry {
  session: Session;
  driver: Driver | null;
  connection: DriverSession | null;
  settings: unknown;
  /** Cancels a connect that is under way. */
  connecting: AbortController;
  connected: Promise<Session> | null;
  disconnected: Promise<Session> | null;
  /** Aborts when the session ends or is lost; its reason says why. */
  ended: AbortController;
  lastStored: number;
}

/** Ended sessions that stay in the status until dismissed. */
const endedShown = 20;
/** `last_activity` is stored at most this often. */
const activityStoreMs = 5_000;

/** What the table needs. */
export interface SessionTableDependencies {
  db: Database;
  hub: StatusHub;
  clock: Clock;
  /** Id of this process in `app_instance`: owner of its sessions. */
  instanceId: string;
  log: (level: 'error', message: string, fields?: { sessionId: string; code: string }) => void;
}

/** See the file's first line. */
export class SessionTable {
  readonly #deps: SessionTableDependencies;
  readonly #entries = new Map<string, SessionEntry>();

  constructor(deps: SessionTableDependencies) {
    this.#deps = deps;
  }

  /** Shows sessions that ended before this process began: those whose sandbox may still exist. */
  show(ended: readonly Session[]): void {
    for (const session of ended) this.#entries.set(session.id, entryOf(session));
    this.#publish();
  }

  /** Puts in a newer value of an ended session, where it is shown. */
  replace(session: Session): void {
    const entry = this.#entries.get(session.id);
    if (!entry || !isEnded(entry.session)) return;
    entry.session = session;
    this.#publish();
  }

  /** Adds a session that begins. Throws what the database says; then there is no session. */
  add(session: Session): SessionEntry {
    const entry = entryOf(session);
    this.#deps.db.sessions.insert(session, this.#deps.instanceId);
    this.#entries.set(session.id, entry);
    this.#publish();
    return entry;
  }

  /** A session of this process, also one that ended a while ago. */
  get(id: string): SessionEntry | undefined {
    return this.#entries.get(id);
  }

  /** Those of sessions that have not ended. */
  entries(): SessionEntry[] {
    return [...this.#entries.values()].filter(({ session }) => !isEnded(session));
  }

  /** Sessions that have not ended. */
  alive(): Session[] {
    return [...this.#entries.values()].map(({ session }) => session).filter((session) => !isEnded(session));
  }

  /** Takes a session out of the status. */
  remove(id: string): void {
    this.#entries.delete(id);
    this.#publish();
  }

  /** Applies a change: to the entry, to the database, to the status. Nothing happens where it does not apply. */
  step(entry: SessionEntry, change: SessionChange): void {
    const next = stepSession(entry.session, change);
    if (next === entry.session) return;
    entry.session = next;
    const now = this.#deps.clock.now();
    const cosmetic = ['step', 'disconnect-requested', 'link'].includes(change.type);
    const tooSoon = change.type === 'activity' && now - entry.lastStored < activityStoreMs;
    if (!cosmetic && !tooSoon) {
      entry.lastStored = now;
      this.#store(next);
    }
    if (!tooSoon) this.#publish();
  }

  /** A full disk must not keep a session from ending: the change is shown and logged even where it cannot be stored. */
  #store(session: Session): void {
    try {
      this.#deps.db.sessions.update(session);
    } catch (error) {
      this.#deps.log('error', 'session not stored', { sessionId: session.id, code: toProblem(error).code });
    }
  }

  #publish(): void {
    const sessions = [...this.#entries.values()].map((entry) => entry.session);
    const live = sessions.filter((session) => !isEnded(session));
    const ended = sessions.filter(isEnded).sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
    for (const old of ended.slice(endedShown)) this.#entries.delete(old.id);
    this.#deps.hub.update({ sessions: [...live, ...ended.slice(0, endedShown)] });
  }
}

function entryOf(session: Session): SessionEntry {
  return {
    session,
    driver: null,
    connection: null,
    settings: null,
    connecting: new AbortController(),
    connected: null,
    disconnected: null,
    ended: new AbortController(),
    lastStored: session.startedAt,
  };
}
