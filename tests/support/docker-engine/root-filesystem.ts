/** A root file system for a test image, put together from this machine's own programs: no registry, no network. Debian. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** What every image has besides Debian's coreutils. */
const programs = 'sh bash tar ps kill setsid grep sed find xargs awk mawk gzip hostname getent flock'.split(
  ' ',
);
const binFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
/** Of the standard library: nobody needs them in a sandbox, and they are half of its size. */
const left = /\/(?:test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|config-[^/]+)\//;

/** Which image. */
export interface RootOptions {
  /** Debian's Python with its standard library, and pip where its wheel is installed. */
  python: boolean;
}

/** The tar, as it is made. Leaving it early ends the program that makes it. Needs root (owners) and about a second. */
export async function* rootFilesystem(options: RootOptions): AsyncGenerator<Uint8Array> {
  const stage = mkdtempSync(join(tmpdir(), 'sb-image-'));
  try {
    stageOwnFiles(stage, options);
    const list = join(stage, '.list');
    writeFileSync(list, machineFiles(options).join('\0'));
    const own = readdirSync(stage).filter((name) => name !== '.list');
    const tar = spawn(
      'tar',
      ['--create', '--file=-', '--numeric-owner', '--sort=name', '-C', stage, ...own, '-C', '/'].concat([
        '--no-recursion',
        '--null',
        `--files-from=${list}`,
      ]),
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
    );
    let words = '';
    tar.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => tar.on('close', resolve));
    let whole = false;
    try {
      for await (const chunk of tar.stdout) yield chunk as Buffer;
      whole = true;
    } finally {
      // One that has said all is on its way out: killed then, it would look like a failure.
      if (!whole) tar.kill();
    }
    if ((await ended) !== 0) throw new Error(`The image could not be put together: ${words}`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Folders and files that are the image's own: users, a home, /tmp, and links as on a merged /usr. */
function stageOwnFiles(stage: string, { python }: RootOptions): void {
  for (const folder of [
    'etc',
    'tmp',
    'var/tmp',
    'root',
    'home/user',
    'proc',
    'sys',
    'dev',
    'usr/local/bin',
    'run',
  ])
    mkdirSync(join(stage, folder), { recursive: true });
  for (const folder of ['tmp', 'var/tmp']) chmodSync(join(stage, folder), 0o1777);
  chownSync(join(stage, 'home/user'), 1000, 1000);
  for (const name of ['bin', 'sbin', 'lib', 'lib64'])
    if (existsSync(`/usr/${name}`)) symlinkSync(`usr/${name}`, join(stage, name));
  const passwd = ['root:x:0:0:root:/root:/bin/bash', 'nobody:x:65534:65534:nobody:/nonexistent:/bin/false'];
  passwd.push('user:x:1000:1000:user:/home/user:/bin/bash', '');
  writeFileSync(join(stage, 'etc/passwd'), passwd.join('\n'));
  writeFileSync(join(stage, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\nuser:x:1000:\n');
  writeFileSync(join(stage, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  if (!python) return;
  symlinkSync('/usr/bin/python3', join(stage, 'usr/local/bin/python'));
  // A wheel is a zip of what belongs into site-packages; so pip is there without installing anything.
  const wheel = globSync('/usr/share/python-wheels/pip-*.whl')[0];
  if (wheel === undefined) return;
  const packages = join(stage, `usr/local/lib/${basename(pythonLibrary())}/dist-packages`);
  mkdirSync(packages, { recursive: true });
  execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-e', wheel, packages]);
  // Debian's pip looks for it before it asks any index, also one without TLS.
  mkdirSync(join(stage, 'etc/ssl/certs'), { recursive: true });
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  writeFileSync(join(stage, certificates), existsSync(certificates) ? readFileSync(certificates) : '');
}

/** Files of this machine, without the leading slash, as they are called on a merged /usr. */
function machineFiles({ python }: RootOptions): string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    const real = merged(path);
    if (found.has(real)) return;
    found.add(real);
    if (!lstatSync(path).isSymbolicLink()) return;
    const target = readlinkSync(path);
    const next = target.startsWith('/') ? target : join(dirname(path), target);
    if (existsSync(next)) add(next);
  };
  const binaries = [...programs.flatMap(findProgram), ...coreutils()];
  const roots = [...binaries];
  if (python) {
    const library = pythonLibrary();
    roots.push('/usr/bin/python3', realpathSync('/usr/bin/python3'));
    for (const path of filesBelow(library)) roots.push(path);
  }
  for (const path of roots) add(path);
  for (const path of filesBelow('/lib/terminfo')) add(path);
  if (existsSync('/usr/lib/locale/C.utf8'))
    for (const path of filesBelow('/usr/lib/locale/C.utf8')) add(path);
  for (const path of globSync(['/usr/libexec/coreutils/*', '/lib/*/libnss_{files,dns}.so*'])) add(path);
  const programsAndModules = roots.filter(
    (path) => binaries.includes(path) || /\.so(?:\.|$)|\/python3[.\d]*$/.test(path),
  );
  for (const path of librariesOf(programsAndModules)) add(path);
  return [...found].map((path) => path.slice(1));
}

/** /lib/x of a merged /usr is /usr/lib/x: a file must not be in the tar below a link that is in it too. */
function merged(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

function findProgram(name: string): string[] {
  const folder = binFolders.find((candidate) => existsSync(join(candidate, name)));
  return folder === undefined ? [] : [join(folder, name)];
}

function coreutils(): string[] {
  const files = execFileSync('dpkg', ['-L', 'coreutils'], { encoding: 'utf8' }).split('\n');
  return files.filter((path) => /\/s?bin\/[^/]+$/.test(path) && existsSync(path));
}

function pythonLibrary(): string {
  const question = 'import sysconfig; print(sysconfig.get_path("stdlib"))';
  return execFileSync('/usr/bin/python3', ['-I', '-c', question], { encoding: 'utf8' }).trim();
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !left.test(path));
}

/** What the loader needs for these files; those that are no programs are passed over. */
function librariesOf(files: readonly string[]): string[] {
  const found = new Set<string>();
  const elf = files.filter((path) => lstatSync(realpathSync(path)).size > 0);
  const text = lddOf(elf);
  for (const match of text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) if (match[1]) found.add(match[1]);
  return [...found];
}

/** ldd of many files at once; it fails when one of them is a script, and tells of the others all the same. */
function lddOf(files: readonly string[]): string {
  try {
    return execFileSync('ldd', files, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? '');
  }
}
