/**
 * A history of two real folders: random edits on both sides, syncs with the real engine, and breaks in the middle of them (the app
 * dies, the sandbox's helper dies, the link is cut, somebody edits meanwhile). Notes every version that anybody ever had, and tells
 * what is lost, what differs, and what was touched although it is excluded.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import type { ManifestStore } from '../../../src-main/sync/cycle/manifest-store.ts';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { localJobs } from '../../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import { type RunLocalJob, runHere } from '../../../src-main/sync/local/run-job.ts';
import type { Answers } from '../../../src-main/sync/reconcile/gates.ts';
import { createRemoteSide } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { RemoteSide } from '../../../src-main/sync/sides.ts';
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import { type FolderEdit, type Found, hashesBelow, lookAt, makeEdit } from './random-edits.ts';

/** Waits of retries and repeats are over at once, and count as waited; deadlines are what they are. */
function hurriedClock(): Clock {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    after: (ms, callback) => {
      if (ms > 20_000) return systemClock.after(ms, callback);
      return systemClock.after(0, () => {
        skipped += ms;
        callback();
      });
    },
  };
}

const yes: Answers = new Map([
  ['emptied', 'go-on'],
  ['mass-deletion', 'go-on'],
  ['large-download', 'go-on'],
]);

/** Where a history takes place; all folders are of this computer. */
export interface HistoryPlace {
  readonly rootId: string;
  readonly local: string;
  /** As this computer sees it. */
  readonly remote: string;
  /** As the sandbox sees it. */
  readonly remoteRoot: string;
  readonly data: string;
  /** Where the helper keeps its state, as this computer sees it. */
  readonly remoteState: string;
  readonly port: SandboxPort;
  readonly kit: Uint8Array;
  readonly store: ManifestStore;
}

/** What breaks in a sync. `appAt`: the app dies at its n-th step on this computer's files. */
export interface Break {
  readonly appAt: number;
  /** Called before each step here: for edits in the middle. */
  readonly onStep: (step: number) => void;
}

class AppDied extends Error {}

/** A process of SpecBoard, as far as this root goes. */
interface App {
  readonly local: LocalRoot;
  readonly remote: RemoteSide;
  readonly cycles: SyncCycles;
  readonly die: () => void;
}

/** See the file's first lines. */
export class RealHistory implements AsyncDisposable {
  readonly #place: HistoryPlace;
  /** Hashes that anybody ever had on either side. */
  readonly #had = new Set<string>();
  /** Those whose last copy a person replaced or deleted. */
  readonly #givenUp = new Set<string>();
  #excluded = new Map<string, string>();
  #app: App | null = null;
  #break: Break = { appAt: -1, onStep: () => {} };
  #cycle = 0;

  constructor(place: HistoryPlace) {
    this.#place = place;
    for (const folder of [place.local, place.remote, place.data]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(place.local, '.gitignore'), '*.log\n');
    this.note();
  }

