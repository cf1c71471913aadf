/**
 * A history of two real folders: random edits on both sides, syncs with the real engine, and breaks in the middle of them (the app
 * dies, the sandbox's helper dies, the link is cut, somebody edits meanwhile). Notes every version that anybody ever had, and tells
 * what is lost, what was put aside although nobody replaced it, what nobody ever made, what differs, and what was touched that no
 * sync may touch.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putLocal } from '../../../src-main/services/sync/put-local.ts';
import type { CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import type { FoundConflict, ManifestStore } from '../../../src-main/sync/cycle/manifest-store.ts';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { localJobs } from '../../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import { type RunLocalJob, runHere } from '../../../src-main/sync/local/run-job.ts';
import type { Answers } from '../../../src-main/sync/reconcile/gates.ts';
import type { Resolution } from '../../../src-main/sync/reconcile/resolution.ts';
import { createRemoteSide } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { LocalSide, RemoteSide } from '../../../src-main/sync/sides.ts';
import type { Entry } from '../../../src-main/sync/types.ts';
import type { SyncChoice, SyncMode, SyncSide } from '../../../src-shared/domain/sync.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import {
  exclusionText,
  type FolderEdit,
  type Found,
  hashesBelow,
  leftOutBy,
  lookAt,
  makeEdit,
} from './random-edits.ts';

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

/** A person who agrees to everything that is asked about what they did themselves. */
export const yes: Answers = new Map([
  ...(['emptied', 'mass-deletion', 'large-download', 'mirror-deletes', 'no-space'] as const).map(
    (reason) => [reason, 'go-on'] as const,
  ),
]);

/** What is left out: what the exclusion files of the histories say. */
export const historyExclusions = { defaults: false, secrets: false, gitignore: true, patterns: [] };

/** What a cycle works with, for tests that build a mistake into it. */
export interface HistoryParts {
  readonly local: LocalSide;
  readonly remote: RemoteSide;
  readonly store: ManifestStore;
}

/** Where a history takes place; all folders are of this computer. */
export interface HistoryPlace {
  readonly rootId: string;
  readonly mode?: SyncMode;
  readonly local: string;
  /** As this computer sees it. */
  readonly remote: string;
  /** As the sandbox sees it. */
  readonly remoteRoot: string;
  readonly data: string;
  /** Where the helper may keep its state, as this computer sees it. */
  readonly remoteState: readonly string[];
  readonly port: SandboxPort;
  readonly kit: Uint8Array;
  readonly store: ManifestStore;
  /** Until nothing is under way in the sandbox. */
  readonly idle?: () => Promise<void>;
  /** Builds a mistake in. */
  readonly alter?: (parts: HistoryParts, place: HistoryPlace) => HistoryParts;
}

/** What breaks in a sync. `appAt`: the app dies at its n-th step on this computer's files. */
export interface Break {
  readonly appAt: number;
  /** Called before each step here: for edits in the middle. */
  readonly onStep: (step: number) => void;
}

class AppDied extends Error {}

/** A process of SpecBoard, as far as this root goes. */
interface App extends HistoryParts {
  readonly cycles: SyncCycles;
  readonly die: () => void;
}

/** See the file's first lines. */
export class RealHistory implements AsyncDisposable {
  readonly #place: HistoryPlace;
  readonly #mode: SyncMode;
  /** Hashes that anybody ever had on either side. */
  readonly #had = new Set<string>();
  /** Those whose last copy a person replaced or deleted. */
  readonly #givenUp = new Set<string>();
  /** Those that a person replaced, moved or deleted somewhere, or decided against: they may be in the history alone. */
  readonly #replaced = new Set<string>();
  /** Paths that a person ever edited, by side. */
  readonly #edited = { local: new Set<string>(), remote: new Set<string>() };
  /** Both sides when somebody last looked, and what was left out then. */
  #before = { local: new Map() as Found, remote: new Map() as Found, isOut: leftOutBy('') };
  #app: App | null = null;
  #break: Break = { appAt: -1, onStep: () => {} };
  #cycle = 0;
  #steps = 0;
  #onDeath = (): void => {};

