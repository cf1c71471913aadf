/** Which folders of this computer a Python needs, so that they are shown to the code in a sandbox; and no more than that. */
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { Python } from './find-python.ts';

const partsOfAPython = ['bin', 'lib', 'lib64', 'include', 'share', 'pyvenv.cfg', 'Python', 'Resources'];

/**
 * The folders, each with what its links lead to. A Python whose folder is (or holds) the home folder or `hidden`, such as a
 * virtual environment made in the home folder itself, is shown only by its parts.
 */
export function pythonFolders(python: Python, hidden: readonly string[] = []): string[] {
  const secret = [homedir(), ...hidden].flatMap((folder) => [folder, real(folder)]);
  const roots = [python.basePrefix, python.prefix, dirname(dirname(real(python.executable)))];
  const folders = roots
    .flatMap((folder) => [folder, real(folder)])
    .filter((folder) => folder !== '/' && folder !== '/usr')
    .flatMap((folder) =>
      secret.some((path) => isWithin(folder, path))
        ? partsOfAPython.map((part) => join(folder, part)).filter((path) => existsSync(path))
        : [folder],
    );
  const unique = [...new Set(folders)];
  return unique.filter((path) => !unique.some((other) => other !== path && isWithin(other, path)));
}

/** The program to start: the interpreter where it is visible in the sandbox, else what its link leads to. */
export function startablePython(python: Python, visible: (path: string) => boolean): string {
  return visible(python.executable) ? python.executable : real(python.executable);
}

/** True where `path` is `folder` or lies in it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
