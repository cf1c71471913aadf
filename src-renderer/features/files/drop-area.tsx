/** Where files are dropped: on the row of a folder into that folder, anywhere else into the one that is shown. */
import { Upload } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { DropZone } from 'react-aria-components/DropZone';
import { filesMessages as words } from '../../messages/files.ts';
import { isFolderItem } from '../../stores/files/tree-model.ts';
import { sourcesOfDrop } from '../../stores/files/upload-source.ts';
import { cx } from '../../ui/cx.ts';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { folderLabel } from './folder-label.ts';

/** See the head of the file. */
export function DropArea({ children }: { children: ReactNode }) {
  const { workspace, upload, active } = useFilesContext();
  const { files } = workspace;
  const box = useRef<HTMLDivElement>(null);
  const [folder, setFolder] = useState<string | null>(null);
  const folderAt = (x: number, y: number): string => {
    const frame = box.current?.getBoundingClientRect();
    const under = document.elementFromPoint(x + (frame?.left ?? 0), y + (frame?.top ?? 0));
    const path = under?.closest<HTMLElement>('[data-path]')?.dataset.path;
    const item = path === undefined ? undefined : files.itemAt(path);
    return path !== undefined && item && isFolderItem(item) ? path : files.state.base;
  };
  return (
    <DropZone
      ref={box}
      className={cx(styles.drop)}
      aria-label={words.dropZone}
      isDisabled={!active}
      getDropOperation={() => 'copy'}
      onDropEnter={({ x, y }) => setFolder(folderAt(x, y))}
      onDropMove={({ x, y }) => setFolder(folderAt(x, y))}
      onDropExit={() => setFolder(null)}
      onDrop={({ x, y, items }) => {
        const target = folderAt(x, y);
        setFolder(null);
        void sourcesOfDrop(items).then((sources) => upload(target, sources));
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
    </DropZone>
  );
}
