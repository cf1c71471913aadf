/** Connecting: from a profile to a session that can run code, with a deadline for each step, a cancel, and no remains. */
import { type Problem, SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { KeepMode, Session, SessionChange } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { StoredProfile } from '../db/repositories/profiles.ts';
import type { ConnectRequest, Driver, DriverSession } from '../drivers/driver.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { CredentialsService } from './credentials.ts';
import { reasonOf, settleAfterAbort, withStepDeadline } from './deadline.ts';
import { abandonConnection, type EndingContext } from './end-connection.ts';
import { parseSettings } from './parse-settings.ts';
import type { SessionEntry } from './session-table.ts';

/** How to connect. */
export interface ConnectOptions {
  /** The person agreed to what the driver would refuse without. */
  consent?: boolean;
  signal?: AbortSignal;
  /** An ended session whose sandbox is to be used again, instead of a new one. */
  earlier?: Session;
  /**
   * A sandbox that runs, to be used instead of a new one. `foreign`: it is left at disconnect, whatever the profile says;
   * `guest`: another session uses it, too.
   */
  sandbox?: { id: string; foreign: boolean; guest: boolean };
}

/** What it needs of the sessions. Times in ms. */
export interface SessionConnectDependencies {
  clock: Clock;
  registry: DriverRegistry;
  credentials: CredentialsService;
  ending: EndingContext;
  deadlines: { connect: number; connectInAll: number; grace: number };
  step: (entry: SessionEntry, change: SessionChange) => void;
  finish: (entry: SessionEntry, change: SessionChange) => void;
  /** The driver's session is there: the entry becomes active. */
  accept: (entry: SessionEntry, connection: DriverSession) => void;
  /** The earlier session's sandbox belongs to another session now, or is gone. */
  settleEarlier: (earlier: Session, left: 'attached' | 'end') => void;
  log: (level: 'warn', message: string, fields?: JsonObject) => void;
}

/** See the file's first line. */
export class SessionConnect {
  readonly #deps: SessionConnectDependencies;

  constructor(deps: SessionConnectDependencies) {
    this.#deps = deps;
  }

  /** Connects the entry's session. Resolves with it when it is active; rejects with the reason, which is in it then, too. */
  async connect(entry: SessionEntry, profile: StoredProfile, options: ConnectOptions): Promise<Session> {
    const { clock, deadlines, ending } = this.#deps;
    const parents = [entry.connecting.signal, ...(options.signal ? [options.signal] : [])];
    const deadline = withStepDeadline(
      clock,
      { stepMs: deadlines.connect, totalMs: deadlines.connectInAll },
      'Connecting',
      parents,
    );
    let work: Promise<DriverSession> | undefined;
    let cleaned = false;
    try {
      const driver = await this.#deps.registry.get(profile.driverType);
      entry.driver = driver;
      entry.settings = parseSettings(driver.settingsSchema, profile.settings, 'The settings of this profile');
      // A keyring prompt may be open for a minute; a person who cancels does not wait for it.
      const credentials = await settleAfterAbort(
        clock,
        this.#deps.credentials.resolve(profile, { interactive: true }),
        deadline.signal,
        0,
      );
      deadline.signal.throwIfAborted();
      const request: ConnectRequest<unknown> = {
        sessionId: entry.session.id,
        profileName: profile.name,
        settings: entry.settings,
        credentials,
        consent: options.consent ?? false,
        onStep: (step) => {
          deadline.step(step);
          this.#deps.step(entry, { type: 'step', at: clock.now(), step });
        },
        onMetadata: (metadata) => this.#deps.step(entry, { type: 'metadata', at: clock.now(), metadata }),
      };
      const known = options.earlier?.metadata ?? sandboxMetadata(options);
      work = known
        ? attach(driver, request, known, deadline.signal)
        : driver.connect(request, deadline.signal);
      work.catch(() => {
        // A driver that fails, or that was told to stop, leaves nothing behind.
        cleaned = true;
      });
      const connection = await settleAfterAbort(clock, work, deadline.signal, deadlines.grace);
      if (deadline.signal.aborted) {
        await abandonConnection(driver, connection, ending, keepOf(options));
        cleaned = true;
        throw reasonOf(deadline.signal);
      }
      this.#deps.accept(entry, connection);
      if (options.earlier) this.#deps.settleEarlier(options.earlier, 'attached');
      return entry.session;
    } catch (error) {
      // A driver that answers after it was left behind must not leave a sandbox nobody knows of.
      work
        ?.then((late) => entry.driver && abandonConnection(entry.driver, late, ending, keepOf(options)))
        .catch(() => {});
      const words = cancelledWords(options, work === undefined ? 'nothing' : cleaned ? 'removed' : 'going');
      const failed = this.#failed(entry, deadline.signal.aborted ? reasonOf(deadline.signal) : error, words);
      if (options.earlier && failed.code === 'gone') this.#deps.settleEarlier(options.earlier, 'end');
      throw failed;
    } finally {
      deadline.dispose();
    }
  }

  #failed(entry: SessionEntry, error: unknown, cancelled: string): SpecboardError {
    const told = toProblem(error);
    const { profileId } = entry.session;
    const problem = withAction(told, entry.session.driverType, profileId);
    const at = this.#deps.clock.now();
    if (problem.code === 'cancelled') {
      this.#deps.finish(entry, { type: 'disconnected', at, reason: { text: cancelled } });
    } else {
      this.#deps.log('warn', 'connect failed', { sessionId: entry.session.id, code: problem.code });
      this.#deps.finish(entry, { type: 'failed', at, reason: { text: problem.message, problem } });
    }
    return SpecboardError.fromProblem(problem);
  }
}

/** What became of the sandbox that was being made. */
function cancelledWords(options: ConnectOptions, made: 'nothing' | 'removed' | 'going'): string {
  if (options.earlier || options.sandbox) return 'Cancelled while connecting; the sandbox is as it was';
  return {
    nothing: 'Cancelled while connecting; no sandbox was made',
    removed: 'Cancelled while connecting; what was made of the sandbox is removed',
    going: 'Cancelled while connecting; what was made of the sandbox is still being removed',
  }[made];
}

function attach(
  driver: Driver,
  request: ConnectRequest<unknown>,
  metadata: JsonObject,
  signal: AbortSignal,
): Promise<DriverSession> {
  if (driver.attach) return driver.attach(request, metadata, signal);
  throw new SpecboardError('unsupported', `A sandbox of "${request.profileName}" ends with its session.`, {
    hint: 'Connect anew.',
  });
}

/** What a driver gets to know of a sandbox that no session here has left: see `Driver.attach`. */
function sandboxMetadata({ sandbox }: ConnectOptions): JsonObject | undefined {
  if (!sandbox) return undefined;
  return sandbox.guest ? { sandboxId: sandbox.id, guest: true } : { sandboxId: sandbox.id };
}

/** A connect that is given up leaves nothing behind, but a sandbox that was there before stays as it was. */
function keepOf(options: ConnectOptions): KeepMode {
  return options.earlier || options.sandbox ? 'leave' : 'end';
}

/** What a person can do about a connect that failed: agree, or choose another interpreter of this computer. */
function withAction(problem: Problem, driverType: Session['driverType'], profileId: string): Problem {
  if (problem.code === 'consent-needed') return { ...problem, action: { type: 'consent', profileId } };
  if (problem.code === 'python-missing' && driverType === 'local') {
    return { ...problem, action: { type: 'edit-profile', profileId, field: 'python' } };
  }
  return problem;
}
