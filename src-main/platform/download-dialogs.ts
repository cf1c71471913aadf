/** The system's dialogs of a download, on the window that asked for it. */
import { BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { ClashAnswer, DownloadDialogs } from '../../src-shared/domain/file.ts';
import { chooseSaveFile } from './file-dialogs.ts';

/** In the order of the buttons; the first is the default, and loses nothing. */
const answers: readonly ClashAnswer[] = ['keep-both', 'replace', 'skip', 'cancel'];
/** Names in the question; the rest is counted. */
const shownNames = 5;

/** The dialogs of the window `windowId`. */
export function downloadDialogs(
  windowId: number,
  chooseFolder: (windowId: number) => Promise<string | null>,
): DownloadDialogs {
  return {
    saveFile: (suggestedName) => chooseSaveFile(windowId, { title: 'Download', suggestedName, kinds: [] }),
    chooseFolder: () => chooseFolder(windowId),
    async askClash(names) {
      const options: MessageBoxOptions = {
        type: 'question',
        message:
          names.length === 1
            ? `“${names[0]}” is in this folder already.`
            : `${names.length} of these are in this folder already.`,
        detail: detailOf(names),
        buttons: ['Keep Both', 'Replace', 'Skip', 'Cancel'],
        defaultId: 0,
        cancelId: 3,
        noLink: true,
      };
      const owner = BrowserWindow.getAllWindows().find((candidate) => candidate.webContents.id === windowId);
      const { response } = owner
        ? await dialog.showMessageBox(owner, options)
        : await dialog.showMessageBox(options);
      return answers[response] ?? 'cancel';
    },
  };
}

function detailOf(names: readonly string[]): string {
  const merged = 'Folders that are replaced keep what is only in them.';
  if (names.length === 1) return merged;
  const more = names.length > shownNames ? [`and ${names.length - shownNames} more`] : [];
  return [...names.slice(0, shownNames), ...more, '', merged].join('\n');
}
