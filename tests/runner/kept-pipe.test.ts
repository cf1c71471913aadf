/** The parts of a kept pipe by themselves: waits between dials, frames cut anywhere, offsets; nothing is left when it ends. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { BytePipe } from '../../src-main/runner/byte-pipe.ts';
import { keeperFromMemory, keeperShellLine } from '../../src-main/runner/keeper-command.ts';
import { encodeFrame, encodeOffset, frameType, LinkReader } from '../../src-main/runner/keeper-frames.ts';
import { KeptPipe, type KeptPipeOptions } from '../../src-main/runner/kept-pipe.ts';
import { SentRing } from '../../src-main/runner/sent-ring.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../src-shared/domain/session.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/random.ts';
import { until } from '../support/runner.ts';

/** A keeper of a test: says what it is told to, remembers what it hears. */
class ScriptedLink implements BytePipe {
  readonly readable: AsyncIterable<Uint8Array>;
  heard = Buffer.alloc(0);
  closed = false;
  #queue: (Uint8Array | null)[] = [];
  #wake = (): void => {};

  constructor() {
    this.readable = this.#read();
  }

  say(bytes: string | Uint8Array | null): void {
    this.#queue.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    this.#wake();
  }

  /** The handshake. */
  accept(received = 0): void {
    this.say('$ \u001e{"keeper":1}\n');
    this.say(`\u001e{"ok":true,"received":${received},"dropped":0}\n`);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.heard = Buffer.concat([this.heard, bytes]);
  }

