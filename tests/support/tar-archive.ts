/**
 * Tar archives for tests, written and read by hand: what a driver packs must be what any program understands, and what it
 * unpacks may be hostile. POSIX (ustar) with pax headers for long names.
 */

/** One entry. `type` is the tar flag: 0 file, 5 folder, 2 symbolic link, 1 hard link, others as they are. */
export interface TarEntry {
  name: string;
  type?: '0' | '1' | '2' | '3' | '5' | '6';
  data?: Uint8Array;
  mode?: number;
  /** Seconds since the epoch. */
  mtime?: number;
  linkname?: string;
}

const block = 512;

/** An archive of these entries, as pieces of about 256 KiB. */
export async function* tarOf(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for (const entry of entries) {
    for (const piece of bytesOfEntry(entry)) {
      pieces.push(piece);
      size += piece.length;
    }
    if (size > 262_144) {
      yield Buffer.concat(pieces);
      pieces = [];
      size = 0;
    }
  }
  yield Buffer.concat([...pieces, Buffer.alloc(2 * block)]);
}

/** An archive of one file of that size, made while it is read: `piece` again and again, the last one cut short. */
export async function* tarOfLarge(name: string, size: number, piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield headerOf({ name }, '0', size);
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
  yield Buffer.alloc(((block - (size % block)) % block) + 2 * block);
}

/** The entries of an archive. Throws where it is not one, or is cut off. Understands ustar, pax and GNU long names. */
export function entriesOf(archive: Buffer): Required<TarEntry>[] {
  const found: Required<TarEntry>[] = [];
  let pax: Record<string, string> = {};
  let long: { name?: string; linkname?: string } = {};
  for (let at = 0; ; ) {
    const header = archive.subarray(at, at + block);
    if (header.length < block) throw new Error('The archive is cut off.');
    if (header.every((byte) => byte === 0)) return found;
    if (number(header, 148, 8) !== checksum(header)) throw new Error(`Not a tar header at ${at}.`);
    const size = pax.size === undefined ? number(header, 124, 12) : Number(pax.size);
    const flag = String.fromCharCode(header[156] ?? 0).replace('\0', '0');
    const data = archive.subarray(at + block, at + block + size);
    if (data.length < size) throw new Error('The archive is cut off.');
    at += block + Math.ceil(size / block) * block;
    if (flag === 'x') {
      pax = { ...pax, ...paxRecords(data) };
      continue;
    }
    if (flag === 'g') continue;
    if (flag === 'L' || flag === 'K') {
      long = { ...long, [flag === 'L' ? 'name' : 'linkname']: data.toString('utf8').replace(/\0+$/, '') };
      continue;
    }
    const prefix = string(header, 257, 6).startsWith('ustar') ? string(header, 345, 155) : '';
    const short = string(header, 0, 100);
    found.push({
      name: pax.path ?? long.name ?? (prefix ? `${prefix}/${short}` : short),
      type: flag as NonNullable<TarEntry['type']>,
      data,
      mode: number(header, 100, 8) & 0o7777,
      mtime: pax.mtime === undefined ? number(header, 136, 12) : Number(pax.mtime),
      linkname: pax.linkpath ?? long.linkname ?? string(header, 157, 100),
    });
    pax = {};
    long = {};
  }
}

function* bytesOfEntry(entry: TarEntry): Generator<Uint8Array> {
  const records: Record<string, string> = {};
  if (Buffer.byteLength(entry.name) > 100 || !isAscii(entry.name)) records.path = entry.name;
  if (entry.linkname && (Buffer.byteLength(entry.linkname) > 100 || !isAscii(entry.linkname)))
    records.linkpath = entry.linkname;
  if (Object.keys(records).length > 0) {
    const body = Buffer.from(Object.entries(records).map(paxRecord).join(''));
    yield headerOf({ name: 'pax', data: body }, 'x');
    yield padded(body);
  }
  yield headerOf(entry, entry.type ?? '0');
  if (entry.data && entry.data.length > 0) yield padded(entry.data);
}

function headerOf(entry: TarEntry, flag: string, size = entry.data?.length ?? 0): Uint8Array {
  const header = Buffer.alloc(block);
  const put = (text: string, at: number, length: number) =>
    Buffer.from(text).subarray(0, length).copy(header, at);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  put(entry.name, 0, 100);
  put(octal(entry.mode ?? (flag === '5' ? 0o755 : 0o644), 8), 100, 8);
  put(octal(0, 8), 108, 8);
  put(octal(0, 8), 116, 8);
  put(octal(size, 12), 124, 12);
  put(octal(Math.floor(entry.mtime ?? 1e9), 12), 136, 12);
  put(flag, 156, 1);
  put(entry.linkname ?? '', 157, 100);
  put('ustar\x0000', 257, 8);
  put(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 8);
  return header;
}

/** The sum of all bytes, with the field of the sum itself taken for spaces. */
function checksum(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let at = 0; at < header.length; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}

function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (`${length}`.length + Buffer.byteLength(rest) !== length)
    length = `${length}`.length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

function paxRecords(data: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(' ', at);
    const length = Number(data.toString('latin1', at, space));
    if (!(length > 0)) throw new Error('Not a pax record.');
    const [, key = '', value = ''] =
      /^([^=]*)=([\s\S]*)\n$/.exec(data.toString('utf8', space + 1, at + length)) ?? [];
    records[key] = value;
    at += length;
  }
  return records;
}

function number(header: Buffer, at: number, length: number): number {
  // GNU's way to write what octal digits cannot hold.
  if ((header[at] ?? 0) & 0x80) return Number(header.readBigUInt64BE(at + length - 8));
  return Number.parseInt(string(header, at, length).trim() || '0', 8);
}

function string(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);
}

function isAscii(text: string): boolean {
  return [...text].every((character) => (character.codePointAt(0) ?? 0) < 128);
}
