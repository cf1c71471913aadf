/** The way into the command palette for those who do not know its keys: looks like a field, and is an icon where room is scarce. */
import { Search } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { keySystem, keysOf } from '../../src-shared/domain/shortcuts.ts';
import { paletteMessages as words } from '../messages/palette.ts';
import { WithTooltip } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { shortcut } from '../ui/shortcut.ts';
import { perform } from './action-list/perform.ts';
import { useApp, useStatus } from './app-context.tsx';
import styles from './palette-button.module.css';

/** See the head of the file. */
export function PaletteButton() {
  const app = useApp();
  const { platform } = app.bridge.runtime;
  const chosen = useStatus(({ status }) => status?.settings.shortcuts);
  const keys = keysOf('palette', keySystem(platform), chosen ?? {});
  const written = keys === null ? null : shortcut(platform, keys);
  return (
    <WithTooltip text={words.open(written)}>
      <AriaButton className={cx(styles.field)} onPress={() => perform(app, 'palette')}>
        <Search size={16} aria-hidden className={styles.icon} />
        <span className={styles.text}>{words.placeholder}</span>
        {written !== null && (
          <span className={styles.keys} aria-hidden="true">
            {written}
          </span>
        )}
      </AriaButton>
    </WithTooltip>
  );
}
