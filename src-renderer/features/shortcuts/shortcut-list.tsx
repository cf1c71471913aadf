/** All keys, by group, as the person has them. */
import { useMemo, useState } from 'react';
import { type ActionGroup, type ActionId, actionGroups } from '../../../src-shared/domain/action.ts';
import { keySystem, keysOf, terminalKeysOf } from '../../../src-shared/domain/shortcuts.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { actionMessages, actionTitles } from '../../messages/actions.ts';
import { shellMessages } from '../../messages/shell.ts';
import { shortcutMessages as words } from '../../messages/shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextInput } from '../../ui/field.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './shortcuts.module.css';

interface Line {
  keys: string;
  does: string;
  note?: string | undefined;
}

/** See the head of the file. */
export function ShortcutList({ onClose }: { onClose: () => void }) {
  const { actions } = useApp();
  const [filter, setFilter] = useState('');
  const groups = useLines();
  const wanted = filter.trim().toLowerCase();
  const shown = groups
    .map(({ title, lines }) => ({
      title,
      lines: lines.filter(({ keys, does }) => `${does} ${keys}`.toLowerCase().includes(wanted)),
    }))
    .filter(({ lines }) => lines.length > 0);
  return (
    <Dialog
      title={words.title}
      closeLabel={shellMessages.close}
      onClose={onClose}
      footer={
        <Button onPress={() => actions.openDialog({ type: 'settings', section: 'keyboard' })}>
          {words.change}
        </Button>
      }
    >
      <div className={styles.stack}>
        <TextInput
          label={words.filter}
          type="search"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        {shown.length === 0 && <p className={styles.muted}>{words.nothing}</p>}
        {shown.map(({ title, lines }) => (
          <section key={title} aria-label={title}>
            <h3 className={styles.group}>{title}</h3>
            <dl className={styles.list}>
              {lines.map(({ keys, does, note }) => (
                <div key={does}>
                  <dt>{does}</dt>
                  <dd>
                    <kbd className={styles.keys}>{keys}</kbd>
                    {note !== undefined && <span className={styles.muted}>{note}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function useLines(): { title: string; lines: Line[] }[] {
  const { platform } = useApp().bridge.runtime;
  const chosen = useStatus(({ status }) => status?.settings.shortcuts ?? {});
  const names = useStatus(({ status }) => (status?.profiles ?? []).map(({ name }) => name));
  return useMemo(() => {
    const system = keySystem(platform);
    const line = (id: ActionId): Line[] => {
      const keys = keysOf(id, system, chosen);
      const number = /^use-profile-(\d)$/.exec(id)?.[1];
      const profile = number === undefined ? undefined : names[Number(number) - 1];
      // Keys of profiles that are not there say nothing.
      if (keys === null || (number !== undefined && profile === undefined)) return [];
      const does = profile === undefined ? actionTitles[id] : actionMessages.profileAsDefault(profile);
      const inTerminal = terminalKeysOf(id, system, chosen);
      const note =
        inTerminal === null
          ? words.toShell
          : inTerminal === keys
            ? undefined
            : words.inTerminal(shortcut(platform, inTerminal));
      return [{ keys: shortcut(platform, keys), does, note }];
    };
    const groups = (Object.keys(actionGroups) as ActionGroup[]).map((group) => ({
      title: actionMessages.groups[group] as string,
      lines: actionGroups[group].flatMap(line),
    }));
    const terminal = words.terminalKeys[system === 'mac' ? 'mac' : 'other'];
    return [
      ...groups,
      { title: words.editor, lines: [...words.editorKeys] },
      { title: words.terminal, lines: [...terminal] },
    ];
  }, [platform, chosen, names]);
}
