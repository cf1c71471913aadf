/** Where secrets are kept. Implementations: keytar-store.ts (the system's keyring) and memory-store.ts (tests, no keyring). */
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';

/**
 * What a read gives. `absent` is all that most systems say both for "there is none" and for "locked, and nobody unlocked
 * it": only who knows whether one was stored (the database's presence row) can tell.
 */
export type SecretRead = { state: 'found'; value: string } | { state: 'absent' };

/**
 * Keeps secrets by account (`<driver>/<profileId>/<field>`). There is no way to list them: the database knows what was
 * stored. All methods throw SpecboardErrors: `keyring-missing`, `keyring-locked`, or `unavailable`, each with what to do.
 */
export interface SecretStore {
  /** Whether secrets can be kept now, in words for a person. Shows no prompt and does not throw. */
  status(): Promise<SecretStoreStatus>;
  /** `interactive`: a person asked for this just now, so the system may show its prompt and take up to a minute. */
  get(account: string, options: { interactive: boolean }): Promise<SecretRead>;
  /** Stores and reads back what it stored; `invalid` where the value is empty or too long for this system. */
  set(account: string, value: string): Promise<void>;
  /** Resolves when it is not there any more, whether or not it was before. */
  delete(account: string): Promise<void>;
}
