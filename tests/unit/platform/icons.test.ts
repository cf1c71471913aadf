/** Every image that the code names exists, with the right sizes; states differ by shape. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { iconStates } from '../../../src-main/platform/status-summary.ts';
import { trayIconFile, windowIconFile } from '../../../src-main/platform/tray-icons.ts';
import { icnsFile, icnsTypes, icoFile } from '../../../tools/icons/containers.ts';

const resources = resolve(import.meta.dirname, '..', '..', '..', 'resources');
const read = (path: string): Promise<Buffer> => readFile(join(resources, path));

/** Width and height of a PNG, and whether it has alpha. */
function pngInfo(file: Buffer): { size: [number, number]; alpha: boolean } {
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return { size: [file.readUInt32BE(16), file.readUInt32BE(20)], alpha: file.readUInt8(25) === 6 };
}

/** The pictures of an .ico: size, and the data. */
function icoPictures(file: Buffer): { size: number; data: Buffer }[] {
  expect([file.readUInt16LE(0), file.readUInt16LE(2)]).toEqual([0, 1]);
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const at = 6 + 16 * index;
    const offset = file.readUInt32LE(at + 12);
    return {
      size: file.readUInt8(at) || 256,
      data: file.subarray(offset, offset + file.readUInt32LE(at + 8)),
    };
  });
}

/** Checks one picture's own idea of its size. */
function expectPicture({ size, data }: { size: number; data: Buffer }): void {
  if (data.readUInt32LE(0) !== 40) {
    expect(pngInfo(data)).toEqual({ size: [size, size], alpha: true });
    return;
  }
  expect([data.readInt32LE(4), data.readInt32LE(8), data.readUInt16LE(14)]).toEqual([size, size * 2, 32]);
  expect(data.length).toBe(40 + size * size * 4 + Math.ceil(size / 32) * 4 * size);
}

const base = { darkTaskbar: false, desktop: undefined };

describe.each(iconStates)('the tray image %s', (state) => {
  test('macOS: a template of 18 points, with its @2x', async () => {
    const file = trayIconFile(state, { ...base, platform: 'darwin' });
    // Electron takes an image as a template only by this ending.
    expect(file.endsWith('Template.png')).toBe(true);
    expect(pngInfo(await read(file))).toEqual({ size: [18, 18], alpha: true });
    expect(pngInfo(await read(file.replace('.png', '@2x.png')))).toEqual({ size: [36, 36], alpha: true });
  });

  test.each([true, false])('Windows, dark taskbar %s: all sizes', async (darkTaskbar) => {
    const pictures = icoPictures(
      await read(trayIconFile(state, { ...base, platform: 'win32', darkTaskbar })),
    );
    expect(pictures.map(({ size }) => size)).toEqual([16, 20, 24, 32, 48]);
    for (const picture of pictures) expectPicture(picture);
  });

  test.each([
    [undefined, 24],
    ['ubuntu:GNOME', 24],
    ['KDE', 22],
    ['Unity:Unity7', 22],
  ] as const)('Linux on %s: %i px, with twice that', async (desktop, size) => {
    const file = trayIconFile(state, { ...base, platform: 'linux', desktop });
    expect(pngInfo(await read(file)).size).toEqual([size, size]);
    expect(pngInfo(await read(file.replace('.png', '@2x.png'))).size).toEqual([size * 2, size * 2]);
  });
});

test('light and dark taskbars have images of their own', async () => {
  const file = (darkTaskbar: boolean) =>
    read(trayIconFile('ready', { ...base, platform: 'win32', darkTaskbar }));
  expect((await file(true)).equals(await file(false))).toBe(false);
});

test('states differ by shape: also where all of them are black', async () => {
  const images = await Promise.all(
    iconStates.map(async (state) =>
      (await read(trayIconFile(state, { ...base, platform: 'darwin' }))).toString('base64'),
    ),
  );
  expect(new Set(images).size).toBe(iconStates.length);
});

/** Which pixels are seen, of a 32-bit bitmap picture. */
function alphaOf(data: Buffer, size: number): boolean[] {
  return Array.from({ length: size * size }, (_, n) => data.readUInt8(40 + n * 4 + 3) > 127);
}

test('states differ by shape: many pixels are seen in one and not in the other', async () => {
  const masks = await Promise.all(
    iconStates.map(async (state) => {
      const pictures = icoPictures(await read(trayIconFile(state, { ...base, platform: 'win32' })));
      const picture = pictures.find(({ size }) => size === 16);
      if (picture === undefined) throw new Error('no 16 px picture');
      return { state, mask: alphaOf(picture.data, 16) };
    }),
  );
  for (const [index, one] of masks.entries()) {
    for (const other of masks.slice(index + 1)) {
      const different = one.mask.filter((seen, n) => seen !== other.mask[n]).length;
      expect(different, `${one.state} and ${other.state} at 16 px`).toBeGreaterThan(12);
    }
  }
});

test('the app icon: PNG of all sizes, .ico, .icns', async () => {
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) {
    expect(pngInfo(await read(`icons/${size}x${size}.png`)).size).toEqual([size, size]);
  }
  expect(pngInfo(await read(windowIconFile())).size).toEqual([256, 256]);
  const pictures = icoPictures(await read('icons/icon.ico'));
  expect(pictures.map(({ size }) => size)).toEqual([16, 20, 24, 32, 40, 48, 64, 128, 256]);
  for (const picture of pictures) expectPicture(picture);

  const icns = await read('icons/icon.icns');
  expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
  const entries: [string, number][] = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    entries.push([icns.toString('latin1', at, at + 4), pngInfo(icns.subarray(at + 8)).size[0]]);
  }
  expect(entries).toEqual(icnsTypes);
});

test('containers: pixels of an .ico are where Windows looks for them, a missing size is said', () => {
  // Red, green / transparent, blue.
  const rgba = Buffer.from([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0, 0, 255, 128]);
  const [picture] = icoPictures(icoFile([{ size: 2, png: Buffer.alloc(0), rgba }]));
  const data = picture?.data ?? Buffer.alloc(0);
  // Bottom row first, blue before red; then the mask, one row of 4 bytes each, with a bit for the transparent pixel.
  expect([...data.subarray(40, 56)]).toEqual([0, 0, 0, 0, 255, 0, 0, 128, 0, 0, 255, 255, 0, 255, 0, 255]);
  expect([...data.subarray(56)]).toEqual([0x80, 0, 0, 0, 0, 0, 0, 0]);
  expect(() => icnsFile([])).toThrow('no picture of 16 px');
});
