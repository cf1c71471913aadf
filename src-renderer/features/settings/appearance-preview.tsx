/** A line of text and a few of code as they look with the settings as they are. */
import { settingsMessages as words } from '../../messages/settings.ts';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';

/** See the head of the file. */
export function AppearancePreview() {
  return (
    <SettingsGroup title={words.preview}>
      <div className={styles.preview}>
        <p>{words.previewText}</p>
        <pre>{words.previewCode}</pre>
      </div>
    </SettingsGroup>
  );
}
