/** A pair of folders: both paths, how it is, and what can be done with it now. */
import { Box, Ellipsis, Eye, Laptop, Play, RefreshCw, Square } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { isEnded } from '../../../src-shared/domain/session.ts';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { syncKind } from '../../../src-shared/domain/sync-view.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import { Notice } from '../../ui/notice.tsx';
import { visiblePath } from '../files/visible-name.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { SyncGlyph } from '../sync-status/sync-glyph.tsx';
import { HaltNotice } from './halt-notice.tsx';
import { ModeDialog } from './mode-dialog.tsx';
import { progressShare, stateLine } from './root-state.ts';
import styles from './sync.module.css';
import { useRoot } from './use-root.ts';

/** `pair` is the button that adds another one. */
export function RootHead({ rootId, pair }: { rootId: string; pair: ReactNode }) {
  const root = useRoot(rootId);
  const [changesMode, setChangesMode] = useState(false);
  if (!root) return null;
  return (
    <header className={styles.head}>
      <div className={styles.headRow}>
        <div className={styles.paths}>
          <PathLine icon={<Laptop size={16} aria-hidden />} label={words.here} path={root.localPath} />
          <PathLine icon={<Box size={16} aria-hidden />} label={words.there} path={root.remotePath} />
        </div>
        <Buttons root={root} pair={pair} onChangeMode={() => setChangesMode(true)} />
      </div>
      <State root={root} />
      {changesMode && <ModeDialog root={root} onClose={() => setChangesMode(false)} />}
    </header>
  );
}

function PathLine({ icon, label, path }: { icon: ReactNode; label: string; path: string }) {
  const shown = visiblePath(path);
  return (
    <p className={styles.path} title={`${label}: ${shown}`}>
      {icon}
      <span className={styles.hidden}>{label}:</span>
      <bdi>{shown}</bdi>
    </p>
  );
}

function Buttons({
  root,
  pair,
  onChangeMode,
}: {
  root: SyncRoot;
  pair: ReactNode;
  onChangeMode: () => void;
}) {
  const { actions } = useApp();
  const { id, state, watching, lastSyncedAt, elsewhere } = root;
  const isPlan = useUi(({ sync }) => sync.part === 'plan');
  const isBusy = state === 'syncing' || state === 'stopping';
  const canSync = !elsewhere && state !== 'offline';
  const entries: MenuEntry[] = [
    ...(canSync && !isBusy
      ? [
          { id: 'plan', label: words.showPlan, onAction: () => actions.showSync('plan', id) },
          ...(lastSyncedAt === null
            ? []
            : [
                {
                  id: 'checksums',
                  label: words.checksums,
                  help: words.checksumsHelp,
                  onAction: () => void actions.syncNow(root, true),
                },
              ]),
        ]
      : []),
    ...(isBusy ? [] : [{ id: 'mode', label: words.changeMode, onAction: onChangeMode }]),
    { id: 'exclusions', label: words.exclusionsOf, onAction: () => actions.showSync('exclusions', id) },
    { id: 'history', label: words.historyOf, onAction: () => actions.showSync('history', id) },
    {
      id: 'remove',
      label: words.remove,
      danger: true,
      onAction: () =>
        actions.openDialog({
          type: 'confirm',
          title: words.removeTitle,
          body: words.removeBody,
          confirm: words.removeConfirm,
          danger: true,
          onConfirm: () => void actions.attempt('sync.remove', { rootId: id }),
        }),
    },
  ];
  return (
    <div className={styles.buttons}>
      {isBusy ? (
        <Button
          icon={<Square size={14} aria-hidden />}
          isDisabled={state === 'stopping'}
          onPress={() => void actions.attempt('sync.stop', { rootId: id })}
        >
          {words.stop}
        </Button>
      ) : (
        canSync &&
        (lastSyncedAt === null ? (
          !isPlan && (
            <Button
              look="primary"
              icon={<Play size={14} aria-hidden />}
              onPress={() => actions.showSync('plan', id)}
            >
              {words.showPlan}
            </Button>
          )
        ) : (
          <Button icon={<RefreshCw size={14} aria-hidden />} onPress={() => void actions.syncNow(root)}>
            {words.syncNow}
          </Button>
        ))
      )}
      {(watching || (canSync && lastSyncedAt !== null)) && (
        <Button
          look={watching ? 'secondary' : 'quiet'}
          icon={<Eye size={14} aria-hidden />}
          aria-pressed={watching}
          tooltip={words.watchingHelp}
          onPress={() => void actions.attempt('sync.watch', { rootId: id, on: !watching })}
        >
          {watching ? words.watching : words.watch}
        </Button>
      )}
      {pair}
      <MenuButton
        label={words.more}
        trigger={<IconButton label={words.more} icon={<Ellipsis size={16} aria-hidden />} />}
        entries={entries}
      />
    </div>
  );
}

function State({ root }: { root: SyncRoot }) {
  const { actions } = useApp();
  const { id, state, mode, problem, conflicts, problems, progress, notes, profileId } = root;
  const isLive = useStatus(({ status }) =>
    status?.sessions.some((session) => session.profileId === profileId && !isEnded(session)),
  );
  const decide = (
    <Button look="primary" onPress={() => actions.openDialog({ type: 'sync-conflicts', rootId: id })}>
      {words.decideAll(conflicts)}
    </Button>
  );
  const issues = (
    <Button
      look="quiet"
      className={styles.warn ?? ''}
      onPress={() => actions.showSync('files', id, 'problems')}
    >
      {words.problems(problems)}
    </Button>
  );
  const share = state === 'syncing' && progress ? progressShare(progress) : null;
  const isLine = state !== 'failed' && !(root.halt && state === 'waiting');
  return (
    <>
      {state === 'failed' ? (
        problem ? (
          <>
            <ProblemNotice problem={withoutRetry(problem)} />
            <p>
              <Button onPress={() => void actions.syncNow(root)}>{words.tryAgain}</Button>
            </p>
          </>
        ) : (
          <Notice level="error" title={words.failed} />
        )
      ) : root.halt && state === 'waiting' ? (
        <HaltNotice root={root} halt={root.halt} />
      ) : (
        <p className={styles.state}>
          <SyncGlyph
            kind={conflicts > 0 && state === 'idle' ? 'needs-you' : syncKind({ ...root, conflicts: 0 })}
          />
          <span data-sync-state>{stateLine(root)}</span>
          <span className={styles.chip} title={words.modeHelp[mode]}>
            {words.modes[mode]}
          </span>
          {conflicts > 0 && decide}
          {problems > 0 && issues}
          {state === 'offline' && !isLive && profileId !== null && (
            <Button onPress={() => void actions.connect(profileId)}>{words.connect}</Button>
          )}
        </p>
      )}
      {!isLine && conflicts > 0 && <p>{decide}</p>}
      {state === 'syncing' && (
        <progress
          className={styles.progress}
          aria-label={words.progress}
          {...(share === null ? {} : { value: share })}
        />
      )}
      {notes.map((note) => (
        <p key={note} className={styles.muted}>
          {note}
        </p>
      ))}
    </>
  );
}

/** Trying again is this pair's own button: that of a problem is for runs. */
function withoutRetry({ action, ...problem }: Problem): Problem {
  return action === undefined || action.type === 'retry' ? problem : { ...problem, action };
}
