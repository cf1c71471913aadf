/** One link to a keeper: the handshake, frames both ways, and a sign of life where it is quiet. It ends once, with a reason. */
import { z } from 'zod';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { BytePipe } from './byte-pipe.ts';
import {
  decodeOffset,
  encodeFrame,
  encodeOffset,
  frameType,
  type KeeperFrame,
  LinkReader,
} from './keeper-frames.ts';
import type { SentRing } from './sent-ring.ts';

/** Longest piece of data in one frame: with its head it stays below the 32 KiB that some transports take at once. */
const pieceBytes = 32 * 1024 - 64;
/** Bytes that may be on their way to the keeper without being confirmed. */
const inputWindow = 8 * 1024 * 1024;

const bannerSchema = z.object({ keeper: z.literal(1), error: z.literal('none').optional() });
const replySchema = z.union([
  z.object({ ok: z.literal(true), received: z.number().int().min(0), dropped: z.number().int().min(0) }),
  z.object({ ok: z.literal(false), error: z.enum(['ended', 'taken', 'unknown', 'lost']) }),
]);
const endSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.number().int().nullable(),
  said: z.string().max(100_000),
});

/** How the runner ended, and what Python wrote to its error stream. */
export type RunnerEnd = z.infer<typeof endSchema>;

/** Why a link is over. `broken`: it may be tried again; `spoke`: there was a keeper or at least its program at the other end. */
export type LinkEnd =
  | { why: 'broken'; spoke: boolean; noise: string }
  | { why: 'none' | 'ended' | 'taken' | 'unknown' | 'lost' | 'left' }
  | { why: 'runner-ended'; how: RunnerEnd };

/** Who this client is and where it was. `consumed`: bytes of output that the reader has had; `received`: that came. */
export interface LinkState {
  client: string;
  fresh: boolean;
  received: number;
  consumed: number;
}

/** What a link tells and asks its owner. */
export interface LinkOwner {
  readonly ring: SentRing;
  readonly clock: Clock;
  readonly windowBytes: number;
  readonly pingMs: number;
  readonly silenceMs: number;
  /** What is said after all data: `eof` ends the runner, `leave` leaves it alive. The link ends when the keeper has done it. */
  readonly last: 'eof' | 'leave' | null;
  /** Where this client is now. */
  state(): LinkState;
  /** The handshake is done. `dropped`: bytes of earlier clients of which nobody knows whether they had them. */
  onOpen(dropped: number): void;
  /** The next bytes of the runner, in order. */
  onData(bytes: Buffer): void;
  /** The ring was trimmed. */
  onConfirmed(): void;
}

/** See the file's first lines. Owns the pipe that it is given. */
export class KeeperLink {
  /** Resolves when the link is over. */
  readonly ended: Promise<LinkEnd>;
  readonly #pipe: BytePipe;
  readonly #owner: LinkOwner;
  readonly #reader: LinkReader;
  readonly #finish: (end: LinkEnd) => void;
  readonly #control: Uint8Array[] = [];
  #next = 0;
  #received = 0;
  #heard: number;
  #heardCount = 0;
  #onHeard = (): void => {};
  #sending = false;
  #spoke = false;
  #open = false;
  #over = false;
  #lastSent = false;
  #timer: Disposable;

