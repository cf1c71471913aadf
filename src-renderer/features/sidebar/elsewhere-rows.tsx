/** Rows of the tree: what runs at an account without a session here. Asked for when the row is opened, never by itself. */
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { FoundSandbox } from '../../../src-shared/domain/sandbox.ts';
import { useApp, useUi } from '../../app/app-context.tsx';
import { formatTimeSeconds, formatWhen } from '../../messages/format.ts';
import { sandboxMessages } from '../../messages/sandboxes.ts';
import { sidebarMessages as words } from '../../messages/sidebar.ts';
import { unknownAccount } from '../../stores/elsewhere-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import type { MenuEntry } from '../../ui/menu.tsx';
import { TreeRow } from '../../ui/tree.tsx';
import { shortId } from '../elsewhere/short-id.ts';
import { DriverIcon } from './driver-icon.tsx';
import { RowMenu } from './row-menu.tsx';
import styles from './sidebar.module.css';
import type { AccountRow } from './sidebar-model.ts';

/** A sandbox that a person wants to end: the question comes first. */
export interface EndRequest {
  profileId: string;
  sandbox: FoundSandbox;
}

/** An account; `onEnd` asks before anything is ended. */
export function AccountItem({
  account,
  onToggle,
  onEnd,
}: {
  account: AccountRow;
  onToggle: () => void;
  onEnd: (request: EndRequest) => void;
}) {
  const { elsewhere } = useApp();
  const { profileId, name, driverType } = account;
  const known = useStore(elsewhere.store, (accounts) => accounts[profileId] ?? unknownAccount);
  const others = known.found?.filter(({ inUse }) => !inUse) ?? [];
  return (
    <TreeRow
      id={`account:${profileId}`}
      label={words.account(name)}
      onAction={onToggle}
      content={
        <>
          <DriverIcon type={driverType} className={styles.icon} />
          <bdi className={styles.name} title={name}>
            {name}
          </bdi>
          {known.at !== null && <span className={styles.meta}>{others.length}</span>}
        </>
      }
      actions={
        known.at !== null && (
          <IconButton
            label={words.lookAgain(name)}
            icon={<RefreshCw size={14} aria-hidden />}
            className={cx(styles.more)}
            onPress={() => void elsewhere.look(profileId)}
          />
        )
      }
      nested={
        <>
          {known.isLooking && <Note id={`look:${profileId}`} text={sandboxMessages.looking} />}
          {known.problem && (
            <Note
              id={`problem:${profileId}`}
              text={known.problem.message}
              {...(known.problem.hint === undefined ? {} : { more: known.problem.hint })}
            />
          )}
          {!known.isLooking && known.found !== null && others.length === 0 && (
            <Note id={`none:${profileId}`} text={sandboxMessages.none} />
          )}
          {others.map((sandbox) => (
            <SandboxItem
              key={sandbox.sandboxId}
              sandbox={sandbox}
              profileId={profileId}
              onEnd={() => onEnd({ profileId, sandbox })}
            />
          ))}
          {known.at !== null && !known.isLooking && (
            <Note id={`age:${profileId}`} text={words.asOf(formatTimeSeconds(known.at))} />
          )}
        </>
      }
    />
  );
}

/** A sentence in the place of rows. */
export function Note({ id, text, more }: { id: string; text: string; more?: string }) {
  return (
    <TreeRow
      id={id}
      look="note"
      label={text}
      content={
        <span>
          {text}
          {more !== undefined && <> {more}</>}
        </span>
      }
    />
  );
}

function SandboxItem({
  sandbox,
  profileId,
  onEnd,
}: {
  sandbox: FoundSandbox;
  profileId: string;
  onEnd: () => void;
}) {
  const { actions } = useApp();
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  const [isOpen, setOpen] = useState(false);
  const { sandboxId, name, state, startedAt, owner } = sandbox;
  const shown = name || shortId(sandboxId);
  const entries: MenuEntry[] = [];
  if (!isConnecting) {
    entries.push({
      id: 'connect',
      label: sandboxMessages.connect,
      help: sandboxMessages.owner[owner],
      onAction: () => void actions.attachSandbox(profileId, sandboxId),
    });
  }
  if (owner === 'here') {
    entries.push({ id: 'end', label: sandboxMessages.endAsk, danger: true, onAction: onEnd });
  }
  const since = startedAt === null ? null : sandboxMessages.since(formatWhen(startedAt, Date.now()));
  return (
    <TreeRow
      id={`sandbox:${profileId}:${sandboxId}`}
      label={words.sandbox(name, shortId(sandboxId), sandboxMessages.state[state])}
      onAction={() => setOpen(true)}
      onMenu={() => setOpen(true)}
      content={
        <span className={styles.twoLines} title={sandboxMessages.owner[owner]}>
          <span className={styles.line}>
            <bdi className={styles.name}>{shown}</bdi>
            {name !== '' && <code className={styles.meta}>{shortId(sandboxId)}</code>}
          </span>
          <span className={styles.meta}>
            {since === null ? sandboxMessages.state[state] : sandboxMessages.stateSince(state, since)}
          </span>
        </span>
      }
      actions={<RowMenu name={shown} entries={entries} isOpen={isOpen} onOpenChange={setOpen} />}
    />
  );
}