  constructor(place: HistoryPlace) {
    this.#place = place;
    this.#mode = place.mode ?? 'two-way';
    for (const folder of [place.local, place.remote, place.data]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(place.local, '.gitignore'), exclusionText([]));
    if (this.#mode.endsWith('download')) writeFileSync(join(place.remote, '.gitignore'), exclusionText([]));
    this.note();
  }

  /** A person edits. */
  edit(side: SyncSide, edit: FolderEdit): void {
    this.person(side, (root) => makeEdit(root, edit));
  }

  /** A person does something in a folder. */
  person(side: SyncSide, work: (root: string) => void): void {
    const root = side === 'local' ? this.#place.local : this.#place.remote;
    const before = this.#everywhere();
    const was = lookAt(root);
    work(root);
    const is = lookAt(root);
    // What only lies in staging is in nobody's history: it goes with the next sync.
    const after = this.#everywhere('kept');
    for (const hash of before) if (!after.has(hash)) this.#givenUp.add(hash);
    for (const path of new Set([...was.keys(), ...is.keys()])) {
      if (was.get(path)?.word === is.get(path)?.word) continue;
      this.#edited[side].add(path);
      const old = was.get(path)?.hash;
      if (old && old !== is.get(path)?.hash) this.#replaced.add(old);
    }
    this.note();
  }

  /** Whatever is there now was had by somebody, and is as it should be. */
  note(): void {
    const { local, remote } = this.#place;
    this.#before = { local: lookAt(local), remote: lookAt(remote), isOut: this.#leftOut() };
    for (const side of [this.#before.local, this.#before.remote])
      for (const { hash } of side.values()) if (hash) this.#had.add(hash);
  }

  /** One sync. With a break it ends somehow; the app starts anew where it died. */
  async sync(
    broken: Partial<Break> = {},
    resolutions: ReadonlyMap<string, Resolution> = new Map(),
  ): Promise<CycleResult | null> {
    this.#break = { appAt: -1, onStep: () => {}, ...broken };
    this.#steps = 0;
    const app = this.#start();
    const end = new AbortController();
    const died = new Promise<null>((resolve) => {
      this.#onDeath = () => resolve(null);
    });
    const result = await Promise.race([died, app.cycles.run(this.#request(resolutions), end.signal)]);
    if (result) return result;
    // Nothing of a dead process goes on: its calls fail from now on, and what it was about to do never comes.
    app.die();
    end.abort();
    this.#app = null;
    await this.#place.idle?.();
    return null;
  }

  /** As a new process. */
  async restart(): Promise<void> {
    const app = this.#app;
    this.#app = null;
    if (!app) return;
    await app.cycles.close();
    await app.local.close();
    await app.remote.close();
  }

  /**
   * A person decides conflicts; gives what goes with the next sync. A merged text is written here first, as the service does it;
   * null where that could not be.
   */
  async decide(conflict: FoundConflict, choice: SyncChoice, bothName: string): Promise<Resolution | null> {
    const { path, local, remote } = conflict;
    const under = (found: Found) => {
      for (const [one, { hash }] of found)
        if (hash && (one === path || one.startsWith(`${path}/`))) this.#replaced.add(hash);
    };
    if (choice !== 'both' && choice !== 'local') under(lookAt(this.#place.local));
    if (choice !== 'both' && choice !== 'remote') under(lookAt(this.#place.remote));
    // Whatever is decided, both sides may be changed by it.
    for (const side of [this.#edited.local, this.#edited.remote])
      for (const one of [path, bothName]) side.add(one);
    if (choice !== 'merged') return { choice, local, remote, ...(choice === 'both' ? { bothName } : {}) };
    return local && (await this.#merge(path, local, remote));
  }

  async #merge(path: string, over: Entry, remote: Entry | null): Promise<Resolution | null> {
    const bytes = Buffer.from(`merged ${over.hash} ${remote?.hash}`);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const numbers = { size: bytes.length, modifiedAt: 1_700_000_000_000, executable: over.executable };
    const entry: Entry = { kind: 'file', ...numbers, hash, target: null };
    const content = (async function* () {
      yield bytes;
    })();
    const app = this.#start();
    this.#break = { appAt: -1, onStep: () => {} };
    try {
      const { signal } = new AbortController();
      await app.local.open(signal);
      const { entries } = await app.local.scan({ checksum: false, exclusions: historyExclusions }, signal);
      const folders = new Set(
        [...entries].filter(([, { kind }]) => kind === 'directory').map(([one]) => one),
      );
      await putLocal(app.local, { path, entry, over, folders, content }, signal);
    } catch {
      return null; // Somebody edited it meanwhile.
    }
    this.note();
    return { choice: 'local', local: entry, remote };
  }

  /** A hash that is nowhere although nobody gave it up. */
  lost(): string | null {
    const alive = this.#everywhere();
    for (const hash of this.#had) if (!alive.has(hash) && !this.#givenUp.has(hash)) return hash;
    return null;
  }

  /** A version that is on no side although no person replaced it anywhere, nor decided against it. Not of mirrors. */
  putAside(): string | null {
    const { local, remote } = this.#place;
    const shown = new Set([...lookAt(local).values(), ...lookAt(remote).values()].map(({ hash }) => hash));
    for (const hash of this.#had) if (!shown.has(hash) && !this.#replaced.has(hash)) return hash;
    return null;
  }

  /** What is on a side and was made by nobody: half a file, or two mixed. */
  strange(): string[] {
    const { local, remote } = this.#place;
    return [local, remote].flatMap((root) =>
      [...lookAt(root)]
        .filter(([, { hash }]) => hash && !this.#had.has(hash))
        .map(([path]) => `${root}/${path}`),
    );
  }

  /** What a sync changed since `note` and must not: what is left out, and the source of a mode that goes one way. */
  touched({ isSourceFree = false } = {}): string[] {
    const isOut = this.#leftOut();
    const source =
      this.#mode === 'two-way' || isSourceFree ? null : this.#mode.includes('upload') ? 'local' : 'remote';
    return (['local', 'remote'] as const).flatMap((side) => {
      const [was, is] = [this.#before[side], lookAt(this.#place[side])];
      return [...new Set([...was.keys(), ...is.keys()])].filter((path) => {
        if (was.get(path)?.word === is.get(path)?.word) return false;
        return source === side || (this.#before.isOut(path) && isOut(path));
      });
    });
  }

  /**
   * Paths that differ, without those that the result explains: conflicts, folders that hold what is left out, and where a mode goes
   * one way what a person changed in the target.
   */
  apart({ conflicts, unusable }: CycleResult): string[] {
    const { local, remote } = this.#place;
    const target =
      this.#mode === 'upload' ? this.#edited.remote : this.#mode === 'download' ? this.#edited.local : [];
    const waiting = [...(conflicts ?? []), ...unusable].map(({ path }) => path).concat([...target]);
    const isExplained = (path: string): boolean =>
      waiting.some((other) => other === path || path.startsWith(`${other}/`) || other.startsWith(`${path}/`));
    const [here, there, isOut] = [lookAt(local), lookAt(remote), this.#leftOut()];
    return [...new Set([...here.keys(), ...there.keys()])].filter(
      (path) => here.get(path)?.word !== there.get(path)?.word && !isOut(path) && !isExplained(path),
    );
  }

  /** Whether nothing has this name on either side. */
  isFree(path: string): boolean {
    return !lookAt(this.#place.local).has(path) && !lookAt(this.#place.remote).has(path);
  }

  /** Both sides as text, to see whether a sync changes anything. */
  shown(): string {
    const text = (found: Found) => [...found].map(([path, { word }]) => `${path} ${word}`).sort();
    return JSON.stringify([text(lookAt(this.#place.local)), text(lookAt(this.#place.remote))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.restart();
    for (const folder of [this.#place.local, this.#place.remote])
      rmSync(folder, { recursive: true, force: true });
  }

  #everywhere(inner = ''): Set<string> {
    const { local, remote, data, remoteState } = this.#place;
    const all = new Set(
      [join(data, 'sync', this.#place.rootId), ...remoteState].flatMap((folder) => [
        ...hashesBelow(join(folder, inner)),
      ]),
    );
    for (const root of [local, remote]) for (const { hash } of lookAt(root).values()) if (hash) all.add(hash);
    return all;
  }

  /** This computer's exclusion file decides for both sides. */
  #leftOut(): (path: string) => boolean {
    const file = join(this.#place.local, '.gitignore');
    return leftOutBy(existsSync(file) ? readFileSync(file, 'utf8') : '');
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
    const parts = (this.#place.alter ?? ((same) => same))({ local, remote, store: kept }, this.#place);
    const cycles = new SyncCycles({ rootId, ...parts, clock });
    const die = () => {
      isDead = true;
    };
    this.#app = { ...parts, cycles, die };
    return this.#app;
  }

  #request(resolutions: ReadonlyMap<string, Resolution>) {
    return {
      cycle: `cycle-${++this.#cycle}-${process.pid}`,
      localPath: this.#place.local,
      mode: this.#mode,
      exclusions: historyExclusions,
      ...{ checksum: false, confirmed: true, answers: yes, approved: new Set<string>(), resolutions },
    };
  }
}
