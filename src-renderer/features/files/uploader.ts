/** Uploads into a folder: looks what is there, asks about names that are taken, hands the rest to the transfers. */
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { joinPath } from '../../stores/files/file-paths.ts';
import type { FilesRegistry, FilesWorkspace } from '../../stores/files/files-registry.ts';
import type { UploadSource } from '../../stores/files/upload-source.ts';
import { planUploads } from './clash-rules.ts';
import type { FilesDialog } from './files-context.ts';

/** What it works with. */
export interface UploaderParts {
  registry: FilesRegistry;
  workspace: FilesWorkspace;
  sessionId: string;
  openDialog: (dialog: FilesDialog | null) => void;
}

/** Makes the function that uploads. It never throws: what goes wrong is shown above the tree. */
export function uploader({ registry, workspace, sessionId, openDialog }: UploaderParts) {
  const { files } = workspace;
  return async (folder: string, sources: readonly UploadSource[]): Promise<void> => {
    if (sources.length === 0) return;
    files.showProblem(null);
    try {
      const planned = await planUploads(
        sources,
        await files.takenIn(folder),
        (question) =>
          new Promise((answer) => {
            openDialog({ type: 'clash', folder, question, onAnswer: answer });
          }),
      );
      for (const { source, name, replace } of planned ?? []) {
        registry.transfers.upload(sessionId, source, joinPath(folder, name), replace, () => {
          void files.read(folder);
        });
      }
      if (planned?.length && folder !== files.state.base) {
        files.setExpanded(new Set([...files.state.expanded, folder]));
      }
    } catch (error) {
      files.showProblem(toProblem(error));
    }
  };
}
