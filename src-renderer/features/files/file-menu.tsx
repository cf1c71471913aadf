/** What can be done with the selected rows: opened by the row's button, the right mouse button, or the menu key. */
import { Button } from 'react-aria-components/Button';
import { filesMessages as words } from '../../messages/files.ts';
import { nameOf, parentOf } from '../../stores/files/file-paths.ts';
import { isFolderItem } from '../../stores/files/tree-model.ts';
import { cx } from '../../ui/cx.ts';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName } from './visible-name.ts';

/** Where it opens, in the window, and for which files. */
export interface MenuPlace {
  x: number;
  y: number;
  paths: readonly string[];
}

/** See the head of the file. */
export function FileMenu({ place, onClose }: { place: MenuPlace; onClose: () => void }) {
  const [first] = place.paths;
  const label =
    first !== undefined && place.paths.length === 1
      ? words.actions(visibleName(nameOf(first)))
      : words.actionsForSelected(place.paths.length);
  return (
    <MenuButton
      label={label}
      entries={useEntries(place.paths)}
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      trigger={
        // Nothing to see: only where the menu opens.
        <Button
          className={cx(styles.anchor)}
          style={{ left: place.x, top: place.y }}
          aria-label={label}
          excludeFromTabOrder
        />
      }
    />
  );
}

function useEntries(paths: readonly string[]): MenuEntry[] {
  const { workspace, registry, sessionId, active, openDialog } = useFilesContext();
  const { files, openFiles } = workspace;
  const [path] = paths;
  if (path === undefined) return [];
  const item = files.itemAt(path);
  const copy: MenuEntry = {
    id: 'copy-path',
    label: words.copyPath,
    onAction: () => void navigator.clipboard.writeText(paths.join('\n')),
  };
  if (!active) return [copy];
  const download: MenuEntry = {
    id: 'download',
    label: words.download,
    onAction: () => registry.transfers.download(sessionId, paths),
  };
  const remove: MenuEntry = {
    id: 'remove',
    label: words.remove,
    danger: true,
    onAction: () => openDialog({ type: 'remove', paths }),
  };
  if (paths.length > 1) return [download, copy, remove];
  const isFolder = item !== undefined && isFolderItem(item);
  const folder = isFolder ? path : parentOf(path);
  const open: MenuEntry = isFolder
    ? { id: 'open', label: words.openFolder, onAction: () => void files.show(path) }
    : {
        id: 'open',
        label: words.open,
        onAction: () => {
          files.open(path);
          void openFiles.load(path);
        },
      };
  return [
    open,
    download,
    { id: 'rename', label: words.rename, onAction: () => files.rename(path) },
    {
      id: 'new-file',
      label: words.newFile,
      onAction: () => openDialog({ type: 'create', kind: 'file', folder }),
    },
    {
      id: 'new-folder',
      label: words.newFolder,
      onAction: () => openDialog({ type: 'create', kind: 'folder', folder }),
    },
    copy,
    remove,
  ];
}
