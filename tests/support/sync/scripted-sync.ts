/** The sync service over sides, cycles and a clock that the test moves. Its parts are those of the test that runs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Core } from '../../../src-main/app/create-core.ts';
import type { SyncEngine } from '../../../src-main/services/sync/engine.ts';
import { SyncService } from '../../../src-main/services/sync/sync.ts';
import {
  type CycleRequest,
  type CycleResult,
  emptySummary,
} from '../../../src-main/sync/cycle/cycle-types.ts';
import type { ManifestStore } from '../../../src-main/sync/cycle/manifest-store.ts';
import type { LocalSide, RemoteSide } from '../../../src-main/sync/sides.ts';
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import type { SyncHalt, SyncRoot } from '../../../src-shared/domain/sync.ts';
import { Emitter } from '../../../src-shared/lib/emitter.ts';
import { FakeClock } from '../fake-clock.ts';
import { ScriptedDriver, ScriptedSession } from '../scripted-driver.ts';
import { openTestCore, temporaryFolder } from '../test-core.ts';

/** A cycle that began, and how the test ends it. */
export interface Cycle {
  request: CycleRequest;
  signal: AbortSignal;
  at: number;
  /** Paths that rested when this computer's side was scanned. */
  resting: string[];
  end: (result?: Partial<CycleResult>) => Promise<void>;
}

export const clock = new FakeClock();
export let home: ReturnType<typeof temporaryFolder>;
export let core: Core;
export let close: () => Promise<void>;
export let sync: SyncService;
export let cycles: Cycle[];
export let waits: { answer: () => Promise<void>; signal: AbortSignal }[];
export let store: ManifestStore;
export let touchLocal: () => void;
export let dropped: string[];
export let forgotten: string[];
export let links: Emitter<LinkChange>;
export let rootId: string;
export let from: number;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
export const settle = async () => {
  for (let n = 0; n < 5; n += 1) await turn();
};
export const root = (): SyncRoot => sync.get(rootId);
export const last = (): Cycle => cycles.at(-1) as Cycle;
export const times = () => cycles.map(({ at }) => at - from);
const rules = { texts: [] };

const engine: SyncEngine = {
  openLocal: () =>
    ({
      open: async () => ({}),
      scan: async () => ({ entries: new Map(), unusable: [], excluded: [], excludedCount: 0, rules }),
      watch: (_rules: unknown, onChange: () => void) => {
        touchLocal = onChange;
        return { degraded: 'This folder has more folders than can be watched.', [Symbol.dispose]: () => {} };
      },
      dropKept: async (names: readonly string[]) => void dropped.push(...names),
      forget: async () => void forgotten.push('local'),
      close: async () => {},
    }) as unknown as LocalSide,
  openRemote: () =>
    ({
      wait: (signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          const answer = () => {
            resolve();
            return settle();
          };
          waits.push({ signal, answer });
        }),
      forget: async () => void forgotten.push('remote'),
      close: async () => {},
    }) as unknown as RemoteSide,
  cycles: (deps) => {
    store = deps.store;
    return {
      run: async (request, signal) => {
        const { unusable } = await deps.local.scan(
          { checksum: false, exclusions: request.exclusions },
          signal,
        );
        return new Promise<CycleResult>((resolve) => {
          const end = (result: Partial<CycleResult> = {}) => {
            resolve({ ...done, unusable, ...result });
            return settle();
          };
          signal.addEventListener('abort', () => void end({ outcome: 'cancelled' }));
          cycles.push({ request, signal, at: clock.now(), resting: unusable.map(({ path }) => path), end });
        });
      },
      plan: async () => {
        throw new Error('not here');
      },
      close: async () => {},
    };
  },
  dispose: async () => {},
};

export const done: CycleResult = {
  ...{ outcome: 'done', summary: emptySummary, halt: null, problem: null, didSomething: true },
  ...{ conflicts: [], unusable: [], postponed: [], look: null, rules, remoteFacts: null, excluded: [] },
};
export const halt = (reason: SyncHalt['reason'], answers: SyncHalt['answers']): Partial<CycleResult> => ({
  outcome: 'waiting',
  halt: { reason, answers, message: 'm', hint: 'h', count: 1, side: null },
});
export const failure: Partial<CycleResult> = {
  outcome: 'failed',
  didSomething: false,
  problem: toProblem(new SpecboardError('unreachable', 'The link broke.')),
};

/** A core with one root over scripted sides. */
export async function setUp(): Promise<void> {
  home = temporaryFolder();
  mkdirSync(join(home.path, 'project'));
  [cycles, waits, dropped, forgotten] = [[], [], [], []];
  links = new Emitter();
  const driver = new ScriptedDriver();
  driver.manifest = { capabilities: { files: true } };
  driver.connect = async ({ sessionId }) =>
    Object.assign(new ScriptedSession(`box-${sessionId}`), { onLink: links.event });
  ({ core, close } = await openTestCore({ registry: driver.registry(), clock }));
  sync = new SyncService({
    ...{ ...core, engine, instance: { id: 'this', isAlive: () => true }, redact: toProblem },
    ...{ profile: (id: string) => core.profiles.stored(id), onExecutionEnded: core.executions.onEnded },
    ...{ dataFolder: join(home.path, 'data'), resumesWatching: true, log: () => {} },
  });
  const profileId = core.profiles.create({ name: 'Box', driverType: 'local', settings: {} }).id;
  const localPath = join(home.path, 'project');
  rootId = sync.add({ profileId, localPath, remotePath: 'p', mode: 'two-way' }).id;
}

/** Ends it. */
export async function tearDown(): Promise<void> {
  await sync.dispose();
  await close();
  home.remove();
}

/** Its sandbox; gives the session's id. */
export async function connect(): Promise<string> {
  const { id } = await core.connect(root().profileId ?? '');
  await settle();
  from = clock.now();
  return id;
}

/** Watched, with its first cycles over and both sides quiet. */
export async function watched(): Promise<string> {
  await sync.watch(rootId, true);
  const id = await connect();
  await last().end({ didSomething: false });
  await clock.advance(80);
  await last().end({ didSomething: false });
  [cycles, from] = [[], clock.now()];
  return id;
}
