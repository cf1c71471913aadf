/** The one open dialog, as the ui store names it. */
import { Suspense } from 'react';
import { ViewBoundary } from '../features/problem/view-boundary.tsx';
import { shellMessages as words } from '../messages/shell.ts';
import type { OpenDialog } from '../stores/ui-store.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { lazyPart } from '../ui/lazy-part.tsx';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';

const ProfileEditor = lazyPart(
  async () => (await import('../features/profile-editor/profile-editor.tsx')).ProfileEditor,
);
const SettingsSheet = lazyPart(
  async () => (await import('../features/settings/settings-sheet.tsx')).SettingsSheet,
);
const Palette = lazyPart(async () => (await import('../features/palette/palette.tsx')).Palette);
const ShortcutList = lazyPart(
  async () => (await import('../features/shortcuts/shortcut-list.tsx')).ShortcutList,
);
const AccessibilityHelp = lazyPart(
  async () => (await import('../features/shortcuts/accessibility-help.tsx')).AccessibilityHelp,
);
const EndSessionDialog = lazyPart(
  async () => (await import('../features/session-notices/end-dialogs.tsx')).EndSessionDialog,
);
const EndSandboxDialog = lazyPart(
  async () => (await import('../features/session-notices/end-dialogs.tsx')).EndSandboxDialog,
);
const PairDialog = lazyPart(async () => (await import('../features/sync/pair-dialog.tsx')).PairDialog);
const ConflictDialog = lazyPart(
  async () => (await import('../features/sync/conflict-dialog.tsx')).ConflictDialog,
);
const FullOutput = lazyPart(async () => (await import('../features/output/full-output.tsx')).FullOutput);

/** See the head of the file. */
export function Dialogs() {
  const { actions } = useApp();
  const dialog = useUi((state) => state.dialog);
  const onClose = () => actions.openDialog(null);
  if (!dialog) return null;
  return (
    <ViewBoundary key={dialog.type} onClose={onClose}>
      <Suspense>
        <Opened dialog={dialog} onClose={onClose} />
      </Suspense>
    </ViewBoundary>
  );
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
    case 'end-session':
      return <EndSessionDialog dialog={dialog} onClose={onClose} />;
    case 'end-sandbox':
      return <EndSandboxDialog sessionId={dialog.sessionId} onClose={onClose} />;
    case 'full-output':
      return <FullOutput executionId={dialog.executionId} onClose={onClose} />;
    case 'settings':
      return (
        <SettingsSheet
          section={dialog.section}
          profileId={dialog.profileId}
          start={dialog.start}
          onClose={onClose}
        />
      );
    case 'palette':
      return <Palette key={dialog.mode} mode={dialog.mode} onClose={onClose} />;
    case 'shortcuts':
      return <ShortcutList onClose={onClose} />;
    case 'accessibility-help':
      return <AccessibilityHelp onClose={onClose} />;
    case 'sync-pair':
      return <PairDialog sessionId={dialog.sessionId} onClose={onClose} />;
    case 'sync-conflicts':
      return <ConflictDialog rootId={dialog.rootId} conflictId={dialog.conflictId} onClose={onClose} />;
    case 'confirm':
      return <Confirm dialog={dialog} onClose={onClose} />;
  }
}

function DeleteProfile({ profileId, onClose }: { profileId: string; onClose: () => void }) {
  const { actions } = useApp();
  const name = useStatus(({ status }) => status?.profiles.find(({ id }) => id === profileId)?.name ?? '');
  const dialog = {
    title: words.deleteTitle(name),
    body: words.deleteBody,
    confirm: words.deleteConfirm,
    danger: true,
    onConfirm: () => void actions.attempt('profiles.remove', { profileId }),
  };
  return <Confirm dialog={dialog} onClose={onClose} />;
}

function Confirm({
  dialog,
  onClose,
}: {
  dialog: Omit<OpenDialog & { type: 'confirm' }, 'type'>;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={dialog.title}
      closeLabel={words.close}
      cancel={words.cancel}
      confirm={dialog.confirm}
      look={dialog.danger ? 'danger' : 'primary'}
      onClose={onClose}
      onConfirm={dialog.onConfirm}
    >
      <p>{dialog.body}</p>
    </ConfirmDialog>
  );
}

function Consent({ dialog, onClose }: { dialog: OpenDialog & { type: 'consent' }; onClose: () => void }) {
  const { problem, onAgree } = dialog;
  return (
    <ConfirmDialog
      title={words.consentTitle}
      closeLabel={words.close}
      cancel={words.cancel}
      confirm={words.consentConfirm}
      look="primary"
      onClose={onClose}
      onConfirm={onAgree}
    >
      <div className={styles.stack}>
        <p>{problem.message}</p>
        {problem.kept !== undefined && <p>{problem.kept}</p>}
        {problem.hint !== undefined && <p className={styles.muted}>{problem.hint}</p>}
      </div>
    </ConfirmDialog>
  );
}
