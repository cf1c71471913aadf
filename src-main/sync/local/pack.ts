/** Makes the bundle that goes to the sandbox: what is to be done, and the bytes for it. Job `localPack`. */
import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, rmSync, type Stats, writeSync } from 'node:fs';
import { createGzip, type Gzip } from 'node:zlib';
import { type BundleItem, bundleIndexName, memberSize } from '../bundle/bundle-item.ts';
import { endOfTar, padding, tarHeader } from '../bundle/tar-format.ts';
import { findDelta } from '../delta/find-delta.ts';
import { fileSource } from '../delta/read-at.ts';
import type { UploadItem } from '../sides.ts';
import type { ApplyItem, Entry } from '../types.ts';
import type { Job, JobContext } from '../worker/job.ts';
import { codeOf, stateProblem } from './file-errors.ts';
import { sameState } from './hash-file.ts';
import { realParents } from './parents.ts';
import { inRoot, type LocalPlace, temporaryFile } from './place.ts';
import { openToRead, readPieces } from './write-file.ts';

/** See `LocalSide.pack`. */
export interface Packed {
  readonly file: string;
  readonly bytes: number;
  readonly hash: string;
  readonly items: ApplyItem[];
  readonly changed: ApplyItem[];
  readonly whole: ApplyItem[];
  readonly content: number;
}

/** Smaller files are read once, so many of them together are held; larger ones are read again as they are written. */
const smallBytes = 262_144;
const heldBytes = 33_554_432;
/** A delta of more than this part of the file does not pay. */
const mostOfFile = 0.7;
/** Bundles up to this are compressed well: a few hundredths of a second, and a tenth less travels. */
const carefulBytes = 1_048_576;
/** Written to the compressor at a time. */
const pieceBytes = 262_144;

interface Planned {
  readonly item: ApplyItem;
  readonly wire: BundleItem;
  /** The member's bytes, where they are held; else they are read again. */
  readonly held: readonly Uint8Array[] | null;
  /** Of a delta whose bytes are not held: the file's state when it was searched. */
  readonly stat: Stats | null;
}

/** See the file's first lines. */
export const packItems: Job<{ place: LocalPlace; items: readonly UploadItem[] }, Packed> = async (
  { place, items },
  context,
) => {
  const changed: ApplyItem[] = [];
  const whole: ApplyItem[] = [];
  let planned: Planned[] = [];
  let room = heldBytes;
  // Files of one folder are packed one after the other: the folders above are looked at once. What is read is checked by its hash.
  const parents = new Map<string, boolean>();
  const inRealFolders = (path: string): boolean => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const known = parents.get(folder) ?? realParents(place, path, false);
    parents.set(folder, known);
    return known;
  };
  for (const upload of items) {
    context.throwIfStopped();
    const { signature: _signature, parts: _parts, ...plain } = upload as UploadItem & { do: 'put' };
    const item = plain as ApplyItem;
    const plan = orChanged(() => planItem(place, upload, item, room, inRealFolders, context));
    if (plan === 'changed') changed.push(item);
    else if (plan === 'whole') whole.push(item);
    else {
      planned.push(plan);
      room -= plan.held?.reduce((sum, { length }) => sum + length, 0) ?? 0;
    }
  }
  for (;;) {
    const file = temporaryFile(place);
    try {
      const written = await writeBundle(place, file, planned, context);
      if (written instanceof Set) {
        rmSync(file, { force: true });
        changed.push(...planned.filter((plan) => written.has(plan)).map(({ item }) => item));
        planned = planned.filter((plan) => !written.has(plan));
        continue;
      }
      const content = planned.reduce((sum, { wire }) => sum + (memberSize(wire) ?? 0), 0);
      return { file, ...written, items: planned.map(({ item }) => item), changed, whole, content };
    } catch (error) {
      rmSync(file, { force: true });
      throw stateProblem(error);
    }
  }
};

/** A file that cannot be read any more is not what it was. */
function orChanged(plan: () => Planned | 'changed' | 'whole'): Planned | 'changed' | 'whole' {
  try {
    return plan();
  } catch (error) {
    if (codeOf(error) !== '') return 'changed';
    throw error;
  }
}

function planItem(
  place: LocalPlace,
  upload: UploadItem,
  item: ApplyItem,
  room: number,
  inRealFolders: (path: string) => boolean,
  context: JobContext,
): Planned | 'changed' | 'whole' {
  if (item.do !== 'put') return { item, wire: item, held: null, stat: null };
  const { source, entry } = item;
  if (source.from === 'copy') return { item, wire: { ...item, source }, held: null, stat: null };
  if (upload.parts !== undefined)
    return {
      item,
      wire: { ...item, source: { from: 'parts', names: upload.parts } },
      held: null,
      stat: null,
    };
  const opened = inRealFolders(item.path) ? openAs(place, item.path, entry) : null;
  if (opened === null) return 'changed';
  try {
    if (source.from === 'data') {
      const wire: BundleItem = { ...item, source };
      if (entry.size > Math.min(smallBytes, room)) return { item, wire, held: null, stat: null };
      // One more than it should have: a file that grew is noticed.
      const buffer = Buffer.allocUnsafe(entry.size + 1);
      let got = readSync(opened, buffer, 0, buffer.length, 0);
      // A network's file system may give less than there is.
      if (got < entry.size) got = fileSource(opened, buffer.length).read(buffer, 0);
      const bytes = buffer.subarray(0, got);
      return hash('sha256', bytes) === entry.hash ? { item, wire, held: [bytes], stat: null } : 'changed';
    }
    if (upload.signature === undefined) return 'whole';
    const before = fstatSync(opened);
    const sum = createHash('sha256');
    const delta = findDelta(fileSource(opened, entry.size), upload.signature, {
      throwIfStopped: () => context.throwIfStopped(),
      onBytes: (bytes) => void sum.update(bytes),
    });
    if (delta === null || delta.literal > entry.size * mostOfFile) return 'whole';
    if (sum.digest('hex') !== entry.hash || !sameState(before, fstatSync(opened))) return 'changed';
    const spans = delta.spans.map(({ at, length }): [number, number] => [at ?? -1, length]);
    return { item, wire: { ...item, source: { ...source, spans } }, held: null, stat: before };
  } finally {
    closeSync(opened);
  }
}