  close(): void {
    this.closed = true;
    this.say(null);
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#queue.shift();
      if (next === null) return;
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

function scripted(options: Partial<KeptPipeOptions> = {}): {
  pipe: KeptPipe;
  clock: FakeClock;
  links: ScriptedLink[];
  modes: string[];
} {
  const clock = new FakeClock();
  const links: ScriptedLink[] = [];
  const modes: string[] = [];
  const pipe = new KeptPipe({
    mode: 'start',
    dial: async (_signal, mode) => {
      modes.push(mode);
      const link = new ScriptedLink();
      links.push(link);
      return link;
    },
    diagnose: async () => null,
    clock,
    random: () => 0.5,
    ...options,
  });
  return { pipe, clock, links, modes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Enough of them for a handshake. */
const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await turn();
};

describe('a kept pipe', () => {
  test('waits longer from dial to dial, up to five seconds, and gives up after its patience', async () => {
    let dials = 0;
    const { pipe, clock } = scripted({
      dial: async () => {
        dials += 1;
        throw new Error('no route');
      },
      patienceMs: 30_000,
    });
    const waits: number[] = [];
    await turn();
    for (let at = 0, last = 0; at <= 40_000 && pipe.failure === null; at += 50) {
      const before = dials;
      await clock.advance(50);
      if (dials > before) {
        waits.push(at + 50 - last);
        last = at + 50;
      }
    }
    expect(waits.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(pipe.failure).toMatchObject({ problem: { code: 'unreachable', details: 'no route' } });
    await expect(pipe.write(Buffer.from('x'))).rejects.toBe(pipe.failure);
    expect(clock.pending).toBe(0);
  });

  test('a link that breaks tells each try and when it is; who asks is served at once, and gets what came of it', async () => {
    let fails = false;
    const told: LinkChange[] = [];
    const links: ScriptedLink[] = [];
    const { pipe, clock } = scripted({
      onTry: (link) => told.push(link),
      dial: async () => {
        if (fails) throw new Error('no route');
        const link = new ScriptedLink();
        links.push(link);
        return link;
      },
    });
    await turns();
    links[0]?.accept();
    await turns();
    expect(told).toEqual([]);
    const never = new AbortController().signal;
    // Open and answering: asked for a sign of life, it gives one.
    const alive = pipe.check(never);
    await turns();
    links[0]?.say(encodeOffset(frameType.pong, 0));
    expect(await alive).toEqual({ state: 'live' });
    // Open and silent: found out after three seconds, long before anybody else would.
    fails = true;
    const silent = pipe.check(never);
    await turns();
    await clock.advance(3_000);
    expect(await silent).toMatchObject({ state: 'retrying', attempt: 1 });
    expect(told[0]).toEqual({ state: 'retrying', attempt: 1, nextAt: null });
    // A try that fails, asked for before its turn.
    const before = told.length;
    expect(await pipe.check(never)).toMatchObject({ state: 'retrying', attempt: 2 });
    expect(
      told.slice(before).map((link) => (link.state === 'retrying' ? link.nextAt === null : null)),
    ).toEqual([true, false]);
    // One that does not.
    fails = false;
    const last = pipe.check(never);
    await until('the second link', () => links.length === 2);
    links[1]?.accept();
    expect(await last).toEqual({ state: 'live' });
    expect(told.at(-1)).toEqual({ state: 'live' });
    // Whoever waits no longer is not kept.
    fails = true;
    links[1]?.close();
    await turns();
    await expect(pipe.check(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await pipe.leave();
    await turns();
    expect(clock.pending).toBe(0);
  });

  test('a dial that hangs is given up for a new one when somebody asks', async () => {
    let dials = 0;
    const links: ScriptedLink[] = [];
    const { pipe, clock } = scripted({
      dial: (signal) => {
        dials += 1;
        if (dials !== 2) {
          const link = new ScriptedLink();
          links.push(link);
          return Promise.resolve(link);
        }
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await turns();
    links[0]?.accept();
    await turns();
    links[0]?.close();
    await turns();
    await clock.advance(200);
    expect(dials).toBe(2);
    await clock.advance(5_000);
    expect(dials).toBe(2);
    expect(await pipe.check(new AbortController().signal)).toMatchObject({ state: 'retrying' });
    const again = pipe.check(new AbortController().signal);
    await until('the second link', () => links.length === 2);
    links[1]?.accept();
    expect(await again).toEqual({ state: 'live' });
    const leaving = pipe.leave();
    await clock.advance(2_000);
    await leaving;
  });

  test('does not count the hours that the computer slept', async () => {
    const fake = new FakeClock();
    let slept = 0;
    const links: ScriptedLink[] = [];
    const failing = { value: true };
    const { pipe } = scripted({
      clock: { now: () => fake.now() + slept, after: (ms, callback) => fake.after(ms, callback) },
      dial: async () => {
        if (failing.value) throw new Error('no network yet');
        const link = new ScriptedLink();
        links.push(link);
        return link;
      },
    });
    await fake.advance(1_000);
    slept = 3_600_000;
    await fake.advance(10_000);
    expect(pipe.failure).toBeNull();
    failing.value = false;
    await fake.advance(5_000);
    expect(links).toHaveLength(1);
    await Promise.all([pipe.leave(), fake.advance(10_000)]);
  });

  test('goes on where it was: sends again what was not confirmed, takes up what comes at the right place', async () => {
    const { pipe, clock, links, modes } = scripted();
    await turn();
    links[0]?.accept();
    const got: string[] = [];
    void (async () => {
      for await (const chunk of pipe.readable) got.push(Buffer.from(chunk).toString());
    })();
    await pipe.write(Buffer.from('first'));
    await pipe.write(Buffer.from('second'));
    links[0]?.say(encodeFrame(frameType.data, Buffer.from('abc'), 0));
    await until('it came', () => got.join('') === 'abc');
    links[0]?.say(null);
    await turn();
    await clock.advance(200);
    await until('it dials again', () => links.length === 2);
    expect(modes).toEqual(['start', 'attach']);
    links[1]?.accept(5);
    await until('it sends', () => links[1]?.heard.includes('second') ?? false);
    const hello = /\u001e(\{.*?\})\n/.exec(links[1]?.heard.toString('latin1') ?? '')?.[1] ?? '';
    expect(JSON.parse(hello)).toMatchObject({ fresh: false, received: 3, consumed: 3 });
    expect(links[1]?.heard.includes('first')).toBe(false);
    links[1]?.say(encodeFrame(frameType.data, Buffer.from('def'), 3));
    await until('it came', () => got.join('') === 'abcdef');
    // Not where it should be: damaged, so it dials again instead of leaving a gap.
    links[1]?.say(encodeFrame(frameType.data, Buffer.from('xyz'), 7));
    await until('it is dropped', () => links[1]?.closed ?? false);
    expect(got.join('')).toBe('abcdef');
    await Promise.all([pipe.close(), clock.advance(10_000)]);
    expect(clock.pending).toBe(0);
  });

  test('says that something is lost rather than leaving it out', async () => {
    const { pipe, clock, links } = scripted();
    await turn();
    links[0]?.accept(17); // more than was ever sent
    await until('it gives up', () => pipe.failure !== null);
    expect(pipe.failure?.code).toBe('protocol');
    expect(clock.pending).toBe(0);
  });

  test('asks what is wrong after each break, and believes it', async () => {
    const gone = new SpecboardError('gone', 'It was removed.');
    const { pipe, clock, links } = scripted({ diagnose: async () => gone });
    await turn();
    links[0]?.accept();
    await turn();
    links[0]?.say(null);
    await until('it knows', () => pipe.failure === gone);
    const reading = (async () => {
      for await (const _chunk of pipe.readable);
    })();
    await expect(reading).rejects.toBe(gone);
    expect(clock.pending).toBe(0);
  });

  test('asks a quiet link for a sign of life, and drops one that gives none', async () => {
    const { pipe, clock, links } = scripted();
    await turn();
    links[0]?.accept();
    await turn();
    const quiet = links[0]?.heard.length ?? 0;
    await clock.advance(4_900);
    expect(links[0]?.heard.length).toBe(quiet);
    await clock.advance(200);
    expect(links[0]?.heard.length).toBe(quiet + encodeOffset(frameType.ping, 0).length);
    links[0]?.say(encodeOffset(frameType.pong, 0));
    await turn();
    await clock.advance(14_000);
    expect(links[0]?.closed).toBe(false);
    await clock.advance(1_100);
    expect(links[0]?.closed).toBe(true);
    await Promise.all([pipe.leave(), clock.advance(10_000)]);
    expect(clock.pending).toBe(0);
  });

  test('closed while it dials, it closes what comes of it', async () => {
    const dialled = Promise.withResolvers<BytePipe>();
    const { pipe, clock } = scripted({ dial: () => dialled.promise });
    await Promise.all([pipe.leave(), clock.advance(10_000)]);
    const late = new ScriptedLink();
    dialled.resolve(late);
    await until('it is closed', () => late.closed);
    expect(clock.pending).toBe(0);
  });
});

test('frames and lines are read whatever the pieces are in which they come', () => {
  const random = seededRandom(11);
  const payloads = Array.from({ length: 40 }, () => Buffer.alloc(Math.floor(random() * 3000), 'é'));
  let at = 0;
  const frames = payloads.map((payload) => {
    const frame = encodeFrame(frameType.data, payload, at);
    at += payload.length;
    return frame;
  });
  const bytes = Buffer.concat([Buffer.from('user@host$ \r\n\u001e{"a":1}\n\u001e{"b":2}\n'), ...frames]);
  for (const size of [1, 2, 3, 7, 13, 14, 1000, bytes.length]) {
    const said: string[] = [];
    const got: Buffer[] = [];
    const reader = new LinkReader(
      (line) => {
        said.push(line);
        if (said.length === 2) reader.startFrames();
      },
      ({ payload }) => got.push(Buffer.from(payload)),
    );
    for (let from = 0; from < bytes.length; from += size) reader.push(bytes.subarray(from, from + size));
    expect(said).toEqual(['{"a":1}', '{"b":2}']);
    expect(reader.noise).toBe('user@host$');
    expect(Buffer.concat(got).equals(Buffer.concat(payloads))).toBe(true);
  }
});

test('a frame with any bit turned is refused', () => {
  const frame = encodeFrame(frameType.data, Buffer.from('payload'), 2 ** 32 + 5);
  expect(frame.readUInt32BE(5)).toBe(5);
  expect(frame.readUInt32BE(9)).toBe(crc32(Buffer.from('payload'), crc32(frame.subarray(0, 9))));
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const damaged = Buffer.from(frame);
    damaged.writeUInt8((damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    let frames = 0;
    const reader = new LinkReader(
      () => {},
      () => {
        frames += 1;
      },
    );
    reader.startFrames();
    try {
      reader.push(damaged);
    } catch {
      // refused at once; else it waits for more, which then does not fit
    }
    expect(frames).toBe(0);
  }
});

test('the ring gives any piece that is not confirmed', () => {
  const random = seededRandom(5);
  const ring = new SentRing();
  const all = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
  for (let at = 0; at < all.length; ) {
    const size = Math.min(all.length - at, 1 + Math.floor(random() * 90));
    ring.push(all.subarray(at, at + size));
    at += size;
  }
  for (let round = 0; round < 500; round += 1) {
    ring.trim(ring.first + Math.floor(random() * 10));
    const from = ring.first + Math.floor(random() * ring.size);
    const max = 1 + Math.floor(random() * 500);
    expect(Buffer.from(ring.piece(from, max)).equals(all.subarray(from, from + max))).toBe(true);
  }
  expect(() => ring.trim(ring.first - 1)).toThrow();
  expect(() => ring.trim(ring.end + 1)).toThrow();
  expect(ring.piece(ring.end, 10)).toHaveLength(0);
});

test('the words of the command', () => {
  const call = { mode: 'start', name: 'n-1', options: { lingerSeconds: 5, runner: { limits: {} } } } as const;
  expect(keeperShellLine(call, 'python3', "/home/it's/keeper.py")).toBe(
    ` unset HISTFILE; exec python3 -u '/home/it'\\''s/keeper.py' start n-1 '{"runner":{"limits":{}},"linger":5}'\n`,
  );
  const { argv, payload } = keeperFromMemory({ mode: 'attach', name: 'n' }, 'python3', {
    keeper: 'é',
    runner: 'r',
  });
  expect(argv.slice(0, 3)).toEqual(['python3', '-u', '-c']);
  expect(argv.slice(4)).toEqual(['attach', 'n']);
  expect(Buffer.from(payload).toString()).toBe('         2         0é');
});
