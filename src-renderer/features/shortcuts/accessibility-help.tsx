/** How the window is used without a mouse, and with a screen reader; with the keys as the person has them. */
import type { ActionId } from '../../../src-shared/domain/action.ts';
import { keySystem, keysOf } from '../../../src-shared/domain/shortcuts.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { shellMessages } from '../../messages/shell.ts';
import { shortcutMessages as words } from '../../messages/shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './shortcuts.module.css';

/** See the head of the file. */
export function AccessibilityHelp({ onClose }: { onClose: () => void }) {
  const { actions, bridge } = useApp();
  const chosen = useStatus(({ status }) => status?.settings.shortcuts ?? {});
  const { platform } = bridge.runtime;
  const keys = (id: ActionId) => shortcut(platform, keysOf(id, keySystem(platform), chosen) ?? '');
  const all = { next: keys('next-region'), previous: keys('previous-region'), palette: keys('palette') };
  return (
    <Dialog
      title={words.helpTitle}
      closeLabel={shellMessages.close}
      onClose={onClose}
      footer={
        <Button onPress={() => actions.openDialog({ type: 'settings', section: 'accessibility' })}>
          {words.openSettings}
        </Button>
      }
    >
      <div className={styles.stack}>
        {words.help.map(({ title, text }) => (
          <section key={title}>
            <h3>{title}</h3>
            <p>{text(all)}</p>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
