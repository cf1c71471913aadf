/**
 * Credentials: what is stored where, and handing it to a driver at connect. Secrets live in the keyring and in this
 * process's memory, nowhere else (docs/architecture.md, invariant 1). The keyring answers null both for "locked" and for "absent"
 * (electron.md 6), so the database remembers that something was stored (a presence row, never a value).
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { CredentialField, DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { CredentialPresence } from '../../src-shared/domain/profile.ts';
import { pairsMessage, parseSecretPairs } from '../../src-shared/domain/secret-pairs.ts';
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import type { Database } from '../db/connection.ts';
import type { StoredProfile } from '../db/repositories/profiles.ts';
import type { LiveSecrets } from '../secrets/live-secrets.ts';
import type { SecretStore } from '../secrets/store.ts';
import { withoutSecrets } from './redacted-drivers.ts';

/** What the service needs. */
export interface CredentialsDependencies {
  db: Database;
  store: SecretStore;
  liveSecrets: LiveSecrets;
  manifest: (driverType: StoredProfile['driverType']) => DriverManifest;
  env: Readonly<Record<string, string | undefined>>;
  now: () => number;
}

/** Sets, clears and resolves credentials. The only reader of the SecretStore. */
export class CredentialsService {
  readonly #deps: CredentialsDependencies;
  /** "For this session only": account -> value, gone when the process ends. */
  readonly #memory = new Map<string, string>();
  /** Accounts whose presence row the keyring could not confirm at the last try. */
  readonly #locked = new Set<string>();

  constructor(deps: CredentialsDependencies) {
    this.#deps = deps;
  }

  /**
   * What is known about each credential of a profile, without touching the keyring. `store`: how the keyring says it is; one
   * that is locked gives nothing, whatever it gave before.
   */
  presence(profile: StoredProfile, store: SecretStoreStatus['state'] = 'available'): CredentialPresence[] {
    const rows = new Map(this.#deps.db.secrets.list(profile.id).map((row) => [row.field, row]));
    return this.#fields(profile).map((field) => {
      const account = accountOf(profile, field.name);
      const row = rows.get(field.name);
      const env = field.environmentVariable;
      const known = env === undefined ? {} : { environmentVariable: env };
      if (this.#memory.has(account)) return { field: field.name, state: 'session', storedAt: null, ...known };
      if (row) {
        const state = store !== 'available' || this.#locked.has(account) ? 'locked' : 'stored';
        return { field: field.name, state, storedAt: row.storedAt, ...known };
      }
      const state = env !== undefined && this.#deps.env[env] ? 'environment' : 'missing';
      return { field: field.name, state, storedAt: null, ...known };
    });
  }

  /** The keyring is there again (a person unlocked it): what it did not give before, it may give now. */
  forgetLocked(): void {
    this.#locked.clear();
  }

