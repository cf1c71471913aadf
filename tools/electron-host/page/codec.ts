// Structured clone over JSON. What JSON cannot say is written {$t: kind, v: payload}. The function is used by Node and,
// as source text, by the page's isolated world: it must not refer to anything outside of itself.

/** Both directions of the codec; `pack` throws "An object could not be cloned." where structured clone would. */
export interface Codec {
  /** A JSON-safe picture of `value`. */
  pack(value: unknown): unknown;
  /** The value that `packed` pictures; `packed` is used up. */
  unpack(packed: unknown): unknown;
}

/** Makes a codec; the two functions turn bytes into base64 and back (the result owns its buffer or a slice of one). */
export function makeCodec(
  toBase64: (bytes: Uint8Array) => string,
  fromBase64: (text: string) => Uint8Array<ArrayBuffer>,
): Codec {
  type Tagged = { $t?: string; k?: string; v?: unknown };
  const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
  const refuse = (): never => {
    throw new Error('An object could not be cloned.');
  };
  const pack = (value: unknown, depth: number): unknown => {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return { $t: 'n', v: Object.is(value, -0) ? '-0' : String(value) };
      case 'undefined':
        return { $t: 'u' };
      case 'bigint':
        return { $t: 'b', v: String(value) };
      case 'function':
      case 'symbol':
        return refuse();
    }
    if (value === null) return null;
    if (depth > 200) return refuse(); // stops cycles too, which real structured clone keeps
    const inner = (x: unknown): unknown => pack(x, depth + 1);
    if (Array.isArray(value)) return value.map(inner);
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return { $t: 'v', k: tagOf(value), v: toBase64(bytes) };
    }
    switch (tagOf(value)) {
      case 'ArrayBuffer':
        return { $t: 'a', v: toBase64(new Uint8Array(value as ArrayBuffer)) };
      case 'Date':
        return { $t: 'd', v: (value as Date).getTime() };
      case 'RegExp':
        return { $t: 'r', v: [(value as RegExp).source, (value as RegExp).flags] };
      case 'Map':
        return { $t: 'm', v: Array.from(value as unknown as Map<unknown, unknown>, inner) };
      case 'Set':
        return { $t: 's', v: Array.from(value as unknown as Set<unknown>, inner) };
      case 'Error': {
        const { name, message, stack } = value as Error;
        return { $t: 'e', v: [name, message, stack] };
      }
      case 'Promise':
      case 'WeakMap':
      case 'WeakSet':
      case 'WeakRef':
      case 'MessagePort':
        return refuse();
    }
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value as object)) {
      // Assigning to this key would set the prototype instead.
      if (key === '__proto__')
        Object.defineProperty(out, key, { value: inner(item), enumerable: true, writable: true });
      else out[key] = inner(item);
    }
    return '$t' in out ? { $t: 'o', v: out } : out;
  };
  const unpack = (packed: unknown): unknown => {
    if (packed === null || typeof packed !== 'object') return packed;
    if (Array.isArray(packed)) {
      for (let i = 0; i < packed.length; i++) packed[i] = unpack(packed[i]);
      return packed;
    }
    const tagged = packed as Tagged;
    const globals = globalThis as unknown as Record<string, new (value: unknown) => Error>;
    switch (tagged.$t) {
      case undefined:
      case 'o': {
        const object = (tagged.$t === undefined ? tagged : tagged.v) as Record<string, unknown>;
        for (const key of Object.keys(object)) object[key] = unpack(object[key]);
        return object;
      }
      case 'n':
        return Number(tagged.v);
      case 'b':
        return BigInt(tagged.v as string);
      case 'v': {
        const bytes = fromBase64(tagged.v as string);
        if (tagged.k === 'Uint8Array') return bytes;
        const View = globals[tagged.k ?? ''];
        return View && new View(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      }
      case 'a': {
        const bytes = fromBase64(tagged.v as string);
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      }
      case 'd':
        return new Date(tagged.v as number);
      case 'r': {
        const [source = '', flags = ''] = tagged.v as string[];
        return new RegExp(source, flags);
      }
      case 'm':
        return new Map(unpack(tagged.v) as [unknown, unknown][]);
      case 's':
        return new Set(unpack(tagged.v) as unknown[]);
      case 'e': {
        const [name = '', message = '', stack] = tagged.v as string[];
        const Kind = /^(Eval|Range|Reference|Syntax|Type|URI)Error$/.test(name) ? globals[name] : undefined;
        const error = Kind ? new Kind(message) : new Error(message);
        if (stack) error.stack = stack;
        return error;
      }
    }
    return undefined;
  };
  return { pack: (value) => pack(value, 0), unpack };
}
