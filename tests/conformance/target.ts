/**
 * What a driver brings to be held to the assertions: real parts behind it, hooks by which something happens to them from
 * outside, and a look at what it leaves there.
 */
import type { ConnectRequest, Driver, DriverSession, PortAddress } from '../../src-main/drivers/driver.ts';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';
import type { CutKind } from '../support/cut-proxy.ts';
import type { ConformanceKit } from './kit.ts';

/**
 * What can be said about a driver and its test bed beyond the manifest. True means: assertions about it apply, and the hook
 * that is named here must be there (a hook without its trait is refused, too: nothing is left out unseen).
 */
export interface Traits {
  /** Code cannot reach what is outside of its sandbox. */
  isolated: boolean;
  /** The network can be switched off, and is in this test bed, unless `CommonSettings.network` asks for it. */
  networkOff: boolean;
  /** Memory of the code is limited by `CommonSettings.memoryMb`. */
  memoryLimit: boolean;
  /** What the code may store is limited by `CommonSettings.diskMb`. */
  diskLimit: boolean;
  /** The sandbox can be ended from outside in this test bed: `breakSandbox`. */
  breakable: boolean;
  /** There is a connection between driver and sandbox that can be cut in the middle: `cut`. */
  linked: boolean;
  /** What the driver talks to can be restarted under it: `restartBackend`. */
  restartable: boolean;
  /** An account may have no room for one more sandbox: `exhaustQuota`. */
  quota: boolean;
  /** An account may be told to slow down: `limitRate`. */
  rateLimit: boolean;
  /** This machine can say what the sandbox really uses: `systemUsage`. */
  measurable: boolean;
}

/** Everything an assertion may ask for. */
export type Ability = keyof Traits | Exclude<keyof Capabilities, 'keep'>;

/** Settings that every driver has in some form; what is absent is as the test bed likes it. */
export interface CommonSettings {
  environment?: Record<string, string>;
  memoryMb?: number;
  diskMb?: number;
  /** Ports of the sandbox that will be asked for by `portAddress`, for drivers that must know beforehand. */
  ports?: readonly number[];
  /** True: with a network. */
  network?: boolean;
  /** False: without Python where that can be chosen; see hiding-python.ts for where it cannot. */
  python?: boolean;
}

/** For connect, without what the kit brings itself. */
export type TargetAccount = Pick<ConnectRequest<unknown>, 'settings' | 'credentials' | 'consent'>;

/** Takes back what a hook did. Idempotent. */
export interface Undo {
  restore(): void | Promise<void>;
}

/** A connection that is cut until `restore`; see `CutProxy.cut`. */
export interface CutLink extends Undo {
  /** Resolves with the first new connection, or the first bytes that a stall holds back: the cut is felt. */
  readonly tried: Promise<void>;
}

/** What the operating system says of all processes of a sandbox together. */
export interface SystemUsage {
  /** User and system time so far, in seconds. Rises. */
  cpuSeconds: number;
  /** Memory that these processes take, counted once where they share it. */
  memoryBytes: number;
}

/** A driver with its real parts running. */
export interface RunningTarget {
  driver: Driver;
  account(settings: CommonSettings): TargetAccount;
  /** The same with nothing behind it: a closed port, an engine or a Python that is not there. */
  accountOfNothing(): TargetAccount;
  /** A value that is in the environment of SpecBoard and must be seen nowhere else. */
  hostSecret: string;
  /** What is there of that session: processes, folders, sandboxes at the vendor; in words. */
  leftovers(sessionId: string): string[] | Promise<string[]>;
  /** The same of all sessions there ever were: looked at when everything is over, before `stop`. */
  remains(): string[] | Promise<string[]>;
  /** True: what sleeps keeps its files only, and wakes up with a fresh Python; the form says so. */
  forgetsAsleep?: boolean;
  /** Ends the sandbox from outside, as a failing machine would (`breakable`). */
  breakSandbox?(session: DriverSession): void | Promise<void>;
  /** Cuts the connection between this driver and all of its sandboxes, by a proxy between them (`linked`). */
  cut?(kind: CutKind): CutLink | Promise<CutLink>;
  /** Ends the engine or server that the driver talks to and starts it again, at the same address (`restartable`). */
  restartBackend?(): void | Promise<void>;
  /** From now on there is no room for another sandbox, until `restore` (`quota`). */
  exhaustQuota?(): Undo | Promise<Undo>;
  /** From now on creating is answered "too many requests, try again in a minute", until `restore` (`rateLimit`). */
  limitRate?(): Undo | Promise<Undo>;
  /** What this machine says that the sandbox uses (`measurable`); `usageOf` in tests/support/system-usage.ts helps. */
  systemUsage?(session: DriverSession): SystemUsage | Promise<SystemUsage>;
  /** Asks for `path` over HTTP at a port's address and gives the body; absent: a plain fetch of its URL. */
  reach?(address: PortAddress, path: string): Promise<string>;
  /** Ends the parts. Afterwards nothing of them runs and nothing is on disk. */
  stop(): Promise<void>;
}

/** A driver in one way of use. */
export interface ConformanceTarget {
  /** Heading of its column in docs/drivers.md; one of `columns` in report.ts. */
  name: string;
  traits: Traits;
  /**
   * Assertions that do not hold, by name, with the reason: a fault of the driver or a shortcoming of its test bed. They are
   * run all the same; one that holds after all must be taken out of this list.
   */
  gaps?: Readonly<Record<string, string>>;
  /** Why it cannot be tried on this machine at all; null where it can. A target may not be silently absent on Linux. */
  unavailable(): Promise<string | null>;
  start(): Promise<RunningTarget>;
}

/** Traits that mean that a hook is there. */
export const hookOfTrait = {
  breakable: 'breakSandbox',
  linked: 'cut',
  restartable: 'restartBackend',
  quota: 'exhaustQuota',
  rateLimit: 'limitRate',
  measurable: 'systemUsage',
} as const satisfies Partial<Record<keyof Traits, keyof RunningTarget>>;

/** One thing that people rely on. */
export interface Assertion {
  /** A sentence that a person would say. */
  name: string;
  /** What a driver must have for it to apply. */
  needs?: readonly Ability[];
  /** Throws where it does not hold. */
  run(kit: ConformanceKit): Promise<void>;
}
