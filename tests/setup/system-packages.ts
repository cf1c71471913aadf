/** What the tests need of the system. On Debian, as root, missing packages are installed; elsewhere a person is told. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Package -> a file that shows that it is there. */
const packages: Readonly<Record<string, string>> = {
  chromium: '/usr/lib/chromium/chromium',
  bubblewrap: '/usr/bin/bwrap',
  'gnome-keyring': '/usr/bin/gnome-keyring-daemon',
  'libsecret-1-0': '/usr/share/doc/libsecret-1-0',
  dbus: '/usr/bin/dbus-daemon',
  python3: '/usr/bin/python3',
  'python3-venv': '/usr/share/doc/python3-venv',
  'docker.io': '/usr/sbin/dockerd',
  busybox: '/bin/busybox',
  iproute2: '/sbin/ip',
  openssl: '/usr/bin/openssl',
  procps: '/bin/ps',
  xvfb: '/usr/bin/Xvfb',
  'fonts-dejavu-core': '/usr/share/doc/fonts-dejavu-core',
};

/** Installs what is missing, or says how; never throws: a test that misses its part says so itself. */
export function ensureSystemPackages(): void {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return;
  const missing = Object.entries(packages)
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    process.stdout.write(`The tests need packages that are not installed:\n  sudo ${command}\n`);
    return;
  }
  process.stdout.write(`Installing what the tests need: ${missing.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}
