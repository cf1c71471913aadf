// nativeImage: keeps the encoded bytes as they were given; nothing is decoded, so nothing can be redrawn.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type * as Electron from 'electron';
import { strictClass, strictModule } from '../strict.ts';

const MIME: [number[], string][] = [
  [[0x89, 0x50, 0x4e, 0x47], 'image/png'],
  [[0xff, 0xd8], 'image/jpeg'],
  [[0x00, 0x00, 0x01, 0x00], 'image/x-icon'],
];

type Members = Pick<
  Electron.NativeImage,
  | ('isEmpty' | 'toPNG' | 'toDataURL' | 'getSize' | 'getAspectRatio' | 'getScaleFactors')
  | ('setTemplateImage' | 'isTemplateImage' | 'isMacTemplateImage' | 'addRepresentation')
>;

/** An image; its representations are by scale factor. */
export class HostNativeImage extends strictClass('NativeImage') implements Members {
  isMacTemplateImage = false;
  readonly #representations = new Map<number, Buffer>();

  constructor(bytes?: Buffer, scaleFactor = 1) {
    super();
    if (bytes && bytes.length > 0) this.#representations.set(scaleFactor, bytes);
  }

  isEmpty(): boolean {
    return this.#representations.size === 0;
  }

  /** The encoded bytes as they came (a JPEG stays a JPEG). */
  toPNG(options: { scaleFactor?: number } = {}): Buffer {
    const [first] = this.#representations.values();
    return this.#representations.get(options.scaleFactor ?? 1) ?? first ?? Buffer.alloc(0);
  }

  toDataURL(options: { scaleFactor?: number } = {}): string {
    const bytes = this.toPNG(options);
    const type =
      MIME.find(([magic]) => magic.every((byte, index) => bytes[index] === byte))?.[1] ?? 'image/png';
    return `data:${type};base64,${bytes.toString('base64')}`;
  }

  /** In device-independent pixels. Known for PNG and ICO, else 0 by 0. */
  getSize(scaleFactor?: number): Electron.Size {
    const [[scale, bytes] = [1, Buffer.alloc(0)]] = this.#representations;
    const at = scaleFactor ?? scale;
    const image = this.#representations.get(at) ?? bytes;
    if (image.length > 24 && image[0] === 0x89) {
      return {
        width: Math.round(image.readUInt32BE(16) / at),
        height: Math.round(image.readUInt32BE(20) / at),
      };
    }
    if (image.length > 8 && image[0] === 0 && image[2] === 1) {
      return { width: image[6] || 256, height: image[7] || 256 };
    }
    return { width: 0, height: 0 };
  }

  getAspectRatio(): number {
    const { width, height } = this.getSize();
    return height === 0 ? 1 : width / height;
  }

  getScaleFactors(): number[] {
    return [...this.#representations.keys()];
  }

  setTemplateImage(option: boolean): void {
    this.isMacTemplateImage = option;
  }

  isTemplateImage(): boolean {
    return this.isMacTemplateImage;
  }

  /** Returns the same image: nothing is redrawn. */
  resize(): this {
    return this;
  }

  addRepresentation(options: Electron.AddRepresentationOptions): void {
    const bytes = options.dataURL ? bytesOfDataUrl(options.dataURL) : options.buffer;
    if (bytes) this.#representations.set(options.scaleFactor ?? 1, Buffer.from(bytes));
  }
}

function bytesOfDataUrl(url: string): Buffer {
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

function imageFromPath(file: string): HostNativeImage {
  const image = new HostNativeImage(existsSync(file) ? readFileSync(file) : undefined);
  const { dir, name, ext } = path.parse(file);
  for (const scaleFactor of [2, 3]) {
    const sharper = path.join(dir, `${name}@${scaleFactor}x${ext}`);
    if (existsSync(sharper)) image.addRepresentation({ scaleFactor, buffer: readFileSync(sharper) });
  }
  if (/Template(@\dx)?$/.test(name)) image.setTemplateImage(true);
  return image;
}

/** An image from what Electron's options take: an image or a path. */
export function toImage(source: unknown): HostNativeImage {
  if (source instanceof HostNativeImage) return source;
  return typeof source === 'string' ? imageFromPath(source) : new HostNativeImage();
}

/** The `nativeImage` module. */
export const nativeImage = strictModule('nativeImage', 'NativeImage.static', {
  createEmpty: () => new HostNativeImage(),
  createFromPath: (file: string) => imageFromPath(file),
  createFromBuffer: (bytes: Buffer, options?: { scaleFactor?: number }) =>
    new HostNativeImage(Buffer.from(bytes), options?.scaleFactor),
  createFromDataURL: (url: string) => new HostNativeImage(bytesOfDataUrl(url)),
});
