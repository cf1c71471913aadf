/** Cycles over the real sides: a folder here, and the helper run by real Python in a sandbox of plain processes. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CycleRequest, CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import type { RunLocalJob } from '../../../src-main/sync/local/run-job.ts';
import { createRemoteSide } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { RemoteSide } from '../../../src-main/sync/sides.ts';
import { defaultSyncExclusions } from '../../../src-shared/domain/sync.ts';
import { systemClock } from '../../../src-shared/lib/clock.ts';
import { MemoryManifestStore } from './memory-manifest-store.ts';
import { processPort } from './process-port.ts';

const kit = readFileSync(join(import.meta.dirname, '../../../resources/synckit.py'));

/** What it is made of. */
export interface RealWorldOptions {
  /** This computer's work: in threads, or in this one. */
  readonly run: RunLocalJob;
  /** Instead of plain processes. */
  readonly port?: (home: string) => SandboxPort;
}

interface Opened {
  readonly local: LocalRoot;
  readonly remote: RemoteSide;
  readonly cycles: SyncCycles;
}

/** Requests of the port that are counted and can fail. */
export type OnRequest = (what: 'run' | 'put' | 'get', when: 'before' | 'after', n: number) => void;

/** See the file's first line. Dispose it. */
export class RealWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'specboard-sync-cycle-'));
  readonly local = join(this.folder, 'here');
  readonly remote = join(this.folder, 'home', 'there');
  readonly store = new MemoryManifestStore();
  onRequest: OnRequest = () => {};
  requests = 0;
  #count = 0;
  #now: Opened;
  readonly #options: RealWorldOptions;

  constructor(options: RealWorldOptions) {
    this.#options = options;
    mkdirSync(this.local);
    mkdirSync(this.remote, { recursive: true });
    this.#now = this.#open();
  }

  #open(): Opened {
    const local = new LocalRoot({
      root: this.local,
      rootId: 'root',
      dataFolder: join(this.folder, 'data'),
      run: this.#options.run,
    });
    const port = this.#port((this.#options.port ?? processPort)(join(this.folder, 'home')));
    const remote = createRemoteSide({ port, root: this.remote, rootId: 'root', kit });
    const deps = { rootId: 'root', local, remote, store: this.store, clock: systemClock };
    return { local, remote, cycles: new SyncCycles({ ...deps, repeatPausesMs: [0, 0] }) };
  }

  #port(port: SandboxPort): SandboxPort {
    const counted = async <T>(what: 'run' | 'put' | 'get', work: () => Promise<T>): Promise<T> => {
      const n = ++this.requests;
      this.onRequest(what, 'before', n);
      const value = await work();
      this.onRequest(what, 'after', n);
      return value;
    };
    return {
      run: (...args) => counted('run', () => port.run(...args)),
      put: (...args) => counted('put', () => port.put(...args)),
      get: (...args) => counted('get', () => port.get(...args)),
    };
  }

  /** As in a new process. */
  async restart(): Promise<void> {
    this.onRequest = () => {};
    await this.#close();
    this.#now = this.#open();
  }

  settled(): Promise<void> {
    return this.#now.cycles.settled();
  }

  async run(more: Partial<CycleRequest> = {}, signal = new AbortController().signal): Promise<CycleResult> {
    this.requests = 0;
    return this.#now.cycles.run(
      {
        cycle: `c${++this.#count}`,
        localPath: this.local,
        mode: 'two-way',
        exclusions: defaultSyncExclusions,
        checksum: false,
        confirmed: true,
        answers: new Map(),
        approved: new Set(),
        resolutions: new Map(),
        ...more,
      },
      signal,
    );
  }

  async #close(): Promise<void> {
    await this.#now.cycles.close();
    await this.#now.local.close();
    await this.#now.remote.close();
  }

  async dispose(): Promise<void> {
    await this.#close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Old enough that apply does not take it for a file that is being written right now. */
export function write(root: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  const past = (Date.now() - 60_000) / 1000;
  utimesSync(file, past, past);
}

/** Path -> what it is, without SpecBoard's own folder. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(root.length + 1);
    if (path.startsWith('.specboard')) continue;
    if (entry.isSymbolicLink()) found[path] = `-> ${await readlink(file)}`;
    else if (entry.isDirectory()) found[path] = 'folder';
    else {
      const { mode, mtimeMs } = statSync(file);
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      found[path] = `${hash.slice(0, 16)} ${mode & 0o100 ? 'x' : '-'} ${Math.floor(mtimeMs / 1000)}`;
    }
  }
  return found;
}