  /**
   * Stores values by field name. Throws `invalid` for a field the driver does not have, `keyring-missing` or
   * `keyring-locked` where it cannot be kept; then nothing is stored.
   */
  async set(
    profile: StoredProfile,
    values: Readonly<Record<string, string>>,
    { sessionOnly }: { sessionOnly: boolean },
  ): Promise<void> {
    const fields = this.#fields(profile);
    for (const [name, value] of Object.entries(values)) {
      const field = fields.find((candidate) => candidate.name === name);
      if (!field) throw unknownField(profile, fields);
      if (value.trim() === '') throw emptyValue(field);
      if (field.format === 'pairs') checkPairs(field, value);
    }
    for (const [name, raw] of Object.entries(values)) {
      const value = raw.trim();
      const account = accountOf(profile, name);
      this.#remember(
        fields.find((field) => field.name === name),
        value,
      );
      if (sessionOnly) {
        this.#memory.set(account, value);
        continue;
      }
      await this.#deps.store.set(account, value);
      this.#memory.delete(account);
      this.#locked.delete(account);
      const storedAt = this.#deps.now();
      this.#deps.db.secrets.put({ profileId: profile.id, field: name, storedAt, checkId: randomUUID() });
    }
  }

  /** Forgets one credential, or all of a profile. Throws `keyring-locked` rather than leave a secret behind unnoticed. */
  async clear(profile: StoredProfile, field?: string): Promise<void> {
    const rows = this.#deps.db.secrets.list(profile.id);
    for (const { name } of this.#fields(profile)) {
      if (field !== undefined && name !== field) continue;
      const account = accountOf(profile, name);
      this.#memory.delete(account);
      if (!rows.some((row) => row.field === name)) continue;
      await this.#deps.store.delete(account);
      this.#locked.delete(account);
      this.#deps.db.secrets.remove(profile.id, name);
    }
  }

  /**
   * The values a driver needs, by field name. Throws `credential-missing` or `keyring-locked`, each with what to do.
   * `interactive`: a person asked for this just now, so the keyring may show its prompt. `forAccount`: for calls without a
   * session; what only code needs (`pairs`) is then left where it is, and a keyring that does not give it is in nobody's way.
   */
  async resolve(
    profile: StoredProfile,
    { interactive, forAccount = false }: { interactive: boolean; forAccount?: boolean },
  ): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const rows = this.#deps.db.secrets.list(profile.id);
    for (const field of this.#fields(profile)) {
      if (forAccount && field.format === 'pairs') continue;
      const value = await this.#resolveOne(
        profile,
        field,
        rows.some((row) => row.field === field.name),
        interactive,
      );
      if (value !== undefined) {
        this.#remember(field, value);
        found[field.name] = value;
      } else if (field.required) {
        throw missing(profile, field);
      }
    }
    return found;
  }

  /** What the environment gives for a driver, without any profile; null where a required value is not there. */
  fromEnvironment(driverType: StoredProfile['driverType']): Record<string, string> | null {
    const found: Record<string, string> = {};
    for (const field of this.#deps.manifest(driverType).credentials) {
      const env = field.environmentVariable;
      const value = (env === undefined ? undefined : this.#deps.env[env]) || undefined;
      if (value !== undefined) {
        this.#remember(field, value);
        found[field.name] = value;
      } else if (field.required) return null;
    }
    return found;
  }

  /** An error of a driver that did not come as an answer (see redacted-drivers.ts): the same, telling no secret. */
  withoutSecrets(error: SpecboardError): SpecboardError {
    return withoutSecrets(error, this.#deps.liveSecrets) as SpecboardError;
  }

  /** Copies what can be read from one profile to another of the same driver; what cannot be read stays missing. */
  async copy(from: StoredProfile, to: StoredProfile): Promise<void> {
    const rows = this.#deps.db.secrets.list(from.id);
    for (const { name } of this.#fields(from)) {
      const session = this.#memory.get(accountOf(from, name));
      if (session !== undefined) this.#memory.set(accountOf(to, name), session);
      if (!rows.some((row) => row.field === name)) continue;
      const read = await this.#deps.store
        .get(accountOf(from, name), { interactive: true })
        .catch(() => undefined);
      if (read?.state === 'found') await this.set(to, { [name]: read.value }, { sessionOnly: false });
    }
  }

  async #resolveOne(
    profile: StoredProfile,
    field: CredentialField,
    hasRow: boolean,
    interactive: boolean,
  ): Promise<string | undefined> {
    const account = accountOf(profile, field.name);
    const session = this.#memory.get(account);
    if (session !== undefined) return session;
    if (hasRow) {
      const read = await this.#deps.store.get(account, { interactive }).catch((error: unknown) => {
        this.#locked.add(account);
        throw error;
      });
      if (read.state === 'found') {
        this.#locked.delete(account);
        return read.value;
      }
      this.#locked.add(account);
      throw locked(profile, field);
    }
    const env = field.environmentVariable;
    return (env === undefined ? undefined : this.#deps.env[env]) || undefined;
  }

  /** From now on the value is told by nobody; of many in one, each. */
  #remember(field: CredentialField | undefined, value: string): void {
    this.#deps.liveSecrets.add(value);
    if (field?.format !== 'pairs') return;
    for (const one of Object.values(parseSecretPairs(value).pairs)) this.#deps.liveSecrets.add(one);
  }

  #fields(profile: StoredProfile): CredentialField[] {
    return this.#deps.manifest(profile.driverType).credentials;
  }
}

/** The keyring account of a credential: `<driver>/<profile>/<field>`. */
export function accountOf(profile: Pick<StoredProfile, 'id' | 'driverType'>, field: string): string {
  return `${profile.driverType}/${profile.id}/${field}`;
}

/** The name is not repeated: it may be the key itself, given in the wrong place. */
function unknownField(profile: StoredProfile, fields: CredentialField[]): SpecboardError {
  const names = fields.map((field) => field.name).join(', ');
  return new SpecboardError('invalid', `"${profile.name}" has no credential of that name.`, {
    hint: names ? `It takes: ${names}.` : 'It needs no credential.',
  });
}

function emptyValue(field: CredentialField): SpecboardError {
  return new SpecboardError('invalid', `The ${field.label} is empty.`, {
    fields: { [field.name]: `Enter the ${field.label}.` },
  });
}

/** Throws `invalid`, naming the lines and never what is in them. */
function checkPairs(field: CredentialField, value: string): void {
  const { pairs, problems } = parseSecretPairs(value);
  const message =
    pairsMessage(problems) ?? (Object.keys(pairs).length === 0 ? 'Enter lines of NAME=value.' : null);
  if (message === null) return;
  throw new SpecboardError('invalid', `The ${field.label} cannot be used as entered. ${message}`, {
    fields: { [field.name]: message },
    kept: 'Nothing was stored.',
    hint: 'Write one NAME=value a line.',
  });
}

function missing(profile: StoredProfile, field: CredentialField): SpecboardError {
  const env = field.environmentVariable ? `, or set ${field.environmentVariable}` : '';
  return new SpecboardError('credential-missing', `"${profile.name}" has no ${field.label} yet.`, {
    hint: `Add it in the profile (specboard credentials set)${env}.`,
    action: { type: 'set-credential', profileId: profile.id, field: field.name },
  });
}

function locked(profile: StoredProfile, field: CredentialField): SpecboardError {
  return new SpecboardError(
    'keyring-locked',
    `The keyring does not give the ${field.label} of "${profile.name}": it is locked, or the entry was removed elsewhere.`,
    {
      kept: 'The stored key is not touched.',
      hint: 'Unlock the keyring and try again, or enter the key once more for this session only.',
      action: { type: 'set-credential', profileId: profile.id, field: field.name },
    },
  );
}
