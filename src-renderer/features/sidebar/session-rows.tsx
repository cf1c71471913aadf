/** Rows of the tree: a profile with its sessions inside. */
import { useState } from 'react';
import { endingSoonMs } from '../../../src-shared/domain/session-view.ts';
import type { Actions } from '../../app/actions.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatTime } from '../../messages/format.ts';
import { keepWords, sessionMessages } from '../../messages/session.ts';
import { roughTime, sidebarMessages as words } from '../../messages/sidebar.ts';
import { cx } from '../../ui/cx.ts';
import type { MenuEntry } from '../../ui/menu.tsx';
import { TreeRow } from '../../ui/tree.tsx';
import { useNow } from '../../ui/use-now.ts';
import { SessionStatusIndicator } from '../session-status/session-status-indicator.tsx';
import { useSessionView } from '../session-status/use-session-view.ts';
import { SyncMark } from '../sync-status/sync-mark.tsx';
import { DriverIcon } from './driver-icon.tsx';
import { profileEntries } from './profile-rows.tsx';
import { RowMenu } from './row-menu.tsx';
import styles from './sidebar.module.css';
import type { SessionGroup, SessionRow } from './sidebar-model.ts';

/** A profile that has sessions. */
export function GroupRow({
  group,
  onToggle,
  onRename,
}: {
  group: SessionGroup;
  onToggle: () => void;
  onRename: (profileId: string) => void;
}) {
  const { actions } = useApp();
  const [isOpen, setOpen] = useState(false);
  const { profileId, name, driverType, driver, isDefault } = group;
  const entries =
    isDefault === null
      ? []
      : profileEntries(actions, { id: profileId, isDefault, connect: words.newSession }, onRename);
  return (
    <TreeRow
      id={`group:${profileId}`}
      label={words.profile(name, driver)}
      onAction={onToggle}
      onMenu={() => setOpen(true)}
      content={
        <>
          <DriverIcon type={driverType} className={styles.icon} />
          <bdi className={styles.name} title={name}>
            {name}
          </bdi>
        </>
      }
      actions={
        entries.length > 0 && (
          <RowMenu over name={name} entries={entries} isOpen={isOpen} onOpenChange={setOpen} />
        )
      }
      nested={group.sessions.map((session) => <SessionItem key={session.id} session={session} />)}
    />
  );
}

function SessionItem({ session }: { session: SessionRow }) {
  const { actions } = useApp();
  const [isOpen, setOpen] = useState(false);
  const { word } = useSessionView(session.id);
  const foreign = useStatus(
    ({ status }) => status?.sessions.find(({ id }) => id === session.id)?.metadata.foreign === true,
  );
  const manifest = useStatus(({ drivers }) => drivers.find(({ type }) => type === session.driverType));
  const time = formatTime(session.startedAt);
  // A sandbox that SpecBoard did not start is left as it is: there is nothing to choose.
  const keep = foreign ? [] : (manifest?.capabilities.keep ?? []);
  const entries = session.ended
    ? endedEntries(actions, session, keep.length > 1)
    : liveEntries(
        actions,
        session,
        keep.length > 1 ? keep.map((mode) => ({ mode, ...keepWords(manifest, mode) })) : [],
      );
  return (
    <TreeRow
      id={`session:${session.id}`}
      label={words.session(word, time)}
      onMenu={() => setOpen(true)}
      content={
        <>
          <SessionStatusIndicator sessionId={session.id} className={cx(styles.state)} />
          <SyncMark sessionId={session.id} />
          {session.endsAt === null ? (
            <span className={styles.meta} title={words.startedAt(time)}>
              {time}
            </span>
          ) : (
            <TimeLeft endsAt={session.endsAt} />
          )}
        </>
      }
      actions={
        <RowMenu name={sessionMessages.name(time)} entries={entries} isOpen={isOpen} onOpenChange={setOpen} />
      }
    />
  );
}

/** To the minute: the indicator counts the last five. */
function TimeLeft({ endsAt }: { endsAt: number }) {
  const left = endsAt - useNow(30_000);
  if (left <= endingSoonMs) return null;
  return (
    <span className={styles.meta} title={words.timeLeftOf(formatTime(endsAt))}>
      {roughTime(left)}
    </span>
  );
}

type KeepChoice = { mode: 'end' | 'pause' | 'leave'; label: string; help?: string };

function liveEntries(actions: Actions, session: SessionRow, keep: readonly KeepChoice[]): MenuEntry[] {
  if (session.connecting || keep.length === 0) {
    return [
      {
        id: 'disconnect',
        label: session.connecting ? sessionMessages.cancelConnect : sessionMessages.disconnect,
        onAction: () => void actions.disconnect(session.id),
      },
    ];
  }
  return keep.map(({ mode, ...text }) => ({
    id: mode,
    ...text,
    danger: mode === 'end',
    onAction: () => void actions.disconnect(session.id, mode),
  }));
}

function endedEntries(actions: Actions, session: SessionRow, canKeep: boolean): MenuEntry[] {
  const entries: MenuEntry[] = [];
  if (session.leftover && canKeep) {
    entries.push({
      id: 'reattach',
      label: sessionMessages.reattach,
      onAction: () => void actions.reattach(session.id),
    });
  }
  if (session.leftover) {
    entries.push({
      id: 'end',
      label: sessionMessages.endSandbox,
      danger: true,
      onAction: () => void actions.endSandbox(session.id),
    });
  }
  entries.push({
    id: 'dismiss',
    label: sessionMessages.dismiss,
    onAction: () => void actions.sessions.dismiss(session.id),
  });
  return entries;
}
