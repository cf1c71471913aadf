/** Text of a cell as the bytes that the code wrote. */

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * UTF-8 bytes of a text. Python stands undecodable bytes in as lone surrogates U+DC80..U+DCFF: these become their bytes
 * again. Any other lone surrogate has no bytes and becomes U+FFFD.
 */
export function bytesOfText(text: string): Buffer<ArrayBuffer> {
  if (!LONE.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer<ArrayBuffer>[] = [];
  let plain = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xdc80 || code > 0xdcff) {
      plain += character;
      continue;
    }
    parts.push(Buffer.from(plain, 'utf8'), Buffer.from([code - 0xdc00]));
    plain = '';
  }
  parts.push(Buffer.from(plain, 'utf8'));
  return Buffer.concat(parts);
}

/** Pieces of at most `size` bytes, so that one huge print does not become one huge event. */
export function* slices(bytes: Buffer<ArrayBuffer>, size = 64 * 1024): Generator<Buffer<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
