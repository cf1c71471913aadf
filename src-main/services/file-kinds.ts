/** What bytes are: a picture, text, or neither. By what is in them, never by a name. Pure. */
import type { imageTypes } from '../../src-shared/domain/file.ts';

type ImageType = (typeof imageTypes)[number];

/** First bytes of pictures, as Latin-1; a dot stands for any byte. */
const signatures: readonly [type: ImageType, start: RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['image/bmp', /^BM[\s\S]{4}\0\0\0\0/],
  ['image/x-icon', /^\0\0\x01\0[\x01-\x40]\0/],
];

/** The type of a picture that is drawn, by its first bytes; null for everything else. */
export function imageTypeOf(bytes: Uint8Array): ImageType | null {
  const start = latin1(bytes.subarray(0, 16));
  return signatures.find(([, signature]) => signature.test(start))?.[0] ?? null;
}

/** True for a text that is an SVG. It is text in the first place: a person may want to read it. */
export function svgType(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(text);
}

/** Text as it was read. A byte order mark stays in it, so that writing it back changes nothing. */
export interface ReadText {
  text: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  valid: boolean;
}

/** Bytes as text; null where they are none. `whole` false: they were cut, maybe in the middle of a character. */
export function readAsText(bytes: Uint8Array, whole: boolean): ReadText | null {
  const start = latin1(bytes.subarray(0, 2));
  if (start === '\xff\xfe') return decode(bytes, 'utf-16le', whole);
  if (start === '\xfe\xff') return decode(bytes, 'utf-16be', whole);
  // No text has zero bytes; nearly everything that is not text has some early.
  if (bytes.subarray(0, 65_536).includes(0)) return null;
  return decode(bytes, 'utf-8', whole);
}

function decode(bytes: Uint8Array, encoding: ReadText['encoding'], whole: boolean): ReadText | null {
  const options = { ignoreBOM: true };
  try {
    const text = new TextDecoder(encoding, { ...options, fatal: true }).decode(bytes, { stream: !whole });
    return { text, encoding, valid: true };
  } catch {
    const text = new TextDecoder(encoding, options).decode(bytes, { stream: !whole });
    return isMostlyLost(text) ? null : { text, encoding, valid: false };
  }
}

/** True where a tenth of the beginning is no text: compressed or encrypted data without a zero byte, not an older encoding. */
function isMostlyLost(text: string): boolean {
  const start = text.slice(0, 4096);
  return start.split('\uFFFD').length - 1 > start.length / 10;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
