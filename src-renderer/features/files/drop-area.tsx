/** Where files are dropped: on the row of a folder into that folder, anywhere else into the one that is shown. */
import { Upload } from 'lucide-react';
import { type DragEvent, type ReactNode, useState } from 'react';
import { filesMessages as words } from '../../messages/files.ts';
import { droppedItems } from '../../stores/files/dropped-items.ts';
import { isFolderItem } from '../../stores/files/tree-model.ts';
import { sourcesOfDrop } from '../../stores/files/upload-source.ts';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { folderLabel } from './folder-label.ts';

/** See the head of the file. */
export function DropArea({ children }: { children: ReactNode }) {
  const { workspace, upload, active } = useFilesContext();
  const { files } = workspace;
  const [folder, setFolder] = useState<string | null>(null);
  const folderAt = ({ clientX, clientY }: DragEvent): string => {
    const under = document.elementFromPoint(clientX, clientY);
    const path = under?.closest<HTMLElement>('[data-path]')?.dataset.path;
    const item = path === undefined ? undefined : files.itemAt(path);
    return path !== undefined && item && isFolderItem(item) ? path : files.state.base;
  };
  /** Takes part in a drag of files; text and links are left to the browser. */
  const isOurs = (event: DragEvent): boolean => {
    if (!active || !event.dataTransfer.types.includes('Files')) return false;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    return true;
  };
  const onDrag = (event: DragEvent) => {
    if (isOurs(event)) setFolder(folderAt(event));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse only; by keys there is the button Upload
    <div
      className={styles.drop}
      onDragEnter={onDrag}
      onDragOver={onDrag}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setFolder(null);
      }}
      onDrop={(event) => {
        if (!isOurs(event)) return;
        const target = folderAt(event);
        setFolder(null);
        void sourcesOfDrop(droppedItems(event.dataTransfer)).then((sources) => upload(target, sources));
      }}
    >
      {children}
      {folder !== null && (
        <div className={styles.overlay}>
          <span className={styles.overlayWords}>
            <Upload size={16} aria-hidden />
            {words.dropHere(folderLabel(folder))}
          </span>
        </div>
      )}
    </div>
  );
}
