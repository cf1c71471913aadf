/** The keys of every action: changed by pressing them, taken away, or put back. What is taken says by whom. */
import { useState } from 'react';
import { type ActionGroup, type ActionId, actionGroups } from '../../../src-shared/domain/action.ts';
import type { Settings } from '../../../src-shared/domain/settings.ts';
import {
  type ChosenKeys,
  type KeySystem,
  keySystem,
  keysOf,
  terminalKeysOf,
  usualKeys,
} from '../../../src-shared/domain/shortcuts.ts';
import { useApp } from '../../app/app-context.tsx';
import { actionMessages, actionTitles } from '../../messages/actions.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import { Button } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import { KeyRecorder } from './key-recorder.tsx';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';
import type { ChangeSettings } from './use-settings.ts';

/** See the head of the file. */
export function KeyboardSection({ settings, change }: { settings: Settings; change: ChangeSettings }) {
  const system = keySystem(useApp().bridge.runtime.platform);
  const [filter, setFilter] = useState('');
  const [recording, setRecording] = useState<ActionId | null>(null);
  const [said, setSaid] = useState('');
  const chosen = settings.shortcuts;
  const isChanged = Object.keys(chosen).length > 0;
  const set = (next: ChosenKeys, message: string) => {
    change({ shortcuts: { ...next } });
    setSaid(message);
    setRecording(null);
  };
  const wanted = filter.trim().toLowerCase();
  return (
    <>
      <p className={styles.muted}>{words.keyboardHelp}</p>
      <TextInput
        label={words.searchKeys}
        type="search"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <span role="status" className={styles.hidden}>
        {said}
      </span>
      {(Object.keys(actionGroups) as ActionGroup[]).map((group) => {
        const shown = actionGroups[group].filter((id: ActionId) => {
          const keys = keysOf(id, system, chosen) ?? '';
          return `${actionTitles[id]} ${keys}`.toLowerCase().includes(wanted);
        });
        if (shown.length === 0) return null;
        return (
          <SettingsGroup key={group} title={actionMessages.groups[group]}>
            <ul className={styles.keyList}>
              {shown.map((id) => (
                <KeyRow
                  key={id}
                  id={id}
                  system={system}
                  chosen={chosen}
                  isRecording={recording === id}
                  onRecord={(on) => setRecording(on ? id : null)}
                  onSet={set}
                />
              ))}
            </ul>
          </SettingsGroup>
        );
      })}
      {isChanged && (
        <div className={styles.buttons}>
          <Button onPress={() => set({}, '')}>{words.resetKeys}</Button>
        </div>
      )}
    </>
  );
}

function KeyRow({
  id,
  system,
  chosen,
  isRecording,
  onRecord,
  onSet,
}: {
  id: ActionId;
  system: KeySystem;
  chosen: ChosenKeys;
  isRecording: boolean;
  onRecord: (on: boolean) => void;
  onSet: (chosen: ChosenKeys, said: string) => void;
}) {
  const { platform } = useApp().bridge.runtime;
  const title = actionTitles[id];
  const keys = keysOf(id, system, chosen);
  const usual = usualKeys(id, system);
  const isOwn = chosen[id] !== undefined;
  const goesToShell = isOwn && keys !== null && terminalKeysOf(id, system, chosen) === null;
  const reset = () => {
    const { [id]: _own, ...others } = chosen;
    onSet(
      others,
      usual === null ? words.keysGone(title) : words.keysChanged(title, shortcut(platform, usual)),
    );
  };
  return (
    <li className={styles.keyRow}>
      <div className={styles.keyLine}>
        <span className={styles.keyTitle}>{title}</span>
        {keys === null ? (
          <span className={styles.muted}>{words.noKeys}</span>
        ) : (
          <kbd className={styles.keys}>{shortcut(platform, keys)}</kbd>
        )}
        <span className={styles.keyButtons}>
          {isOwn && (
            <Button
              look="quiet"
              aria-label={words.resetKeyOf(title, usual === null ? words.noKeys : shortcut(platform, usual))}
              onPress={reset}
            >
              {words.resetKey}
            </Button>
          )}
          {keys !== null && (
            <Button
              look="quiet"
              aria-label={words.removeOf(title)}
              onPress={() => onSet({ ...chosen, [id]: '' }, words.keysGone(title))}
            >
              {words.remove}
            </Button>
          )}
          <Button
            data-opener
            aria-label={words.changeOf(title)}
            aria-expanded={isRecording}
            onPress={() => onRecord(!isRecording)}
          >
            {words.change}
          </Button>
        </span>
      </div>
      {goesToShell && <p className={styles.muted}>{words.keysShell(shortcut(platform, keys))}</p>}
      {isRecording && (
        <KeyRecorder
          id={id}
          system={system}
          chosen={chosen}
          onCancel={() => onRecord(false)}
          onChosen={(next) => onSet(next, words.keysChanged(title, shortcut(platform, next[id] ?? '')))}
        />
      )}
    </li>
  );
}
