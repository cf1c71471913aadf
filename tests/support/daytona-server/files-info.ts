// Files as the toolbox describes them.
import { readdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { fileError } from './errors.ts';
import type { Sandbox } from './sandbox.ts';

/** One entry in the toolbox's shape. Links are followed: they look like what they lead to. Throws DaemonError. */
export function fileInfo(sandbox: Sandbox, given: string): Record<string, unknown> {
  const host = attempt(given, () => sandbox.jail.hostFollowed(given));
  return describe(
    attempt(given, () => statSync(host)),
    path.posix.basename(sandbox.jail.absolute(given)),
  );
}

/** The entries of a folder, and of those in it down to `depth`; links that lead nowhere are left out. Throws DaemonError. */
export function listFolder(sandbox: Sandbox, given: string, depth: number): Record<string, unknown>[] {
  const host = attempt(given, () => sandbox.jail.hostFollowed(given));
  const names = attempt(given, () => readdirSync(host)).sort();
  const parent = sandbox.jail.absolute(given);
  return names.flatMap((name) => {
    const place = path.posix.join(parent, name);
    const stats = statSync(sandbox.jail.hostFollowed(place), { throwIfNoEntry: false });
    if (!stats) return [];
    const entry = { ...describe(stats, name), path: place };
    return stats.isDirectory() && depth > 1 ? [entry, ...listFolder(sandbox, place, depth - 1)] : [entry];
  });
}

/** Run a call of the file system and turn what it throws into the daemon's error. */
export function attempt<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fileError(error, what);
  }
}

function describe(stats: Stats, name: string): Record<string, unknown> {
  const permissions = (stats.mode & 0o777).toString(8).padStart(4, '0');
  return {
    name,
    size: stats.isDirectory() ? 4096 : stats.size,
    mode: modeText(stats),
    modTime: stats.mtime.toISOString(),
    modifiedAt: stats.mtime.toISOString(),
    isDir: stats.isDirectory(),
    owner: String(stats.uid),
    group: String(stats.gid),
    permissions,
  };
}

function modeText(stats: Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isFIFO() ? 'p' : stats.isSocket() ? 'S' : '-';
  return kind + [...'rwxrwxrwx'].map((letter, at) => (stats.mode & (1 << (8 - at)) ? letter : '-')).join('');
}
