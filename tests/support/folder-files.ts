/** Files of a scripted sandbox that are those of a folder here: real bytes and real tars, for tests of what stands above. */
import { createReadStream, type Stats } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Pack, Unpack } from 'tar';
import type { DriverFiles, DriverSession, FileEntry } from '../../src-main/drivers/driver.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/** The files of `root`. */
export function folderFiles(root: string): DriverFiles<DriverSession> {
  const at = (path: string) => join(root, path);
  const entryOf = async (path: string): Promise<FileEntry> => {
    const stat = await lstat(at(path)).catch(() => null);
    if (!stat) throw new SpecboardError('not-found', `There is no ${path}.`);
    const link = stat.isSymbolicLink() ? { linkTarget: await readlink(at(path)) } : {};
    return {
      path,
      name: basename(at(path)),
      type: typeOf(stat),
      size: stat.size,
      modifiedAt: stat.mtimeMs,
      mode: stat.mode,
      ...link,
    };
  };
  return {
    stat: (_session, path) => entryOf(path),
    list: async (_session, path) =>
      Promise.all((await readdir(at(path))).sort().map((name) => entryOf(join(path, name)))),
    read: async (_session, path) => createReadStream(at(path)),
    write: async (_session, path, data) => {
      await writeFile(at(path), data);
      return entryOf(path);
    },
    remove: (_session, path) => rm(at(path), { recursive: true }),
    move: (_session, from, to) => rename(at(from), at(to)),
    makeDir: async (_session, path) => void (await mkdir(at(path), { recursive: true })),
    pack: async (_session, folder, paths) => {
      const archive = new Pack({ cwd: at(folder), portable: true });
      for (const path of paths) archive.add(path);
      archive.end();
      return archive;
    },
    unpack: async (_session, folder, tar) => {
      await mkdir(at(folder), { recursive: true });
      const target = new Unpack({ cwd: at(folder) });
      await pipeline(tar, target as unknown as NodeJS.WritableStream);
    },
  };
}

function typeOf(stat: Stats): FileEntry['type'] {
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isFile() ? 'file' : 'other';
}
