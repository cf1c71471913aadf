/** The settings sheet. Every change is saved at once; the status brings the new value back. */
import { useState } from 'react';
import type { Settings, SettingsPatch } from '../../../src-shared/domain/settings.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { settingsMessages as words } from '../../messages/settings.ts';
import { shellMessages } from '../../messages/shell.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Segments, SelectInput, TextInput, Toggle } from '../../ui/field.tsx';
import styles from './settings-dialog.module.css';

/** The sheet. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { actions, bridge } = useApp();
  const saved = useStatus(({ status }) => status?.settings ?? null);
  /** Shown at once; the status is right again as soon as main has answered. */
  const [pending, setPending] = useState<SettingsPatch>({});
  if (!saved) return null;
  const settings = { ...saved, ...pending } as Settings;
  const change = async (patch: SettingsPatch) => {
    setPending((before) => ({ ...before, ...patch }));
    await actions.attempt('settings.update', patch);
    setPending((before) => without(before, patch));
  };
  const { versions } = bridge.runtime;
  return (
    <Dialog title={words.title} closeLabel={shellMessages.close} onClose={onClose}>
      <div className={styles.groups}>
        <Group title={words.appearance}>
          <Segments
            label={words.theme}
            value={settings.theme}
            options={optionsOf(words.themes)}
            onChange={(theme) => change({ theme })}
          />
          <Segments
            label={words.density}
            value={settings.density}
            options={optionsOf(words.densities)}
            onChange={(density) => change({ density })}
          />
          <Toggle
            label={words.wrapOutput}
            checked={settings.wrapOutput}
            onChange={(wrapOutput) => change({ wrapOutput })}
          />
        </Group>
        <Group title={words.notifications} help={words.notificationsHelp}>
          <Toggle
            label={words.notifyFinished}
            checked={settings.notifyFinished}
            onChange={(notifyFinished) => change({ notifyFinished })}
          />
          {settings.notifyFinished && <NotifyAfter settings={settings} change={change} />}
          <Toggle
            label={words.notifyLost}
            checked={settings.notifyLost}
            onChange={(notifyLost) => change({ notifyLost })}
          />
        </Group>
        <Group title={words.accessibility}>
          <SelectInput
            label={words.announce}
            value={settings.announce}
            options={optionsOf(words.announces)}
            onChange={(announce) => change({ announce: announce as Settings['announce'] })}
          />
        </Group>
        <Group title={words.quit}>
          <SelectInput
            label={words.quitSessions}
            value={settings.quitSessions}
            options={optionsOf(words.quits)}
            onChange={(quitSessions) => change({ quitSessions: quitSessions as Settings['quitSessions'] })}
          />
          <Toggle
            label={words.closeToTray}
            checked={settings.closeToTray}
            onChange={(closeToTray) => change({ closeToTray })}
          />
        </Group>
        <p className={styles.versions}>{words.versions(versions.app, versions.electron, versions.chrome)}</p>
      </div>
    </Dialog>
  );
}

function Group({ title, help, children }: { title: string; help?: string; children: React.ReactNode }) {
  return (
    <section className={styles.group} aria-label={title}>
      <h3>{title}</h3>
      {help !== undefined && <p className={styles.help}>{help}</p>}
      {children}
    </section>
  );
}

function NotifyAfter({
  settings,
  change,
}: {
  settings: Settings;
  change: (patch: SettingsPatch) => Promise<void>;
}) {
  return (
    <div className={styles.narrow}>
      <TextInput
        label={words.notifyAfter}
        type="number"
        min={1}
        max={86_400}
        defaultValue={settings.notifyAfterSeconds}
        suffix={words.seconds}
        onBlur={(event) => {
          const seconds = Math.round(event.target.valueAsNumber);
          if (seconds >= 1 && seconds <= 86_400) change({ notifyAfterSeconds: seconds });
        }}
      />
    </div>
  );
}

/** `patch` without the settings that `done` names. */
function without(patch: SettingsPatch, done: SettingsPatch): SettingsPatch {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !(key in done)));
}

function optionsOf<T extends string>(labels: Readonly<Record<T, string>>): { value: T; label: string }[] {
  return (Object.entries(labels) as [T, string][]).map(([value, label]) => ({ value, label }));
}
