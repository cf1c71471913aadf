/** What to do about a keyring that is missing or locked, in the words of the person's own system. */
import { readFileSync } from 'node:fs';

/** Package families that we can name a command for. */
export type Distribution = 'debian' | 'fedora' | 'arch' | 'suse' | 'unknown';

const commands: Record<Exclude<Distribution, 'unknown'>, { name: string; install: string }> = {
  debian: { name: 'Debian, Ubuntu', install: 'sudo apt install gnome-keyring libsecret-1-0' },
  fedora: { name: 'Fedora', install: 'sudo dnf install gnome-keyring libsecret' },
  arch: { name: 'Arch', install: 'sudo pacman -S gnome-keyring libsecret' },
  suse: { name: 'openSUSE', install: 'sudo zypper install gnome-keyring libsecret-1-0' },
};

/** What the system calls the place where secrets are kept. */
export function keyringName(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'the macOS Keychain';
  if (platform === 'win32') return 'the Windows Credential Manager';
  return 'the system keyring';
}

/** How to get a keyring on Linux: the one command where we know the distribution, else all we know. */
export function installHint(distribution: Distribution): string {
  if (distribution !== 'unknown') {
    return `Install one: ${commands[distribution].install}; then log in again. On KDE, switch on "Secret Service" in KWallet's settings.`;
  }
  const all = Object.values(commands).map(({ name, install }) => `${name}: ${install}`);
  return `Install one (${all.join('; ')}), then log in again.`;
}

/** Reads the distribution from the text of /etc/os-release. */
export function distributionOf(osRelease: string): Distribution {
  const words = osRelease
    .split('\n')
    .filter((line) => line.startsWith('ID=') || line.startsWith('ID_LIKE='))
    .flatMap((line) =>
      line
        .slice(line.indexOf('=') + 1)
        .replaceAll('"', '')
        .split(' '),
    );
  const has = (...names: string[]) => names.some((name) => words.includes(name));
  if (has('debian', 'ubuntu')) return 'debian';
  if (has('fedora', 'rhel', 'centos')) return 'fedora';
  if (has('arch')) return 'arch';
  if (words.some((word) => word.includes('suse'))) return 'suse';
  return 'unknown';
}

/** The distribution of this machine. */
export function thisDistribution(): Distribution {
  try {
    return distributionOf(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return 'unknown';
  }
}
