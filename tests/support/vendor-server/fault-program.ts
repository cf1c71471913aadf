// A programme of faults: what the next requests to a test server shall suffer, and how often.

/** Which requests a fault is for; every given field must match. */
export interface FaultMatch<Plane extends string> {
  readonly plane?: Plane;
  readonly method?: string;
  /** Exact path, or a pattern for it (without the query). */
  readonly path?: string | RegExp;
  readonly sandboxId?: string;
}

/** One line of the programme. */
export interface Fault<Plane extends string, Effect> {
  readonly match: FaultMatch<Plane>;
  readonly effect: Effect;
  /** How many matching requests suffer it. Default 1; Infinity for "until cleared". */
  readonly times?: number;
  /** How many matching requests pass unharmed first. Default 0. */
  readonly skip?: number;
}

/** What a request looks like to the programme. */
export interface FaultTarget<Plane extends string> {
  readonly plane: Plane;
  readonly method: string;
  readonly path: string;
  readonly sandboxId: string | undefined;
}

interface Armed<Plane extends string, Effect> {
  readonly fault: Fault<Plane, Effect>;
  skip: number;
  left: number;
}

/** Holds the armed faults; the server asks it once for each request. */
export class FaultProgram<Plane extends string, Effect> {
  #armed: Armed<Plane, Effect>[] = [];

  /** Arm a fault. Returns a function that takes it back. */
  add(fault: Fault<Plane, Effect>): () => void {
    const armed = { fault, skip: fault.skip ?? 0, left: fault.times ?? 1 };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
  }

  /** Take every fault back. */
  clear(): void {
    this.#armed = [];
  }

  /** How many faults still wait for a request. */
  get pending(): number {
    return this.#armed.length;
  }

  /** The effects for this request; counts down the faults it used. */
  take(target: FaultTarget<Plane>): Effect[] {
    const effects: Effect[] = [];
    for (const armed of this.#armed) {
      if (!matches(armed.fault.match, target)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      effects.push(armed.fault.effect);
    }
    this.#armed = this.#armed.filter((armed) => armed.left > 0);
    return effects;
  }
}

function matches<Plane extends string>(match: FaultMatch<Plane>, target: FaultTarget<Plane>): boolean {
  if (match.plane !== undefined && match.plane !== target.plane) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== target.method) return false;
  if (match.sandboxId !== undefined && match.sandboxId !== target.sandboxId) return false;
  if (match.path === undefined) return true;
  return typeof match.path === 'string' ? match.path === target.path : match.path.test(target.path);
}
