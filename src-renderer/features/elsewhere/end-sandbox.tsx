/** The question before a sandbox is ended: which one, and what is lost. */
import type { FoundSandbox } from '../../../src-shared/domain/sandbox.ts';
import { useStatus } from '../../app/app-context.tsx';
import { sandboxMessages as words } from '../../messages/sandboxes.ts';
import { keepWords, sessionMessages } from '../../messages/session.ts';
import { shellMessages } from '../../messages/shell.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { shortId } from './short-id.ts';

/** See the head of the file. `onClose` comes first in both answers; `onEnd` only after a yes. */
export function EndSandbox({
  sandbox,
  profileId,
  onClose,
  onEnd,
}: {
  sandbox: FoundSandbox;
  profileId: string;
  onClose: () => void;
  onEnd: () => void;
}) {
  const lost = useStatus(({ status, drivers }) => {
    const driverType = status?.profiles.find(({ id }) => id === profileId)?.driverType;
    const manifest = drivers.find(({ type }) => type === driverType);
    return keepWords(manifest, 'end').help ?? sessionMessages.keep.end.help;
  });
  return (
    <ConfirmDialog
      title={words.endTitle(sandbox.name, shortId(sandbox.sandboxId))}
      closeLabel={shellMessages.close}
      cancel={shellMessages.cancel}
      confirm={sessionMessages.endSandbox}
      onClose={onClose}
      onConfirm={onEnd}
    >
      <p>{words.endBody(lost)}</p>
    </ConfirmDialog>
  );
}
