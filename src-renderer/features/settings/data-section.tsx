/** Where things are on this computer, profiles as a file, and removing history. */
import { useEffect, useRef, useState } from 'react';
import type { ImportedProfiles, PlaceReport } from '../../../src-shared/contract/data-operations.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatBytes } from '../../messages/format.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { HistoryRemoval } from './history-removal.tsx';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';
import { useAttempt } from './use-attempt.ts';

/** See the head of the file. */
export function DataSection({ start }: { start: 'export' | 'import' | undefined }) {
  return (
    <>
      <Places />
      <ProfilesAsFile start={start} />
      <HistoryRemoval />
    </>
  );
}

function Places() {
  const { bridge } = useApp();
  const store = useStatus(({ status }) => status?.secrets.name ?? '');
  const { attempt, problem } = useAttempt();
  const [places, setPlaces] = useState<readonly PlaceReport[] | null>(null);
  useEffect(() => {
    bridge.call('data.places', {}).then(setPlaces, () => setPlaces([]));
  }, [bridge]);
  return (
    <SettingsGroup title={words.places} help={words.placesHelp(store)}>
      <ul className={styles.places}>
        {places?.map(({ place, path, bytes, atLeast }) => (
          <li key={place}>
            <div className={styles.place}>
              <span>{words.placeNames[place]}</span>
              <span className={styles.muted}>
                {atLeast ? words.atLeast(formatBytes(bytes)) : formatBytes(bytes)}
              </span>
              <bdi className={styles.path}>{path}</bdi>
            </div>
            <Button
              aria-label={words.openFolderOf(words.placeNames[place])}
              onPress={() => void attempt('data.reveal', { place })}
            >
              {words.openFolder}
            </Button>
          </li>
        ))}
      </ul>
      {problem && <ProblemNotice problem={problem} />}
    </SettingsGroup>
  );
}

/** `start`: what the menu asked for, begun at once. */
function ProfilesAsFile({ start }: { start: 'export' | 'import' | undefined }) {
  const { attempt, problem } = useAttempt();
  const [exported, setExported] = useState('');
  const [imported, setImported] = useState<ImportedProfiles | null>(null);
  const save = async () => {
    setImported(null);
    const result = await attempt('data.exportProfiles', {});
    setExported(result ? words.exported(result.profiles.length, result.fileName) : '');
  };
  const take = async () => {
    setExported('');
    setImported((await attempt('data.importProfiles', {})) ?? null);
  };
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || start === undefined) return;
    begun.current = true;
    void (start === 'export' ? save() : take());
  });
  return (
    <SettingsGroup title={words.moveProfiles} help={words.moveProfilesHelp}>
      <div className={styles.buttons}>
        <Button onPress={() => void save()}>{words.exportProfiles}</Button>
        <Button onPress={() => void take()}>{words.importProfiles}</Button>
      </div>
      <div role="status">
        {exported !== '' && <Notice level="info" title={exported} />}
        {imported && <Imported report={imported} />}
      </div>
      {problem && <ProblemNotice problem={problem} />}
    </SettingsGroup>
  );
}

/** What came in, and what a person should know about it. */
function Imported({ report: { fileName, imported, refused } }: { report: ImportedProfiles }) {
  const lines = [
    ...imported.flatMap(({ name, renamedFrom, leftOut, keysNeeded, addresses }) => [
      ...(renamedFrom === null ? [] : [words.renamed(name, renamedFrom)]),
      ...(leftOut.length === 0 ? [] : [words.leftOut(name, leftOut.map(({ label }) => label).join(', '))]),
      ...(keysNeeded.length === 0 ? [] : [words.keysNeeded(name, keysNeeded.join(', '))]),
      ...(addresses.length === 0 ? [] : [words.addresses(name, addresses.join(', '))]),
    ]),
    ...refused.map(({ name, reason }) => words.refused(name, reason)),
  ];
  return (
    <Notice level={refused.length > 0 ? 'warning' : 'info'} title={words.imported(imported.length, fileName)}>
      {lines.length > 0 && (
        <ul className={styles.report}>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
