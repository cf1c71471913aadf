/**
 * Sandboxes that run at a vendor's or an engine's, whoever started them: find them, connect to one, end one. Only what this
 * installation started is ended; another one's is left alone (docs/architecture.md, invariant 4).
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { FoundSandbox } from '../../src-shared/domain/sandbox.ts';
import { isEnded, mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Database } from '../db/connection.ts';
import type { StoredProfile } from '../db/repositories/profiles.ts';
import type { Account, Driver, RemoteSandbox } from '../drivers/driver.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { CredentialsService } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import { parseSettings } from './parse-settings.ts';
import type { SessionsService } from './sessions.ts';

/** What the service needs. */
export interface SandboxesDependencies {
  db: Database;
  registry: DriverRegistry;
  credentials: CredentialsService;
  sessions: SessionsService;
  profile: (id: string) => StoredProfile;
  /** Unique to this installation: what it started carries it. */
  installationId: string;
  clock: Clock;
}

const deadlineMs = 30_000;
/** How far back an ended session is looked for that may have left a sandbox. */
const sessionsSearched = 500;

/** See the file's first lines. */
export class SandboxesService {
  readonly #deps: SandboxesDependencies;

  constructor(deps: SandboxesDependencies) {
    this.#deps = deps;
  }

  /** Sandboxes of a profile's account, those of this installation first. Throws `unsupported`, or what the driver says. */
  list(profileId: string, signal?: AbortSignal): Promise<FoundSandbox[]> {
    return this.#withAccount(profileId, 'Looking for sandboxes', signal, async (driver, account, limit) => {
      const inUse = this.#inUse();
      return (await this.#find(driver, account, limit))
        .map((sandbox) => this.#found(sandbox, inUse))
        .sort((a, b) => Number(b.owner === 'here') - Number(a.owner === 'here') || byStart(a, b));
    });
  }

  /**
   * Connects to a sandbox that runs or is paused. One of this installation is taken over from the session that left it; one
   * that is another's, or in use by another session, is left as it is at disconnect. Throws `not-found`.
   */
  async attach(
    profileId: string,
    sandboxId: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<Session> {
    const found = await this.#withAccount(
      profileId,
      'Looking for the sandbox',
      options.signal,
      (driver, account, limit) => this.#findOne(driver, account, limit, sandboxId),
    );
    const isOurs = found.installationId === this.#deps.installationId;
    const isFree = !this.#inUse().has(sandboxId);
    const earlier = isOurs && isFree ? this.#leftBy(profileId, sandboxId) : undefined;
    if (earlier) return this.#deps.sessions.reattach(earlier.id, options);
    const sandbox = { id: sandboxId, foreign: !(isOurs && isFree), guest: !isFree };
    return this.#deps.sessions.connect(profileId, { ...options, sandbox });
  }

