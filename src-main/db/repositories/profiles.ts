/** Table `driver_config`: profiles. Exactly one is the default as long as there is any. */
import { asc, eq, sql } from 'drizzle-orm';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import { type Orm, transact } from '../orm.ts';
import { driverConfig } from '../schema.ts';

/** A profile as the database has it: everything but where its secrets are. */
export type StoredProfile = Omit<Profile, 'credentials'>;

/** See the file's first lines. */
export interface ProfilesRepository {
  /** All, in the order they were made. */
  list(): StoredProfile[];
  get(id: string): StoredProfile | undefined;
  /** The first one becomes the default whatever it says; a later one that says so takes the mark over. */
  insert(profile: StoredProfile): void;
  /** Changes what is given; an id that is not there changes nothing. */
  update(id: string, change: { name?: string; settings?: JsonObject; updatedAt: number }): void;
  /** Its sessions stay, without a profile; where it was the default, the oldest of the rest becomes it. */
  remove(id: string): void;
  /** Moves the mark; an id that is not there changes nothing. */
  setDefault(id: string): void;
}

/** Makes the repository over an open connection. */
export function createProfiles(orm: Orm): ProfilesRepository {
  // Two profiles may be made in the same ms; rowid tells which was first.
  const order = [asc(driverConfig.createdAt), asc(sql`rowid`)];
  const all = orm
    .select()
    .from(driverConfig)
    .orderBy(...order)
    .prepare();
  const byId = orm
    .select()
    .from(driverConfig)
    .where(eq(driverConfig.id, sql.placeholder('id')))
    .prepare();

  const mark = (id: string): void => {
    orm.update(driverConfig).set({ isDefault: false }).where(eq(driverConfig.isDefault, true)).run();
    orm.update(driverConfig).set({ isDefault: true }).where(eq(driverConfig.id, id)).run();
  };

  return {
    list: () => all.all(),
    get: (id) => byId.get({ id }),
    insert: (profile) =>
      transact(orm, () => {
        const isFirst = all.all().length === 0;
        orm
          .insert(driverConfig)
          .values({ ...profile, isDefault: false })
          .run();
        if (isFirst || profile.isDefault) mark(profile.id);
      }),
    update: (id, change) => {
      orm.update(driverConfig).set(change).where(eq(driverConfig.id, id)).run();
    },
    remove: (id) =>
      transact(orm, () => {
        const wasDefault = byId.get({ id })?.isDefault === true;
        orm.delete(driverConfig).where(eq(driverConfig.id, id)).run();
        const next = all.all()[0];
        if (wasDefault && next) mark(next.id);
      }),
    setDefault: (id) =>
      transact(orm, () => {
        if (byId.get({ id })) mark(id);
      }),
  };
}
