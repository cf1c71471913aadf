/** The little of D-Bus's wire format that asking a few questions takes: calls with string arguments, and their replies. */

/** A method call; `signature` has one `s` an argument (or `o`, which lies in a message in the same way). */
export interface DBusCall {
  destination: string;
  path: string;
  interface: string;
  member: string;
  /** Strings only. */
  args?: readonly string[];
  /** Start the service where it is not running. */
  autoStart?: boolean;
}

/** A reply: its first value, or the name of the error. */
export type DBusReply = { replyTo: number } & ({ ok: true; value: unknown } | { ok: false; error: string });

const field = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
};

/** A call as bytes. `serial` comes back as `replyTo`. */
export function encodeCall(call: DBusCall, serial: number): Buffer {
  const args = call.args ?? [];
  const body = new Writer();
  for (const arg of args) body.string(arg);
  const header = new Writer();
  const noAutoStart = call.autoStart === true ? 0 : 2;
  header.bytes(Buffer.from(['l'.charCodeAt(0), 1, noAutoStart, 1]));
  header.uint32(body.length);
  header.uint32(serial);
  const fields = new Writer();
  fields.field(field.path, 'o', call.path);
  fields.field(field.interface, 's', call.interface);
  fields.field(field.member, 's', call.member);
  fields.field(field.destination, 's', call.destination);
  if (args.length > 0) fields.field(field.signature, 'g', 's'.repeat(args.length));
  header.uint32(fields.length);
  header.bytes(fields.take());
  header.align(8);
  return Buffer.concat([header.take(), body.take()]);
}

/** The first whole message in `data` and how long it is; undefined where more bytes are needed. Signals give no reply. */
export function decodeMessage(data: Buffer): { length: number; reply: DBusReply | null } | undefined {
  if (data.length < 16) return undefined;
  const little = data[0] === 'l'.charCodeAt(0);
  const reader = new Reader(data, little);
  reader.offset = 4;
  const bodyLength = reader.uint32();
  reader.offset = 12;
  const fieldsEnd = 16 + reader.uint32();
  const bodyStart = Math.ceil(fieldsEnd / 8) * 8;
  const length = bodyStart + bodyLength;
  if (data.length < length) return undefined;
  const type = data[1];
  let signature = '';
  let error = '';
  let replyTo = 0;
  while (reader.offset < fieldsEnd) {
    reader.align(8);
    const code = reader.byte();
    const value = reader.variant();
    if (code === field.errorName) error = String(value);
    if (code === field.replySerial) replyTo = Number(value);
    if (code === field.signature) signature = String(value);
  }
  if (type === 3) return { length, reply: { replyTo, ok: false, error } };
  if (type !== 2) return { length, reply: null };
  reader.offset = bodyStart;
  return { length, reply: { replyTo, ok: true, value: signature === '' ? null : reader.value(signature) } };
}

class Writer {
  #parts: Buffer[] = [];
  length = 0;

  bytes(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.length += bytes.length;
  }

  align(to: number): void {
    this.bytes(Buffer.alloc((to - (this.length % to)) % to));
  }

  uint32(value: number): void {
    this.align(4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.bytes(bytes);
  }

  string(text: string): void {
    const bytes = Buffer.from(text);
    this.uint32(bytes.length);
    this.bytes(Buffer.concat([bytes, Buffer.from([0])]));
  }

  signature(text: string): void {
    this.bytes(Buffer.concat([Buffer.from([text.length]), Buffer.from(text), Buffer.from([0])]));
  }

  field(code: number, type: 'o' | 's' | 'g', value: string): void {
    this.align(8);
    this.bytes(Buffer.from([code]));
    this.signature(type);
    if (type === 'g') this.signature(value);
    else this.string(value);
  }

  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

class Reader {
  readonly #data: Buffer;
  readonly #little: boolean;
  offset = 0;

  constructor(data: Buffer, little: boolean) {
    this.#data = data;
    this.#little = little;
  }

  align(to: number): void {
    this.offset = Math.ceil(this.offset / to) * to;
  }

  byte(): number {
    return this.#data.readUInt8(this.offset++);
  }

  uint32(): number {
    this.align(4);
    const at = this.offset;
    this.offset += 4;
    return this.#little ? this.#data.readUInt32LE(at) : this.#data.readUInt32BE(at);
  }

  text(length: number): string {
    const text = this.#data.toString('utf8', this.offset, this.offset + length);
    this.offset += length + 1;
    return text;
  }

  variant(): unknown {
    return this.value(this.text(this.byte()));
  }

  /** The first value of a signature; other types than these are never asked for. */
  value(signature: string): unknown {
    if (signature.startsWith('as')) return this.#strings();
    switch (signature[0]) {
      case 's':
      case 'o':
        return this.text(this.uint32());
      case 'g':
        return this.text(this.byte());
      case 'u':
        return this.uint32();
      case 'b':
        return this.uint32() !== 0;
      case 'v':
        return this.variant();
      default:
        throw new Error(`D-Bus type ${signature} is not read here`);
    }
  }

  #strings(): string[] {
    const end = this.uint32() + this.offset;
    const strings: string[] = [];
    while (this.offset < end) strings.push(this.text(this.uint32()));
    return strings;
  }
}
