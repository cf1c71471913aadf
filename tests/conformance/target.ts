/** What a driver brings to be held to the assertions: real parts behind it, and a look at what it leaves there. */
import type { ConnectRequest, Driver, DriverSession } from '../../src-main/drivers/driver.ts';
import type { Capabilities } from '../../src-shared/domain/driver-manifest.ts';

/** What can be said about a driver beyond its manifest. */
export interface Traits {
  /** Code cannot reach what is outside of its sandbox. */
  isolated: boolean;
  /** The network can be switched off, and is in this test bed. */
  networkOff: boolean;
  /** Memory of the code is limited by `CommonSettings.memoryMb`. */
  memoryLimit: boolean;
  /** The sandbox can be ended from outside in this test bed. */
  breakable: boolean;
}

/** Everything an assertion may ask for. */
export type Ability = keyof Traits | Exclude<keyof Capabilities, 'keep'>;

/** Settings that every driver has in some form. */
export interface CommonSettings {
  environment?: Record<string, string>;
  memoryMb?: number;
}

/** A driver with its real parts running. */
export interface RunningTarget {
  driver: Driver;
  /** For connect, without what the kit brings itself. */
  account(settings: CommonSettings): Pick<ConnectRequest<unknown>, 'settings' | 'credentials' | 'consent'>;
  /** A value that is in the environment of SpecBoard and must be seen nowhere else. */
  hostSecret: string;
  /** What is there of that session: processes, folders, sandboxes at the vendor; in words. */
  leftovers(sessionId: string): string[] | Promise<string[]>;
  /** Ends the sandbox from outside, as a failing machine would. */
  breakSandbox?(session: DriverSession): void | Promise<void>;
  stop(): Promise<void>;
}

/** A driver in one way of use. */
export interface ConformanceTarget {
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

/** One thing that people rely on. */
export interface Assertion {
  /** A sentence that a person would say. */
  name: string;
  /** What a driver must have for it to apply. */
  needs?: readonly Ability[];
  /** Throws where it does not hold. */
  run(kit: import('./kit.ts').ConformanceKit): Promise<void>;
}
