/** A folder of this computer to be synced, with its `LocalSide`: for tests of src-main/sync/local. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { endOfTar, padding, tarHeader } from '../../../src-main/sync/bundle/tar-format.ts';
import { localJobs } from '../../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import { type RunLocalJob, runHere } from '../../../src-main/sync/local/run-job.ts';
import type { ExclusionChoice } from '../../../src-main/sync/sides.ts';
import type { ApplyItem, ApplyResult, Entry } from '../../../src-main/sync/types.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';

/** Nothing but the folder's own exclusion files. */
export const plainChoice: ExclusionChoice = {
  defaults: false,
  secrets: false,
  gitignore: true,
  patterns: [],
};

/** SHA-256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A file's entry. */
export function fileEntry(content: string | Uint8Array, more: Partial<Entry> = {}): Entry {
  const size = Buffer.byteLength(content);
  const hash = sha256(content);
  return {
    kind: 'file',
    size,
    modifiedAt: 1_600_000_000_000,
    executable: false,
    hash,
    target: null,
    ...more,
  };
}

/** A link's. */
export function linkEntry(target: string): Entry {
  return { kind: 'link', size: 0, modifiedAt: 0, executable: false, hash: sha256(target), target };
}

/** A folder's. */
export const folderEntry: Entry = {
  kind: 'directory',
  size: 0,
  modifiedAt: 0,
  executable: false,
  hash: '',
  target: null,
};

/** An item that puts content. */
export function put(path: string, content: string, over: Entry | null, more: Partial<Entry> = {}): ApplyItem {
  return { do: 'put', path, entry: fileEntry(content, more), over, source: { from: 'data' } };
}

/** A clock that is moved, on top of the real one: files have real times. */
export class ShiftedClock implements Clock {
  shift = 0;
  now(): number {
    return Date.now() + this.shift;
  }
  after(): never {
    throw new Error('Nobody needs a timer here.');
  }
}

/** See the file's first line. Dispose it. */
export class LocalWorld implements AsyncDisposable {
  readonly base: string;
  readonly root: string;
  readonly data: string;
  readonly clock = new ShiftedClock();
  /** Called with each step of a job. */
  step: (name: string) => void = () => {};
  side: LocalRoot;
  readonly #run: RunLocalJob;

  constructor(options: { base?: string; root?: string; run?: RunLocalJob } = {}) {
    this.base = options.base ?? mkdtempSync(join(tmpdir(), 'specboard-local-'));
    this.root = options.root ?? join(this.base, 'root');
    this.data = join(this.base, 'data');
    mkdirSync(this.root, { recursive: true });
    this.#run = options.run ?? runHere(localJobs, (name) => this.step(name));
    this.side = this.newSide();
  }

  newSide(): LocalRoot {
    const { root, data: dataFolder, clock } = this;
    this.side = new LocalRoot({ root, dataFolder, clock, rootId: 'root-1', run: this.#run });
    return this.side;
  }

  /** The state folder of a root on the same volume. */
  get state(): string {
    return join(this.data, 'sync', 'root-1');
  }

  path(path: string): string {
    return join(this.root, path);
  }

  /** Text: a file; `-> x`: a link; null: a folder; a name that ends in `*` is executable. */
  write(files: Readonly<Record<string, string | null>>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = this.path(name.replace(/\*$/, ''));
      mkdirSync(content === null ? path : dirname(path), { recursive: true });
      if (content?.startsWith('-> ')) symlinkSync(content.slice(3), path);
      else if (content !== null) writeFileSync(path, content);
      if (name.endsWith('*')) chmodSync(path, 0o755);
    }
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  readKept(name: string): string {
    return readFileSync(join(this.state, 'kept', name), 'utf8');
  }

  scan(choice: Partial<ExclusionChoice> = {}, checksum = false, signal = new AbortController().signal) {
    return this.side.scan({ checksum, exclusions: { ...plainChoice, ...choice } }, signal);
  }

  /** Stages these contents, and applies. */
  async apply(
    items: readonly ApplyItem[],
    contents: readonly string[] = [],
    cycle = 'c1',
  ): Promise<ApplyResult[]> {
    const signal = new AbortController().signal;
    for (const content of contents) await this.stage(content);
    return this.side.apply(cycle, items, signal);
  }

  async stage(content: string): Promise<void> {
    const signal = new AbortController().signal;
    const wanted = [{ path: 'x', entry: fileEntry(content) }];
    const { bad } = await this.side.stage(bundleOf([['x', content]]), wanted, signal);
    if (bad.length > 0) throw new Error('It could not be staged.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.side.close();
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** A bundle as the sandbox's helper packs it. */
export function bundleOf(
  files: readonly (readonly [path: string, content: string | Uint8Array])[],
): Uint8Array {
  const index = Buffer.from(
    JSON.stringify(files.map(([path, content]) => [path, sha256(content), Buffer.byteLength(content)])),
  );
  const members = files.map(
    ([, content], number) => [String(number), Buffer.from(content as string)] as const,
  );
  return gzipSync(tarOf([['index.json', index], ...members]));
}

/** A tar of these members. */
export function tarOf(members: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  return Buffer.concat([
    ...members.flatMap(([name, content]) => [
      tarHeader(name, content.length),
      content,
      padding(content.length),
    ]),
    endOfTar(),
  ]);
}
