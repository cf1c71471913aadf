/** What a folder is called in words. */
import { filesMessages as words } from '../../messages/files.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import { visibleName } from './visible-name.ts';

/** The folder's name; that of the working folder where it has none. */
export function folderLabel(path: string): string {
  if (path === '.') return words.workingFolder;
  return path === '/' ? '/' : visibleName(nameOf(path));
}
