/** Reads a bundle that came from a sandbox: hostile until every number in it was checked. */
import { constants, gunzipSync } from 'node:zlib';
import { bundleIndexName } from './bundle-item.ts';
import { broken, readTarHeader, tarBlock } from './tar-format.ts';

/** A bundle's content. `members` are parts of one buffer, by the index of their item. */
export interface Bundle {
  /** What `index.json` says, as it came: an array, nothing of it is checked. */
  readonly index: readonly unknown[];
  readonly members: ReadonlyMap<number, Uint8Array>;
}

const mostIndexBytes = 64 * 1024 * 1024;

/**
 * Unpacks `bytes` (tar.gz) to at most `maxBytes`; a bomb is stopped there and refused, as is whatever is not exactly a list of
 * items and then plain files with rising numbers of that list (`protocol`). Content is for the caller to check (size, hash).
 */
export function readBundle(bytes: Uint8Array, maxBytes: number): Bundle {
  const tar = unzip(bytes, maxBytes);
  let index: readonly unknown[] | null = null;
  const members = new Map<number, Uint8Array>();
  let last = -1;
  let at = 0;
  for (;;) {
    if (at + tarBlock > tar.length) throw broken('it is cut off');
    const header = readTarHeader(tar.subarray(at, at + tarBlock));
    at += tarBlock;
    if (!header) break;
    if (header.size > tar.length - at) throw broken('a member is longer than the whole');
    const content = tar.subarray(at, at + header.size);
    at += Math.ceil(header.size / tarBlock) * tarBlock;
    if (index === null) {
      index = parseIndex(header.name, content);
      continue;
    }
    const number = /^(?:0|[1-9]\d{0,8})$/.test(header.name) ? Number(header.name) : -1;
    if (number <= last || number >= index.length) throw broken('a member is not in the list');
    last = number;
    members.set(number, content);
  }
  if (index === null) throw broken('it has no list');
  return { index, members };
}

function parseIndex(name: string, content: Uint8Array): readonly unknown[] {
  if (name !== bundleIndexName || content.length > mostIndexBytes)
    throw broken('it does not begin with its list');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw broken('its list cannot be read');
  }
  if (!Array.isArray(parsed)) throw broken('its list is none');
  return parsed;
}

/** zlib stops as soon as the limit is passed, before it takes more memory. */
function unzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes), finishFlush: constants.Z_FINISH });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw broken(tooLarge ? 'it unpacks to more than was asked for' : 'it is damaged');
  }
}
