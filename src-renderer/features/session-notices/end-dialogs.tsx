/** Questions before something is lost: ending a session, and ending a sandbox that was left. They name what it is. */
import type { KeepMode } from '../../../src-shared/domain/session.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { keepWords } from '../../messages/session.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { shellMessages } from '../../messages/shell.ts';
import type { OpenDialog } from '../../stores/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
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
    <Question
      title={words.endTitle[mode](name)}
      stay={words.stay}
      confirm={label}
      mode={mode}
      onClose={onClose}
      onConfirm={() => void actions.sessions.disconnectNow(sessionId, keep)}
    >
      {loss.runs.length > 0 && <p>{words.endRuns(loss.runs)}</p>}
      {loss.files.length > 0 && (
        <p>
          <bdi>{words.endFiles(loss.files, loss.moreFiles)}</bdi>
        </p>
      )}
      <p className={styles.muted}>
        {help} {words.endKept}
      </p>
    </Question>
  );
}

/** Before the sandbox of an ended session is ended. */
export function EndSandboxDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { actions } = useApp();
  const { name, sandboxId } = useNamed(sessionId);
  return (
    <Question
      title={words.endSandboxTitle(name)}
      stay={words.cancel}
      confirm={words.endSandboxConfirm}
      mode="end"
      onClose={onClose}
      onConfirm={() => void actions.sessions.endSandboxNow(sessionId)}
    >
      <p>{words.endSandboxBody(sandboxId)}</p>
      <p className={styles.muted}>{words.endKept}</p>
    </Question>
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

function Question({
  title,
  stay,
  confirm,
  mode,
  onClose,
  onConfirm,
  children,
}: {
  title: string;
  stay: string;
  confirm: string;
  mode: KeepMode;
  onClose: () => void;
  onConfirm: () => void;
  children: React.ReactNode;
}) {
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={title}
      closeLabel={shellMessages.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {stay}
          </Button>
          <Button
            look={mode === 'end' ? 'danger' : 'primary'}
            onPress={() => {
              onClose();
              onConfirm();
            }}
          >
            {confirm}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>{children}</div>
    </Dialog>
  );
}
