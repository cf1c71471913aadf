/** A root in memory: two fake sides, a store that checks that it is never ahead of the files, and the real cycle. */
import type { CycleRequest, CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import { Calls, FakeLocal, FakeRemote } from './fake-sides.ts';
import { type FakeTree, isSameEntry } from './fake-tree.ts';
import { MemoryManifestStore } from './memory-manifest-store.ts';

/** See the file's first line. */
export class CycleWorld {
  readonly calls = new Calls();
  readonly local = new FakeLocal(this.calls);
  readonly remote = new FakeRemote(this.calls);
  readonly store = new MemoryManifestStore();
  /** Paths that a test changes during a cycle: the store cannot be compared with them. */
  readonly touched = new Set<string>();
  cycles: SyncCycles;
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.cycles = this.#make();
    this.store.onCommit = ({ upserts, deletes }) => {
      for (const { path, entry } of upserts) {
        if (this.touched.has(path)) continue;
        for (const [side, tree] of this.#trees)
          if (!isSameEntry(tree.nodes.get(path)?.entry, entry))
            throw new Error(`The manifest is ahead of the files: ${path} ${side}`);
      }
      for (const path of deletes)
        if (!this.touched.has(path))
          for (const [side, tree] of this.#trees)
            if (isSameEntry(tree.nodes.get(path)?.entry, this.store.entries.get(path) ?? null))
              if (!this.isStartingOver) throw new Error(`Forgotten, but there: ${path} ${side}`);
    };
  }

  isStartingOver = false;

  get #trees(): [string, FakeTree][] {
    return [
      ['local', this.local.tree],
      ['remote', this.remote.tree],
    ];
  }

  #make(): SyncCycles {
    return new SyncCycles({
      rootId: 'root',
      local: this.local,
      remote: this.remote,
      store: this.store,
      clock: this.#clock,
      repeatPausesMs: [0, 0, 0],
    });
  }

  /** As after a crash of the process: the store and the files are what they are. */
  restart(): void {
    this.calls.hooks = {};
    this.cycles = this.#make();
  }

  request(more: Partial<CycleRequest> = {}): CycleRequest {
    this.#count += 1;
    return {
      cycle: `c${this.#count}`,
      localPath: '/home/someone/project',
      mode: 'two-way',
      exclusions: { defaults: true, secrets: true, gitignore: true, patterns: [] },
      checksum: false,
      confirmed: true,
      answers: new Map(),
      approved: new Set(),
      resolutions: new Map(),
      ...more,
    };
  }

  run(
    more: Partial<CycleRequest> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<CycleResult> {
    return this.cycles.run(this.request(more), signal);
  }

  /** Writes the same on both sides and syncs it, so that a test begins with something agreed. */
  async agree(files: Record<string, string | Uint8Array>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      this.local.tree.write(path, content);
      this.remote.tree.write(path, content);
    }
    await this.run();
    this.calls.names.length = 0;
    this.store.batches.length = 0;
    this.store.writes = 0;
  }
}
