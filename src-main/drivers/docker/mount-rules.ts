/** Which folders of this computer a container may see, as far as their names tell. Pure; what is behind a name is checked at connect. */
import type { Mount } from '../../../src-shared/domain/driver-manifest.ts';
import { containerFolders } from './container-folders.ts';

/** Sockets and pipes by which somebody is master of an engine, and so of the computer it runs on. */
const engineSocket =
  /(?:^|[\\/])(?:docker|podman|containerd|buildkitd|crio|dockershim)(?:\.raw)?\.sock$|[\\/]pipe[\\/]/i;

/** True for the name of an engine's socket: never to be seen by code. */
export function isEngineSocket(path: string): boolean {
  return engineSocket.test(path);
}

/** True for the root of a file system: `/`, `C:\`. */
export function isRoot(path: string): boolean {
  return /^(?:[\\/]+|[A-Za-z]:[\\/]*|\\\\[^\\]+\\[^\\]+\\?)$/.test(path.trim());
}

const kernelFolder = /^\/(?:proc|sys|dev)(?:\/|$)/;

/** True for what the kernel shows of itself: `/proc`, `/sys`, `/dev`, and below. */
export function isKernelFolder(path: string): boolean {
  return kernelFolder.test(path);
}

/** What is wrong with a mount, in words for its field; null where nothing is. */
export function mountProblem(
  { source, target }: Mount,
  workingFolder: string,
  isFullPath: (path: string) => boolean,
): string | null {
  if (source.includes('\0') || !isFullPath(source))
    return 'Choose a folder of this computer by its full path.';
  if (isRoot(source)) return 'The whole computer cannot be given to a container: choose a folder.';
  if (isEngineSocket(source))
    return 'The socket of the engine is never given to code: it would rule this computer.';
  if (kernelFolder.test(source)) return 'Folders of the system kernel cannot be given to a container.';
  if (!/^(?:\/[^/\0]+)+\/?$/.test(target) || target.split('/').some((part) => part === '.' || part === '..'))
    return 'Enter a full path in the container, for example /data.';
  if (kernelFolder.test(target)) return 'This place in the container belongs to its system.';
  const place = target.replace(/\/$/, '');
  const taken = [workingFolder, containerFolders.home, containerFolders.packages, '/tmp'];
  if (taken.some((folder) => folder === place || folder.startsWith(`${place}/`)))
    return 'This place in the container is used by SpecBoard: choose another, for example /data.';
  return null;
}