  /** Ends a sandbox that this installation started. Throws `forbidden` for any other, `not-found` where it is gone. */
  async end(profileId: string, sandboxId: string, signal?: AbortSignal): Promise<void> {
    const live = this.#deps.sessions.alive().find(({ metadata }) => metadata.sandboxId === sandboxId);
    if (live && live.metadata.foreign !== true) {
      const ended = await this.#deps.sessions.disconnect(live.id, { keep: 'end' });
      if (ended.reason.problem) throw SpecboardError.fromProblem(ended.reason.problem);
      return;
    }
    await this.#withAccount(profileId, 'Ending the sandbox', signal, async (driver, account, limit) => {
      const found = await this.#findOne(driver, account, limit, sandboxId);
      if (found.installationId !== this.#deps.installationId) {
        throw new SpecboardError(
          'forbidden',
          'SpecBoard did not start that sandbox here, so it does not end it.',
          {
            kept: 'Nothing was changed.',
            hint: 'End it where it was started, or with its own tools.',
          },
        );
      }
      if (this.#inUse().has(sandboxId)) {
        throw new SpecboardError('conflict', 'Another running SpecBoard uses that sandbox.', {
          kept: 'Nothing was changed.',
          hint: 'Disconnect it there first.',
        });
      }
      if (!driver.endRemote) throw cannot(driver, 'end a sandbox from outside');
      await driver.endRemote(account, sandboxId, limit);
    });
    this.#settleLeftovers(sandboxId);
  }

  async #withAccount<T>(
    profileId: string,
    what: string,
    signal: AbortSignal | undefined,
    work: (driver: Driver, account: Account<unknown>, limit: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { registry, credentials, clock } = this.#deps;
    const profile = this.#deps.profile(profileId);
    const driver = await registry.get(profile.driverType);
    if (!driver.manifest.capabilities.list || !driver.list) throw cannot(driver, 'list sandboxes');
    const deadline = withDeadline(clock, deadlineMs, what, signal ? [signal] : []);
    try {
      const account = {
        settings: parseSettings(driver.settingsSchema, profile.settings, 'The settings of this profile'),
        credentials: await credentials.resolve(profile, { interactive: true, forAccount: true }),
      };
      return await work(driver, account, deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  async #find(driver: Driver, account: Account<unknown>, signal: AbortSignal): Promise<RemoteSandbox[]> {
    return (await driver.list?.(account, signal)) ?? [];
  }

  async #findOne(
    driver: Driver,
    account: Account<unknown>,
    signal: AbortSignal,
    sandboxId: string,
  ): Promise<RemoteSandbox> {
    const found = (await this.#find(driver, account, signal)).find((one) => one.sandboxId === sandboxId);
    if (found) return found;
    throw new SpecboardError('not-found', 'That sandbox is not there any more.', {
      hint: 'Look again: specboard sandboxes list.',
    });
  }

  #found(sandbox: RemoteSandbox, inUse: ReadonlySet<string>): FoundSandbox {
    const { sandboxId, name, state, startedAt, endsAt, installationId } = sandbox;
    const isOurs = installationId === this.#deps.installationId;
    return {
      sandboxId,
      name,
      state,
      startedAt,
      endsAt,
      owner: isOurs ? 'here' : installationId === null ? 'unknown' : 'elsewhere',
      inUse: inUse.has(sandboxId),
    };
  }

  /** Ids of sandboxes that sessions of this installation use now, in whatever process of it. */
  #inUse(): Set<string> {
    const ids = this.#deps.db.sessions.unfinished().map(({ session }) => session.metadata.sandboxId);
    return new Set(ids.filter((id) => typeof id === 'string'));
  }

  /** The ended session that left the sandbox: it knows more of it than its id. */
  #leftBy(profileId: string, sandboxId: string): Session | undefined {
    return this.#deps.db.sessions
      .list(sessionsSearched)
      .find(
        (session) =>
          session.profileId === profileId && session.metadata.sandboxId === sandboxId && mayStillRun(session),
      );
  }

  /** The sandbox is gone: sessions that left it say so from now on. */
  #settleLeftovers(sandboxId: string): void {
    const { db, sessions } = this.#deps;
    for (const session of db.sessions.list(sessionsSearched)) {
      if (session.metadata.sandboxId !== sandboxId || !isEnded(session) || !mayStillRun(session)) continue;
      const ended: Session = {
        ...session,
        reason: { text: 'Ended; its sandbox was ended later by you' },
        metadata: { ...session.metadata, left: 'end' },
      };
      db.sessions.update(ended);
      sessions.updateLeftover(ended);
    }
  }
}

function byStart(a: FoundSandbox, b: FoundSandbox): number {
  return (b.startedAt ?? 0) - (a.startedAt ?? 0);
}

function cannot(driver: Driver, what: string): SpecboardError {
  return new SpecboardError('unsupported', `${driver.manifest.label} cannot ${what}.`, {
    hint: 'Use a profile of a driver that can.',
  });
}
