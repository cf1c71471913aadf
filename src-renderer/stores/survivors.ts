/**
 * What ran when the window went away: remembered by the window itself over a reload, so that the new one can say what became of
 * it. Sessions and runs live in the main process; only the person's view of them was gone.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Execution, isFinal } from '../../src-shared/domain/execution.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Bridge } from '../bridge/client.ts';

/** One run that was there before the reload. */
export interface Survivor {
  executionId: string;
  sessionId: string;
  number: number;
  isRunning: boolean;
}

const key = 'specboard.running';

/** Feed it every status; `store` holds what survived until `forget`. */
export class Survivors {
  readonly store: StoreApi<readonly Survivor[]> = createStore<readonly Survivor[]>(() => []);
  readonly #bridge: Bridge;
  #isFirst = true;
  #remembered = '';

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** The status changed. */
  take(status: Status): void {
    if (this.#isFirst) {
      this.#isFirst = false;
      void this.#compare(read(), status);
    }
    this.#remember(status.executions.filter(({ state }) => !isFinal(state)));
  }

  /** It was seen. */
  forget(): void {
    this.store.setState([], true);
  }

  async #compare(before: readonly string[], status: Status): Promise<void> {
    const found = await Promise.all(before.map((id) => this.#find(id, status)));
    const alive = new Set(status.sessions.map(({ id }) => id));
    const here = found.filter((one) => one !== null && alive.has(one.sessionId)) as Execution[];
    const survivors = here
      .toSorted((a, b) => b.number - a.number)
      .map(({ id, sessionId, number, state }) => ({
        executionId: id,
        sessionId,
        number,
        isRunning: !isFinal(state),
      }));
    if (survivors.length > 0) this.store.setState(survivors, true);
  }

  async #find(executionId: string, status: Status): Promise<Execution | null> {
    const named = status.executions.find(({ id }) => id === executionId);
    return named ?? this.#bridge.call('executions.get', { executionId }).catch(() => null);
  }

  #remember(running: readonly Execution[]): void {
    const text = JSON.stringify(running.map(({ id }) => id));
    if (text === this.#remembered) return;
    this.#remembered = text;
    try {
      sessionStorage.setItem(key, text);
    } catch {
      // Then the next window says nothing; the runs are there all the same.
    }
  }
}

function read(): string[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string').slice(0, 100) : [];
  } catch {
    return [];
  }
}
