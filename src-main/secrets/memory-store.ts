/** Secrets in this process's memory only: for tests, and where a system has no keyring at all. Gone with the process. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import type { SecretRead, SecretStore } from './store.ts';

/** See the file's first lines. `status` and `locked` may be changed by a test at any time. */
export class MemoryStore implements SecretStore {
  readonly #values = new Map<string, string>();
  /** Behaves like a locked keyring: reads give `absent`, writes throw. */
  locked = false;

  async status(): Promise<SecretStoreStatus> {
    const name = "SpecBoard's memory";
    if (!this.locked) return { state: 'available', name };
    return { state: 'locked', name, message: 'The keyring is locked.', hint: 'Unlock it and try again.' };
  }

  async get(account: string): Promise<SecretRead> {
    const value = this.locked ? undefined : this.#values.get(account);
    return value === undefined ? { state: 'absent' } : { state: 'found', value };
  }

  async set(account: string, value: string): Promise<void> {
    this.#refuseWhenLocked();
    if (value === '') throw new SpecboardError('invalid', 'The value is empty.');
    this.#values.set(account, value);
  }

  async delete(account: string): Promise<void> {
    this.#refuseWhenLocked();
    this.#values.delete(account);
  }

  #refuseWhenLocked(): void {
    if (this.locked) throw new SpecboardError('keyring-locked', 'The keyring is locked.');
  }
}
