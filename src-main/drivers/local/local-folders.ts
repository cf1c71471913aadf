/** The folders of one session on this computer. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** Paths of this computer; all but a chosen workspace lie in one folder that goes with the session. */
export interface LocalFolders {
  root: string;
  workspace: string;
  /** A virtual environment, made when the first package is installed. */
  packages: string;
  temporary: string;
  accounts: string;
}

/** Makes the folders, private to the person. `chosen`: the person's own working folder, or empty. Throws `not-found`, `no-space`. */
export async function makeFolders(
  workFolder: string,
  sessionId: string,
  chosen: string,
): Promise<LocalFolders> {
  if (chosen !== '') {
    const found = await stat(chosen).catch(() => null);
    if (!found?.isDirectory()) {
      throw new SpecboardError('not-found', `The working folder ${chosen} is not there.`, {
        fields: { folder: 'Choose a folder that exists, or leave it empty.' },
        hint: 'Correct the working folder in the profile.',
      });
    }
  }
  const root = join(workFolder, sessionId);
  const folders: LocalFolders = {
    root,
    workspace: chosen !== '' ? chosen : join(root, 'workspace'),
    packages: join(root, 'packages'),
    temporary: join(root, 'tmp'),
    accounts: join(root, 'accounts'),
  };
  try {
    for (const folder of [root, folders.packages, folders.temporary, folders.accounts]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    if (chosen === '') mkdirSync(folders.workspace, { recursive: true, mode: 0o700 });
    writeFileSync(
      join(folders.accounts, 'passwd'),
      'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/sandbox:/bin/sh\n',
    );
    writeFileSync(join(folders.accounts, 'group'), 'root:x:0:\nuser:x:1000:\n');
  } catch (error) {
    removeFolders(workFolder, sessionId);
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new SpecboardError(
      full ? 'no-space' : 'unavailable',
      'The folder for this session could not be made.',
      {
        hint: full ? 'Make room on the disk and try again.' : 'Check that the data folder can be written.',
        cause: error,
      },
    );
  }
  return folders;
}

/** Removes what belongs to a session; a chosen working folder is never touched. Missing is fine. */
export function removeFolders(workFolder: string, sessionId: string): void {
  // Our ids are uuids: a path in disguise must never reach rm.
  if (!/^[0-9a-f-]{36}$/i.test(sessionId)) return;
  rmSync(join(workFolder, sessionId), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
