/** Packs a folder of this computer as a tar stream, for a sandbox to unpack. Links stay links; nothing is followed. */
import { readdir } from 'node:fs/promises';
import { Pack } from 'tar';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { leaveOut, type WithLeftOut } from './left-out.ts';

/** What was packed; complete once the stream has ended. */
export interface Packed extends WithLeftOut {
  files: number;
  /** Bytes of file contents. */
  bytes: number;
}

/**
 * The tar of everything in `folder`, named relative to it, with POSIX headers for long and foreign names. Owners are not told.
 * The stream fails with `conflict` where a file changed while it was read; `packed` says afterwards what is in it.
 */
export function packFolder(folder: string): { stream: AsyncIterable<Uint8Array>; packed: Packed } {
  const packed: Packed = { files: 0, bytes: 0, leftOut: [], leftOutMore: 0 };
  return { stream: pack(folder, packed), packed };
}

async function* pack(folder: string, packed: Packed): AsyncGenerator<Uint8Array> {
  const names = await readdir(folder);
  const archive = new Pack({
    cwd: folder,
    follow: false,
    // "portable" drops owner, device and the like; times are kept.
    portable: true,
    noMtime: false,
    strict: false,
    filter: (path, stat) => {
      if ('isFile' in stat && (stat.isFile() || stat.isDirectory() || stat.isSymbolicLink())) {
        if (!stat.isDirectory()) packed.files += 1;
        if (stat.isFile()) packed.bytes += stat.size;
        return true;
      }
      leaveOut(packed, path, 'it is a device or another special file');
      return false;
    },
    onwarn: (code, message) => {
      // A file that shrank is padded with zeros by the packer: that is not what was in it.
      if (code !== 'TAR_ENTRY_INFO') archive.emit('error', changed(`${code}: ${String(message)}`));
    },
  });
  // "./-name" and "@name" would be options of the packer.
  for (const name of names) archive.add(name.startsWith('@') ? `./${name}` : name);
  archive.end();
  for await (const chunk of archive) yield chunk;
}

function changed(details: string): SpecboardError {
  return new SpecboardError('conflict', 'A file changed, or could not be read, while it was being sent.', {
    kept: 'What was sent until then may be in the sandbox.',
    hint: 'Try again when nothing writes to the folder.',
    details,
  });
}
