/** Where a person's data lies on this computer, and how much there is of it. */
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DataPlace, PlaceReport } from '../../src-shared/contract/data-operations.ts';

/** Paths by place; `database` is the file itself. */
export type DataPlacePaths = Readonly<Record<DataPlace, string>>;

/** Looked at before it counts as "at least": a sandbox may have made millions of files. */
const mostFiles = 20_000;

/** Sizes now. What cannot be read counts as nothing. */
export async function reportPlaces(paths: DataPlacePaths): Promise<PlaceReport[]> {
  const [logs, sandboxes] = await Promise.all([sizeOfFolder(paths.logs), sizeOfFolder(paths.sandboxes)]);
  return [
    { place: 'database', path: paths.database, bytes: await sizeOfDatabase(paths.database), atLeast: false },
    { place: 'logs', path: paths.logs, ...logs },
    { place: 'sandboxes', path: paths.sandboxes, ...sandboxes },
  ];
}

/** The folder to open for a place. */
export function folderOf(paths: DataPlacePaths, place: DataPlace): string {
  return place === 'database' ? dirname(paths.database) : paths[place];
}

/** With its log and its backups, which lie beside it. */
async function sizeOfDatabase(file: string): Promise<number> {
  const names = await readdir(dirname(file)).catch(() => []);
  const own = names.filter((name) => name.startsWith(basename(file)));
  const sizes = await Promise.all(own.map((name) => sizeOf(join(dirname(file), name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Never through a link: it could lead anywhere. */
async function sizeOfFolder(folder: string): Promise<{ bytes: number; atLeast: boolean }> {
  const waiting = [folder];
  let bytes = 0;
  let files = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      if (files >= mostFiles) return { bytes, atLeast: true };
      files += 1;
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else bytes += await sizeOf(path);
    }
  }
  return { bytes, atLeast: false };
}

async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  return found?.size ?? 0;
}
