/** What the browser says was dropped, files and folders. */
import type { DroppedFile, DroppedFolder } from './upload-source.ts';

/** To be called while the drop is told: afterwards the browser has forgotten it. */
export function droppedItems({ items }: DataTransfer): (DroppedFile | DroppedFolder)[] {
  return [...items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry ? droppedItem(entry) : [];
  });
}

function droppedItem(entry: FileSystemEntry): DroppedFile | DroppedFolder {
  const { name } = entry;
  if (!entry.isDirectory) {
    const getFile = () =>
      new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return { kind: 'file', name, getFile };
  }
  return { kind: 'directory', name, getEntries: () => entriesOf(entry as FileSystemDirectoryEntry) };
}

async function* entriesOf(folder: FileSystemDirectoryEntry): AsyncGenerator<DroppedFile | DroppedFolder> {
  const reader = folder.createReader();
  for (;;) {
    // At most a hundred come at a time.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const entry of entries) yield droppedItem(entry);
  }
}
