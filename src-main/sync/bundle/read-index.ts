/** The list of a bundle that was made here, read from its file without the rest. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { BundleItem } from './bundle-item.ts';
import { broken, readTarHeader, tarBlock } from './tar-format.ts';

/** The items of a bundle of our own: what it says is taken as it is. */
export async function readIndex(file: string): Promise<BundleItem[]> {
  const source = createReadStream(file);
  const unzip = createGunzip();
  source.on('error', (error) => unzip.destroy(error));
  try {
    let bytes = Buffer.alloc(0);
    for await (const piece of source.pipe(unzip)) {
      bytes = Buffer.concat([bytes, piece as Buffer]);
      if (bytes.length < tarBlock) continue;
      const size = readTarHeader(bytes.subarray(0, tarBlock))?.size ?? 0;
      if (bytes.length < tarBlock + size) continue;
      return JSON.parse(bytes.subarray(tarBlock, tarBlock + size).toString('utf8')) as BundleItem[];
    }
    throw broken('it is cut off');
  } finally {
    source.destroy();
    unzip.destroy();
  }
}
