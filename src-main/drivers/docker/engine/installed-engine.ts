/** Which engine is installed on this computer although none answers: so that a person is told what to start. */
import { posix, win32 } from 'node:path';

/** What the answer depends on. */
export interface InstalledOptions {
  platform: NodeJS.Platform;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  exists: (path: string) => boolean;
}

/** What is installed, and how to start it; null for nothing. */
export interface InstalledEngine {
  name: string;
  start: string;
}

/** Looks for programs and applications; starts none of them. */
export function installedEngine(options: InstalledOptions): InstalledEngine | null {
  const { platform, env, exists } = options;
  const windows = platform === 'win32';
  const { join } = windows ? win32 : posix;
  // An app that was started from a dock has a short PATH.
  const usual = windows ? [] : ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/usr/sbin'];
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(windows ? ';' : ':').filter(Boolean);
  const has = (name: string) =>
    [...folders, ...usual].some((folder) => exists(join(folder, windows ? `${name}.exe` : name)));
  const desktop = desktopPaths(options).some(exists);
  if (desktop)
    return { name: 'Docker Desktop', start: 'Start Docker Desktop and wait until it says that it runs.' };
  if (platform === 'darwin' && exists('/Applications/OrbStack.app'))
    return { name: 'OrbStack', start: 'Start OrbStack.' };
  if (platform === 'darwin' && exists('/Applications/Rancher Desktop.app'))
    return { name: 'Rancher Desktop', start: 'Start Rancher Desktop.' };
  if (platform === 'linux' && has('dockerd')) {
    return { name: 'Docker', start: 'Start it with "sudo systemctl start docker".' };
  }
  if (!windows && has('colima')) return { name: 'colima', start: 'Start it with "colima start".' };
  if (has('podman')) {
    const start = platform === 'linux' ? 'systemctl --user start podman.socket' : 'podman machine start';
    return { name: 'Podman', start: `Start it with "${start}".` };
  }
  return null;
}

/** How to get an engine where there is none. */
export function installHint(platform: NodeJS.Platform): string {
  if (platform === 'linux')
    return 'Install one, for example with "sudo apt install docker.io" (Debian, Ubuntu) or "sudo dnf install podman" (Fedora).';
  return 'Install Docker Desktop from docker.com, or Podman from podman.io.';
}

function desktopPaths({ platform, env }: InstalledOptions): string[] {
  if (platform === 'darwin') return ['/Applications/Docker.app'];
  if (platform === 'win32')
    return [`${env['ProgramFiles'] ?? 'C:\\Program Files'}\\Docker\\Docker\\Docker Desktop.exe`];
  return ['/opt/docker-desktop/bin/docker-desktop', '/opt/docker-desktop/bin/com.docker.backend'];
}
