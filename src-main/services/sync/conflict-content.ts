/** What is in a conflict, for people who compare: the texts of both sides, and of what both came from where it still is. */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../../src-shared/contract/errors.ts';
import {
  maxConflictTextBytes,
  type SyncConflict,
  type SyncConflictContent,
  type SyncVersion,
} from '../../../src-shared/domain/sync.ts';
import type { StoredKept } from '../../db/repositories/sync-history.ts';
import type { RemoteSide } from '../../sync/sides.ts';
import type { RememberingSide } from './agreed-files.ts';

/** Where contents are. */
export interface ConflictSources {
  localPath: string;
  local: RememberingSide;
  /** Null: the sandbox cannot be reached. */
  remote: RemoteSide | null;
  /** A kept copy of the ancestor. */
  keptBase: StoredKept | null;
  /** Another file here that is what the ancestor was. */
  baseTwin: string | null;
  signal: AbortSignal;
}

/** See the file's first line. Throws `conflict` where a side is not as it was when the conflict was found. */
export async function conflictContent(
  conflict: SyncConflict,
  sources: ConflictSources,
): Promise<SyncConflictContent> {
  const { base, local, remote, path } = conflict;
  const note = noteOf(conflict, sources.remote !== null);
  const texts = {
    base: await quietly(() => baseText(base, sources)),
    local: await textOf(local, () => readLocal(join(sources.localPath, path))),
    remote: await textOf(remote, (version) => readRemote(path, version, sources)),
  };
  const isMissing = (version: SyncVersion | null, text: string | null) =>
    version?.kind === 'file' && text === null;
  const unreadable =
    note === null && (isMissing(local, texts.local) || isMissing(remote, texts.remote))
      ? 'At least one of the two is no text in UTF-8.'
      : note;
  return { conflict, ...texts, note: unreadable };
}

function noteOf({ local, remote }: SyncConflict, isOnline: boolean): string | null {
  const both = [local, remote];
  if (both.some((version) => version && version.kind !== 'file')) return 'Only files can be compared.';
  if (both.some((version) => version && version.size > maxConflictTextBytes))
    return 'Files of more than 1 MB are not compared here.';
  if (!isOnline && remote) return 'The sandbox is not connected: its version cannot be shown now.';
  return null;
}

async function textOf(
  version: SyncVersion | null,
  read: (version: SyncVersion) => Promise<Uint8Array | null>,
): Promise<string | null> {
  if (version?.kind !== 'file' || version.size > maxConflictTextBytes) return null;
  const bytes = await read(version);
  if (!bytes) return null;
  if (createHash('sha256').update(bytes).digest('hex') !== version.hash) throw changed();
  return utf8(bytes);
}

async function readLocal(path: string): Promise<Uint8Array> {
  try {
    // Never through a link, and never waiting for a pipe.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    await using file = await open(path, flags);
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > maxConflictTextBytes) throw changed();
    return await file.readFile();
  } catch (error) {
    if (isSpecboardError(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') throw changed();
    throw new SpecboardError('forbidden', `${path} cannot be read.`, { details: String(error) });
  }
}

async function readRemote(
  path: string,
  version: SyncVersion,
  { remote, signal }: ConflictSources,
): Promise<Uint8Array | null> {
  if (!remote) return null;
  if (version.size === 0) return new Uint8Array(0);
  const bytes = await remote.ranges(path, version, [[0, version.size]], () => {}, signal);
  if (!bytes) throw changed();
  return bytes;
}

async function baseText(
  base: SyncVersion | null,
  { localPath, keptBase, baseTwin, local, remote, signal }: ConflictSources,
): Promise<string | null> {
  if (!base || base.size > maxConflictTextBytes) return null;
  const read = async () => {
    const agreed = await local.readAgreed?.(base);
    if (agreed) return agreed;
    if (!keptBase) return baseTwin === null ? null : readLocal(join(localPath, baseTwin));
    if (keptBase.where === 'local') return readLocal(await local.readKept(keptBase.name));
    if (!remote) return null;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of await remote.readKept(keptBase.name, signal)) {
      bytes += part.length;
      if (bytes > maxConflictTextBytes) return null;
      parts.push(part);
    }
    return Buffer.concat(parts);
  };
  return textOf(base, read);
}

/** The ancestor is a help, and may be gone. */
async function quietly(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}

function utf8(bytes: Uint8Array): string | null {
  // A NUL is valid UTF-8, and yet no text.
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A side is not any more what the person saw. */
export function changed(): SpecboardError {
  return new SpecboardError('conflict', 'This file changed since the conflict was found.', {
    kept: 'Nothing was changed.',
    hint: 'Sync again; then it is shown as it is now.',
  });
}
