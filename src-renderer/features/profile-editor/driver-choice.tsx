/** The first step of a new profile: which driver. */
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import { profileMessages as words } from '../../messages/profile.ts';
import styles from './profile-editor.module.css';

/** One button a driver, with what it is in a sentence. */
export function DriverChoice({
  drivers,
  onChoose,
}: {
  drivers: readonly DriverManifest[];
  onChoose: (type: DriverType) => void;
}) {
  return (
    <div className={styles.fields}>
      <p>{words.chooseDriver}</p>
      <ul className={styles.drivers}>
        {drivers.map(({ type, label, summary }) => (
          <li key={type}>
            <button type="button" className={styles.driver} onClick={() => onChoose(type)}>
              <strong>{label}</strong>
              <span>{summary}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
