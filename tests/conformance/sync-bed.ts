/** A folder of this computer and one in a sandbox, with the real engine between them: what assertions about syncs work with. */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { DriverSession } from '../../src-main/drivers/driver.ts';
import type { CycleRequest, CycleResult } from '../../src-main/sync/cycle/cycle-types.ts';
import { SyncCycles } from '../../src-main/sync/cycle/sync-cycles.ts';
import { LocalRoot } from '../../src-main/sync/local/local-root.ts';
import { driverPort } from '../../src-main/sync/remote/driver-port.ts';
import { createRemoteSide } from '../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../src-main/sync/remote/sandbox-port.ts';
import { defaultSyncExclusions } from '../../src-shared/domain/sync.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import { MemoryManifestStore } from '../support/sync/memory-manifest-store.ts';
import { type ConformanceKit, never } from './kit.ts';

const synckit = readFileSync(join(import.meta.dirname, '../../resources/synckit.py'));

/** A request that is about to be sent; `n` counts from 1 within a cycle. What it throws, the request fails with. */
export type OnRequest = (what: 'run' | 'put' | 'get', n: number) => void | Promise<void>;

/** Options of a bed. */
export interface SyncBedOptions {
  /** Folder in the sandbox; see `RemoteSideOptions`. */
  readonly root: string;
  /** Default: the shared session. */
  readonly session?: DriverSession;
  /** Stands between. */
  readonly port?: (port: SandboxPort) => SandboxPort;
}

/** Path -> what is there, in words. */
export type Look = Record<string, string>;

/** See the file's first line. Dispose it. */
export class SyncBed implements AsyncDisposable {
  readonly #kit: ConformanceKit;
  readonly #session: DriverSession;
  readonly #options: SyncBedOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'specboard-conformance-sync-'));
  readonly local = join(this.#folder, 'here');
  readonly store = new MemoryManifestStore();
  readonly #rootId = randomUUID();
  onRequest: OnRequest = () => {};
  /** Files that were put since the beginning. */
  puts = 0;
  #requests = 0;
  #cycles = 0;
  #now: ReturnType<SyncBed['open']>;

  private constructor(kit: ConformanceKit, session: DriverSession, options: SyncBedOptions) {
    this.#kit = kit;
    this.#session = session;
    this.#options = options;
    mkdirSync(this.local);
    this.#now = this.open();
  }

  /** Makes one. Nothing is in the sandbox before the first cycle. */
  static async make(kit: ConformanceKit, options: SyncBedOptions): Promise<SyncBed> {
    return new SyncBed(kit, options.session ?? (await kit.session()), options);
  }

  /** The sandbox's side. */
  get remote() {
    return this.#now.remote;
  }

  /** This computer's side. */
  get side() {
    return this.#now.side;
  }

  private open() {
    const { root, port = (real) => real } = this.#options;
    const side = new LocalRoot({
      ...{ root: this.local, rootId: this.#rootId, dataFolder: join(this.#folder, 'data') },
      run: (name, input, options) => this.#kit.syncWorker.run(name, input, options),
    });
    const counted = this.#counted(port(driverPort(this.#kit.driver, this.#session)));
    const remote = createRemoteSide({ port: counted, root, rootId: this.#rootId, kit: synckit });
    const deps = { rootId: this.#rootId, local: side, remote, store: this.store, clock: systemClock };
    return { side, remote, cycles: new SyncCycles(deps) };
  }

  #counted(port: SandboxPort): SandboxPort {
    const before = async (what: 'run' | 'put' | 'get') => this.onRequest(what, ++this.#requests);
    return {
      run: async (...args) => before('run').then(() => port.run(...args)),
      put: async (...args) => {
        await before('put');
        await port.put(...args);
        this.puts += 1;
      },
      get: async (...args) => before('get').then(() => port.get(...args)),
    };
  }

  /** One cycle, however it ends. */
  async run(more: Partial<CycleRequest> = {}, signal = never): Promise<CycleResult> {
    this.#requests = 0;
    this.#cycles += 1;
    return this.#now.cycles.run(
      {
        ...{ cycle: `c${this.#cycles}`, localPath: this.local, mode: 'two-way', checksum: false },
        ...{ exclusions: defaultSyncExclusions, confirmed: true },
        ...{ answers: new Map(), approved: new Set(), resolutions: new Map(), ...more },
      },
      signal,
    );
  }

  /** One that must do all that there is to do. */
  async sync(more: Partial<CycleRequest> = {}): Promise<CycleResult> {
    const result = await this.run(more);
    const { outcome, problem, halt, postponed, unusable } = result;
    const expected = { outcome: 'done', problem: null, halt: null, postponed: [], unusable: [] };
    expect({ outcome, problem, halt, postponed, unusable }).toEqual(expected);
    return result;
  }

  /** What a cycle leaves for afterwards is done: the next one is as cheap as it can be. */
  settled(): Promise<void> {
    return this.#now.cycles.settled();
  }

  /** As in a new process, and whatever `onRequest` did is over. */
  async restart(): Promise<void> {
    this.onRequest = () => {};
    await this.#close();
    this.#now = this.open();
  }

  /** Writes a file here. */
  write(path: string, data: string | Uint8Array, mode = 0o644): void {
    const file = join(this.local, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    chmodSync(file, mode);
  }

  /** Runs Python in the folder in the sandbox, which is made where it is missing; gives what it prints. Needs a relative `root`. */
  async there(code: string): Promise<string> {
    const head = `import os, hashlib, json\n_at = os.getcwd()\nos.makedirs(${JSON.stringify(this.#options.root)}, exist_ok=True)\nos.chdir(${JSON.stringify(this.#options.root)})\n`;
    const whole = `${head}try:\n${code.replace(/^/gm, '    ')}\nfinally:\n    os.chdir(_at)`;
    const { result, stdout, stderr } = await this.#kit.run(whole, { session: this.#session });
    expect(result.state, `${stderr}\n${JSON.stringify(result.error)}`).toBe('succeeded');
    return stdout;
  }

  /** Both folders are the same, to the second and the bit; gives what is in them. */
  async expectSame(): Promise<Look> {
    const here = await lookAt(this.local);
    expect(JSON.parse(await this.there(lookThere))).toEqual(here);
    expect([...this.store.entries.keys()].sort()).toEqual(Object.keys(here).sort());
    return here;
  }

  async #close(): Promise<void> {
    await this.#now.cycles.close();
    await this.#now.side.close();
    await this.#now.remote.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The same in Python: where `os.walk` goes, without SpecBoard's own folder. */
const lookThere = `found = {}
for at, folders, files in os.walk("."):
    folders[:] = [name for name in folders if name != ".specboard-sync"]
    for name in folders + files:
        file = os.path.join(at, name)
        path = os.path.relpath(file, ".")
        if os.path.islink(file): found[path] = "-> " + os.readlink(file)
        elif os.path.isdir(file): found[path] = "folder"
        else:
            stat = os.stat(file)
            with open(file, "rb") as stream: digest = hashlib.sha256(stream.read()).hexdigest()
            found[path] = digest[:16] + (" x " if stat.st_mode & 0o100 else " - ") + str(int(stat.st_mtime))
print(json.dumps(found))`;

async function lookAt(root: string): Promise<Look> {
  const found: Look = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(root.length + 1);
    if (path.split('/').includes('.specboard-sync')) continue;
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
