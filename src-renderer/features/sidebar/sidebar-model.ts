/** What the sidebar shows, as plain data out of a snapshot: equal data means nothing is drawn again. */
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import { isEnded } from '../../../src-shared/domain/session.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { share } from '../../stores/share.ts';
import type { StatusState } from '../../stores/status-store.ts';

/** A session's row. */
export interface SessionRow {
  id: string;
  startedAt: number;
  ended: boolean;
  connecting: boolean;
}

/** The sessions of one profile. */
export interface SessionGroup {
  profileId: string;
  name: string;
  driver: string;
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

/** See the head of the file. */
export interface SidebarModel {
  groups: SessionGroup[];
  profiles: ProfileRow[];
}

/** Makes models; reuses the last one's parts where they are equal. */
export function createSidebarModel(): (state: StatusState) => SidebarModel {
  let last: SidebarModel = { groups: [], profiles: [] };
  return ({ status, drivers }) => {
    last = share(last, status ? build(status, drivers) : { groups: [], profiles: [] });
    return last;
  };
}

function build(status: Status, drivers: readonly DriverManifest[]): SidebarModel {
  const labelOf = (type: DriverType) => drivers.find((driver) => driver.type === type)?.label ?? type;
  const groups = new Map<string, SessionGroup>();
  const shown = [...status.sessions].sort((a, b) => a.startedAt - b.startedAt);
  for (const session of shown) {
    const group = groups.get(session.profileId) ?? {
      profileId: session.profileId,
      name: status.profiles.find(({ id }) => id === session.profileId)?.name ?? session.profileName,
      driver: labelOf(session.driverType),
      sessions: [],
    };
    group.sessions.push({
      id: session.id,
      startedAt: session.startedAt,
      ended: isEnded(session),
      connecting: session.status === 'connecting',
    });
    groups.set(session.profileId, group);
  }
  const profiles = status.profiles.map((profile): ProfileRow => {
    const manifest = drivers.find(({ type }) => type === profile.driverType);
    const required = new Set(manifest?.credentials.filter((field) => field.required).map(({ name }) => name));
    const states = profile.credentials.filter(({ field }) => required.has(field)).map(({ state }) => state);
    const key = states.includes('missing') ? 'missing' : states.includes('locked') ? 'locked' : null;
    return {
      id: profile.id,
      name: profile.name,
      driverType: profile.driverType,
      driver: labelOf(profile.driverType),
      isDefault: profile.isDefault,
      key,
    };
  });
  return { groups: [...groups.values()], profiles };
}
