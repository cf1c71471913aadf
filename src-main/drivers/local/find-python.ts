/**
 * Finds a Python on this computer: asks each candidate what it really is (a pyenv shim costs 200 ms at every start, the
 * interpreter behind it 20 ms) and remembers the answer for an hour.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
  /** File for the answer of the last search. */
  cacheFile: string;
  now: () => number;
}

/** The Python to use. Throws `python-missing` with how to get one, or `invalid` for a chosen path that is none. */
export async function findPython(options: FindPythonOptions, signal: AbortSignal): Promise<Python> {
  if (options.chosen !== '') {
    const found = await askPython(options.chosen, options.env, signal);
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
  for (const candidate of candidates(options.env)) {
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

function candidates(env: FindPythonOptions['env']): string[] {
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
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  // An app started from a dock has a short PATH.
  if (!windows) folders.push('/usr/local/bin', '/opt/homebrew/bin', '/usr/bin');
  for (const name of names) for (const folder of folders) add(join(folder, name));
  const versions = join(homedir(), '.pyenv/versions');
  if (existsSync(versions))
    for (const version of readdirSync(versions)) add(join(versions, version, 'bin/python3'));
  return found;
}

function askPython(path: string, env: FindPythonOptions['env'], signal: AbortSignal): Promise<Python | null> {
  return new Promise((resolve) => {
    // -I: no site-packages of the person, no PYTHON* variables, no current folder.
    const options = {
      timeout: 10_000,
      signal,
      encoding: 'utf8' as const,
      windowsHide: true,
      env: { ...env },
    };
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
});

function readCache({ cacheFile, env, now }: FindPythonOptions): Python | null {
  try {
    const { at, path, python, size } = cacheSchema.parse(JSON.parse(readFileSync(cacheFile, 'utf8')));
    const fresh =
      now() - at < cacheMs && path === searchKey(env) && statSync(python.executable).size === size;
    return fresh ? python : null;
  } catch {
    return null;
  }
}

function writeCache({ cacheFile, env, now }: FindPythonOptions, python: Python): void {
  try {
    const size = statSync(python.executable).size;
    writeFileSync(cacheFile, JSON.stringify({ at: now(), path: searchKey(env), python, size }), {
      mode: 0o600,
    });
  } catch {
    // Only a cache: the next start searches again.
  }
}

function searchKey(env: FindPythonOptions['env']): string {
  return [env.PATH, env.VIRTUAL_ENV, env.CONDA_PREFIX, env.PYENV_VERSION].join('|');
}

function installHint(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Install it from python.org, or with "brew install python".';
  if (platform === 'win32') return 'Install it from python.org, or with "winget install Python.Python.3.13".';
  return 'Install it: "sudo apt install python3" (Debian, Ubuntu), "sudo dnf install python3" (Fedora).';
}
