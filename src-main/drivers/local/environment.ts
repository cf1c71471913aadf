/** The environment of code on this computer: made anew, nothing of SpecBoard's own is handed on but what is listed here. */
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { inside } from './bubblewrap.ts';
import type { Python } from './find-python.ts';
import type { LocalFolders } from './local-folders.ts';

type Environment = Record<string, string>;
type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** Without isolation programs need to know where they are. None of these is a secret. */
const harmless =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|SystemRoot|SystemDrive|windir|COMSPEC|PATHEXT|USERPROFILE|USERNAME|APPDATA|LOCALAPPDATA|ProgramData|ProgramFiles)$/;

/** Inside bubblewrap: paths of the inside. */
export function insideEnvironment(python: Python): Environment {
  const folders = [
    join(inside.packages, 'bin'),
    dirname(python.executable),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ];
  return {
    PATH: [...new Set(folders)].join(':'),
    HOME: inside.home,
    USER: 'user',
    TMPDIR: '/tmp',
    ...common(inside.packages, python),
  };
}

/** Under sandbox-exec: paths of this computer, but a home folder of its own. */
export function seatbeltEnvironment(folders: LocalFolders, python: Python): Environment {
  const path = [
    join(folders.packages, 'bin'),
    dirname(python.executable),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ];
  return {
    PATH: [...new Set([...path, '/usr/sbin', '/sbin'])].join(':'),
    HOME: folders.temporary,
    USER: userInfo().username,
    TMPDIR: folders.temporary,
    ...common(folders.packages, python),
  };
}

/** Without isolation: the person's, but only what is harmless. */
export function plainEnvironment(folders: LocalFolders, python: Python, host: HostEnvironment): Environment {
  const env: Environment = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && harmless.test(name)) env[name] = value;
  }
  const bin = join(folders.packages, process.platform === 'win32' ? 'Scripts' : 'bin');
  env.PATH = [bin, dirname(python.executable), env.PATH ?? env.Path ?? ''].filter(Boolean).join(delimiter);
  const temporary = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];
  for (const name of temporary) env[name] = folders.temporary;
  return { ...env, ...common(folders.packages, python) };
}

/** The profile's own variables over these; a PYTHONPATH of its own comes before the packages of the session. */
export function withProfile(env: Environment, profile: Readonly<Environment>): Environment {
  const own = profile.PYTHONPATH;
  const path = own && env.PYTHONPATH ? { PYTHONPATH: `${own}${delimiter}${env.PYTHONPATH}` } : {};
  return { ...env, ...profile, ...path };
}

/** Where packages are in a virtual environment. */
export function sitePackages(root: string, { version: [major, minor] }: Python): string {
  return process.platform === 'win32'
    ? join(root, 'Lib', 'site-packages')
    : `${root}/lib/python${major}.${minor}/site-packages`;
}

function common(packages: string, python: Python): Environment {
  const utf8 = process.platform === 'win32' ? { PYTHONUTF8: '1' } : { LANG: 'C.UTF-8' };
  return {
    ...utf8,
    TERM: 'dumb',
    PYTHONPATH: sitePackages(packages, python),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
