/** The folders of one session on this computer: made, measured, removed. */
import { spawn } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { fileProblem } from '../../runner/file-errors.ts';

/** Paths of this computer; all but a chosen workspace lie in one folder that goes with the session. */
export interface LocalFolders {
  root: string;
  workspace: string;
  /** True where the workspace is a folder of the person's own. */
  chosen: boolean;
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
  if (!isSessionId(sessionId))
    throw new SpecboardError('internal', 'A session needs an id of letters and digits.');
  if (chosen !== '' && !(await stat(chosen).catch(() => null))?.isDirectory()) {
    throw new SpecboardError('not-found', `The working folder ${chosen} is not there.`, {
      fields: { folder: 'Choose a folder that exists, or leave it empty.' },
      hint: 'Correct the working folder in the profile.',
    });
  }
  const root = join(workFolder, sessionId);
  const folders: LocalFolders = {
    root,
    workspace: chosen !== '' ? chosen : join(root, 'workspace'),
    chosen: chosen !== '',
    packages: join(root, 'packages'),
    temporary: join(root, 'tmp'),
    accounts: join(root, 'accounts'),
  };
  try {
    const own = [root, folders.packages, folders.temporary, folders.accounts];
    for (const folder of chosen === '' ? [...own, folders.workspace] : own) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await writeFile(
      join(folders.accounts, 'passwd'),
      'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/sandbox:/bin/sh\n',
    );
    await writeFile(join(folders.accounts, 'group'), 'root:x:0:\nuser:x:1000:\n');
  } catch (error) {
    await removeFolders(workFolder, sessionId).catch(() => {});
    const { code } = fileProblem(error, root);
    const full = code === 'no-space';
    throw new SpecboardError(full ? code : 'unavailable', 'The folder for this session could not be made.', {
      hint: full ? 'Make room on the disk and try again.' : 'Check that the data folder can be written.',
      cause: error,
    });
  }
  return folders;
}

/**
 * Removes what belongs to a session; a chosen working folder is never touched. Missing is fine. Code may have left folders
 * that forbid their own removal, or nested deeper than a path can be long: then the system's own tools do it.
 */
export async function removeFolders(workFolder: string, sessionId: string): Promise<void> {
  if (!isSessionId(sessionId)) return;
  const root = join(workFolder, sessionId);
  try {
    await rm(root, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch (error) {
    if (process.platform === 'win32') throw error;
    await run('chmod', ['-R', 'u+rwX', '--', root]);
    await run('rm', ['-rf', '--', root]);
  }
}

/** Our ids are uuids: a path in disguise must never reach rm. */
function isSessionId(id: string): boolean {
  return /^[0-9a-z][0-9a-z-]{5,63}$/i.test(id);
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' }, timeout: 60_000 });
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
}
