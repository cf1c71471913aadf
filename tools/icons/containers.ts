/** Writes .ico and .icns containers. Both formats are a header, a table and pictures. */

/** A rendered picture. */
export interface Picture {
  size: number;
  png: Buffer;
  /** size * size pixels, 4 bytes each, not premultiplied, first row on top. */
  rgba: Buffer;
}

/** Sizes above this are stored as PNG in .ico files; below it as bitmaps, which everything on Windows can read. */
const largestBitmap = 128;

/** An .ico file with one entry a picture. */
export function icoFile(pictures: readonly Picture[]): Buffer {
  const headerSize = 6 + 16 * pictures.length;
  const header = Buffer.alloc(headerSize);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  const bodies: Buffer[] = [];
  let offset = headerSize;
  for (const [index, picture] of pictures.entries()) {
    const body = picture.size > largestBitmap ? picture.png : bitmap(picture);
    const at = 6 + 16 * index;
    // 0 stands for 256.
    header.writeUInt8(picture.size % 256, at);
    header.writeUInt8(picture.size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(body.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += body.length;
    bodies.push(body);
  }
  return Buffer.concat([header, ...bodies]);
}

/** A device independent bitmap: BGRA, last row first, then an AND mask for programs that know no alpha. */
function bitmap({ size, rgba }: Picture): Buffer {
  const maskRow = Math.ceil(size / 32) * 4;
  const body = Buffer.alloc(40 + size * size * 4 + maskRow * size);
  body.writeUInt32LE(40, 0);
  body.writeInt32LE(size, 4);
  body.writeInt32LE(size * 2, 8);
  body.writeUInt16LE(1, 12);
  body.writeUInt16LE(32, 14);
  body.writeUInt32LE(size * size * 4, 20);
  for (let y = 0; y < size; y += 1) {
    const row = size - 1 - y;
    for (let x = 0; x < size; x += 1) {
      const from = (y * size + x) * 4;
      const to = 40 + (row * size + x) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4);
      body.set([blue, green, red, alpha], to);
      if (alpha === 0) {
        const mask = 40 + size * size * 4 + row * maskRow + (x >> 3);
        body.writeUInt8(body.readUInt8(mask) | (0x80 >> (x & 7)), mask);
      }
    }
  }
  return body;
}

/** Entry types of .icns files that hold PNG, and their pixel sizes (some are the @2x of the size below). */
export const icnsTypes: readonly [string, number][] = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
];

/** An .icns file; `pictures` must hold every size of `icnsTypes`. Throws where one is missing. */
export function icnsFile(pictures: readonly Picture[]): Buffer {
  const entries = icnsTypes.map(([type, size]) => {
    const picture = pictures.find((candidate) => candidate.size === size);
    if (picture === undefined) throw new Error(`no picture of ${size} px`);
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(8 + picture.png.length, 4);
    return Buffer.concat([head, picture.png]);
  });
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'latin1');
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}
