/** Memory of large pieces of files, given back at once: garbage collection is in no hurry with what lies outside of its heap. */

/** Smaller pieces may share their memory with others, and do not matter. */
const leastBytes = 65_536;

/** The memory of `bytes`, where it is theirs alone and worth it. */
export function ownBuffer(bytes: unknown): ArrayBuffer | null {
  if (!(bytes instanceof Uint8Array) || bytes.length < leastBytes) return null;
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength;
  return isWhole && !buffer.detached ? buffer : null;
}

/** Nobody looks at these bytes any more: they are empty from now on. */
export function freeBytes(bytes: unknown): void {
  ownBuffer(bytes)?.transfer(0);
}

/** The memory of typed arrays that are `value`, or that lie in it: of each only where it is theirs alone and worth it. */
export function ownBuffers(value: unknown): ArrayBuffer[] {
  // Of a typed array itself, not of its numbers: listing those takes eight times its memory.
  const isList = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  const parts: unknown[] = isList ? Object.values(value) : [value];
  const found = new Set<ArrayBuffer>();
  for (const part of parts) {
    if (!ArrayBuffer.isView(part)) continue;
    const own = ownBuffer(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    if (own !== null) found.add(own);
  }
  return [...found];
}

/** Nobody looks at any of these typed arrays any more. */
export function freeAll(value: unknown): void {
  for (const buffer of ownBuffers(value)) buffer.transfer(0);
}
