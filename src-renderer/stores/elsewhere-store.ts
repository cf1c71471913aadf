/** What was found to run at each profile's account, and when: loaded when a person asks, never by itself. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';
import type { FoundSandbox } from '../../src-shared/domain/sandbox.ts';
import type { Bridge } from '../bridge/client.ts';

/** What is known of one account. */
export interface Account {
  /** Null until somebody looked. */
  found: readonly FoundSandbox[] | null;
  /** When `found` was true; ms since the epoch. */
  at: number | null;
  isLooking: boolean;
  /** Why the last look, or the last end, did not work. */
  problem: Problem | null;
}

/** The account nobody looked at yet. */
export const unknownAccount: Account = { found: null, at: null, isLooking: false, problem: null };

/** See the head of the file. */
export class Elsewhere {
  readonly store: StoreApi<Record<string, Account>> = createStore<Record<string, Account>>(() => ({}));
  readonly #bridge: Bridge;
  readonly #now: () => number;

  constructor(bridge: Bridge, now: () => number) {
    this.#bridge = bridge;
    this.#now = now;
  }

  /** What is known of a profile's account. */
  account(profileId: string): Account {
    return this.store.getState()[profileId] ?? unknownAccount;
  }

  /** Asks what runs there. */
  async look(profileId: string): Promise<void> {
    if (this.account(profileId).isLooking) return;
    this.#patch(profileId, { isLooking: true, problem: null });
    try {
      const found = await this.#bridge.call('sandboxes.list', { profileId });
      this.#patch(profileId, { found, at: this.#now(), isLooking: false });
    } catch (error) {
      this.#patch(profileId, { problem: toProblem(error), isLooking: false });
    }
  }

  /**
   * Ends a sandbox; the question before belongs to who calls. `onGone` is called just before its row goes away. Returns
   * whether it is gone.
   */
  async end(profileId: string, sandboxId: string, onGone?: () => void): Promise<boolean> {
    try {
      await this.#bridge.call('sandboxes.end', { profileId, sandboxId });
    } catch (error) {
      this.#patch(profileId, { problem: toProblem(error) });
      return false;
    }
    onGone?.();
    const { found } = this.account(profileId);
    this.#patch(profileId, { found: found?.filter((one) => one.sandboxId !== sandboxId) ?? null });
    return true;
  }

  /** Takes the problem away. */
  dismiss(profileId: string): void {
    this.#patch(profileId, { problem: null });
  }

  #patch(profileId: string, patch: Partial<Account>): void {
    this.store.setState({ [profileId]: { ...this.account(profileId), ...patch } });
  }
}
