/** Tars as a hostile sandbox would write them: any name, any type, byte by byte. */
import { Header, type HeaderData } from 'tar';

/** One entry; `data` is its content. */
export type TarEntry = Partial<HeaderData> & { path: string; data?: string };

/** The bytes of a tar with these entries; without its end where `cut`. */
export function tarOf(entries: readonly TarEntry[], { cut = false } = {}): Buffer {
  const blocks = entries.flatMap(({ data = '', ...header }) => {
    const block = Buffer.alloc(512);
    const content = Buffer.from(data);
    const size = header.size ?? content.length;
    new Header({ type: 'File', mode: 0o644, ...header, size }).encode(block, 0);
    return [block, Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])];
  });
  return Buffer.concat([...blocks, ...(cut ? [] : [Buffer.alloc(1024)])]);
}

/** Bytes as a stream, in pieces of that size. */
export async function* streamOf(bytes: Uint8Array, piece = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}
