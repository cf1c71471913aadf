/** Waits for keys, and says whose they are where they are taken. Escape keeps everything as it is. */
import { useEffect, useRef, useState } from 'react';
import type { ActionId } from '../../../src-shared/domain/action.ts';
import { type ChosenKeys, isUsable, type KeySystem, ownerOf } from '../../../src-shared/domain/shortcuts.ts';
import { keysOfPress } from '../../app/action-list/event-keys.ts';
import { useApp } from '../../app/app-context.tsx';
import { actionTitles } from '../../messages/actions.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import { Button } from '../../ui/button.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './settings.module.css';
import { useFocusBack } from './use-focus-back.ts';

type Outcome =
  | { type: 'waiting' }
  | { type: 'unusable' | 'reserved'; keys: string }
  | { type: 'taken'; keys: string; by: ActionId };

/** See the head of the file. */
export function KeyRecorder({
  id,
  system,
  chosen,
  onCancel,
  onChosen,
}: {
  id: ActionId;
  system: KeySystem;
  chosen: ChosenKeys;
  onCancel: () => void;
  onChosen: (chosen: ChosenKeys) => void;
}) {
  const { platform } = useApp().bridge.runtime;
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Outcome>({ type: 'waiting' });
  useFocusBack(box);
  useEffect(() => field.current?.focus(), []);
  // It grows with what it says.
  useEffect(() => {
    if (outcome) box.current?.scrollIntoView({ block: 'nearest' });
  }, [outcome]);
  const take = (keys: string) => {
    const by = ownerOf(keys, id, system, chosen);
    if (!isUsable(keys, system)) setOutcome({ type: 'unusable', keys });
    else if (by === 'reserved') setOutcome({ type: 'reserved', keys });
    else if (by !== null) setOutcome({ type: 'taken', keys, by });
    else onChosen({ ...chosen, [id]: keys });
  };
  return (
    <div ref={box} className={styles.recorder}>
      <input
        ref={field}
        className={styles.recorderField}
        aria-label={words.keysOf(actionTitles[id])}
        value={outcome.type === 'waiting' ? '' : shortcut(platform, outcome.keys)}
        placeholder={words.pressKeys}
        readOnly
        aria-describedby="recorder-said"
        onBlur={(event) => {
          // To one of the buttons is no end.
          if (!event.currentTarget.parentElement?.contains(event.relatedTarget)) onCancel();
        }}
        onKeyDown={(event) => {
          const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
          if (event.key === 'Tab' && isPlain) return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === 'Escape' && isPlain) {
            onCancel();
            return;
          }
          const [keys] = keysOfPress(event.nativeEvent, system);
          if (keys !== undefined) take(keys);
        }}
      />
      <p id="recorder-said" role="status" className={styles.recorderSaid} data-outcome={outcome.type}>
        {saidOf(outcome, platform)}
      </p>
      {outcome.type === 'taken' && (
        <div className={styles.buttons}>
          <Button onPress={() => onChosen({ ...chosen, [outcome.by]: '', [id]: outcome.keys })}>
            {words.takeKeys}
          </Button>
          <Button look="quiet" onPress={onCancel}>
            {words.keepKeys}
          </Button>
        </div>
      )}
    </div>
  );
}

function saidOf(outcome: Outcome, platform: string): string {
  switch (outcome.type) {
    case 'waiting':
      return words.pressKeysHelp;
    case 'unusable':
      return words.keysUnusable(shortcut(platform, outcome.keys));
    case 'reserved':
      return words.keysReserved(shortcut(platform, outcome.keys));
    case 'taken':
      return words.keysTaken(shortcut(platform, outcome.keys), actionTitles[outcome.by]);
  }
}
