/** The hidden inputs behind "Upload files…" and "Upload a folder…": the only way for a page to ask for files of this computer. */
import { type Ref, useImperativeHandle, useRef } from 'react';
import { sourcesOfFiles } from '../../stores/files/upload-source.ts';
import { useFilesContext } from './files-context.ts';

/** Opens the system's dialog. */
export interface UploadInputsHandle {
  choose: (kind: 'files' | 'folder', folder: string) => void;
}

/** See the head of the file. */
export function UploadInputs({ ref }: { ref: Ref<UploadInputsHandle> }) {
  const { upload, workspace, openDialog } = useFilesContext();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const target = useRef<string | null>(null);
  useImperativeHandle(ref, () => ({
    choose(kind, into) {
      target.current = into;
      (kind === 'files' ? files : folder).current?.click();
    },
  }));
  const take = (input: HTMLInputElement) => {
    const chosen = sourcesOfFiles([...(input.files ?? [])]);
    // Else choosing the same files once more would be no change.
    input.value = '';
    void upload(target.current ?? workspace.files.targetFolder(), chosen);
  };
  return (
    <>
      {/* What the action "New folder" presses: the tab may only just have been loaded. */}
      <button
        type="button"
        hidden
        data-new-folder
        onClick={() => openDialog({ type: 'create', kind: 'folder', folder: workspace.files.targetFolder() })}
      />
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-upload="files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        data-upload="folder"
        {...{ webkitdirectory: '' }}
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}