  /** A person edits. */
  edit(side: SyncSide, edit: FolderEdit): void {
    const before = this.#everywhere();
    makeEdit(side === 'local' ? this.#place.local : this.#place.remote, edit);
    const after = this.#everywhere();
    for (const hash of before) if (!after.has(hash)) this.#givenUp.add(hash);
    this.note();
  }

  /** Whatever is there now was had by somebody. */
  note(): void {
    const { local, remote } = this.#place;
    for (const root of [local, remote]) {
      for (const { hash } of lookAt(root).values()) if (hash) this.#had.add(hash);
    }
    this.#excluded = this.#leftOut();
  }

  /** One sync. With a break it ends somehow; the app starts anew where it died. */
  async sync(broken: Partial<Break> = {}): Promise<CycleResult | null> {
    this.#break = { appAt: -1, onStep: () => {}, ...broken };
    this.#steps = 0;
    const app = this.#start();
    const end = new AbortController();
    const died = new Promise<null>((resolve) => {
      this.#onDeath = () => resolve(null);
    });
    const result = await Promise.race([died, app.cycles.run(this.#request(), end.signal)]);
    if (result) return result;
    // Nothing of a dead process goes on: its calls fail from now on, and what it was about to do never comes.
    app.die();
    end.abort();
    this.#app = null;
    return null;
  }

  #steps = 0;
  #onDeath = (): void => {};

  /** A hash that is nowhere although nobody gave it up. */
  lost(): string | null {
    const alive = this.#everywhere();
    for (const hash of this.#had) if (!alive.has(hash) && !this.#givenUp.has(hash)) return hash;
    return null;
  }

  /** Excluded files that are not as their owners left them. */
  touched(): string[] {
    const now = this.#leftOut();
    return [...this.#excluded].filter(([path, word]) => now.get(path) !== word).map(([path]) => path);
  }

  /** Paths that differ, without those that the result explains: conflicts, folders that hold what is excluded. */
  apart({ conflicts, unusable }: CycleResult): string[] {
    const { local, remote } = this.#place;
    const waiting = [...(conflicts ?? []).map(({ path }) => path), ...unusable.map(({ path }) => path)];
    const isExplained = (path: string): boolean =>
      waiting.some((other) => other === path || path.startsWith(`${other}/`) || other.startsWith(`${path}/`));
    const [here, there] = [lookAt(local), lookAt(remote)];
    return [...new Set([...here.keys(), ...there.keys()])].filter(
      (path) => here.get(path)?.word !== there.get(path)?.word && !isExplained(path),
    );
  }

  /** Both sides as text, to see whether a sync changes anything. */
  shown(): string {
    const text = (found: Found) => [...found].map(([path, { word }]) => `${path} ${word}`).sort();
    return JSON.stringify([text(lookAt(this.#place.local)), text(lookAt(this.#place.remote))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const app = this.#app;
    this.#app = null;
    if (!app) return;
    await app.cycles.close();
    await app.local.close();
    await app.remote.close();
    for (const folder of [this.#place.local, this.#place.remote])
      rmSync(folder, { recursive: true, force: true });
  }

  #everywhere(): Set<string> {
    const { local, remote, data, remoteState } = this.#place;
    const all = new Set([...hashesBelow(join(data, 'sync')), ...hashesBelow(remoteState)]);
    for (const root of [local, remote]) for (const { hash } of lookAt(root).values()) if (hash) all.add(hash);
    return all;
  }

  #leftOut(): Map<string, string> {
    const words = new Map<string, string>();
    for (const root of [this.#place.local, this.#place.remote])
      for (const [path, { word }] of lookAt(root, { leftOut: true })) words.set(`${root}/${path}`, word);
    return words;
  }

  #start(): App {
    if (this.#app) return this.#app;
    const { rootId, local: root, remoteRoot, data, port, kit, store } = this.#place;
    let isDead = false;
    const alive =
      <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) =>
      (...args) => {
        if (isDead) throw new AppDied('This process is dead.');
        return call(...args);
      };
    const here = runHere(localJobs, () => {
      if (isDead) throw new AppDied('This process is dead.');
      const step = this.#steps;
      this.#steps += 1;
      this.#break.onStep(step);
      if (step !== this.#break.appAt) return;
      isDead = true;
      this.#onDeath();
      throw new AppDied('This process is dead.');
    });
    const run: RunLocalJob = (name, input, options) => alive(here)(name, input, options);
    const clock = hurriedClock();
    const local = new LocalRoot({ root, rootId, dataFolder: data, run });
    const live: SandboxPort = { run: alive(port.run), put: alive(port.put), get: alive(port.get) };
    const remote = createRemoteSide({ port: live, root: remoteRoot, rootId, kit, clock });
    const kept: ManifestStore = {
      load: alive((id) => store.load(id)),
      setPending: alive((...all) => store.setPending(...all)),
      commit: alive((...all) => store.commit(...all)),
      replaceConflicts: alive((...all) => store.replaceConflicts(...all)),
      stamps: alive((...all) => store.stamps(...all)),
      getSignature: alive((...all) => store.getSignature(...all)),
      putSignature: alive((...all) => store.putSignature(...all)),
    };
    const cycles = new SyncCycles({ rootId, local, remote, store: kept, clock });
    const die = () => {
      isDead = true;
    };
    this.#app = { local, remote, cycles, die };
    return this.#app;
  }

  #request() {
    return {
      cycle: `cycle-${++this.#cycle}-${process.pid}`,
      localPath: this.#place.local,
      mode: 'two-way' as const,
      exclusions: { defaults: false, secrets: false, gitignore: true, patterns: [] },
      ...{
        checksum: false,
        confirmed: true,
        answers: yes,
        approved: new Set<string>(),
        resolutions: new Map(),
      },
    };
  }
}
