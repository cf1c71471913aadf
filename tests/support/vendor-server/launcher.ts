// How the server starts programs inside a sandbox: in a mount namespace with the sandbox's own /home and /tmp where the
// machine allows it, otherwise plainly in the sandbox's folder.
import { spawnSync } from 'node:child_process';

/** A program to spawn. */
export interface LaunchSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Starts programs; one for each server. */
export interface Launcher {
  /** True when processes see the sandbox's own /home and /tmp under these names. */
  readonly isolated: boolean;
  /** The real interpreter behind `python3` (not a version manager's shim, which would be slow). */
  readonly python: string;
  /** Wrap a program. `root` is the sandbox's folder on this machine, `cwd` a path inside the sandbox. */
  wrap(root: string, hostCwd: string, cwd: string, file: string, args: readonly string[]): LaunchSpec;
}

// $1 root, $2 the user's own folder in /home, $3 working folder, then the program. The other folders of /home stay: an
// interpreter may live there. Every step is an exec of the same process, so the pid that was spawned is the program's own.
const MOUNT = `
set -e
root=$1 user=$2 cwd=$3
shift 3
for dir in /home/*; do
  name=\${dir##*/}
  [ -d "$dir" ] && [ "$name" != "$user" ] || continue
  mkdir -p "$root/home/$name"
  mount --rbind "$dir" "$root/home/$name"
done
mount --rbind "$root/home" /home
mount --bind "$root/tmp" /tmp
cd "$cwd"
exec "$@"
`;

/**
 * Find out what this machine allows. `user` is the folder in /home that a sandbox has of its own; `probeRoot` is a sandbox
 * folder to try it with. Throws when there is no python3.
 */
export function findLauncher(isolation: 'auto' | 'none', probeRoot: string, user: string): Launcher {
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  if (python.status !== 0) throw new Error('The test server needs python3 on the PATH.');
  const interpreter = python.stdout.trim();
  if (isolation === 'auto' && process.platform === 'linux') {
    const own = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
    const unshare = [...own, '--propagation', 'private', 'sh', '-c', MOUNT, 'sandbox'];
    const probe = spawnSync('unshare', [...unshare, probeRoot, user, `/home/${user}`, 'pwd'], {
      encoding: 'utf8',
    });
    if (probe.status === 0 && probe.stdout.trim() === `/home/${user}`) {
      return {
        isolated: true,
        python: interpreter,
        wrap: (root, _hostCwd, cwd, file, args) => ({
          file: 'unshare',
          args: [...unshare, root, user, cwd, file, ...args],
          cwd: '/',
        }),
      };
    }
  }
  return {
    isolated: false,
    python: interpreter,
    wrap: (_root, hostCwd, _cwd, file, args) => ({ file, args, cwd: hostCwd }),
  };
}
