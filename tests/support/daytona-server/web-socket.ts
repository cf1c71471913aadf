// The server's side of a WebSocket (RFC 6455), small enough to see every frame: what waits to be sent is counted, a message can be
// too large, and a fault can cut the line in the middle.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** How long a client may take to read what is before the closing frame, and to answer it. */
const CLOSE_PATIENCE_MS = 10_000;
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** How a socket behaves. */
export interface WebSocketOptions {
  /** The subprotocol that is chosen from those the client offered. */
  readonly protocol?: string | undefined;
  /** Largest message from the client, in bytes; a larger one closes with 1009. Default: no limit. */
  readonly maxMessageBytes?: number;
  /** Cut the line after the n-th frame of this kind. */
  readonly cut?: { readonly event: string | undefined; readonly count: number } | undefined;
  /** Send nothing but the closing frame. */
  readonly mute?: boolean;
}

/** What a client may say. */
export interface WebSocketListener {
  message(data: Buffer, isText: boolean): void;
  /** Called once; 1006 when the line broke. */
  close?(code: number): void;
}

/** An open WebSocket. `cut` or `close` ends it; the server cuts what is left when it closes. */
export class WebSocketConnection {
  readonly #socket: Duplex;
  readonly #options: WebSocketOptions;
  #listener: WebSocketListener | undefined;
  #early: { data: Buffer; isText: boolean }[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #partsOpcode: number = OPCODE.binary;
  #queued = 0;
  #seen = 0;
  #closeCode = 1006;
  #closing = false;
  #over = false;

  private constructor(socket: Duplex, options: WebSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (data: Buffer) => this.#read(data));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    socket.on('end', () => socket.destroy());
  }

  /** Answer the client's upgrade request and take the line over. */
  static accept(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    options: WebSocketOptions,
  ): WebSocketConnection {
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key'] ?? ''}${GUID}`)
      .digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      ...(options.protocol ? [`Sec-WebSocket-Protocol: ${options.protocol}`] : []),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const connection = new WebSocketConnection(socket, options);
    if (head.length > 0) connection.#read(head);
    return connection;
  }

  /** Frames that were sent but that the operating system has not taken yet: the client reads too slowly. */
  get queued(): number {
    return this.#queued;
  }

  get open(): boolean {
    return !this.#closing && !this.#over;
  }

  /** Who hears the client from now on; messages that came before are handed over at once. */
  listen(listener: WebSocketListener): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const { data, isText } of early) listener.message(data, isText);
    if (this.#over) listener.close?.(this.#closeCode);
  }

  /** Send a message. `event` names its kind for the faults. */
  send(data: string | Buffer, event = 'data'): void {
    if (!this.open || this.#options.mute) return;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.#queued += 1;
    this.#frame(typeof data === 'string' ? OPCODE.text : OPCODE.binary, bytes, () => {
      this.#queued -= 1;
    });
    const { cut } = this.#options;
    if (!cut || (cut.event !== undefined && cut.event !== event)) return;
    this.#seen += 1;
    if (this.#seen < cut.count) return;
    this.#closing = true;
    // The bytes must reach the client before the line goes.
    this.#socket.write('', () => this.cut());
  }

  /** Close properly; the line goes when the client has answered, or soon. */
  close(code: number, reason = ''): void {
    if (!this.open) return;
    this.#closing = true;
    this.#closeCode = code;
    const body = Buffer.alloc(2 + Buffer.byteLength(reason));
    body.writeUInt16BE(code);
    body.write(reason, 2);
    this.#frame(OPCODE.close, body.subarray(0, 125), () => undefined);
    const timer = setTimeout(() => this.cut(), CLOSE_PATIENCE_MS);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** End the line without a word. */
  cut(): void {
    this.#socket.destroy();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener?.close?.(this.#closeCode);
  }

  #frame(opcode: number, bytes: Buffer, sent: () => void): void {
    const long = bytes.length > 65_535;
    const head = Buffer.alloc(bytes.length < 126 ? 2 : long ? 10 : 4);
    head[0] = 0x80 | opcode;
    if (bytes.length < 126) head[1] = bytes.length;
    else if (long) {
      head[1] = 127;
      head.writeBigUInt64BE(BigInt(bytes.length), 2);
    } else {
      head[1] = 126;
      head.writeUInt16BE(bytes.length, 2);
    }
    if (this.#socket.destroyed) return;
    this.#socket.write(Buffer.concat([head, bytes]), sent);
  }

  #read(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    for (;;) {
      const frame = parseFrame(this.#rest);
      if (!frame) return;
      const max = this.#options.maxMessageBytes ?? Number.POSITIVE_INFINITY;
      if (frame.length + this.#parts.reduce((sum, part) => sum + part.length, 0) > max) {
        this.#rest = Buffer.alloc(0);
        this.close(1009);
        this.#socket.pause();
        return;
      }
      if (!frame.payload) return;
      this.#rest = this.#rest.subarray(frame.size);
      this.#take(frame.opcode, frame.final, frame.payload);
    }
  }

  #take(opcode: number, final: boolean, payload: Buffer): void {
    if (opcode === OPCODE.close) {
      if (!this.#closing) {
        this.#closeCode = payload.length >= 2 ? payload.readUInt16BE() : 1005;
        this.#closing = true;
        this.#frame(OPCODE.close, payload.subarray(0, 2), () => undefined);
      }
      this.#socket.end();
      return;
    }
    if (opcode === OPCODE.ping) {
      this.#frame(OPCODE.pong, payload, () => undefined);
      return;
    }
    if (opcode === OPCODE.pong) return;
    if (opcode !== OPCODE.continuation) this.#partsOpcode = opcode;
    this.#parts.push(payload);
    if (!final) return;
    const [only, ...others] = this.#parts;
    const whole = others.length === 0 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    const isText = this.#partsOpcode === OPCODE.text;
    if (this.#listener) this.#listener.message(whole, isText);
    else this.#early.push({ data: whole, isText });
  }
}

interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  /** Bytes of the payload, known as soon as the head is there. */
  readonly length: number;
  /** Bytes of the whole frame. */
  readonly size: number;
  /** Unmasked; undefined while it has not come completely. */
  readonly payload: Buffer | undefined;
}

function parseFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + extra) return undefined;
  const length = extra === 2 ? bytes.readUInt16BE(2) : extra === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  const masked = ((bytes[1] ?? 0) & 0x80) !== 0;
  const start = 2 + extra + (masked ? 4 : 0);
  const head = { opcode: (bytes[0] ?? 0) & 0x0f, final: ((bytes[0] ?? 0) & 0x80) !== 0, length };
  if (bytes.length < start + length) return { ...head, size: start + length, payload: undefined };
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (masked) {
    const mask = bytes.subarray(start - 4, start);
    for (let at = 0; at < payload.length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  }
  return { ...head, size: start + length, payload };
}
