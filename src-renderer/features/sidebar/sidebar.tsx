/** The sidebar: live sessions grouped by profile, then the saved profiles. */
import {
  Box,
  Cloud,
  Container,
  Ellipsis,
  Laptop,
  LockKeyhole,
  Plus,
  Settings as SettingsIcon,
} from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { targetOf } from '../../app/target.ts';
import { formatTime } from '../../messages/format.ts';
import { sessionMessages } from '../../messages/session.ts';
import { shellMessages as words } from '../../messages/shell.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import { SessionStatusIndicator } from '../session-status/session-status-indicator.tsx';
import styles from './sidebar.module.css';
import { createSidebarModel, type ProfileRow, type SessionRow, type SidebarModel } from './sidebar-model.ts';

const icons: Record<DriverType, typeof Laptop> = {
  local: Laptop,
  e2b: Cloud,
  docker: Container,
  daytona: Box,
};

/** See the head of the file. */
export function Sidebar() {
  const { status, actions } = useApp();
  const select = useMemo(createSidebarModel, []);
  const model: SidebarModel = useSyncExternalStore(status.subscribe, () => select(status.getState()));
  const selection = useUi((state) => state.selection);
  const selected = useStatus((state) => {
    const target = targetOf(state.status, selection);
    return target?.session?.id ?? target?.profileId ?? null;
  });
  return (
    <nav className={styles.sidebar} aria-label={words.sidebar} data-region="sidebar" tabIndex={-1}>
      <div className={styles.scroll}>
        <section aria-labelledby="sidebar-sessions">
          <div className={styles.head}>
            <h2 id="sidebar-sessions">{words.sessions}</h2>
          </div>
          {model.groups.length === 0 && <p className={styles.empty}>{words.noSessions}</p>}
          {model.groups.map((group) => (
            <div key={group.profileId} className={styles.group}>
              <h3 className={styles.groupName} title={group.name}>
                {group.name}
              </h3>
              <ul>
                {group.sessions.map((session) => (
                  <SessionItem key={session.id} session={session} current={selected === session.id} />
                ))}
              </ul>
            </div>
          ))}
        </section>
        <section aria-labelledby="sidebar-profiles">
          <div className={styles.head}>
            <h2 id="sidebar-profiles">{words.profiles}</h2>
            <IconButton
              label={words.newProfile}
              icon={<Plus size={16} aria-hidden />}
              onPress={() => actions.openDialog({ type: 'new-profile' })}
            />
          </div>
          <ul>
            {model.profiles.map((profile) => (
              <ProfileItem key={profile.id} profile={profile} current={selected === profile.id} />
            ))}
          </ul>
        </section>
      </div>
      <div className={styles.foot}>
        <IconButton
          label={words.settings}
          icon={<SettingsIcon size={16} aria-hidden />}
          onPress={() => actions.openDialog({ type: 'settings' })}
        />
      </div>
    </nav>
  );
}

function SessionItem({ session, current }: { session: SessionRow; current: boolean }) {
  const { actions } = useApp();
  const name = sessionMessages.name(formatTime(session.startedAt));
  const entries: MenuEntry[] = session.ended
    ? [
        {
          id: 'dismiss',
          label: sessionMessages.dismiss,
          onAction: () => void actions.attempt('sessions.dismiss', { sessionId: session.id }),
        },
      ]
    : [
        {
          id: 'disconnect',
          label: session.connecting ? sessionMessages.cancelConnect : sessionMessages.disconnect,
          onAction: () => void actions.disconnect(session.id),
        },
      ];
  return (
    <li className={cx(styles.item, current && styles.current)}>
      <button
        type="button"
        className={styles.open}
        aria-current={current ? 'true' : undefined}
        onClick={() => actions.select({ type: 'session', id: session.id })}
      >
        <SessionStatusIndicator sessionId={session.id} className={cx(styles.state)} />
        <span className={styles.meta}>{formatTime(session.startedAt)}</span>
      </button>
      <ItemMenu name={name} entries={entries} />
    </li>
  );
}

function ProfileItem({ profile, current }: { profile: ProfileRow; current: boolean }) {
  const { actions } = useApp();
  const Icon = icons[profile.driverType];
  const profileId = profile.id;
  const entries: MenuEntry[] = [
    {
      id: 'connect',
      label: sessionMessages.connect,
      onAction: () => {
        actions.select({ type: 'profile', id: profileId });
        void actions.connect(profileId);
      },
    },
    {
      id: 'edit',
      label: words.edit,
      onAction: () => actions.openDialog({ type: 'edit-profile', profileId }),
    },
    {
      id: 'duplicate',
      label: words.duplicate,
      onAction: () => void actions.attempt('profiles.duplicate', { profileId }),
    },
  ];
  if (!profile.isDefault) {
    entries.push(
      {
        id: 'default',
        label: words.makeDefault,
        onAction: () => void actions.attempt('profiles.setDefault', { profileId }),
      },
      {
        id: 'delete',
        label: words.delete,
        danger: true,
        onAction: () => actions.openDialog({ type: 'delete-profile', profileId }),
      },
    );
  }
  return (
    <li className={cx(styles.item, current && styles.current)}>
      <button
        type="button"
        className={styles.open}
        aria-current={current ? 'true' : undefined}
        title={profile.name}
        onClick={() => actions.select({ type: 'profile', id: profileId })}
      >
        <Icon size={16} aria-hidden className={styles.icon} />
        <span className={styles.name}>{profile.name}</span>
        {profile.key !== null && (
          <span className={styles.warn}>
            <LockKeyhole size={12} aria-hidden />
            <span>{profile.key === 'missing' ? words.keyMissing : words.keyLocked}</span>
          </span>
        )}
        {profile.isDefault && profile.key === null && <span className={styles.meta}>{words.isDefault}</span>}
      </button>
      <ItemMenu name={profile.name} entries={entries} />
    </li>
  );
}

function ItemMenu({ name, entries }: { name: string; entries: readonly MenuEntry[] }) {
  const label = sessionMessages.actionsFor(name);
  return (
    <MenuButton
      label={label}
      entries={entries}
      trigger={
        <IconButton label={label} icon={<Ellipsis size={16} aria-hidden />} className={cx(styles.more)} />
      }
    />
  );
}
