/**
 * Finds a Python on this computer: asks each candidate what it really is (a pyenv shim costs 200 ms at every start, the
 * interpreter behind it 20 ms) and remembers the answer for an hour.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

const pythonSchema = z.object({
  /** The interpreter itself, no shim. */
  executable: z.string(),
  version: z.tuple([z.number(), z.number(), z.number()]),
  prefix: z.string(),
  basePrefix: z.string(),
});
/** A Python that can run the runner. */
export type Python = z.infer<typeof pythonSchema>;

/** The oldest that the runner runs on. */
const oldest = [3, 8] as const;
const cacheMs = 3_600_000;
const question =
  'import json,sys;print(json.dumps({"executable":sys.executable,"version":sys.version_info[:3],"prefix":sys.prefix,"basePrefix":sys.base_prefix}))';

/** What the search depends on. */
export interface FindPythonOptions {
  /** From the profile; empty: search. */
  chosen: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where to look beyond `env`; default: where installers and version managers of this system put what they install. */
  folders?: readonly string[];
  /** File for the answer of the last search. */
  cacheFile: string;
  now: () => number;
}

/** The Python to use. Throws `python-missing` with how to get one, or `invalid` for a chosen path that is none. */
export async function findPython(options: FindPythonOptions, signal: AbortSignal): Promise<Python> {
  if (options.chosen !== '') {
    const found = await askPython(options.chosen, options.env, signal);
    signal.throwIfAborted();
    if (found && isNewEnough(found)) return found;
    const what = found
      ? `is Python ${found.version.join('.')}, which is too old`
      : 'is not a Python interpreter that starts';
    throw new SpecboardError('invalid', `${options.chosen} ${what}.`, {
      fields: { python: 'Choose a Python 3.8 or newer, or leave it empty.' },
      hint: 'Correct the Python interpreter in the profile.',
    });
  }
  const cached = readCache(options);
  if (cached) return cached;
  for (const candidate of candidates(options)) {
    const found = await askPython(candidate, options.env, signal);
    signal.throwIfAborted();
    if (!found || !isNewEnough(found)) continue;
    writeCache(options, found);
    return found;
  }
  throw new SpecboardError('python-missing', 'No Python 3.8 or newer was found on this computer.', {
    hint: installHint(process.platform),
  });
}

/** Where Python may be, best first: an environment that is active, what PATH says, then where installers put it. */
function candidates({ env, folders: others = installersFolders(env) }: FindPythonOptions): string[] {
  const windows = process.platform === 'win32';
  const found: string[] = [];
  const add = (path: string) => {
    // The Windows store's stand-in opens a shop window instead of starting.
    if (!found.includes(path) && !/WindowsApps/i.test(path) && existsSync(path)) found.push(path);
  };
  for (const root of [env.VIRTUAL_ENV, env.CONDA_PREFIX]) {
    if (root) add(join(root, windows ? 'Scripts/python.exe' : 'bin/python'));
  }
  const names = windows
    ? ['python.exe', 'python3.exe']
    : ['python3', ...[14, 13, 12, 11, 10, 9, 8].map((minor) => `python3.${minor}`), 'python'];
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  for (const name of names) for (const folder of folders) add(join(folder, name));
  for (const folder of others) for (const name of names) add(join(folder, name));
  return process.platform === 'darwin' && !existsSync('/Library/Developer/CommandLineTools')
    ? found.filter((path) => path !== '/usr/bin/python3') // without the developer tools it asks to install them
    : found;
}

/** An app started from a dock has a short PATH: where installers and version managers put what they install. */
function installersFolders(env: FindPythonOptions['env']): string[] {
  const home = homedir();
  const versionsIn = (folder: string, bin: string) => {
    try {
      return readdirSync(folder)
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((version) => join(folder, version, bin));
    } catch {
      return [];
    }
  };
  if (process.platform === 'win32') {
    const local = env.LOCALAPPDATA ?? join(home, 'AppData/Local');
    return [
      ...versionsIn(join(local, 'Programs/Python'), ''),
      ...versionsIn(join(env.APPDATA ?? join(home, 'AppData/Roaming'), 'uv/python'), ''),
      ...versionsIn(env.ProgramFiles ?? 'C:/Program Files', '').filter((folder) => /Python3/i.test(folder)),
    ];
  }
  return [
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/Library/Frameworks/Python.framework/Versions/Current/bin',
    '/usr/bin',
    join(home, '.local/bin'),
    ...versionsIn(join(env.PYENV_ROOT ?? join(home, '.pyenv'), 'versions'), 'bin'),
    ...versionsIn(join(env.XDG_DATA_HOME ?? join(home, '.local/share'), 'uv/python'), 'bin'),
    ...['miniconda3', 'anaconda3', 'miniforge3'].map((name) => join(home, name, 'bin')),
  ];
}

/** Names that version managers look at; nothing else of our environment is the interpreter's business. */
const handedOn = /^(?:PATH|HOME|PYENV_.*|ASDF_.*|MISE_.*|LANG|SystemRoot|USERPROFILE|LOCALAPPDATA|APPDATA)$/i;

function askPython(path: string, env: FindPythonOptions['env'], signal: AbortSignal): Promise<Python | null> {
  return new Promise((resolve) => {
    const options = {
      timeout: 10_000,
      signal,
      encoding: 'utf8' as const,
      windowsHide: true,
      env: Object.fromEntries(Object.entries(env).filter(([name]) => handedOn.test(name))),
    };
    // -I: no site-packages of the person, no PYTHON* variables, no current folder.
    execFile(path, ['-I', '-c', question], options, (error, stdout) => {
      if (error) return resolve(null);
      try {
        resolve(pythonSchema.parse(JSON.parse(stdout)));
      } catch {
        resolve(null);
      }
    });
  });
}

function isNewEnough({ version: [major, minor] }: Python): boolean {
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

const cacheSchema = z.object({
  at: z.number(),
  path: z.string().optional(),
  python: pythonSchema,
  size: z.number(),
  changed: z.number(),
});

function readCache({ cacheFile, env, now }: FindPythonOptions): Python | null {
  try {
    const cached = cacheSchema.parse(JSON.parse(readFileSync(cacheFile, 'utf8')));
    const { size, mtimeMs } = statSync(cached.python.executable);
    const age = now() - cached.at;
    const fresh = age >= 0 && age < cacheMs && cached.path === searchKey(env);
    return fresh && cached.size === size && cached.changed === mtimeMs ? cached.python : null;
  } catch {
    return null;
  }
}

function writeCache({ cacheFile, env, now }: FindPythonOptions, python: Python): void {
  try {
    const { size, mtimeMs } = statSync(python.executable);
    const cached = { at: now(), path: searchKey(env), python, size, changed: mtimeMs };
    // Two of us may write at once: whole, or not at all.
    const staged = `${cacheFile}.${process.pid}`;
    writeFileSync(staged, JSON.stringify(cached), { mode: 0o600 });
    renameSync(staged, cacheFile);
  } catch {
    // Only a cache: the next start searches again.
  }
}

function searchKey(env: FindPythonOptions['env']): string {
  return [env.PATH ?? env.Path, env.VIRTUAL_ENV, env.CONDA_PREFIX, env.PYENV_VERSION].join('|');
}

function installHint(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Install it from python.org, or with "brew install python".';
  if (platform === 'win32') return 'Install it from python.org, or with "winget install Python.Python.3.13".';
  return 'Install it: "sudo apt install python3" (Debian, Ubuntu), "sudo dnf install python3" (Fedora).';
}
