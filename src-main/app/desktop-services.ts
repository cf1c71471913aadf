/** What the operations of the bridge need of the desktop: dialogs, the file manager, facts. Tests bring their own. */
import type { Showing } from '../../src-shared/domain/action.ts';
import type { FileQuestion } from '../platform/file-dialogs.ts';
import type { Versions } from './diagnostics-text.ts';

/** See the file's first line. */
export interface DesktopServices {
  openExternal: (url: string) => Promise<void>;
  /** Asks with the system's dialog, on the window that called; null when cancelled. */
  chooseFolder: (windowId: number) => Promise<string | null>;
  /** The window tells what it shows. */
  showing: (showing: Showing) => void;
  /** Takes how many texts of files are not saved in the window. */
  unsaved: (files: number) => void;
  openLogs: () => Promise<void>;
  /** Of what the app is made of, for reports. */
  versions: Versions;
  /** Where to save a file, asked in the same way. */
  chooseSaveFile: (windowId: number, question: FileQuestion) => Promise<string | null>;
  /** A file that is there. */
  chooseOpenFile: (windowId: number, question: FileQuestion) => Promise<string | null>;
  /** Opens a folder of SpecBoard's own with the system's file manager. */
  openFolder: (path: string) => Promise<void>;
}
