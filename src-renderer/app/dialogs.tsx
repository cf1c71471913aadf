/** The one open dialog, as the ui store names it. */
import { lazy, Suspense } from 'react';
import { shellMessages as words } from '../messages/shell.ts';
import type { OpenDialog } from '../stores/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { shortcut } from '../ui/shortcut.ts';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';

const ProfileEditor = lazy(async () => ({
  default: (await import('../features/profile-editor/profile-editor.tsx')).ProfileEditor,
}));
const SettingsDialog = lazy(async () => ({
  default: (await import('../features/settings/settings-dialog.tsx')).SettingsDialog,
}));
const FullOutput = lazy(async () => ({
  default: (await import('../features/output/full-output.tsx')).FullOutput,
}));

/** See the head of the file. */
export function Dialogs() {
  const { actions } = useApp();
  const dialog = useUi((state) => state.dialog);
  const onClose = () => actions.openDialog(null);
  return <Suspense>{dialog && <Opened dialog={dialog} onClose={onClose} />}</Suspense>;
}

function Opened({ dialog, onClose }: { dialog: OpenDialog; onClose: () => void }) {
  switch (dialog.type) {
    case 'new-profile':
      return <ProfileEditor profileId={null} driverType={dialog.driverType} onClose={onClose} />;
    case 'edit-profile':
      return <ProfileEditor profileId={dialog.profileId} focusField={dialog.focusField} onClose={onClose} />;
    case 'delete-profile':
      return <DeleteProfile profileId={dialog.profileId} onClose={onClose} />;
    case 'consent':
      return <Consent dialog={dialog} onClose={onClose} />;
    case 'full-output':
      return <FullOutput executionId={dialog.executionId} onClose={onClose} />;
    case 'settings':
      return <SettingsDialog onClose={onClose} />;
    case 'shortcuts':
      return <Shortcuts onClose={onClose} />;
  }
}

function DeleteProfile({ profileId, onClose }: { profileId: string; onClose: () => void }) {
  const { actions } = useApp();
  const name = useStatus(({ status }) => status?.profiles.find(({ id }) => id === profileId)?.name ?? '');
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={words.deleteTitle(name)}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {words.cancel}
          </Button>
          <Button
            look="danger"
            onPress={() => {
              onClose();
              void actions.attempt('profiles.remove', { profileId });
            }}
          >
            {words.deleteConfirm}
          </Button>
        </>
      }
    >
      <p>{words.deleteBody}</p>
    </Dialog>
  );
}

function Consent({ dialog, onClose }: { dialog: OpenDialog & { type: 'consent' }; onClose: () => void }) {
  const { problem, onAgree } = dialog;
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={words.consentTitle}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {words.cancel}
          </Button>
          <Button
            look="primary"
            onPress={() => {
              onClose();
              onAgree();
            }}
          >
            {words.consentConfirm}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        <p>{problem.message}</p>
        {problem.kept !== undefined && <p>{problem.kept}</p>}
        {problem.hint !== undefined && <p className={styles.muted}>{problem.hint}</p>}
      </div>
    </Dialog>
  );
}

function Shortcuts({ onClose }: { onClose: () => void }) {
  const { bridge } = useApp();
  return (
    <Dialog size="small" title={words.shortcuts} closeLabel={words.close} onClose={onClose}>
      <dl className={styles.shortcuts}>
        {words.shortcutList.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{shortcut(bridge.runtime.platform, keys)}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
