/** What the sidebar shows, as plain data out of a snapshot: equal data means nothing is drawn again. */
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import { isEnded, mayStillRun } from '../../../src-shared/domain/session.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { share } from '../../stores/share.ts';
import type { StatusState } from '../../stores/status-store.ts';

/** A session's row. */
export interface SessionRow {
  id: string;
  startedAt: number;
  endsAt: number | null;
  ended: boolean;
  connecting: boolean;
  /** It ended, and its sandbox may still run. */
  leftover: boolean;
  driverType: DriverType;
}

/** The sessions of one profile. `profile` is null where it was deleted meanwhile. */
export interface SessionGroup {
  profileId: string;
  name: string;
  driver: string;
  driverType: DriverType;
  isDefault: boolean | null;
  sessions: SessionRow[];
}

/** A profile's row. `key`: what is wrong with its keys. */
export interface ProfileRow {
  id: string;
  name: string;
  driverType: DriverType;
  driver: string;
  isDefault: boolean;
  key: 'missing' | 'locked' | null;
}

/** An account or engine that can say what runs there. */
export interface AccountRow {
  profileId: string;
  name: string;
  driverType: DriverType;
}

/** See the head of the file. `profiles` are those without a live session: each profile is in one place. */
export interface SidebarModel {
  groups: SessionGroup[];
  profiles: ProfileRow[];
  accounts: AccountRow[];
}

/** Makes models; reuses the last one's parts where they are equal. */
export function createSidebarModel(): (state: StatusState) => SidebarModel {
  let last: SidebarModel = { groups: [], profiles: [], accounts: [] };
  return ({ status, drivers }) => {
    last = share(last, status ? build(status, drivers) : { groups: [], profiles: [], accounts: [] });
    return last;
  };
}

function build(status: Status, drivers: readonly DriverManifest[]): SidebarModel {
  const manifestOf = (type: DriverType) => drivers.find((driver) => driver.type === type);
  const groups = new Map<string, SessionGroup>();
  for (const session of [...status.sessions].sort((a, b) => a.startedAt - b.startedAt)) {
    const profile = status.profiles.find(({ id }) => id === session.profileId);
    const group = groups.get(session.profileId) ?? {
      profileId: session.profileId,
      name: profile?.name ?? session.profileName,
      driver: manifestOf(session.driverType)?.label ?? session.driverType,
      driverType: session.driverType,
      isDefault: profile?.isDefault ?? null,
      sessions: [],
    };
    group.sessions.push({
      id: session.id,
      startedAt: session.startedAt,
      endsAt: isEnded(session) ? null : session.endsAt,
      ended: isEnded(session),
      connecting: session.status === 'connecting',
      leftover: mayStillRun(session),
      driverType: session.driverType,
    });
    groups.set(session.profileId, group);
  }
  const isLive = (id: string) => groups.get(id)?.sessions.some(({ ended }) => !ended) === true;
  const rows = status.profiles.map((profile) => profileRow(profile, manifestOf(profile.driverType)));
  return {
    groups: [...groups.values()],
    profiles: rows.filter(({ id }) => !isLive(id)),
    accounts: rows
      .filter(({ driverType, key }) => key === null && manifestOf(driverType)?.capabilities.list === true)
      .map(({ id, name, driverType }) => ({ profileId: id, name, driverType })),
  };
}

function profileRow(profile: Profile, manifest: DriverManifest | undefined): ProfileRow {
  const required = new Set(manifest?.credentials.filter((field) => field.required).map(({ name }) => name));
  const states = profile.credentials.filter(({ field }) => required.has(field)).map(({ state }) => state);
  return {
    id: profile.id,
    name: profile.name,
    driverType: profile.driverType,
    driver: manifest?.label ?? profile.driverType,
    isDefault: profile.isDefault,
    key: states.includes('missing') ? 'missing' : states.includes('locked') ? 'locked' : null,
  };
}
