/** The sidebar as a column of icons: sessions by their glyph, profiles by their driver, each with its name as tooltip. */
import { History as HistoryIcon, Plus, Settings as SettingsIcon } from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { targetOf } from '../../app/target.ts';
import { shellMessages } from '../../messages/shell.ts';
import { sidebarMessages as words } from '../../messages/sidebar.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Glyph } from '../session-status/glyphs.tsx';
import indicator from '../session-status/session-status-indicator.module.css';
import { useSessionView } from '../session-status/use-session-view.ts';
import { DriverIcon } from './driver-icon.tsx';
import styles from './sidebar.module.css';
import { createSidebarModel } from './sidebar-model.ts';

/** See the head of the file. */
export function SidebarRail() {
  const { status, actions } = useApp();
  const select = useMemo(createSidebarModel, []);
  const { groups, profiles } = useSyncExternalStore(status.subscribe, () => select(status.getState()));
  const selection = useUi((state) => state.selection);
  const [sessionId, profileId] = useStatus((state) => {
    const target = targetOf(state.status, selection);
    return [target?.session?.id ?? null, target?.profileId ?? null];
  });
  return (
    <nav className={styles.rail} aria-label={shellMessages.sidebar} data-region="sidebar" tabIndex={-1}>
      <div className={styles.railScroll}>
        <ul>
          {groups.flatMap(({ name, sessions }) =>
            sessions.map(({ id }) => (
              <li key={id}>
                <SessionIcon id={id} profile={name} isCurrent={id === sessionId} />
              </li>
            )),
          )}
        </ul>
        <ul>
          {profiles.map((profile) => (
            <li key={profile.id}>
              <IconButton
                label={words.profile(profile.name, profile.driver)}
                icon={<DriverIcon type={profile.driverType} />}
                className={cx(
                  styles.railItem,
                  sessionId === null && profile.id === profileId && styles.current,
                )}
                onPress={() => actions.select({ type: 'profile', id: profile.id })}
              />
            </li>
          ))}
          <li>
            <IconButton
              label={shellMessages.newProfile}
              icon={<Plus size={16} aria-hidden />}
              onPress={() => actions.openDialog({ type: 'new-profile' })}
            />
          </li>
        </ul>
      </div>
      <IconButton
        label={words.activity}
        icon={<HistoryIcon size={16} aria-hidden />}
        onPress={() => actions.showActivity()}
      />
      <IconButton
        label={shellMessages.settings}
        icon={<SettingsIcon size={16} aria-hidden />}
        onPress={() => actions.openDialog({ type: 'settings' })}
      />
    </nav>
  );
}

function SessionIcon({ id, profile, isCurrent }: { id: string; profile: string; isCurrent: boolean }) {
  const { actions } = useApp();
  const { kind, word } = useSessionView(id);
  return (
    <IconButton
      label={words.sessionOf(profile, word)}
      icon={
        <span className={cx(indicator.indicator, indicator[kind])}>
          <Glyph kind={kind} />
        </span>
      }
      className={cx(styles.railItem, isCurrent && styles.current)}
      onPress={() => actions.select({ type: 'session', id })}
    />
  );
}
