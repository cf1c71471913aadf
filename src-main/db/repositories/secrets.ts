/**
 * Table `secret`: that a secret was put into the keyring, and when. Never a value. It is what tells "locked" from "never
 * entered", because the keyring answers both in the same way.
 */
import { and, eq, sql } from 'drizzle-orm';
import type { Orm } from '../orm.ts';
import { secret } from '../schema.ts';

/** A row: `storedAt` in ms since the epoch; `checkId` is random and tells two savings apart. */
export interface SecretPresence {
  profileId: string;
  field: string;
  storedAt: number;
  checkId: string;
}

/** See the file's first lines. Rows go with their profile. */
export interface SecretsRepository {
  list(profileId: string): SecretPresence[];
  /** Adds or replaces. Throws `not-found` where the profile is not stored. */
  put(presence: SecretPresence): void;
  /** Removes one field's row, or all of a profile. */
  remove(profileId: string, field?: string): void;
}

/** Makes the repository over an open connection. */
export function createSecrets(orm: Orm): SecretsRepository {
  const ofProfile = orm
    .select()
    .from(secret)
    .where(eq(secret.profileId, sql.placeholder('profileId')))
    .orderBy(secret.field)
    .prepare();
  return {
    list: (profileId) => ofProfile.all({ profileId }),
    put: ({ profileId, field, storedAt, checkId }) => {
      orm
        .insert(secret)
        .values({ profileId, field, storedAt, checkId })
        .onConflictDoUpdate({ target: [secret.profileId, secret.field], set: { storedAt, checkId } })
        .run();
    },
    remove: (profileId, field) => {
      const ofThis = eq(secret.profileId, profileId);
      orm
        .delete(secret)
        .where(field === undefined ? ofThis : and(ofThis, eq(secret.field, field)))
        .run();
    },
  };
}
