/**
 * What both sides agreed on, for the three-way comparison of a conflict: small files as they travelled. The bundles that bring them
 * are stored as they are (one write a bundle, compressed already), and searched by content when somebody compares.
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '../../sync/bundle/read-bundle.ts';
import type { LocalSide } from '../../sync/sides.ts';
import type { Entry } from '../../sync/types.ts';
import { sideWith } from './side-with.ts';
import { Turns } from './turns.ts';

/** Larger files are not found again. */
const smallBytes = 262_144;
/** A volume of bundles; the oldest goes when all together are too large. */
const usualLimits = { volumeBytes: 4_194_304, allBytes: 67_108_864 };
/** What a bundle of small files unpacks to, at most; a sandbox made half of them. */
const unpackedBytes = 16_777_216;

/** What it takes of a file. */
type Content = Pick<Entry, 'hash' | 'size'>;

/** See the file's first lines. A help, and no more: nothing here throws. One process at a time uses a folder (the root's lock). */
export class AgreedFiles {
  readonly #folder: string;
  readonly #limits: typeof usualLimits;
  readonly #turns = new Turns();
  /** Numbers and bytes of the volumes, oldest first; null before the first use. */
  #volumes: { number: number; bytes: number }[] | null = null;

  constructor(folder: string, limits = usualLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Stores a bundle with these files. */
  async note(bundle: () => Promise<Uint8Array>, files: readonly Content[]): Promise<void> {
    const hashes = files.filter(({ size }) => size > 0 && size <= smallBytes).map(({ hash }) => hash);
    if (hashes.length === 0) return;
    await this.#quietly(async () => this.#append(hashes, await bundle()));
  }

  /** The content of such a file; null where it is not there, or not any more. */
  async find({ hash, size }: Content): Promise<Uint8Array | null> {
    if (size > smallBytes) return null;
    return this.#quietly(async () => {
      for (const { number } of [...(await this.#opened())].reverse()) {
        for (const { hashes, bundle } of framesOf(await readFile(this.#file(number)))) {
          if (!hashes.includes(hash)) continue;
          const found = memberOf(bundle, { hash, size });
          if (found) return found;
        }
      }
      return null;
    });
  }

  /** All of it goes. */
  async forget(): Promise<void> {
    await this.#quietly(async () => {
      this.#volumes = null;
      await rm(this.#folder, { recursive: true, force: true });
    });
  }

  async #append(hashes: readonly string[], bundle: Uint8Array): Promise<void> {
    const volumes = await this.#opened();
    const frame = Buffer.concat([Buffer.from(`${JSON.stringify([bundle.length, hashes])}\n`), bundle]);
    let last = volumes.at(-1);
    if (!last || last.bytes + frame.length > this.#limits.volumeBytes) {
      last = { number: (last?.number ?? 0) + 1, bytes: 0 };
      volumes.push(last);
    }
    await appendFile(this.#file(last.number), frame, { mode: 0o600 });
    last.bytes += frame.length;
    let all = volumes.reduce((sum, { bytes }) => sum + bytes, 0);
    while (all > this.#limits.allBytes && volumes.length > 1) {
      const oldest = volumes.shift();
      if (!oldest) return;
      all -= oldest.bytes;
      await rm(this.#file(oldest.number), { force: true });
    }
  }

  async #opened(): Promise<{ number: number; bytes: number }[]> {
    if (this.#volumes) return this.#volumes;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const numbers = (await readdir(this.#folder)).filter((name) => /^\d{1,9}$/.test(name)).map(Number);
    const volumes: { number: number; bytes: number }[] = [];
    for (const number of numbers.sort((a, b) => a - b))
      volumes.push({ number, bytes: (await stat(this.#file(number))).size });
    const last = volumes.at(-1);
    if (last) {
      // What a crash cut off would hide what comes after it.
      const whole = framesOf(await readFile(this.#file(last.number))).at(-1)?.end ?? 0;
      if (whole < last.bytes) await truncate(this.#file(last.number), whole);
      last.bytes = whole;
    }
    this.#volumes = volumes;
    return volumes;
  }

  #file(number: number): string {
    return join(this.#folder, String(number));
  }

  async #quietly<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#turns.take(work);
    } catch {
      // A full disk, a broken volume: then there is less to compare with. What is there is looked at anew.
      this.#volumes = null;
      return null;
    }
  }
}

/** Bundles with the names of what is in them, up to what is cut off. */
function framesOf(volume: Buffer): { hashes: readonly string[]; bundle: Uint8Array; end: number }[] {
  const frames: { hashes: readonly string[]; bundle: Uint8Array; end: number }[] = [];
  for (let at = 0; at < volume.length; ) {
    const line = volume.indexOf(10, at);
    const head = line < 0 ? null : headOf(volume.toString('utf8', at, line));
    const end = head ? line + 1 + head.bytes : 0;
    if (!head || end > volume.length) break;
    frames.push({ hashes: head.hashes, bundle: volume.subarray(line + 1, end), end });
    at = end;
  }
  return frames;
}

function headOf(line: string): { bytes: number; hashes: readonly string[] } | null {
  try {
    const [bytes, hashes] = JSON.parse(line) as [unknown, unknown];
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 0 || !Array.isArray(hashes)) return null;
    return { bytes: bytes as number, hashes: hashes as string[] };
  } catch {
    return null;
  }
}

function memberOf(bundle: Uint8Array, { hash, size }: Content): Uint8Array | null {
  try {
    for (const bytes of readBundle(bundle, unpackedBytes).members.values())
      if (bytes.length === size && createHash('sha256').update(bytes).digest('hex') === hash) return bytes;
  } catch {
    // A sandbox made it, and it is no bundle: an older one may have the file.
  }
  return null;
}

/** A side that remembers what went over it. */
export interface RememberingSide extends LocalSide {
  /** What both sides once agreed on, where it is still known; null: it is not. */
  readAgreed?(version: Content): Promise<Uint8Array | null>;
}

/** The side, with `agreed` filled as bundles come and go. */
export function remembering(side: LocalSide, agreed: AgreedFiles): RememberingSide {
  return sideWith(side, {
    pack: async (...args: Parameters<LocalSide['pack']>) => {
      const packed = await side.pack(...args);
      const files = packed.items.flatMap((item) =>
        item.do === 'put' && item.source.from === 'data' ? [item.entry] : [],
      );
      await agreed.note(() => readFile(packed.file), files);
      return packed;
    },
    stage: async (...args: Parameters<LocalSide['stage']>) => {
      const [bundle, wanted] = args;
      // Before: the bytes are the side's own from then on.
      await agreed.note(
        async () => bundle,
        wanted.map(({ entry }) => entry),
      );
      return side.stage(...args);
    },
    forget: async () => {
      await agreed.forget();
      await side.forget();
    },
    readAgreed: (version: Content) => agreed.find(version),
  });
}