  constructor(pipe: BytePipe, owner: LinkOwner) {
    this.#pipe = pipe;
    this.#owner = owner;
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#finish = resolve;
    this.#reader = new LinkReader(
      (line) => this.#onLine(line),
      (frame) => this.#onFrame(frame),
    );
    this.#heard = owner.clock.now();
    this.#timer = owner.clock.after(owner.pingMs, () => this.#watch());
    void this.#read();
  }

  /** True from the end of the handshake to the end of the link. */
  get open(): boolean {
    return this.#open && !this.#over;
  }

  /** Whether the handshake was ever done. */
  get opened(): boolean {
    return this.#open;
  }

  /** Something was added to the ring, or `last` was set. */
  wake(): void {
    if (this.#open && !this.#sending && !this.#over) void this.#send();
  }

  /** Asks for a sign of life now. Without one within `ms` the link is over. Gives whether it is open then. */
  async probe(ms: number): Promise<boolean> {
    if (!this.open) return false;
    const asked = this.#heardCount;
    this.#say(encodeOffset(frameType.ping, this.#owner.state().consumed));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeard = resolve;
    const timer = this.#owner.clock.after(ms, resolve);
    await Promise.race([promise, this.ended]);
    timer.dispose();
    if (this.#heardCount === asked) this.close();
    return this.open;
  }

  /** Tells the keeper how much the reader has had. */
  confirm(): void {
    this.#say(encodeOffset(frameType.ack, this.#owner.state().consumed));
  }

  /** Ends it at once. */
  close(): void {
    this.#end({ why: 'broken', spoke: this.#spoke, noise: this.#reader.noise });
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#pipe.readable) {
        if (this.#over) return;
        this.#heard = this.#owner.clock.now();
        this.#heardCount += 1;
        this.#reader.push(chunk);
        this.#onHeard();
      }
    } catch {
      // Damaged or broken: either way it is over.
    }
    this.close();
  }

  #onLine(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    if (!this.#spoke) this.#onBanner(value);
    else this.#onReply(value);
  }

  #onBanner(value: unknown): void {
    const banner = bannerSchema.safeParse(value);
    if (!banner.success) return;
    this.#spoke = true;
    if (banner.data.error) {
      this.#end({ why: 'none' });
      return;
    }
    const { windowBytes: window, pingMs } = this.#owner;
    const hello = { v: 1, ...this.#owner.state(), window, ping: pingMs / 1000 };
    this.#control.push(Buffer.from(`\u001e${JSON.stringify(hello)}\n`));
    void this.#send();
  }

  #onReply(value: unknown): void {
    const reply = replySchema.safeParse(value);
    if (!reply.success) return;
    if (!reply.data.ok) {
      this.#end({ why: reply.data.error });
      return;
    }
    const { ring } = this.#owner;
    const { received, dropped } = reply.data;
    if (received > ring.end || received < ring.first) {
      this.#end({ why: 'lost' });
      return;
    }
    this.#reader.startFrames();
    this.#next = received;
    this.#received = this.#owner.state().received;
    this.#open = true;
    this.#owner.onOpen(dropped);
    this.wake();
  }

  #onFrame(frame: KeeperFrame): void {
    if (this.#over) return;
    switch (frame.type) {
      case frameType.data:
        if (frame.offset !== this.#received % 2 ** 32) throw new Error('Data of the link is missing.');
        this.#received += frame.payload.length;
        this.#owner.onData(frame.payload);
        return;
      case frameType.ack:
      case frameType.pong:
        this.#owner.ring.trim(decodeOffset(frame.payload));
        this.#owner.onConfirmed();
        this.wake();
        return;
      case frameType.left:
        this.#end({ why: 'left' });
        return;
      case frameType.end: {
        const how = endSchema.parse(JSON.parse(frame.payload.toString('utf8')));
        // The keeper waits for this: then it knows that nothing has to be sent again.
        this.#pipe.write(encodeOffset(frameType.leave, this.#received)).catch(() => {});
        this.#end({ why: 'runner-ended', how });
        return;
      }
      case frameType.taken:
        this.#end({ why: 'taken' });
    }
  }

  #say(frame: Uint8Array): void {
    if (!this.#open || this.#over) return;
    this.#control.push(frame);
    this.wake();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      for (let frame = this.#frame(); frame && !this.#over; frame = this.#frame())
        await this.#pipe.write(frame);
    } catch {
      this.close();
    } finally {
      this.#sending = false;
    }
  }

  #frame(): Uint8Array | null {
    const control = this.#control.shift();
    if (control || !this.#open) return control ?? null;
    const { ring } = this.#owner;
    const at = this.#next;
    if (at < ring.end) {
      if (at - ring.first >= inputWindow) return null;
      const piece = ring.piece(at, pieceBytes);
      this.#next += piece.length;
      return encodeFrame(frameType.data, piece, at);
    }
    const { last } = this.#owner;
    if (last === null || this.#lastSent) return null;
    this.#lastSent = true;
    return last === 'eof'
      ? encodeFrame(frameType.eof)
      : encodeOffset(frameType.leave, this.#owner.state().consumed);
  }

  #watch(): void {
    if (this.#over) return;
    const { clock, pingMs, silenceMs } = this.#owner;
    const quiet = clock.now() - this.#heard;
    if (quiet >= silenceMs) {
      this.close();
      return;
    }
    if (quiet >= pingMs) this.#say(encodeOffset(frameType.ping, this.#owner.state().consumed));
    const wait = quiet >= pingMs ? Math.min(pingMs, silenceMs - quiet) : pingMs - quiet;
    this.#timer = clock.after(wait, () => this.#watch());
  }

  #end(end: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer.dispose();
    this.#finish(end);
    void Promise.resolve(this.#pipe.close()).catch(() => {});
  }
}
