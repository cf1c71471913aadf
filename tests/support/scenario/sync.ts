/**
 * Two-way sync in the page: pairs of folders, a cycle that takes a moment, conflicts that wait. `seedSync` puts a pair in place;
 * everything else is what the operations do to it.
 */
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import {
  defaultSyncExclusions,
  type SyncConflict,
  type SyncFile,
  type SyncKept,
  type SyncPlan,
  type SyncPlanItem,
  type SyncRoot,
  type SyncRun,
  type SyncSummary,
  type SyncVersion,
} from '../../../src-shared/domain/sync.ts';
import { syncHalt, syncRoot } from '../sync-root.ts';
import { refuse, type ScenarioMain, sleep } from './main-process.ts';

/** What a test may start with. */
export interface SyncStart {
  /** No pair at all. */
  none?: boolean;
  /** Changes of the first pair. */
  root?: Partial<SyncRoot>;
  /** More pairs. */
  more?: Partial<SyncRoot>[];
  /** So many files; 40 where it is not said. */
  files?: number;
  /** So many conflicts: of every kind, then edits. */
  conflicts?: number;
  /** ms of a cycle. */
  cycleMs?: number;
  /** The first decision is refused: a side has changed meanwhile. */
  changesMeanwhile?: boolean;
}

type Called = (name: string, input: unknown) => Promise<void>;
type Page = { offset: number; limit: number };

