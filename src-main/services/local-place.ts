/**
 * Puts what came from a sandbox on this computer: staged beside its place, whole, and then renamed. What is there is not
 * replaced unless that was asked for.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, mkdtemp, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { leaveOut, type WithLeftOut } from './left-out.ts';
import type { Transferred } from './transferred.ts';

/** Where something goes. */
export interface Place {
  /** The path that was asked for; an existing folder takes it in. */
  local: string;
  /** Its name in such a folder; '' or '.' where it has none. */
  name: string;
  force: boolean;
  signal: AbortSignal;
  onBytes?: ((total: number) => void) | undefined;
}

/** Asks the sandbox for the content; called once it is clear that there is a place for it. */
type Content = () => Promise<AsyncIterable<Uint8Array>>;

/** Writes one file. `size`: what the sandbox said; less than that was cut off. Throws `conflict` where something is there. */
export async function placeFile(
  content: Content,
  place: Place & { size: number; mode?: number | undefined },
): Promise<Transferred> {
  const target = await targetOf(place);
  const existing = await lstat(target).catch(() => null);
  if (existing && (!place.force || existing.isDirectory())) throw isHere(target);
  const staged = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.part`);
  const data = await content();
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      bytes += chunk.length;
      place.onBytes?.(bytes);
      yield chunk;
    }
  }
  try {
    const output = createWriteStream(staged, { flags: 'wx', flush: true });
    await pipeline(counted(), output, { signal: place.signal });
    if (bytes < place.size) throw wasCut(target);
    if (place.mode !== undefined && (place.mode & 0o111) !== 0) await chmod(staged, 0o755);
    await moveInto(staged, target, place.force);
  } catch (error) {
    await rm(staged, { force: true });
    throw place.signal.aborted ? place.signal.reason : placeError(error, target);
  }
  return { path: target, files: 1, bytes, leftOut: [], leftOutMore: 0 };
}

/** Unpacks a folder's tar. With `force` it is merged into one that is there, file by file. */
export async function placeFolder(tar: Content, place: Place & { strip: string }): Promise<Transferred> {
  const target = await targetOf(place);
  const existing = await lstat(target).catch(() => null);
  if (existing && (!place.force || !existing.isDirectory())) throw isHere(target);
  const staged = await mkdtemp(join(dirname(target), `.${basename(target).slice(0, 100)}.part-`)).catch(
    (error: unknown) => {
      throw placeError(error, target);
    },
  );
  try {
    const { extractTar } = await import('./safe-extract.ts');
    const onBytes = place.onBytes ? { onBytes: place.onBytes } : {};
    const extracted = await extractTar(await tar(), staged, {
      signal: place.signal,
      strip: place.strip,
      ...onBytes,
    });
    await chmod(staged, 0o755);
    if (existing) await merge(staged, target, extracted);
    else await rename(staged, target);
    return { path: target, ...extracted };
  } catch (error) {
    throw place.signal.aborted ? place.signal.reason : placeError(error, target);
  } finally {
    await rm(staged, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function targetOf({ local, name }: Place): Promise<string> {
  const asked = resolve(local);
  const existing = await stat(asked).catch(() => null);
  if (!existing?.isDirectory() || name === '' || name === '.' || name === '..') return asked;
  return join(asked, name);
}

/** Renames; without `force` so that nothing that came to be meanwhile is replaced. */
async function moveInto(staged: string, target: string, force: boolean): Promise<void> {
  if (force) return rename(staged, target);
  try {
    await link(staged, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw isHere(target);
    // Some file systems have no second names for a file.
    if (await lstat(target).catch(() => null)) throw isHere(target);
    return rename(staged, target);
  }
  await unlink(staged);
}

/** Moves everything in `from` to its place in `to`. Never through a link, which could lead anywhere. */
async function merge(from: string, to: string, result: WithLeftOut): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const existing = await lstat(target).catch(() => null);
    if (!entry.isDirectory()) {
      if (existing?.isDirectory()) leaveOut(result, target, 'a folder of that name is here');
      else await rename(source, target);
    } else if (!existing) {
      await rename(source, target);
    } else if (existing.isDirectory()) {
      await mkdir(target, { recursive: true });
      await merge(source, target, result);
    } else {
      leaveOut(result, target, 'something that is no folder has that name here');
    }
  }
}

function isHere(path: string): SpecboardError {
  return new SpecboardError('conflict', `${path} is here already.`, {
    kept: 'Nothing was changed.',
    hint: 'Choose another name, or say that it may be replaced (--force).',
  });
}

function wasCut(path: string): SpecboardError {
  return new SpecboardError('unreachable', `${path} did not come whole.`, {
    kept: 'Nothing was changed here.',
    hint: 'Try again.',
    retryable: true,
  });
}

function placeError(error: unknown, path: string): unknown {
  const words: Record<string, [code: 'no-space' | 'invalid' | 'forbidden', message: string]> = {
    ENOSPC: ['no-space', 'There is no space left on this computer.'],
    EDQUOT: ['no-space', 'There is no space left for you on this computer.'],
    ENOENT: ['invalid', `There is no folder ${dirname(path)} here.`],
    ENOTDIR: ['invalid', `${dirname(path)} is no folder.`],
    EACCES: ['forbidden', `Nothing can be written to ${dirname(path)}.`],
    EPERM: ['forbidden', `Nothing can be written to ${dirname(path)}.`],
    EROFS: ['forbidden', `Nothing can be written to ${dirname(path)}.`],
  };
  const known = words[(error as NodeJS.ErrnoException).code ?? ''];
  return known ? new SpecboardError(known[0], known[1], { kept: 'Nothing was changed here.' }) : error;
}
