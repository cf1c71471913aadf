/** The system's dialogs for one file: where to save it, which one to open. The only way a path of this computer comes in. */
import { BrowserWindow, dialog } from 'electron';

/** Kind of file, as dialogs name it. */
export interface FileKind {
  /** "Jupyter notebook". */
  name: string;
  /** Without the dot. */
  extensions: string[];
}

/** What is asked. */
export interface FileQuestion {
  /** Title of the dialog. */
  title: string;
  /** A file name without a folder. */
  suggestedName?: string;
  kinds: FileKind[];
}

/** Asks where to save a file, on the window that called; the system asks before one is replaced. Null when cancelled. */
export async function chooseSaveFile(windowId: number, question: FileQuestion): Promise<string | null> {
  const options = {
    title: question.title,
    filters: question.kinds,
    properties: ['createDirectory', 'showOverwriteConfirmation'] as (
      | 'createDirectory'
      | 'showOverwriteConfirmation'
    )[],
    ...(question.suggestedName === undefined ? {} : { defaultPath: question.suggestedName }),
  };
  const owner = ownerOf(windowId);
  const result = owner ? await dialog.showSaveDialog(owner, options) : await dialog.showSaveDialog(options);
  return result.canceled || result.filePath === '' ? null : result.filePath;
}

/** Asks for one file that is there. Null when cancelled. */
export async function chooseOpenFile(windowId: number, question: FileQuestion): Promise<string | null> {
  const options = {
    title: question.title,
    filters: question.kinds,
    properties: ['openFile'] as 'openFile'[],
  };
  const owner = ownerOf(windowId);
  const result = owner ? await dialog.showOpenDialog(owner, options) : await dialog.showOpenDialog(options);
  return result.canceled ? null : (result.filePaths[0] ?? null);
}

function ownerOf(windowId: number): BrowserWindow | undefined {
  return BrowserWindow.getAllWindows().find((candidate) => candidate.webContents.id === windowId);
}
