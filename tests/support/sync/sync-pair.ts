/** The whole of a sync but its service: two real folders, threads, the helper in a sandbox of plain processes, a real database. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../src-main/db/connection.ts';
import { SqliteManifestStore } from '../../../src-main/services/sync/manifest-store.ts';
import type { CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import { createRemoteSide } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { RemoteSide } from '../../../src-main/sync/sides.ts';
import { SyncWorker } from '../../../src-main/sync/worker/worker-client.ts';
import { defaultSyncExclusions } from '../../../src-shared/domain/sync.ts';
import { systemClock } from '../../../src-shared/lib/clock.ts';
import { delayedPort, processPort } from './process-port.ts';

const checkout = join(import.meta.dirname, '../../..');

/** What one is made of. */
export interface SyncPairOptions {
  /** An empty folder for all of it. */
  readonly root: string;
  /** Each request waits so long. */
  readonly delayMs?: number;
  /** Instead of plain processes. */
  readonly port?: (home: string) => SandboxPort;
  /** Folder of `resources` and `migrations`, where this is built. */
  readonly resources?: string;
}

/** Two folders and the cycles between them. Dispose it. */
export class SyncPair implements AsyncDisposable {
  readonly local: string;
  readonly remote: string;
  readonly #root: string;
  readonly #port: SandboxPort;
  readonly #db: Database;
  readonly #store: SqliteManifestStore;
  readonly #worker = new SyncWorker();
  readonly #kit: Uint8Array;
  #rootId = 0;
  #cycle = 0;
  #now: { side: LocalRoot; remote: RemoteSide; cycles: SyncCycles } | null = null;

  private constructor(
    { root, delayMs = 0, port = processPort, resources = checkout }: SyncPairOptions,
    db: Database,
  ) {
    this.#kit = readFileSync(join(resources, 'resources/synckit.py'));
    this.#root = root;
    this.local = join(root, 'local');
    const home = join(root, 'home');
    this.remote = join(home, 'project');
    for (const folder of [this.local, this.remote, join(root, 'data')])
      mkdirSync(folder, { recursive: true });
    this.#port = delayMs > 0 ? delayedPort(port(home), delayMs) : port(home);
    this.#db = db;
    this.#store = new SqliteManifestStore({
      db,
      now: () => systemClock.now(),
      place: () => ({ sessionId: 'session', localRoot: this.local, remoteRoot: this.remote }),
    });
  }

  /** Makes one. */
  static async open(options: SyncPairOptions): Promise<SyncPair> {
    mkdirSync(options.root, { recursive: true });
    const file = join(options.root, 'specboard.db');
    const migrationsFolder = join(options.resources ?? checkout, 'migrations');
    return new SyncPair(options, await openDatabase({ file, migrationsFolder, now: Date.now }));
  }

  /** One cycle, from scan to the stored manifest, and what it leaves for afterwards. Throws where it did not end well. */
  async sync(): Promise<CycleResult> {
    const { cycles } = this.#open();
    const result = await cycles.run(
      {
        cycle: `cycle-${++this.#cycle}`,
        localPath: this.local,
        mode: 'two-way',
        exclusions: defaultSyncExclusions,
        checksum: false,
        confirmed: true,
        answers: new Map(),
        approved: new Set(),
        resolutions: new Map(),
      },
      AbortSignal.timeout(120_000),
    );
    if (result.outcome === 'done' && result.postponed.length === 0 && result.unusable.length === 0)
      return result;
    throw new Error(
      `The cycle ended ${result.outcome}: ${JSON.stringify({ ...result, look: null, rules: null }).slice(0, 3000)}`,
    );
  }

  /** Until what a cycle leaves for afterwards is done. */
  async settled(): Promise<void> {
    await this.#now?.cycles.settled();
  }

  /** The same folders as a new pair, of which nothing is known. */
  async forget(): Promise<void> {
    await this.#close();
  }

  /** The local folder again, empty, after a test removed it. */
  makeLocal(): void {
    mkdirSync(this.local, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#worker.dispose();
    this.#db.close();
  }

  #open(): { cycles: SyncCycles } {
    if (this.#now) return this.#now;
    const rootId = `root-${++this.#rootId}`;
    this.#db.syncRoots.insert(
      {
        ...{ id: rootId, profileId: null, profileName: 'Profile', sessionId: null, localPath: this.local },
        ...{ remotePath: this.remote, mode: 'two-way', exclusions: defaultSyncExclusions, watching: false },
        ...{ epoch: 0, pendingEpoch: null, localIdentity: null, confirmed: true, lastSyncedAt: null },
        ...{ last: null, createdAt: 1 },
      },
      () => {},
    );
    const side = new LocalRoot({
      root: this.local,
      rootId,
      dataFolder: join(this.#root, 'data'),
      run: (name, input, options) => this.#worker.run(name, input, options),
    });
    const remote = createRemoteSide({ port: this.#port, root: this.remote, rootId, kit: this.#kit });
    const cycles = new SyncCycles({ rootId, local: side, remote, store: this.#store, clock: systemClock });
    this.#now = { side, remote, cycles };
    return this.#now;
  }

  async #close(): Promise<void> {
    const now = this.#now;
    this.#now = null;
    if (now === null) return;
    await now.cycles.close();
    await now.side.close();
    await now.remote.close();
  }
}
