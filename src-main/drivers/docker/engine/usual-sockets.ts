/** Where engines listen when nobody says anything, best first. Pure. */
import { posix } from 'node:path';

const { join } = posix;

/** A place to try. */
export interface UsualSocket {
  /** In words: "the socket of colima". */
  place: string;
  url: string;
}

/** What decides where they are. */
export interface UsualSocketOptions {
  platform: NodeJS.Platform;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where the system's own folders are; default "/". */
  root?: string;
}

/** The places of this system. */
export function usualSockets({ platform, home, env, root = '/' }: UsualSocketOptions): UsualSocket[] {
  if (platform === 'win32') {
    return [
      pipe('the pipe of Docker Desktop', 'dockerDesktopLinuxEngine'),
      pipe('the pipe of the Docker engine', 'docker_engine'),
      pipe('the pipe of Podman', 'podman-machine-default'),
    ];
  }
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const runtime = env['XDG_RUNTIME_DIR'];
  const podmanMachine = join(home, '.local/share/containers/podman/machine');
  if (platform === 'darwin') {
    const temporary = env['TMPDIR'];
    return [
      socket('the socket of Docker Desktop', join(home, '.docker/run/docker.sock')),
      socket('the socket of OrbStack', join(home, '.orbstack/run/docker.sock')),
      socket('the socket of colima', join(home, '.colima/default/docker.sock')),
      socket('the socket of colima', join(config, 'colima/default/docker.sock')),
      socket('the socket of an old colima', join(home, '.colima/docker.sock')),
      socket('the socket of Rancher Desktop', join(home, '.rd/docker.sock')),
      socket('the socket of lima', join(home, '.lima/docker/sock/docker.sock')),
      // Last of Docker's: often a link that one of the others left behind.
      socket('the usual socket', join(root, 'var/run/docker.sock')),
      ...(temporary
        ? [socket('the socket of Podman', join(temporary, 'podman/podman-machine-default-api.sock'))]
        : []),
      socket('the socket of Podman', join(podmanMachine, 'podman.sock')),
      socket('the socket of an old Podman', join(podmanMachine, 'podman-machine-default/podman.sock')),
    ];
  }
  return [
    ...(runtime ? [socket('the socket of rootless Docker', join(runtime, 'docker.sock'))] : []),
    socket('the usual socket', join(root, 'var/run/docker.sock')),
    socket('the socket of Docker Desktop', join(home, '.docker/desktop/docker.sock')),
    socket('the socket of Rancher Desktop', join(home, '.rd/docker.sock')),
    socket('the socket of colima', join(home, '.colima/default/docker.sock')),
    socket('the socket of colima', join(config, 'colima/default/docker.sock')),
    socket('the socket of lima', join(home, '.lima/docker/sock/docker.sock')),
    ...(runtime ? [socket('the socket of Podman', join(runtime, 'podman/podman.sock'))] : []),
    socket("the system's socket of Podman", join(root, 'run/podman/podman.sock')),
  ];
}

function socket(place: string, path: string): UsualSocket {
  return { place, url: `unix://${path}` };
}

function pipe(place: string, name: string): UsualSocket {
  return { place, url: `npipe:////./pipe/${name}` };
}
