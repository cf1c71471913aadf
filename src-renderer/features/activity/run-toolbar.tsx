/** What can be done with a run of any time: open, run again, compare, export, delete. */
import { ChevronDown, Columns2, Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { HistoryItem } from '../../../src-shared/contract/history-operations.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { activityMessages as words } from '../../messages/activity.ts';
import { formatWhen } from '../../messages/format.ts';
import type { Run } from '../../stores/runs-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import styles from './activity.module.css';
import { PreflightSheet } from './preflight-sheet.tsx';
import { type Place, runElsewhere } from './run-elsewhere.ts';
import { exportEntries, removeEntries } from './run-menus.ts';

/** `item`: where it ran, where the list knows it. */
export function RunToolbar({
  runKey,
  item,
  draftKey,
}: {
  runKey: string;
  item: HistoryItem | null;
  draftKey: string;
}) {
  const app = useApp();
  const run = useRuns(({ runs }) => runs[runKey]);
  const [sheet, setSheet] = useState<{ place: Place; name: string } | null>(null);
  const original = useStore(app.activity.store, ({ again }) => again[run?.executionId ?? '']);
  if (!run || run.executionId === null || run.number === null) return null;
  const { executionId: id, number, language, code } = run;
  const { activity, actions, drafts } = app;
  const again = { id, number, language, code };
  return (
    <div className={styles.toolbar}>
      {original && (
        <Button
          look="primary"
          icon={<Columns2 size={14} aria-hidden />}
          onPress={() => activity.compare(original.id, id)}
        >
          {words.compareThis(original.number)}
        </Button>
      )}
      <Button
        onPress={() => {
          drafts.open(draftKey, words.draftOf(number), language, code);
          actions.showTab('run');
        }}
      >
        {words.openInEditor}
      </Button>
      <RerunHere run={run} item={item} onPlace={(place) => runElsewhere(app, place, again)} />
      <RerunMenu run={run} onPlace={(place, name) => setSheet({ place, name })} />
      <CompareMenu id={id} number={number} />
      <MenuButton
        label={words.exportMenu}
        trigger={
          <Button>
            {words.exportMenu}
            <ChevronDown size={14} aria-hidden className={styles.chevron} />
          </Button>
        }
        entries={exportEntries(app, run.sessionId, id)}
      />
      <MenuButton
        label={words.more(number)}
        trigger={<IconButton label={words.more(number)} icon={<Ellipsis size={16} aria-hidden />} />}
        entries={removeEntries(app, run.sessionId, id, number)}
      />
      {sheet && (
        <PreflightSheet
          executionId={id}
          number={number}
          place={sheet.place}
          name={sheet.name}
          onClose={() => setSheet(null)}
          onRun={() => {
            setSheet(null);
            runElsewhere(app, sheet.place, again);
          }}
        />
      )}
    </div>
  );
}

/** In its own session where that lives, else in a new one of its profile. Absent where there is neither. */
function RerunHere({
  run,
  item,
  onPlace,
}: {
  run: Run;
  item: HistoryItem | null;
  onPlace: (place: Place) => void;
}) {
  const place = useStatus(({ status }): Place | null => {
    const session = status?.sessions.find(({ id }) => id === run.sessionId);
    if (session?.status === 'active' && !session.disconnecting) return { sessionId: session.id };
    const profileId = session?.profileId ?? item?.profileId;
    const profile = status?.profiles.find((candidate) => candidate.id === profileId);
    return profile ? { profileId: profile.id } : null;
  });
  if (!place) return null;
  return <Button onPress={() => onPlace(place)}>{words.rerunHere}</Button>;
}

/** Every other place that can run its language. */
function RerunMenu({ run, onPlace }: { run: Run; onPlace: (place: Place, name: string) => void }) {
  const status = useStatus(({ status: snapshot }) => snapshot);
  const drivers = useStatus(({ drivers: all }) => all);
  const runs = (type: string) =>
    drivers.some((driver) => driver.type === type && driver.capabilities[run.language]);
  const sessions = (status?.sessions ?? []).filter(
    (session) =>
      session.status === 'active' &&
      !session.disconnecting &&
      session.id !== run.sessionId &&
      runs(session.driverType),
  );
  const profiles = (status?.profiles ?? []).filter(({ driverType }) => runs(driverType));
  const entries: MenuEntry[] = [
    ...sessions.map(({ id, profileName }) => ({
      id: `session-${id}`,
      label: words.rerunSession(profileName),
      onAction: () => onPlace({ sessionId: id }, profileName),
    })),
    ...profiles.map(({ id, name }) => ({
      id: `profile-${id}`,
      label: words.rerunProfile(name),
      onAction: () => onPlace({ profileId: id }, name),
    })),
  ];
  if (entries.length === 0) return null;
  return (
    <MenuButton
      label={words.rerunOn}
      trigger={
        <Button>
          {words.rerunOn}
          <ChevronDown size={14} aria-hidden className={styles.chevron} />
        </Button>
      }
      entries={entries}
    />
  );
}

const offered = 8;

/** Runs of the same code first: they are what one compares. */
function CompareMenu({ id, number }: { id: string; number: number }) {
  const { bridge, activity } = useApp();
  const [same, setSame] = useState<readonly HistoryItem[]>([]);
  const look = () => {
    bridge.call('history.search', { sameCodeAs: id, limit: offered + 1 }).then(
      ({ items }) => setSame(items.filter((item) => item.id !== id).slice(0, offered)),
      () => setSame([]),
    );
  };
  const entries: MenuEntry[] = [
    ...same.map((item) => ({
      id: item.id,
      label: words.sameCode(item.number, item.profileName, formatWhen(item.startedAt, Date.now())),
      help: words.sameCodeHelp,
      onAction: () => activity.compare(item.id, id),
    })),
    { id: 'choose', label: words.chooseFromList, onAction: () => activity.pick({ id, number }) },
  ];
  return (
    <MenuButton
      label={words.compareWith}
      trigger={
        <Button>
          {words.compareWith}
          <ChevronDown size={14} aria-hidden className={styles.chevron} />
        </Button>
      }
      entries={entries}
      onOpenChange={(isOpen) => {
        if (isOpen) look();
      }}
    />
  );
}
