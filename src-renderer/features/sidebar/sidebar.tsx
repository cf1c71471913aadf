/** The sidebar: sessions by profile, profiles that are not connected, and what runs elsewhere, as one tree. */
import { History as HistoryIcon, Plus, Settings as SettingsIcon } from 'lucide-react';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { closeOver } from '../../app/remember-layout.ts';
import { targetOf } from '../../app/target.ts';
import { shellMessages } from '../../messages/shell.ts';
import { sidebarMessages as words } from '../../messages/sidebar.ts';
import type { Account } from '../../stores/elsewhere-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { Tree, TreeRow } from '../../ui/tree.tsx';
import { EndSandbox } from '../elsewhere/end-sandbox.tsx';
import { AccountItem, type EndRequest, Note } from './elsewhere-rows.tsx';
import { ProfileItem } from './profile-rows.tsx';
import { RenameField } from './rename-field.tsx';
import { GroupRow } from './session-rows.tsx';
import styles from './sidebar.module.css';
import { createSidebarModel, type SidebarModel } from './sidebar-model.ts';
import { useOpenRows } from './use-open-rows.ts';

/** See the head of the file. */
export function Sidebar() {
  const { status, actions, elsewhere, ui } = useApp();
  const select = useMemo(createSidebarModel, []);
  const model: SidebarModel = useSyncExternalStore(status.subscribe, () => select(status.getState()));
  const accounts = useStore(elsewhere.store);
  const selected = useSelected();
  const { open, setOpen, toggle } = useOpenRows(model);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [ending, setEnding] = useState<EndRequest | null>(null);
  return (
    <nav className={styles.sidebar} aria-label={shellMessages.sidebar} data-region="sidebar" tabIndex={-1}>
      <div className={styles.scroll}>
        <Tree
          label={words.tree}
          toggleLabel={words.toggle}
          selected={selected}
          unselectable={unselectable(model, accounts)}
          expanded={open}
          onToggle={setOpen}
          onSelect={(id) => {
            const [type, key] = split(id);
            if (type === 'session' || type === 'profile') actions.select({ type, id: key });
            closeOver(ui);
          }}
        >
          <TreeRow
            id="sessions"
            look="heading"
            label={words.sessions}
            onAction={() => toggle('sessions')}
            content={words.sessions}
            nested={
              model.groups.length === 0 ? (
                <Note id="no-sessions" text={words.noSessions} />
              ) : (
                model.groups.map((group) => (
                  <GroupRow
                    key={group.profileId}
                    group={group}
                    onToggle={() => toggle(`group:${group.profileId}`)}
                    onRename={setRenaming}
                  />
                ))
              )
            }
          />
          <TreeRow
            id="profiles"
            look="heading"
            label={words.profiles}
            onAction={() => toggle('profiles')}
            content={words.profiles}
            actions={
              <IconButton
                label={shellMessages.newProfile}
                icon={<Plus size={16} aria-hidden />}
                onPress={() => actions.openDialog({ type: 'new-profile' })}
              />
            }
            nested={
              model.profiles.length === 0 ? (
                <Note id="no-profiles" text={words.noProfiles} />
              ) : (
                model.profiles.map((profile) => (
                  <ProfileItem key={profile.id} profile={profile} onRename={setRenaming} />
                ))
              )
            }
          />
          <TreeRow
            id="elsewhere"
            look="heading"
            label={words.elsewhere}
            onAction={() => toggle('elsewhere')}
            content={words.elsewhere}
            nested={
              model.accounts.length === 0 ? (
                <Note id="no-accounts" text={words.noAccounts} />
              ) : (
                model.accounts.map((account) => (
                  <AccountItem
                    key={account.profileId}
                    account={account}
                    onToggle={() => toggle(`account:${account.profileId}`)}
                    onEnd={setEnding}
                  />
                ))
              )
            }
          />
          <TreeRow
            id="activity"
            look="lone"
            label={words.activity}
            onAction={() => {
              actions.showActivity();
              closeOver(ui);
            }}
            content={
              <>
                <HistoryIcon size={16} aria-hidden className={styles.icon} />
                {words.activity}
              </>
            }
          />
        </Tree>
      </div>
      <Foot />
      {renaming !== null && (
        <RenameField key={renaming} profileId={renaming} onClose={() => setRenaming(null)} />
      )}
      {ending && (
        <EndSandbox
          sandbox={ending.sandbox}
          profileId={ending.profileId}
          onClose={() => setEnding(null)}
          onEnd={() => void elsewhere.end(ending.profileId, ending.sandbox.sandboxId)}
        />
      )}
    </nav>
  );
}

function Foot() {
  const { actions } = useApp();
  return (
    <div className={styles.foot}>
      <IconButton
        label={shellMessages.settings}
        icon={<SettingsIcon size={16} aria-hidden />}
        onPress={() => actions.openDialog({ type: 'settings' })}
      />
    </div>
  );
}

function useSelected(): string | null {
  const selection = useUi((state) => state.selection);
  return useStatus((state) => {
    const target = targetOf(state.status, selection);
    if (target?.session) return `session:${target.session.id}`;
    return target ? `profile:${target.profileId}` : null;
  });
}

function split(id: string): [type: string, key: string] {
  const at = id.indexOf(':');
  return [id.slice(0, at), id.slice(at + 1)];
}

/** All rows but sessions and profiles: they are opened, or have a menu. */
function unselectable(model: SidebarModel, accounts: Record<string, Account>): string[] {
  return [
    ...['sessions', 'profiles', 'elsewhere', 'activity', 'no-sessions', 'no-profiles', 'no-accounts'],
    ...model.groups.map(({ profileId }) => `group:${profileId}`),
    ...model.accounts.flatMap(({ profileId }) => [
      ...['account', 'look', 'problem', 'none', 'age'].map((type) => `${type}:${profileId}`),
      ...(accounts[profileId]?.found ?? []).map(({ sandboxId }) => `sandbox:${profileId}:${sandboxId}`),
    ]),
  ];
}
