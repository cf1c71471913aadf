/** The sandbox's side of a sync: through the Python helper, or where there is no Python through its shell (shell-side/). */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import type { LeftCopy, RemoteSide } from '../sides.ts';
import { CountedPort, type Traffic } from './counted-port.ts';
import { PythonSide } from './python-side.ts';
import type { SandboxPort } from './sandbox-port.ts';
import { ShellSide } from './shell-side/shell-side.ts';

/** What a remote side is made of. */
export interface RemoteSideOptions {
  readonly port: SandboxPort;
  /** Folder in the sandbox: absolute, `~`, `~/...`, or relative to the working folder. */
  readonly root: string;
  /** Letters, digits, `_` and `-`. */
  readonly rootId: string;
  /** The text of resources/synckit.py. */
  readonly kit: Uint8Array;
  /** This computer has Windows' rules for names: what it cannot have is told as unusable. */
  readonly windowsNames?: boolean;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Makes it. Nothing is asked before the first call. */
export function createRemoteSide(options: RemoteSideOptions): RemoteSide {
  const { port, root, rootId, kit, clock = systemClock, random = Math.random } = options;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(rootId) || root.includes('\0') || root.includes('\n'))
    throw new SpecboardError('invalid', 'A folder in a sandbox cannot have this name.');
  const counted = new CountedPort(port, clock);
  const folder = { root: root === '' ? '.' : root, rootId, windowsNames: options.windowsNames ?? false };
  return new AnySide(
    counted,
    new PythonSide(folder, { port: counted, kit, clock, random }),
    () => new ShellSide(folder, { port: counted, clock, random }),
  );
}

/** Python until it turns out that there is none. */
class AnySide implements RemoteSide {
  readonly #port: CountedPort;
  readonly #makeShell: () => RemoteSide;
  #side: RemoteSide;
  #isShell = false;

  constructor(port: CountedPort, python: RemoteSide, makeShell: () => RemoteSide) {
    this.#port = port;
    this.#side = python;
    this.#makeShell = makeShell;
  }

  get facts(): RemoteSide['facts'] {
    return this.#side.facts;
  }

  get traffic(): Traffic {
    return this.#port.traffic;
  }

  scan: RemoteSide['scan'] = (...args) => this.#do((side) => side.scan(...args));
  again = async (...args: Parameters<NonNullable<RemoteSide['again']>>) =>
    (await this.#side.again?.(...args)) ?? null;
  apply: RemoteSide['apply'] = (...args) => this.#do((side) => side.apply(...args));
  sendPart: RemoteSide['sendPart'] = (...args) => this.#do((side) => side.sendPart(...args));
  hasParts: RemoteSide['hasParts'] = (...args) => this.#do((side) => side.hasParts(...args));
  pack: RemoteSide['pack'] = (...args) => this.#do((side) => side.pack(...args));
  signature: RemoteSide['signature'] = (...args) => this.#do((side) => side.signature(...args));
  ranges: RemoteSide['ranges'] = (...args) => this.#do((side) => side.ranges(...args));
  mark: RemoteSide['mark'] = (...args) => this.#do((side) => side.mark(...args));
  leftCopies = (): readonly LeftCopy[] => this.#side.leftCopies?.() ?? [];
  keptStored = (cycle: string | null): void => this.#side.keptStored?.(cycle);
  wait: RemoteSide['wait'] = (...args) => this.#do((side) => side.wait(...args));
  readKept: RemoteSide['readKept'] = (...args) => this.#do((side) => side.readKept(...args));
  dropKept: RemoteSide['dropKept'] = (...args) => this.#do((side) => side.dropKept(...args));
  forget: RemoteSide['forget'] = (...args) => this.#do((side) => side.forget(...args));
  close: RemoteSide['close'] = () => this.#side.close();

  async #do<T>(work: (side: RemoteSide) => Promise<T>): Promise<T> {
    const side = this.#side;
    try {
      return await work(side);
    } catch (error) {
      const noPython = error instanceof SpecboardError && error.code === 'python-missing';
      if (!noPython || (this.#isShell && side === this.#side)) throw error;
      if (!this.#isShell) {
        this.#isShell = true;
        this.#side = this.#makeShell();
      }
      return work(this.#side);
    }
  }
}
