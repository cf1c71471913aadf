/**
 * One random history from its seed: edits, syncs that break, decisions, other exclusions; then what must be true. A failing one says
 * its seed and its story.
 */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CycleResult } from '../../../src-main/sync/cycle/cycle-types.ts';
import { choicesOf, type Resolution } from '../../../src-main/sync/reconcile/resolution.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { SyncMode, SyncSide } from '../../../src-shared/domain/sync.ts';
import { seededRandom } from '../random.ts';
import { ForkPort, type ForkServer, LinkPort, noFaults } from './fork-port.ts';
import { MemoryManifestStore } from './memory-manifest-store.ts';
import { type EditKind, exclusionText, type FolderEdit, oddNames, plainNames } from './random-edits.ts';
import { type HistoryPlace, RealHistory } from './real-history.ts';

/** The helper, as it is put into sandboxes. */
export const kit = readFileSync(join(import.meta.dirname, '../../../resources/synckit.py'));

/** A folder for histories; in memory where that can be had: thousands of files are synced to the disk one by one. */
export function historiesFolder(): string {
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return realpathSync(mkdtempSync(join(place, 'sb-histories-')));
}

const kinds: EditKind[] = [
  ...(['write', 'write', 'write', 'write', 'large', 'large', 'patch', 'patch'] as const),
  ...(['append', 'delete', 'delete', 'move', 'move', 'folder', 'link', 'mode'] as const),
];

/** Chance, from a seed. */
export class Chance {
  readonly random: () => number;
  readonly #names: readonly string[];
  #edits: number;

