/** What the tab asks: before something is removed or given up, for a name, about names that are taken and files that changed. */
import { useState } from 'react';
import { filesMessages as words } from '../../messages/files.ts';
import { joinPath, nameOf, nameProblem } from '../../stores/files/file-paths.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextInput, Toggle } from '../../ui/field.tsx';
import type { ClashAnswer } from './clash-rules.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import styles from './files.module.css';
import { type FilesDialog, useFiles, useFilesContext, useOpenFile } from './files-context.ts';
import { folderLabel } from './folder-label.ts';
import { visibleName } from './visible-name.ts';

/** The open dialog, or that of a file that changed meanwhile. */
export function FilesDialogs({ dialog, onClose }: { dialog: FilesDialog | null; onClose: () => void }) {
  const path = useFiles((state) => state.open);
  const file = useOpenFile(path);
  if (dialog) return <Opened dialog={dialog} onClose={onClose} />;
  return file?.conflict ? <ConflictDialog file={file} theirs={file.conflict.theirs} /> : null;
}

function Opened({ dialog, onClose }: { dialog: FilesDialog; onClose: () => void }) {
  switch (dialog.type) {
    case 'remove':
      return <RemoveDialog paths={dialog.paths} onClose={onClose} />;
    case 'discard':
      return <DiscardDialog path={dialog.path} onClose={onClose} />;
    case 'create':
      return <CreateDialog kind={dialog.kind} folder={dialog.folder} onClose={onClose} />;
    case 'clash':
      return <ClashDialog key={dialog.question.name} dialog={dialog} onClose={onClose} />;
  }
}

function RemoveDialog({ paths, onClose }: { paths: readonly string[]; onClose: () => void }) {
  const { files, openFiles } = useFilesContext().workspace;
  const [removing, setRemoving] = useState(false);
  const [first = ''] = paths;
  const isOne = paths.length === 1;
  const isFolder = isOne && files.itemAt(first)?.type === 'directory';
  const hasUnsaved = paths.some((path) => openFiles.unsaved(path).length > 0);
  const body = isOne ? (isFolder ? words.removeFolderBody : words.removeFileBody) : words.removeManyBody;
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={isOne ? words.removeTitle(visibleName(nameOf(first))) : words.removeManyTitle(paths.length)}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {words.cancel}
          </Button>
          <Button
            look="danger"
            isDisabled={removing}
            onPress={() => {
              setRemoving(true);
              void files.remove(paths).then((removed) => {
                openFiles.removed(removed);
                onClose();
              });
            }}
          >
            {removing ? words.removing : words.removeConfirm}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        {!isOne && (
          <ul className={styles.names}>
            {paths.slice(0, 8).map((path) => (
              <li key={path}>
                <bdi>{visibleName(nameOf(path))}</bdi>
              </li>
            ))}
            {paths.length > 8 && <li>{words.plusMore(paths.length - 8)}</li>}
          </ul>
        )}
        <p>{body}</p>
        {hasUnsaved && <p>{words.removeUnsaved}</p>}
      </div>
    </Dialog>
  );
}

function DiscardDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const { openFiles } = useFilesContext().workspace;
  return (
    <ConfirmDialog
      title={words.discardTitle(visibleName(nameOf(path)))}
      closeLabel={words.close}
      cancel={words.goOn}
      confirm={words.discardConfirm}
      onClose={onClose}
      onConfirm={() => void openFiles.discard(path)}
    >
      <p>{words.discardBody}</p>
    </ConfirmDialog>
  );
}

function CreateDialog({
  kind,
  folder,
  onClose,
}: {
  kind: 'file' | 'folder';
  folder: string;
  onClose: () => void;
}) {
  const { files, openFiles } = useFilesContext().workspace;
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const create = async () => {
    const problem = nameProblem(name);
    if (problem) {
      setError(words.nameProblems[problem]);
      return;
    }
    setBusy(true);
    const path = await files.create(folder, name, kind);
    setBusy(false);
    if (path === null) {
      setError(files.state.problem?.message ?? '');
      files.showProblem(null);
      return;
    }
    onClose();
    if (kind === 'folder') return;
    files.open(joinPath(folder, name));
    await openFiles.load(path);
    openFiles.edit(path);
  };
  return (
    <Dialog
      size="small"
      title={kind === 'file' ? words.createFileTitle : words.createFolderTitle}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button look="primary" type="submit" form="files-create" isDisabled={busy}>
            {words.create}
          </Button>
        </>
      }
    >
      <form
        id="files-create"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextInput
          label={words.name}
          help={words.createIn(folderLabel(folder))}
          error={error ?? undefined}
          value={name}
          dir="auto"
          autoFocus
          onChange={(event) => {
            setName(event.target.value);
            setError(null);
          }}
        />
      </form>
    </Dialog>
  );
}

function ClashDialog({
  dialog,
  onClose,
}: {
  dialog: Extract<FilesDialog, { type: 'clash' }>;
  onClose: () => void;
}) {
  const { folder, question, onAnswer } = dialog;
  const { name, isFolder, canReplace, others } = question;
  const [forAll, setForAll] = useState(others > 0);
  const answer = (chosen: ClashAnswer | null) => {
    // Before the answer, which may ask the next one.
    onClose();
    onAnswer(chosen === null ? null : { answer: chosen, forAll });
  };
  return (
    <Dialog
      role="alertdialog"
      size="small"
      title={words.clashTitle(visibleName(name))}
      closeLabel={words.close}
      onClose={() => answer(null)}
      footer={
        <>
          <Button onPress={() => answer(null)}>{words.cancel}</Button>
          <Button onPress={() => answer('skip')}>{words.clashSkip}</Button>
          {canReplace && <Button onPress={() => answer('replace')}>{words.clashReplace}</Button>}
          <Button look="primary" autoFocus onPress={() => answer('keep-both')}>
            {words.keepBoth}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        <p>{words.clashBody(folderLabel(folder))}</p>
        {!canReplace && <p>{words.clashOtherKind}</p>}
        {canReplace && isFolder && <p className={styles.muted}>{words.clashFolderNote}</p>}
        {others > 0 && <Toggle label={words.clashForAll(others)} checked={forAll} onChange={setForAll} />}
      </div>
    </Dialog>
  );
}