/** Null: it is not what its entry says, as far as can be seen without reading it. Folders above are not looked at. */
function openAs(place: LocalPlace, path: string, entry: Entry): number | null {
  let descriptor: number;
  try {
    descriptor = openToRead(inRoot(place, path));
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return null;
  }
  const stat = fstatSync(descriptor);
  const isExecutable = (stat.mode & 0o100) !== 0;
  if (
    stat.isFile() &&
    stat.size === entry.size &&
    (!place.facts.executableBit || isExecutable === entry.executable)
  )
    return descriptor;
  closeSync(descriptor);
  return null;
}

/** What was written; or those that were not what they should be when they were read for it. */
async function writeBundle(
  place: LocalPlace,
  file: string,
  planned: readonly Planned[],
  context: JobContext,
): Promise<{ bytes: number; hash: string } | Set<Planned>> {
  const content = planned.reduce((sum, { wire }) => sum + (memberSize(wire) ?? 0), 0);
  await using out = new GzipFile(file, content <= carefulBytes ? 6 : 1);
  const index = Buffer.from(JSON.stringify(planned.map(({ wire }) => wire)));
  await out.write(tarHeader(bundleIndexName, index.length));
  await out.write(index);
  await out.write(padding(index.length));
  const wrong = new Set<Planned>();
  for (const [number, plan] of planned.entries()) {
    const size = memberSize(plan.wire);
    if (size === null) continue;
    context.throwIfStopped();
    await out.write(tarHeader(String(number), size));
    if (plan.held !== null) for (const piece of plan.held) await out.write(piece);
    else if (!(await writeMember(place, plan, size, out, context))) {
      // The sizes before it are right, so the rest could go on; but its own would not be.
      wrong.add(plan);
      return wrong;
    }
    await out.write(padding(size));
  }
  await out.write(endOfTar());
  // Awaited here: what `using` disposes of would end before it is done.
  return await out.finish();
}

async function writeMember(
  place: LocalPlace,
  { wire, stat }: Planned,
  size: number,
  out: GzipFile,
  context: JobContext,
): Promise<boolean> {
  if (wire.do !== 'put') return false;
  let descriptor: number | null = null;
  try {
    if (realParents(place, wire.path, false)) descriptor = openAs(place, wire.path, wire.entry);
  } catch (error) {
    if (codeOf(error) === '') throw error;
  }
  if (descriptor === null) return false;
  try {
    const sum = createHash('sha256');
    let written = 0;
    for (const [at, length] of rangesOf(wire)) {
      for (const piece of readPieces(descriptor, at, length)) {
        context.throwIfStopped();
        sum.update(piece);
        await out.write(piece);
        written += piece.length;
      }
    }
    if (written !== size) return false;
    return stat === null ? sum.digest('hex') === wire.entry.hash : sameState(stat, fstatSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** Which bytes of the file travel. */
function rangesOf(wire: Extract<BundleItem, { do: 'put' }>): [at: number, length: number][] {
  if (wire.source.from !== 'delta') return [[0, wire.entry.size]];
  const ranges: [number, number][] = [];
  let at = 0;
  for (const [from, length] of wire.source.spans) {
    if (from < 0) ranges.push([at, length]);
    at += length;
  }
  return ranges;
}

/** Compresses into a file, and hashes what it writes. */
class GzipFile implements AsyncDisposable {
  readonly #gzip: Gzip;
  readonly #descriptor: number;
  readonly #sum = createHash('sha256');
  readonly #ended: Promise<void>;
  #bytes = 0;
  /** Small pieces on their way to the compressor together. */
  readonly #waiting = Buffer.allocUnsafe(pieceBytes);
  #waitingBytes = 0;

  constructor(file: string, level: number) {
    this.#gzip = createGzip({ level, chunkSize: pieceBytes });
    this.#descriptor = openSync(file, 'wx', 0o600);
    this.#gzip.on('data', (piece: Buffer) => {
      try {
        for (let at = 0; at < piece.length; ) at += writeSync(this.#descriptor, piece, at);
        this.#sum.update(piece);
        this.#bytes += piece.length;
      } catch (error) {
        this.#gzip.destroy(error as Error);
      }
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#gzip.once('end', resolve).once('error', reject);
    });
    this.#ended.catch(() => {});
  }

  /** Small pieces wait for one another. A large one may be used again when this resolves. */
  async write(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return;
    if (this.#waitingBytes + piece.length > pieceBytes) await this.#flush();
    if (piece.length > pieceBytes) {
      await this.#compress(piece);
      return;
    }
    this.#waiting.set(piece, this.#waitingBytes);
    this.#waitingBytes += piece.length;
  }

  async finish(): Promise<{ bytes: number; hash: string }> {
    await this.#flush();
    this.#gzip.end();
    await this.#ended;
    return { bytes: this.#bytes, hash: this.#sum.digest('hex') };
  }

  async #flush(): Promise<void> {
    const bytes = this.#waiting.subarray(0, this.#waitingBytes);
    this.#waitingBytes = 0;
    if (bytes.length > 0) await this.#compress(bytes);
  }

  /** When it resolves, the bytes may be used again. */
  async #compress(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gzip.destroy();
    closeSync(this.#descriptor);
  }
}