  constructor(seed: number, names?: readonly string[]) {
    this.random = seededRandom(seed);
    this.#edits = (seed % 1000) * 1000;
    this.#names = names ?? [
      ...[this.of(oddNames), this.of(oddNames), ...oddNames.slice(0, 6)],
      ...['keep.log', 'dir/keep.log'],
    ];
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.below(3) === 0);
  }

  side(): SyncSide {
    return this.of(['local', 'remote'] as const);
  }

  /** `near`: often of this path. */
  edit(near?: string): FolderEdit {
    const path = near !== undefined && this.below(3) > 0 ? near : this.of(this.#names);
    return { kind: this.of(kinds), path, to: this.of(this.#names), by: ++this.#edits };
  }
}

/** Folders of a sandbox; each history has a folder there. */
export interface SandboxPlace {
  readonly port: SandboxPort;
  /** Where such a folder is, as the sandbox sees it and as this computer does. */
  place(name: string): { remote: string; remoteRoot: string };
  /** Where the helper's state may lie, as this computer sees it. */
  readonly states: readonly string[];
}

/** What is special about a history. */
export interface HistoryOptions {
  readonly base: string;
  /** A loaded helper of this computer, or another place. */
  readonly server: ForkServer | SandboxPlace;
  /** At most so many rounds of edits and a sync. */
  readonly rounds?: number;
  readonly mode?: SyncMode;
  /** Only these are edited. */
  readonly names?: readonly string[];
  readonly alter?: HistoryPlace['alter'];
  readonly afterSync?: (place: { data: string; remoteState: readonly string[] }) => void;
}

/** Makes one and throws where something that must be true is not. */
export async function randomHistory(seed: number, options: HistoryOptions): Promise<void> {
  const { base, server, mode = 'two-way', alter, afterSync = () => {} } = options;
  const chance = new Chance(seed, options.names);
  const root = join(base, `${mode}-${seed}`);
  const rootId = `h${seed}`;
  const data = join(root, 'data');
  const { port, remote, remoteRoot, remoteState } = sandboxOf(server, root, rootId);
  await using world = new RealHistory({
    ...{ rootId, mode, local: join(root, 'local'), remote, remoteRoot, data, remoteState, port, kit },
    ...{ store: new MemoryManifestStore(), idle: () => port.idle() },
    ...(alter ? { alter } : {}),
  });
  const story: string[] = [];
  try {
    let last: CycleResult | null = null;
    const rounds = 1 + chance.below(options.rounds ?? 5);
    for (let round = 0; round < rounds; round += 1) {
      const edited = editSome(world, chance, story);
      const resolutions = await decideSome(world, last, chance, story);
      const meanwhile = chance.below(2) === 0 ? editMeanwhile(chance, edited) : null;
      const makeIt = (at: number): void => {
        if (meanwhile?.at === at) world.edit(meanwhile.side, meanwhile.edit);
      };
      const kind = chance.of(['nothing', 'app', 'app', 'helper', 'helper', 'link'] as const);
      const at = chance.below(kind === 'link' ? 5 : 14);
      story.push(JSON.stringify({ sync: kind, at, meanwhile }));
      port.begin({
        ...{
          cutFrom: kind === 'link' ? at : -1,
          isLate: chance.below(2) === 0,
          crashAt: kind === 'helper' ? at + 1 : 0,
        },
        before: meanwhile?.isStep ? () => {} : makeIt,
      });
      last = await world.sync(
        { appAt: kind === 'app' ? at : -1, onStep: meanwhile?.isStep ? makeIt : () => {} },
        resolutions,
      );
      afterSync({ data, remoteState });
      checkNow(world, resolutions.size > 0);
    }
    port.begin(noFaults);
    const settled = await settle(world, mode, afterSync.bind(null, { data, remoteState }));
    // Half of them end with every conflict decided.
    if (chance.below(2) === 0 && settled.conflicts?.length) {
      const decided = await world.sync({}, await decide(world, settled, chance, story, () => true));
      checkNow(world, true);
      const end = await settle(world, mode);
      // A folder that holds what is left out stays, whatever is decided, and that is said.
      const isTold = ({ path }: { path: string }) =>
        decided?.unusable.some((one) => one.path === path || one.path.startsWith(`${path}/`));
      expect(
        end.conflicts?.filter((one) => !isTold(one)),
        'conflicts that were decided',
      ).toEqual([]);
    }
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`SPECBOARD_SEED=${seed} (${mode})\n${story.join('\n')}\n${told}`);
  }
  rmSync(root, { recursive: true, force: true });
}

function sandboxOf(server: ForkServer | SandboxPlace, root: string, rootId: string) {
  if ('port' in server) {
    const { remote, remoteRoot } = server.place(rootId);
    const states = [...server.states, join(remote, '.specboard-sync')];
    const remoteState = states.map((state) => join(state, rootId));
    return { port: new LinkPort(server.port), remote, remoteRoot, remoteState };
  }
  const home = join(root, 'home');
  const remote = join(home, 'project');
  const remoteState = [join(home, '.specboard-sync', rootId)];
  return { port: new ForkPort(server, home), remote, remoteRoot: remote, remoteState };
}

/** What must be true at any time, also right after something broke. */
export function checkNow(world: RealHistory, isSourceFree = false): void {
  expect(world.lost(), 'lost').toBe(null);
  expect(world.strange(), 'made by nobody').toEqual([]);
  expect(world.touched({ isSourceFree }), 'touched').toEqual([]);
  world.note();
}

/** Two syncs with nothing in their way; then what must be true at the end. Gives the last result. */
export async function settle(
  world: RealHistory,
  mode: SyncMode = 'two-way',
  afterSync: () => void = () => {},
): Promise<CycleResult> {
  await world.sync();
  afterSync();
  checkNow(world);
  const last = await world.sync();
  afterSync();
  if (last?.outcome !== 'done')
    throw new Error(`the last sync: ${JSON.stringify(last?.problem ?? last?.halt)}`);
  checkNow(world);
  if (!mode.startsWith('mirror')) expect(world.putAside(), 'put aside').toBe(null);
  expect(world.apart(last), 'apart').toEqual([]);
  const settled = world.shown();
  const further = await world.sync();
  expect(world.shown(), 'a further sync').toBe(settled);
  expect(further?.summary, 'a further sync').toMatchObject({ uploaded: 0, downloaded: 0 });
  return last;
}

/** Somebody edits in the middle of a sync, at a step here or before a request: often the other side of what was edited before it. */
function editMeanwhile(chance: Chance, edited: Edited | null) {
  const isStep = chance.below(3) === 0;
  const side = edited && chance.below(3) > 0 ? otherSide(edited.side) : chance.side();
  return { isStep, at: chance.below(isStep ? 12 : 4), side, edit: chance.edit(edited?.path) };
}

interface Edited {
  readonly side: SyncSide;
  readonly path: string;
}

function otherSide(side: SyncSide): SyncSide {
  return side === 'local' ? 'remote' : 'local';
}

function editSome(world: RealHistory, chance: Chance, story: string[]): Edited | null {
  let edited: Edited | null = null;
  for (let count = chance.below(6); count > 0; count -= 1) {
    const [side, edit] = [chance.side(), chance.edit()];
    story.push(JSON.stringify({ side, edit }));
    world.edit(side, edit);
    edited = { side, path: edit.path };
  }
  if (chance.below(6) === 0) {
    const side = chance.below(3) === 0 ? 'remote' : 'local';
    const text = exclusionText(chance.some(plainNames), chance.below(5) > 0);
    story.push(JSON.stringify({ side, exclusions: text }));
    world.person(side, (root) => writeFileSync(join(root, '.gitignore'), text));
  }
  return edited;
}

async function decideSome(
  world: RealHistory,
  last: CycleResult | null,
  chance: Chance,
  story: string[],
): Promise<Map<string, Resolution>> {
  if (!last || chance.below(2) === 0) return new Map();
  return decide(world, last, chance, story, () => chance.below(2) === 0);
}

async function decide(
  world: RealHistory,
  { conflicts }: CycleResult,
  chance: Chance,
  story: string[],
  isWanted: () => boolean,
): Promise<Map<string, Resolution>> {
  const resolutions = new Map<string, Resolution>();
  for (const conflict of conflicts ?? []) {
    if (!isWanted()) continue;
    const { path, kind, local, remote } = conflict;
    let bothName = `${path} (sandbox)`;
    while (!world.isFree(bothName)) bothName += '+';
    const choice = chance.of(choicesOf(kind, local, remote));
    story.push(JSON.stringify({ decide: path, kind, choice }));
    const resolution = await world.decide(conflict, choice, bothName);
    if (resolution) resolutions.set(path, resolution);
  }
  return resolutions;
}

/** Seeds of a group: fresh ones in each run, or the one that is asked for (SPECBOARD_SEED); SPECBOARD_SYNC_RUNS times as many. */
export function seedsOf(group: number, count: number): number[] {
  const wanted = process.env.SPECBOARD_SEED;
  if (wanted) return group === 0 ? [Number(wanted)] : [];
  const start = 1_000_000 * (group + 1) + (Date.now() % 900_000);
  const runs = Math.ceil(count * Number(process.env.SPECBOARD_SYNC_RUNS ?? 1));
  return Array.from({ length: runs }, (_, at) => start + at);
}
