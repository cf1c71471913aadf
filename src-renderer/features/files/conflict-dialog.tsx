/** A file that was changed in the sandbox while it was edited here: both times, and what can be done. Nothing is preselected. */
import { useState } from 'react';
import type { FileVersion } from '../../../src-shared/domain/file.ts';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes, formatTimeSeconds } from '../../messages/format.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import type { ConflictAnswer, OpenFile } from '../../stores/files/open-files.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName } from './visible-name.ts';

/** `theirs` is what is in the sandbox now; null where the file is gone. */
export function ConflictDialog({ file, theirs }: { file: OpenFile; theirs: FileVersion | null }) {
  const { files, openFiles } = useFilesContext().workspace;
  const [busy, setBusy] = useState(false);
  const { path, preview } = file;
  const name = visibleName(nameOf(path));
  const mine = preview?.kind === 'text' ? preview.version : null;
  const end = (answer: ConflictAnswer) => {
    setBusy(true);
    void openFiles.resolve(path, answer).then(() => {
      setBusy(false);
      void files.refresh();
    });
  };
  const goOn = () => openFiles.dismissConflict(path);
  return (
    <Dialog
      role="alertdialog"
      size="medium"
      title={theirs ? words.conflictTitle(name) : words.conflictGoneTitle(name)}
      closeLabel={words.close}
      onClose={goOn}
      footer={
        <>
          <Button autoFocus onPress={goOn}>
            {words.goOn}
          </Button>
          {theirs ? (
            <>
              <Button look="danger" isDisabled={busy} onPress={() => end('take-theirs')}>
                {words.takeTheirs}
              </Button>
              <Button isDisabled={busy} onPress={() => end('overwrite')}>
                {words.overwrite}
              </Button>
              <Button
                look="primary"
                isDisabled={busy}
                tooltip={words.keepBothHelp}
                onPress={() => end('keep-theirs')}
              >
                {words.keepBoth}
              </Button>
            </>
          ) : (
            <Button look="primary" isDisabled={busy} onPress={() => end('overwrite')}>
              {words.saveAgain}
            </Button>
          )}
        </>
      }
    >
      <div className={styles.stack}>
        <p>{theirs ? words.conflictBody : words.conflictGoneBody}</p>
        {theirs && (
          <ul className={styles.versions}>
            <li>{words.conflictTheirs(formatTimeSeconds(theirs.modifiedAt), formatBytes(theirs.size))}</li>
            {mine && (
              <li>{words.conflictMine(formatTimeSeconds(mine.modifiedAt), formatBytes(mine.size))}</li>
            )}
          </ul>
        )}
        {theirs && <p className={styles.muted}>{words.keepBothExplained}</p>}
      </div>
    </Dialog>
  );
}
