/** Table `setting`: the application's own settings, a JSON value a key. */
import { eq, sql } from 'drizzle-orm';
import type { Json } from '../../../src-shared/domain/json.ts';
import type { Orm } from '../orm.ts';
import { setting } from '../schema.ts';

/** See the file's first lines. */
export interface SettingsRepository {
  /** Undefined where the key was never set. */
  get(key: string): Json | undefined;
  set(key: string, value: Json): void;
}

/** Makes the repository over an open connection. */
export function createSettings(orm: Orm): SettingsRepository {
  const byKey = orm
    .select()
    .from(setting)
    .where(eq(setting.key, sql.placeholder('key')))
    .prepare();
  return {
    get: (key) => byKey.get({ key })?.value,
    set: (key, value) => {
      orm
        .insert(setting)
        .values({ key, value })
        .onConflictDoUpdate({ target: setting.key, set: { value } })
        .run();
    },
  };
}
