/** Writes a file where the person said: whole or not at all. */
import { basename } from 'node:path';
import type { SavedFile } from '../../../src-shared/contract/history-operations.ts';
import { placeFile } from '../local-place.ts';

/** `path` comes from the system's dialog (which has asked whether a file that is there may be replaced) or the command line. */
export async function saveFile(
  path: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: { force?: boolean; signal?: AbortSignal } = {},
): Promise<SavedFile> {
  const { bytes, path: written } = await placeFile(async () => toAsync(content), {
    local: path,
    name: '',
    force: options.force ?? true,
    size: 0,
    signal: options.signal ?? new AbortController().signal,
  });
  return { fileName: basename(written), bytes };
}

async function* toAsync(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* content;
}
