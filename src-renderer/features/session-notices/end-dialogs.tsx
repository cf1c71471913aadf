/** Questions before something is lost: ending a session, and ending a sandbox that was left. They name what it is. */
import { useApp, useStatus } from '../../app/app-context.tsx';
import { keepWords } from '../../messages/session.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { shellMessages } from '../../messages/shell.ts';
import type { OpenDialog } from '../../stores/ui-store.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import styles from './session-notices.module.css';

/** Before a session is left in a way that loses something. */
export function EndSessionDialog({
  dialog: { sessionId, mode, keep, loss },
  onClose,
}: {
  dialog: OpenDialog & { type: 'end-session' };
  onClose: () => void;
}) {
  const { actions } = useApp();
  const { name, manifest } = useNamed(sessionId);
  const { label, help } = keepWords(manifest, mode);
  return (
    <ConfirmDialog
      title={words.endTitle[mode](name)}
      closeLabel={shellMessages.close}
      cancel={words.stay}
      confirm={label}
      look={mode === 'end' ? 'danger' : 'primary'}
      onClose={onClose}
      onConfirm={() => void actions.sessions.disconnectNow(sessionId, keep)}
    >
      <div className={styles.stack}>
        {loss.runs.length > 0 && <p>{words.endRuns(loss.runs)}</p>}
        {loss.files.length > 0 && (
          <p>
            <bdi>{words.endFiles(loss.files, loss.moreFiles)}</bdi>
          </p>
        )}
        <p className={styles.muted}>
          {help} {words.endKept}
        </p>
      </div>
    </ConfirmDialog>
  );
}

/** Before the sandbox of an ended session is ended. */
export function EndSandboxDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { actions } = useApp();
  const { name, sandboxId } = useNamed(sessionId);
  return (
    <ConfirmDialog
      title={words.endSandboxTitle(name)}
      closeLabel={shellMessages.close}
      cancel={words.cancel}
      confirm={words.endSandboxConfirm}
      onClose={onClose}
      onConfirm={() => void actions.sessions.endSandboxNow(sessionId)}
    >
      <div className={styles.stack}>
        <p>{words.endSandboxBody(sandboxId)}</p>
        <p className={styles.muted}>{words.endKept}</p>
      </div>
    </ConfirmDialog>
  );
}

function useNamed(sessionId: string) {
  const { type, ...named } = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const id = session?.metadata.sandboxId;
    return {
      name: session?.profileName ?? '',
      type: session?.driverType,
      sandboxId: typeof id === 'string' ? id : null,
    };
  });
  const manifest = useStatus(({ drivers }) => drivers.find((driver) => driver.type === type));
  return { ...named, manifest };
}
