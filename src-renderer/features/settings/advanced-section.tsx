/** Help for when something does not work, versions, and the way back to the first settings. */
import { useState } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { settingsMessages as words } from '../../messages/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Question } from './question.tsx';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';

/** See the head of the file. */
export function AdvancedSection() {
  const { actions, bridge } = useApp();
  const [isAsking, setAsking] = useState(false);
  const { versions } = bridge.runtime;
  return (
    <>
      <SettingsGroup title={words.help} help={words.diagnosticsHelp}>
        <div className={styles.buttons}>
          <CopyDiagnostics />
          <Button onPress={() => void actions.attempt('shell.openLogs', {})}>{words.openLogs}</Button>
        </div>
      </SettingsGroup>
      <SettingsGroup title={words.versions}>
        <dl className={styles.facts}>
          {(['app', 'electron', 'chrome', 'node'] as const).map((name) => (
            <div key={name}>
              <dt>{words.versionNames[name]}</dt>
              <dd>{versions[name]}</dd>
            </div>
          ))}
        </dl>
      </SettingsGroup>
      <SettingsGroup title={words.reset} help={words.resetHelp}>
        {isAsking ? (
          <Question
            title={words.resetTitle}
            body={words.resetBody}
            confirm={words.resetConfirm}
            onConfirm={() => void actions.attempt('settings.reset', {})}
            onDone={() => setAsking(false)}
          />
        ) : (
          <div className={styles.buttons}>
            <Button onPress={() => setAsking(true)}>{words.resetSettings}</Button>
          </div>
        )}
      </SettingsGroup>
    </>
  );
}

function CopyDiagnostics() {
  const { actions } = useApp();
  const [state, setState] = useState<'idle' | 'looking' | 'copied'>('idle');
  const copy = async () => {
    setState('looking');
    const text = await actions.attempt('shell.diagnostics', {});
    if (text !== undefined) await navigator.clipboard.writeText(text).catch(() => {});
    setState(text === undefined ? 'idle' : 'copied');
  };
  const label = { idle: words.copyDiagnostics, looking: words.copyingDiagnostics, copied: words.copied }[
    state
  ];
  return (
    <>
      <Button isDisabled={state === 'looking'} onPress={() => void copy()}>
        {label}
      </Button>
      <span role="status" className={styles.hidden}>
        {state === 'copied' ? words.copied : ''}
      </span>
    </>
  );
}
