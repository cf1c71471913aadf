/**
 * Text as its UTF-8 bytes, one character a byte: git compares bytes, and so `?` is one byte of an `ä`. ASCII is the same in both.
 * Bytes that are no UTF-8 live in a text as lone surrogates (0x80 is U+DC80, as Python's `surrogateescape` does), so that nothing
 * of a file with odd bytes is lost on the way to a matcher.
 */

// biome-ignore lint/complexity/useRegexLiterals: a literal would hold a control character
const ascii = new RegExp('^[\\0-\\x7f]*$');

/** True where every character is one byte. */
export function isAscii(text: string): boolean {
  return ascii.test(text);
}

/** The UTF-8 bytes of `text`, one character each. */
export function toByteText(text: string): string {
  if (isAscii(text)) return text;
  if (text.isWellFormed()) return Buffer.from(text, 'utf8').toString('latin1');
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes += String.fromCharCode(code - 0xdc00);
    else if (code >= 0xd800 && code <= 0xdfff)
      bytes += String.fromCharCode(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes += Buffer.from(character, 'utf8').toString('latin1');
  }
  return bytes;
}

/** The text of an exclusion file as it lies on the disk. A byte order mark stays: who reads the rules takes it away. */
export function decodeRuleText(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!text.includes('\ufffd')) return text;
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      parts.push(strict.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      parts.push(String.fromCharCode(0xdc00 + first));
      at += 1;
    }
  }
  return parts.join('');
}
