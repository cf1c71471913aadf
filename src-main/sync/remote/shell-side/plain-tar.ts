/** The files of a tar that a sandbox's own `tar` wrote, without its end and what it pads that with. */
import { gunzipSync } from 'node:zlib';
import { broken, readTarHeader, tarBlock } from '../../bundle/tar-format.ts';

/** Unpacks `bytes` (tar.gz) to at most `maxBytes`. Throws `protocol` for anything but plain files. */
export function plainTar(bytes: Uint8Array, maxBytes: number): Uint8Array {
  let tar: Uint8Array;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: Math.max(1, Math.ceil(maxBytes)) });
  } catch {
    throw broken('it is damaged, or unpacks to more than was asked for');
  }
  for (let at = 0; ; ) {
    if (at + tarBlock > tar.length) throw broken('it is cut off');
    const header = readTarHeader(tar.subarray(at, at + tarBlock));
    if (!header) return tar.subarray(0, at);
    at += tarBlock + Math.ceil(header.size / tarBlock) * tarBlock;
  }
}
