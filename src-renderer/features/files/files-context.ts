/** What the parts of the Files tab share: the workspace of the session, and the ways to ask the person something. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { FilesRegistry, FilesWorkspace } from '../../stores/files/files-registry.ts';
import type { FilesState } from '../../stores/files/files-store.ts';
import type { OpenFile } from '../../stores/files/open-files.ts';
import type { UploadSource } from '../../stores/files/upload-source.ts';
import type { ClashAnswer, ClashQuestion } from './clash-rules.ts';

/** The dialog that is open in the tab. */
export type FilesDialog =
  | { type: 'remove'; paths: readonly string[] }
  | { type: 'discard'; path: string }
  | { type: 'create'; kind: 'file' | 'folder'; folder: string }
  | {
      type: 'clash';
      folder: string;
      question: ClashQuestion;
      onAnswer: (answer: { answer: ClashAnswer; forAll: boolean } | null) => void;
    };

/** See the head of the file. */
export interface FilesContextValue {
  registry: FilesRegistry;
  workspace: FilesWorkspace;
  sessionId: string;
  /** Files can be reached: the session is active. */
  active: boolean;
  openDialog: (dialog: FilesDialog | null) => void;
  /** Uploads into a folder; asks where names are taken. */
  upload: (folder: string, sources: readonly UploadSource[]) => Promise<void>;
  /** Asks for files, or for a folder, of this computer. */
  chooseUpload: (kind: 'files' | 'folder', folder: string) => void;
}

/** Gives it to everything below. */
export const FilesContext = createContext<FilesContextValue | null>(null);

/** The context. Throws outside of the tab. */
export function useFilesContext(): FilesContextValue {
  const value = useContext(FilesContext);
  if (!value) throw new Error('No FilesContext above this component.');
  return value;
}

/** Part of the session's tree state. */
export function useFiles<T>(select: (state: FilesState) => T): T {
  return useStore(useFilesContext().workspace.files.store, useShallow(select));
}

/** The opened file at a path. */
export function useOpenFile(path: string | null): OpenFile | undefined {
  const { openFiles } = useFilesContext().workspace;
  return useStore(openFiles.store, ({ files }) => (path === null ? undefined : files[path]));
}