const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });
const id = (n: number) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`;
const hour = 3_600_000;

const summary: SyncSummary = {
  uploaded: 3,
  downloaded: 1,
  deletedLocal: 0,
  deletedRemote: 0,
  bytesUp: 48_213,
  bytesDown: 1200,
  requests: 4,
  conflicts: 0,
  problems: 0,
  postponed: 0,
};

/** What the page's main process knows of syncs. */
class SyncState {
  start: SyncStart = {};
  conflicts: SyncConflict[] = [];
  kept: SyncKept[] = [];
  runs: SyncRun[] = [];
  changed = false;
  /** Ends the cycle that runs. */
  stop: () => void = () => {};
}

const states = new WeakMap<ScenarioMain, SyncState>();
function stateOf(main: ScenarioMain): SyncState {
  const state = states.get(main) ?? new SyncState();
  states.set(main, state);
  return state;
}

/** A session with its pairs. */
export function seedSync(main: ScenarioMain, start: SyncStart): void {
  const state = stateOf(main);
  state.start = start;
  const [profile] = main.status.profiles;
  if (!profile) return;
  const session = main.addSession(profile);
  const common = { profileId: profile.id, profileName: profile.name, sessionId: session.id };
  const now = Date.now();
  state.kept = makeKept(id(1), now);
  state.runs = makeRuns(id(1), session.id, now);
  if (start.none) return;
  main.status.syncs = [start.root ?? {}, ...(start.more ?? [])].map((change, index) =>
    syncRoot({ ...common, id: id(index + 1), lastSyncedAt: now - 600_000, last: summary, ...change }),
  );
  state.conflicts = makeConflicts(id(1), start.conflicts ?? 0, now);
  const [first] = main.status.syncs;
  if (first && start.conflicts !== undefined) first.conflicts = state.conflicts.length;
}

/** The operations. */
export function syncMethods(main: ScenarioMain, called: Called): SpecboardApi['sync'] {
  const { status } = main;
  const state = stateOf(main);
  const rootOf = (rootId: string): SyncRoot => {
    const root = status.syncs.find((one) => one.id === rootId);
    if (!root) throw new Error(`No pair ${rootId}`);
    return root;
  };
  const change = (root: SyncRoot, patch: Partial<SyncRoot>) => {
    Object.assign(root, patch);
    main.push();
  };
  const cycle = async (root: SyncRoot) => {
    const step = (state.start.cycleMs ?? 60) / 6;
    let stopped = false;
    state.stop = () => {
      stopped = true;
    };
    const at = (stage: 'scanning' | 'transferring' | 'applying', files: number) => ({
      stage,
      files,
      filesTotal: stage === 'scanning' ? 0 : 80,
      bytes: files * 40_000,
      bytesTotal: stage === 'scanning' ? 0 : 3_200_000,
      bytesPerSecond: stage === 'transferring' ? 1_300_000 : null,
      msLeft: stage === 'transferring' ? (80 - files) * 30 : null,
    });
    for (const progress of [
      at('scanning', 0),
      at('transferring', 12),
      at('transferring', 60),
      at('applying', 70),
    ]) {
      if (stopped) break;
      change(root, { state: 'syncing', halt: null, problem: null, progress });
      await sleep(step);
    }
    const done = { ...summary, conflicts: root.conflicts };
    state.runs.unshift({
      ...(state.runs[0] ?? makeRuns(root.id, root.sessionId ?? '', Date.now())[0]),
      id: id(900 + state.runs.length),
      endedAt: Date.now(),
      outcome: stopped ? 'cancelled' : 'done',
    } as SyncRun);
    change(root, {
      state: 'idle',
      progress: null,
      ...(stopped ? {} : { lastSyncedAt: Date.now(), last: done }),
    });
  };
  return {
    async add(input) {
      await called('sync.add', input);
      const session = status.sessions.find((one) => one.id === input.sessionId);
      if (!session) return refuse('not-found', 'There is no such session.');
      const root = syncRoot({
        id: id(status.syncs.length + 1),
        profileId: session.profileId,
        profileName: session.profileName,
        sessionId: session.id,
        localPath: input.localPath,
        remotePath: input.remotePath,
        mode: input.mode,
        exclusions: input.exclusions ?? defaultSyncExclusions,
        lastSyncedAt: null,
        files: 0,
      });
      status.syncs = [...status.syncs, root];
      main.push();
      return ok(root);
    },
    async update(input) {
      await called('sync.update', input);
      const root = rootOf(input.rootId);
      if (input.exclusions?.patterns.some((pattern) => pattern.includes('['))) {
        return refuse('invalid', 'Line 1: the bracket is not closed.');
      }
      change(root, {
        ...(input.mode === undefined ? {} : { mode: input.mode }),
        ...(input.exclusions === undefined ? {} : { exclusions: input.exclusions }),
      });
      return ok(root);
    },
    async remove(input) {
      await called('sync.remove', input);
      status.syncs = status.syncs.filter((root) => root.id !== input.rootId);
      main.push();
      return ok(null);
    },
    async plan(input) {
      await called('sync.plan', input);
      await sleep(5);
      return ok(planOf(rootOf(input.rootId), state, input));
    },
    async run(input) {
      await called('sync.run', input);
      const root = rootOf(input.rootId);
      if (root.lastSyncedAt === null && !input.confirmed) {
        change(root, { state: 'waiting', halt: syncHalt({ reason: 'first-sync', answers: ['go-on'] }) });
        return ok(null);
      }
      void cycle(root);
      return ok(null);
    },
    async watch(input) {
      await called('sync.watch', input);
      change(rootOf(input.rootId), { watching: input.on });
      return ok(null);
    },
    async stop(input) {
      await called('sync.stop', input);
      const root = rootOf(input.rootId);
      state.stop();
      change(root, { state: root.state === 'syncing' ? 'stopping' : 'idle', halt: null });
      return ok(null);
    },
    async answer(input) {
      await called('sync.answer', input);
      void cycle(rootOf(input.rootId));
      return ok(null);
    },
    async files(input) {
      await called('sync.files', input);
      return ok({ ...filesOf(state, input), at: Date.now() - 600_000 });
    },
    async why(input) {
      await called('sync.why', input);
      return ok(
        input.path.endsWith('.log')
          ? { source: '.gitignore', line: 3, pattern: '*.log', folder: null }
          : input.path.startsWith('node_modules/')
            ? { source: 'defaults', line: 2, pattern: 'node_modules/', folder: 'node_modules' }
            : null,
      );
    },
    async defaults() {
      return ok({
        defaults: ['.git/', 'node_modules/', '.venv/', '__pycache__/', '*.pyc', '.DS_Store'],
        secrets: ['.env', '.env.*', '*.pem', 'id_rsa', 'id_ed25519'],
      });
    },
    async conflicts(input) {
      await called('sync.conflicts', input);
      return ok(state.conflicts.filter(({ rootId }) => rootId === input.rootId));
    },
    async conflict(input) {
      await called('sync.conflict', input);
      const conflict = state.conflicts.find((one) => one.id === input.conflictId);
      if (!conflict) return refuse('conflict', 'This conflict is not as it was shown, or decided already.');
      const isText = conflict.path.endsWith('.py') && conflict.kind !== 'type';
      const sideText = (side: 'local' | 'remote') =>
        isText && conflict[side]
          ? texts[side] + (state.changed && side === 'remote' ? '# newer\n' : '')
          : null;
      return ok({
        conflict,
        base: isText && conflict.base ? texts.base : null,
        local: sideText('local'),
        remote: sideText('remote'),
        note: isText
          ? null
          : conflict.kind === 'type'
            ? null
            : 'This is no text: it cannot be compared here.',
      });
    },
    async resolve(input) {
      await called('sync.resolve', input);
      if (state.start.changesMeanwhile && !state.changed) {
        state.changed = true;
        // As the real one: what is as nobody has seen it is another conflict.
        state.conflicts = state.conflicts.map((one) =>
          one.path === 'src/model.py' ? { ...one, id: `${one.id.slice(0, -1)}f` } : one,
        );
        const [root] = status.syncs;
        if (root) change(root, { lastSyncedAt: (root.lastSyncedAt ?? 0) + 1 });
        return refuse('conflict', 'src/model.py was changed in the sandbox meanwhile.');
      }
      state.conflicts = state.conflicts.filter((one) => !input.conflictIds.includes(one.id));
      const [root] = status.syncs;
      if (root) change(root, { conflicts: state.conflicts.length });
      return ok(null);
    },
    async history(input) {
      await called('sync.history', input);
      return ok({ runs: pageOf(state.runs, input), total: state.runs.length });
    },
    async kept(input) {
      await called('sync.kept', input);
      const found = state.kept.filter(({ path }) => path.includes(input.search));
      return ok({ items: pageOf(found, input), total: found.length });
    },
    async restore(input) {
      await called('sync.restore', input);
      return ok(null);
    },
  };
}

const texts = {
  base: `${head()}lr = 1e-3\nwarmup = 0\n\n\n${body()}print("ready")\n`,
  local: `${head()}lr = 3e-4\nwarmup = 100\n\n\n${body()}print("ready")\n`,
  remote: `${head()}lr = 1e-4\nwarmup = 0\n\n\n${body()}print("ready for training")\n`,
};

function head(): string {
  return 'import torch\nfrom torch import nn\n\nepochs = 10\n';
}

function body(): string {
  return 'class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(128, 10)\n\n    def forward(self, x):\n        return self.layer(x)\n\n\nmodel = Model()\n';
}

function pageOf<T>(all: readonly T[], { offset, limit }: Page): T[] {
  return all.slice(offset, offset + limit);
}

/** Paths of all kinds: long, right to left, with what cannot be seen. */
function pathAt(n: number): string {
  const odd = [
    'מחקר/נתונים/תוצאות סופיות של הניסוי.csv',
    'src/a folder with a long name that goes on and on/another one below it/und/noch/eine/Ebene/measurements-2026.parquet',
    'data/invisible\u200bname.txt',
  ];
  return odd[n - 3] ?? `src/part-${String(Math.floor(n / 50)).padStart(3, '0')}/file-${n}.py`;
}

function fileAt(n: number, conflicts: readonly SyncConflict[]): SyncFile {
  const conflict = conflicts[n];
  const common = { path: pathAt(n), kind: 'file' as const, size: 1000 + n * 37, why: null };
  const synced = {
    syncedAt: Date.now() - hour,
    direction: n % 2 ? ('upload' as const) : ('download' as const),
  };
  if (conflict) return { ...common, ...synced, path: conflict.path, status: 'conflict' };
  if (n === 7) return { ...common, ...synced, status: 'to-upload' };
  if (n === 8) return { ...common, ...synced, status: 'to-delete-remote' };
  if (n === 9) {
    const why = 'Its name ends with a dot, which Windows cannot hold.';
    return { ...common, path: 'docs/notes.', syncedAt: null, direction: null, status: 'problem', why };
  }
  if (n === 10) {
    const why = '.gitignore, line 3: *.log';
    return { ...common, path: 'logs/train.log', syncedAt: null, direction: null, status: 'excluded', why };
  }
  return { ...common, ...synced, status: 'same' };
}

function filesOf(
  { start, conflicts }: SyncState,
  { show, search, offset, limit }: Page & { show: string; search: string },
): { items: SyncFile[]; total: number } {
  const total = start.files ?? 40;
  const wanted = (file: SyncFile) => {
    if (!file.path.includes(search)) return false;
    if (show === 'all') return true;
    if (show === 'problems') return file.status === 'problem';
    if (show === 'excluded') return file.status === 'excluded';
    return file.status.startsWith('to-') || file.status === 'conflict';
  };
  if (show === 'all' && search === '') {
    const length = Math.max(0, Math.min(limit, total - offset));
    return { items: Array.from({ length }, (_, n) => fileAt(offset + n, conflicts)), total };
  }
  const all = Array.from({ length: total }, (_, n) => fileAt(n, conflicts)).filter(wanted);
  return { items: pageOf(all, { offset, limit }), total: all.length };
}

function planOf(root: SyncRoot, { start }: SyncState, page: Page): SyncPlan {
  const total = start.files ?? 40;
  const item = (n: number): SyncPlanItem => {
    const common = { kind: 'file' as const, replaces: false, size: 1000 + n * 37, why: null };
    if (n === 0)
      return { ...common, path: 'docs/notes.', action: 'problem', why: 'Its name ends with a dot.' };
    if (n === 1)
      return {
        ...common,
        path: 'README.md',
        action: 'conflict',
        why: 'Both sides made a file of this name.',
      };
    if (n === 2 && root.mode.startsWith('mirror'))
      return { ...common, path: 'old/results.csv', action: 'delete-remote' };
    return { ...common, path: pathAt(n), action: n % 4 === 3 ? 'download' : 'upload', replaces: n % 5 === 0 };
  };
  const isFirst = root.lastSyncedAt === null;
  return {
    rootId: root.id,
    at: Date.now(),
    items: Array.from({ length: Math.max(0, Math.min(page.limit, total - page.offset)) }, (_, n) =>
      item(page.offset + n),
    ),
    total,
    upload: { files: Math.floor(total * 0.75), bytes: 12_400_000 },
    download: { files: Math.floor(total * 0.25), bytes: 420_000 },
    deleteLocal: 0,
    deleteRemote: root.mode.startsWith('mirror') ? 1 : 0,
    conflicts: 1,
    problems: 1,
    excluded: 1840,
    same: 12,
    halt: isFirst ? syncHalt({ reason: 'first-sync', answers: ['go-on'] }) : null,
    warnings: [
      'The sandbox ends in 20 minutes; a sync that is not done by then goes on in the next session.',
    ],
  };
}

function version(change: Partial<SyncVersion> = {}): SyncVersion {
  return {
    kind: 'file',
    size: 4198,
    modifiedAt: Date.now() - hour,
    executable: false,
    hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    target: null,
    ...change,
  };
}

function makeConflicts(rootId: string, count: number, now: number): SyncConflict[] {
  const base = version({ modifiedAt: now - 2 * hour });
  const local = version({ modifiedAt: now - 60_000 });
  const remote = version({ modifiedAt: now - 30_000, size: 4403, hash: `0${base.hash.slice(1)}` });
  const common = { rootId, base, local, remote, others: [], foundAt: now, syncedAt: now - 600_000 };
  const text = ['local', 'remote', 'both', 'merged'] as SyncConflict['choices'];
  const kinds: Omit<SyncConflict, 'id'>[] = [
    {
      ...common,
      path: 'src/model.py',
      kind: 'both-changed',
      choices: text,
      bothName: 'model (sandbox 10-41-55).py',
    },
    {
      ...common,
      path: 'src/train.py',
      kind: 'both-changed',
      choices: text,
      bothName: 'train (sandbox 10-41-55).py',
    },
    {
      ...common,
      path: 'src/old.py',
      kind: 'changed-deleted',
      local: null,
      choices: ['local', 'remote'],
      bothName: 'old (sandbox 10-41-55).py',
    },
    {
      ...common,
      path: 'data/weights.bin',
      kind: 'both-created',
      base: null,
      syncedAt: null,
      local: { ...local, size: 48_000_000 },
      choices: ['local', 'remote', 'both'],
      bothName: 'weights (sandbox 10-41-55).bin',
    },
    {
      ...common,
      path: 'build',
      kind: 'type',
      remote: version({ kind: 'directory', size: 0 }),
      choices: ['local', 'remote', 'both'],
      bothName: 'build (sandbox 10-41-55)',
    },
    {
      ...common,
      path: 'docs/Readme.md',
      kind: 'name-clash',
      others: ['docs/README.md'],
      choices: ['local', 'remote', 'both'],
      bothName: 'Readme (sandbox 10-41-55).md',
    },
    {
      ...common,
      path: '.vscode/tasks.json',
      kind: 'runs-by-itself',
      base: null,
      local: null,
      choices: ['local', 'remote'],
      bothName: 'tasks (sandbox 10-41-55).json',
    },
  ];
  return Array.from({ length: count }, (_, n) => ({
    ...(kinds[n] ?? {
      ...common,
      path: `src/part/file-${n}.py`,
      kind: 'both-changed' as const,
      choices: text,
      bothName: `file-${n} (sandbox 10-41-55).py`,
    }),
    id: id(100 + n),
  }));
}

function makeKept(rootId: string, now: number): SyncKept[] {
  const why = ['replaced', 'deleted', 'not-chosen'] as const;
  return Array.from({ length: 12 }, (_, n) => ({
    id: id(300 + n),
    rootId,
    path: n === 2 ? pathAt(4) : `src/part/file-${n}.py`,
    side: n % 2 ? ('local' as const) : ('remote' as const),
    why: why[n % 3] ?? 'replaced',
    version: version(),
    keptAt: now - n * hour,
    expiresAt: now + 30 * 24 * hour - n * hour,
    where: n % 2 ? ('local' as const) : ('remote' as const),
    available: n !== 4,
  }));
}

function makeRuns(rootId: string, sessionId: string, now: number): SyncRun[] {
  const outcomes = ['done', 'done', 'failed', 'cancelled'] as const;
  return outcomes.map((outcome, n) => ({
    id: id(500 + n),
    rootId,
    sessionId,
    startedAt: now - n * hour - 4000,
    endedAt: now - n * hour,
    trigger: n % 2 ? 'watch' : 'asked',
    outcome,
    summary,
    problem:
      outcome === 'failed'
        ? { code: 'unreachable', message: 'The sandbox stopped answering.', retryable: true }
        : null,
  }));
}
