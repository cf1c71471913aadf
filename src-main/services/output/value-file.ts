/** One form of a rich value as the bytes and the name of a file. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { MimeBundle, StoredOutput } from '../../../src-shared/domain/execution.ts';
import type { Json } from '../../../src-shared/domain/json.ts';

/** A file to be written. */
export interface ValueFile {
  bytes: Uint8Array;
  /** Without the dot. */
  extension: string;
  /** What the system's dialog calls such files. */
  kind: string;
}

const binary: Readonly<Record<string, [extension: string, kind: string]>> = {
  'image/png': ['png', 'PNG images'],
  'image/jpeg': ['jpg', 'JPEG images'],
  'application/pdf': ['pdf', 'PDF documents'],
};
const texts: Readonly<Record<string, [extension: string, kind: string]>> = {
  'image/svg+xml': ['svg', 'SVG images'],
  'text/html': ['html', 'HTML pages'],
  'text/markdown': ['md', 'Markdown'],
  'text/latex': ['tex', 'LaTeX'],
  'application/javascript': ['js', 'JavaScript'],
};

/** The form `type` of a stored value; throws `not-found` where there is none. */
export function valueFile(item: StoredOutput | undefined, type: string): ValueFile {
  const data: MimeBundle = item?.event.type === 'rich' ? item.event.data : {};
  const value = Object.hasOwn(data, type) ? data[type] : undefined;
  if (value === undefined) throw new SpecboardError('not-found', 'There is no such value in the output.');
  const text = textOf(value);
  const asBinary = binary[type];
  if (asBinary && text !== null) {
    return { bytes: Buffer.from(text, 'base64'), extension: asBinary[0], kind: asBinary[1] };
  }
  if (text !== null && (type.startsWith('text/') || texts[type])) {
    const [extension, kind] = texts[type] ?? ['txt', 'Text'];
    return { bytes: Buffer.from(text), extension, kind };
  }
  return { bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`), extension: 'json', kind: 'JSON' };
}

/** Text may come as one string or as lines, as notebooks store it. */
function textOf(value: Json): string | null {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : null;
}
