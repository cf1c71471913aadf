/** What is behind the folders that a profile mounts: looked at before a container sees them. */
import { existsSync, realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Mount } from '../../../src-shared/domain/driver-manifest.ts';
import { isEngineSocket, isKernelFolder, isRoot } from './mount-rules.ts';

/** What decides which folders may be seen. */
export interface MountCheck {
  mounts: readonly Mount[];
  /** The engine has the files of this computer. */
  local: boolean;
  /** The socket of the engine in use, where it has one. */
  engineSocket: string | null;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The mounts with their sources resolved, so that a link cannot be changed in between. Throws `invalid` (in words, for the
 * field `mounts`) for a source that is missing, is no folder, is or holds the socket of an engine, or is not on the engine's
 * computer.
 */
export async function checkedMounts({ mounts, local, engineSocket, env }: MountCheck): Promise<Mount[]> {
  if (mounts.length === 0) return [];
  if (!local) {
    throw refused(
      'This engine runs on another computer: folders of this one cannot be given to its containers.',
    );
  }
  const sockets = [...knownSockets(env), ...(engineSocket === null ? [] : [engineSocket])].flatMap(existing);
  return Promise.all(
    mounts.map(async (mount) => {
      const { source } = mount;
      const found = await realpath(source).catch(() => null);
      if (found === null) throw refused(`There is no folder ${source} on this computer.`);
      if (isEngineSocket(found) || sockets.includes(found))
        throw refused(`${source} is the socket of an engine: it is never given to code.`);
      if (!(await stat(found)).isDirectory()) throw refused(`${source} is not a folder.`);
      if (isRoot(found)) throw refused('The whole computer cannot be given to a container: choose a folder.');
      if (isKernelFolder(found))
        throw refused(`${source} is of the system kernel: it cannot be given to a container.`);
      const held = sockets.find((socket) => isWithin(found, socket));
      if (held !== undefined)
        throw refused(`${source} holds the socket of an engine (${held}): it is never given to code.`);
      return { ...mount, source: found };
    }),
  );
}

/** Where engines listen: whoever reaches one of these rules the computer. */
function knownSockets(env: MountCheck['env']): string[] {
  const home = env.HOME ?? homedir();
  const runtime = env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/containerd/containerd.sock',
    '/run/podman/podman.sock',
    '/run/crio/crio.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : []),
    ...['.docker/run/docker.sock', '.docker/desktop/docker.sock', '.orbstack/run/docker.sock'],
    ...['.colima/default/docker.sock', '.colima/docker.sock', '.rd/docker.sock'],
    '.lima/docker/sock/docker.sock',
  ].map((path) => (path.startsWith('.') ? join(home, path) : path));
}

function existing(path: string): string[] {
  try {
    return existsSync(path) ? [realpathSync(path)] : [];
  } catch {
    return [];
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

function refused(message: string): SpecboardError {
  return new SpecboardError('invalid', message, {
    hint: 'Choose other folders in the profile.',
    fields: { mounts: message },
  });
}
