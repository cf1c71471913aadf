/** Rows of the tree: profiles that are not connected, and what can be done with any profile. */
import { LockKeyhole } from 'lucide-react';
import { useState } from 'react';
import type { Actions } from '../../app/actions.ts';
import { useApp } from '../../app/app-context.tsx';
import { sessionMessages } from '../../messages/session.ts';
import { shellMessages } from '../../messages/shell.ts';
import { sidebarMessages as words } from '../../messages/sidebar.ts';
import type { MenuEntry } from '../../ui/menu.tsx';
import { TreeRow } from '../../ui/tree.tsx';
import { DriverIcon } from './driver-icon.tsx';
import { RowMenu } from './row-menu.tsx';
import styles from './sidebar.module.css';
import type { ProfileRow } from './sidebar-model.ts';

/** A profile without a live session. */
export function ProfileItem({
  profile,
  onRename,
}: {
  profile: ProfileRow;
  onRename: (profileId: string) => void;
}) {
  const { actions } = useApp();
  const [isOpen, setOpen] = useState(false);
  const { id, name, driver, driverType, isDefault, key } = profile;
  const trouble =
    key === null ? null : key === 'missing' ? shellMessages.keyMissing : shellMessages.keyLocked;
  const label =
    trouble !== null
      ? words.profileTrouble(name, driver, trouble)
      : isDefault
        ? words.defaultProfile(name, driver)
        : words.profile(name, driver);
  return (
    <TreeRow
      id={`profile:${id}`}
      label={label}
      onMenu={() => setOpen(true)}
      content={
        <>
          <DriverIcon type={driverType} className={styles.icon} />
          <bdi className={styles.name} title={name}>
            {name}
          </bdi>
          {trouble !== null && (
            <span className={styles.warn} title={trouble}>
              <LockKeyhole size={12} aria-hidden />
              <span>{trouble}</span>
            </span>
          )}
          {isDefault && trouble === null && <span className={styles.meta}>{shellMessages.isDefault}</span>}
        </>
      }
      actions={
        <RowMenu
          over={trouble === null && !isDefault}
          name={name}
          entries={profileEntries(actions, { id, isDefault, connect: sessionMessages.connect }, onRename)}
          isOpen={isOpen}
          onOpenChange={setOpen}
        />
      }
    />
  );
}

/** What can be done with a profile. `connect` is the word for a session on it. */
export function profileEntries(
  actions: Actions,
  { id: profileId, isDefault, connect }: { id: string; isDefault: boolean; connect: string },
  onRename: (profileId: string) => void,
): MenuEntry[] {
  const entries: MenuEntry[] = [
    {
      id: 'connect',
      label: connect,
      onAction: () => {
        actions.select({ type: 'profile', id: profileId });
        void actions.connect(profileId);
      },
    },
    { id: 'rename', label: words.rename, onAction: () => onRename(profileId) },
    {
      id: 'edit',
      label: shellMessages.edit,
      onAction: () => actions.openDialog({ type: 'edit-profile', profileId }),
    },
    {
      id: 'duplicate',
      label: shellMessages.duplicate,
      onAction: () => void actions.attempt('profiles.duplicate', { profileId }),
    },
  ];
  if (isDefault) return entries;
  return [
    ...entries,
    {
      id: 'default',
      label: shellMessages.makeDefault,
      onAction: () => void actions.attempt('profiles.setDefault', { profileId }),
    },
    {
      id: 'delete',
      label: shellMessages.delete,
      danger: true,
      onAction: () => actions.openDialog({ type: 'delete-profile', profileId }),
    },
  ];
}
