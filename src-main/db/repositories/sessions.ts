/** Table `remote_session`: sessions of all times. */
import { desc, eq, type InferInsertModel, type InferSelectModel, inArray, sql } from 'drizzle-orm';
import { liveLink, type Session } from '../../../src-shared/domain/session.ts';
import type { Orm } from '../orm.ts';
import { remoteSession } from '../schema.ts';

/**
 * See the file's first lines. `disconnecting`, `step`, `keep`, `changedAt` and `link` are passing states of a living session: they
 * are not stored and read back as false, null, null, its end or its start, and live. Once its profile is deleted a session's `profileId` reads back as the empty string.
 */
export interface SessionsRepository {
  /** `owner`: id of the `app_instance` it lives in. Throws `not-found` where the profile is not stored. */
  insert(session: Session, owner: string): void;
  /** Stores what may change; profile, driver and start stay as they were inserted. */
  update(session: Session): void;
  get(id: string): Session | undefined;
  /** The newest `limit`, newest first. */
  list(limit: number): Session[];
  /** Those that are connecting or active, oldest first. */
  unfinished(): { session: Session; owner: string }[];
}

/** Makes the repository over an open connection. */
export function createSessions(orm: Orm): SessionsRepository {
  const byId = orm
    .select()
    .from(remoteSession)
    .where(eq(remoteSession.id, sql.placeholder('id')))
    .prepare();
  const newest = orm
    .select()
    .from(remoteSession)
    .orderBy(desc(remoteSession.startedAt), desc(sql`rowid`))
    .limit(sql.placeholder('limit'))
    .prepare();
  const open = orm
    .select()
    .from(remoteSession)
    .where(inArray(remoteSession.status, ['connecting', 'active']))
    .orderBy(remoteSession.startedAt, sql`rowid`)
    .prepare();

  return {
    insert: (session, owner) => {
      orm
        .insert(remoteSession)
        .values({
          id: session.id,
          configId: session.profileId === '' ? null : session.profileId,
          profileName: session.profileName,
          driverType: session.driverType,
          startedAt: session.startedAt,
          owner,
          ...changing(session),
        })
        .run();
    },
    update: (session) => {
      orm.update(remoteSession).set(changing(session)).where(eq(remoteSession.id, session.id)).run();
    },
    get: (id) => {
      const row = byId.get({ id });
      return row && toSession(row);
    },
    list: (limit) => newest.all({ limit }).map(toSession),
    unfinished: () => open.all().map((row) => ({ session: toSession(row), owner: row.owner })),
  };
}

type Changing = Omit<
  InferInsertModel<typeof remoteSession>,
  'id' | 'configId' | 'profileName' | 'driverType' | 'startedAt' | 'owner'
>;

function changing(session: Session): Changing {
  const { status, lastActivity, metadata, reason, endedAt, endsAt, isolation, warnings } = session;
  return { status, lastActivity, metadata, reason, endedAt, endsAt, isolation, warnings };
}

function toSession(row: InferSelectModel<typeof remoteSession>): Session {
  const { configId, owner: _owner, ...rest } = row;
  const changedAt = rest.endedAt ?? rest.startedAt;
  const passing = { disconnecting: false, step: null, keep: null, changedAt, link: liveLink(changedAt) };
  return { ...rest, ...passing, profileId: configId ?? '' };
}
