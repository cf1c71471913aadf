/** Table `app_instance`: the processes that use this database now (a window and some terminals). */
import { asc, eq } from 'drizzle-orm';
import type { Orm } from '../orm.ts';
import { appInstance } from '../schema.ts';

/** A row. Times in ms since the epoch; `startToken` is when the process started as the system tells it, or empty. */
export interface InstanceRow {
  id: string;
  pid: number;
  startToken: string;
  startedAt: number;
  heartbeatAt: number;
  kind: 'desktop' | 'cli';
}

/** See the file's first lines. */
export interface InstancesRepository {
  insert(row: InstanceRow): void;
  /** Says that it was alive at `at`. */
  heartbeat(id: string, at: number): void;
  remove(id: string): void;
  /** Oldest first. */
  list(): InstanceRow[];
}

/** Makes the repository over an open connection. */
export function createInstances(orm: Orm): InstancesRepository {
  const all = orm.select().from(appInstance).orderBy(asc(appInstance.startedAt)).prepare();
  return {
    insert: (row) => {
      orm.insert(appInstance).values(row).run();
    },
    heartbeat: (id, at) => {
      orm.update(appInstance).set({ heartbeatAt: at }).where(eq(appInstance.id, id)).run();
    },
    remove: (id) => {
      orm.delete(appInstance).where(eq(appInstance.id, id)).run();
    },
    list: () => all.all(),
  };
}
