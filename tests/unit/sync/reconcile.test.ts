/** What is decided for single situations, by name: modes, conflicts, folders in use, names that clash, decisions of the person. */
import { describe, expect, test } from 'vitest';
import { type ReconcileInput, reconcile } from '../../../src-main/sync/reconcile/reconcile.ts';
import { approvalOf, choicesOf } from '../../../src-main/sync/reconcile/resolution.ts';
import { planSteps } from '../../../src-main/sync/reconcile/steps.ts';
import type { Entry, Excluded, Scan, Unusable } from '../../../src-main/sync/types.ts';
import type { SyncMode } from '../../../src-shared/domain/sync.ts';
import { allFacts, emptyScan, fileEntry, folderEntry, linkEntry } from '../../support/sync/model-world.ts';

type Tree = Record<string, Entry>;
const old = fileEntry('old');
const mine = fileEntry('mine');
const theirs = fileEntry('theirs');
const dir = folderEntry;

function scan(tree: Tree, more: Partial<Scan> = {}): Scan {
  return { ...emptyScan(new Map(Object.entries(tree))), ...more };
}

function run(trees: { base?: Tree; local?: Tree; remote?: Tree }, more: Partial<ReconcileInput> = {}) {
  return reconcile({
    mode: 'two-way',
    base: new Map(Object.entries(trees.base ?? {})),
    local: scan(trees.local ?? {}),
    remote: scan(trees.remote ?? {}),
    localFacts: allFacts,
    remoteFacts: allFacts,
    approved: new Set(),
    resolutions: new Map(),
    restore: null,
    ...more,
  });
}

/** `path: action`, with what a conflict is about and `-` for a deletion. */
function told(trees: Parameters<typeof run>[0], more: Partial<ReconcileInput> = {}): string[] {
  return run(trees, more).decisions.map((decision) => {
    if (decision.action === 'conflict') return `${decision.path}: ${decision.kind}`;
    const isDeletion =
      (decision.action === 'upload' || decision.action === 'download') && decision.entry === null;
    return `${decision.path}: ${decision.action}${isDeletion ? ' -' : ''}`;
  });
}

describe('one path', () => {
  const cases: [string, Entry | null, Entry | null, Entry | null, Record<SyncMode, string | null>][] = [
    ['new here', null, mine, null, all('upload', 'upload', null, 'upload', 'download -')],
    ['new there', null, null, theirs, all('download', null, 'download', 'upload -', 'download')],
    ['the same on both', null, mine, mine, all('adopt', 'adopt', 'adopt', 'adopt', 'adopt')],
    ['changed here', old, mine, old, all('upload', 'upload', null, 'upload', 'download')],
    ['changed there', old, old, theirs, all('download', null, 'download', 'upload', 'download')],
    ['deleted here', old, null, old, all('upload -', 'upload -', null, 'upload -', 'download')],
    ['deleted there', old, old, null, all('download -', null, 'download -', 'upload', 'download -')],
    ['deleted on both', old, null, null, all('forget', 'forget', 'forget', 'forget', 'forget')],
    [
      'changed on both',
      ...([old, mine, theirs] as const),
      all('both-changed', 'both-changed', 'both-changed', 'upload', 'download'),
    ],
    [
      'made on both',
      ...([null, mine, theirs] as const),
      all('both-created', 'both-created', 'both-created', 'upload', 'download'),
    ],
    [
      'changed here, deleted there',
      ...([old, mine, null] as const),
      all('changed-deleted', 'upload', null, 'upload', 'download -'),
    ],
    [
      'deleted here, changed there',
      ...([old, null, theirs] as const),
      all('changed-deleted', null, 'download', 'upload -', 'download'),
    ],
    [
      'a file here, a link there',
      ...([old, mine, linkEntry('x')] as const),
      all('type', 'type', 'type', 'upload', 'download'),
    ],
  ];
  test.each(cases)('%s', (_name, base, local, remote, expected) => {
    const tree = (entry: Entry | null): Tree => (entry ? { f: entry } : {});
    for (const [mode, want] of Object.entries(expected)) {
      const found = told(
        { base: tree(base), local: tree(local), remote: tree(remote) },
        { mode: mode as SyncMode },
      ).filter((line) => !line.endsWith(': leave'));
      expect(found, mode).toEqual(want === null ? [] : [`f: ${want}`]);
    }
  });

  function all(...outcomes: (string | null)[]): Record<SyncMode, string | null> {
    const [twoWay = null, upload = null, download = null, mirrorUp = null, mirrorDown = null] = outcomes;
    return { 'two-way': twoWay, upload, download, 'mirror-upload': mirrorUp, 'mirror-download': mirrorDown };
  }

  test('times alone are no change; the executable bit is, where both sides have one', () => {
    const touched = { ...old, modifiedAt: 5 };
    expect(told({ base: { f: old }, local: { f: touched }, remote: { f: old } })).toEqual([]);
    const script = { ...old, executable: true };
    expect(told({ base: { f: old }, local: { f: script }, remote: { f: old } })).toEqual(['f: upload']);
    const windows = { localFacts: { ...allFacts, executableBit: false } };
    expect(told({ base: { f: script }, local: { f: old }, remote: { f: script } }, windows)).toEqual([]);
    const [upload] = run(
      { base: { f: script }, local: { f: mine }, remote: { f: script } },
      windows,
    ).decisions;
    expect(upload).toMatchObject({ action: 'upload', entry: { executable: true } });
  });

  test('what is missing can be brought back instead of deleted on the other side', () => {
    const trees = { base: { f: old, g: old }, local: { g: mine }, remote: { f: old, g: old } };
    expect(told(trees)).toEqual(['f: upload -', 'g: upload']);
    expect(told(trees, { restore: 'local' })).toEqual(['f: download', 'g: upload']);
  });
});

describe('what could not be read', () => {
  test.each(['local', 'remote'] as const)('is left alone with all that is below (%s)', (side) => {
    const unusable: Unusable[] = [{ path: 'd', side, reason: 'unreadable' }];
    const base = { d: dir, 'd/f': old, g: old };
    const blind = scan({ g: old }, { unusable });
    const seen = scan(base);
    const sides = side === 'local' ? { local: blind, remote: seen } : { local: seen, remote: blind };
    const { decisions, unusable: problems } = run({ base }, sides);
    expect(decisions).toEqual([]);
    expect(problems).toEqual(unusable);
  });
});

describe('folders', () => {
  const base = { d: dir, 'd/f': old };

  test('one that was deleted goes with what is in it', () => {
    expect(told({ base, local: {}, remote: base })).toEqual(['d: upload -', 'd/f: upload -']);
  });

  test('an edit in a deleted folder waits for the person, and the folder with it', () => {
    expect(told({ base, local: {}, remote: { d: dir, 'd/f': theirs } })).toEqual(['d/f: changed-deleted']);
  });

  test('something new in a deleted folder keeps the folder', () => {
    const remote = { d: dir, 'd/f': old, 'd/new': theirs };
    expect(told({ base, local: {}, remote })).toEqual(['d/f: upload -', 'd/new: download']);
  });

  test('what is excluded in it keeps it, and that is said', () => {
    const excluded: Excluded[] = [
      {
        ...{ path: 'd/x.log', side: 'remote', directory: false, source: '.gitignore' },
        ...{ line: 1, pattern: '*.log' },
      },
    ];
    const { decisions, unusable } = run(
      { base, local: {} },
      { remote: scan(base, { excluded, excludedCount: 1 }) },
    );
    expect(decisions).toMatchObject([{ path: 'd/f', action: 'upload', entry: null }]);
    expect(unusable).toEqual([{ path: 'd', side: 'remote', reason: 'not-empty' }]);
  });

  test('a file that was decided for does not take its place: the conflict waits as it did', () => {
    const excluded: Excluded[] = [
      {
        ...{ path: 'd/x.log', side: 'local', directory: false, source: '.gitignore' },
        ...{ line: 1, pattern: '*.log' },
      },
    ];
    const trees = { local: { d: dir, 'd/f': mine }, remote: { d: theirs } };
    const { decisions, unusable } = run(trees, {
      local: scan(trees.local, { excluded, excludedCount: 1 }),
      resolutions: new Map([['d', { choice: 'remote', local: dir, remote: theirs }]]),
    });
    expect(decisions).toMatchObject([{ path: 'd', action: 'conflict', kind: 'type' }]);
    expect(unusable).toEqual([{ path: 'd', side: 'local', reason: 'not-empty' }]);
  });

  test('a folder that became a file, and the other way round', () => {
    expect(told({ base, local: { d: mine }, remote: base })).toEqual(['d: upload', 'd/f: upload -']);
    const toFolder = { base: { d: old }, local: { d: dir, 'd/f': mine }, remote: { d: old } };
    expect(told(toFolder)).toEqual(['d: upload', 'd/f: upload']);
  });

  test('a folder here and a file there is one conflict, and nothing below it moves', () => {
    const made = { local: { d: dir, 'd/f': mine }, remote: { d: theirs } };
    expect(told(made)).toEqual(['d: type']);
    const edited = { base, local: { d: mine }, remote: { d: dir, 'd/f': theirs } };
    expect(told(edited)).toEqual(['d: type']);
  });
});

describe('decisions of the person', () => {
  const trees = { base: { f: old }, local: { f: mine }, remote: { f: theirs } };
  const decided = (choice: 'local' | 'remote' | 'both', more: object = {}) => ({
    resolutions: new Map([['f', { choice, local: mine, remote: theirs, ...more }]]),
  });

  test('count while both sides are as they were shown', () => {
    expect(told(trees, decided('local'))).toEqual(['f: upload']);
    expect(told(trees, decided('remote'))).toEqual(['f: download']);
    expect(told(trees, decided('local', { remote: old }))).toEqual(['f: both-changed']);
  });

  test('both: the copy of the sandbox gets its own name there, from what is there', () => {
    const { decisions } = run(trees, decided('both', { bothName: 'f (sandbox)' }));
    expect(decisions).toEqual([
      { action: 'upload', path: 'f (sandbox)', entry: theirs, over: null },
      { action: 'upload', path: 'f', entry: mine, over: theirs },
    ]);
    const remote = new Map([['f', theirs]]);
    const steps = planSteps(decisions, {
      ...{ local: new Map([['f', mine]]), remote, localFacts: allFacts, remoteFacts: allFacts },
    });
    // Small as it is, the second copy is made of what the sandbox has: this computer could not send it.
    expect(steps.upload).toMatchObject([
      { do: 'put', path: 'f (sandbox)', source: { from: 'copy', path: 'f' } },
      { do: 'put', path: 'f', source: { from: 'data' } },
    ]);
  });

  test('of a folder against a file takes all that is below along', () => {
    const clash = { local: { d: dir, 'd/f': mine }, remote: { d: theirs } };
    const resolutions = (choice: 'local' | 'remote') => ({
      resolutions: new Map([['d', { choice, local: dir, remote: theirs }]]),
    });
    expect(told(clash, resolutions('local'))).toEqual(['d: upload', 'd/f: upload']);
    expect(told(clash, resolutions('remote'))).toEqual(['d: download', 'd/f: download -']);
  });

  test('what can be chosen depends on what there is', () => {
    expect(choicesOf('both-changed', old, theirs)).toEqual(['local', 'remote', 'both', 'merged']);
    expect(choicesOf('both-changed', linkEntry('a'), linkEntry('b'))).toEqual(['local', 'remote', 'both']);
    expect(choicesOf('changed-deleted', null, theirs)).toEqual(['local', 'remote']);
    expect(choicesOf('type', dir, theirs)).toEqual(['local', 'remote']);
  });
});

describe('downloads that would run by themselves', () => {
  test('wait until they are allowed, each version by itself', () => {
    const path = '.vscode/tasks.json';
    const trees = { remote: { '.vscode': dir, [path]: theirs } };
    expect(told(trees)).toEqual(['.vscode: download', `${path}: runs-by-itself`]);
    expect(told(trees, { approved: new Set([approvalOf(path, theirs)]) })).toEqual([
      '.vscode: download',
      `${path}: download`,
    ]);
    expect(told(trees, { approved: new Set([approvalOf(path, mine)]) })).toContain(`${path}: runs-by-itself`);
    expect(told({ local: { '.vscode': dir, [path]: mine } }), 'our own goes').toContain(`${path}: upload`);
  });
});

describe('exclusion files of the sandbox', () => {
  const left: Excluded = {
    ...{ path: 'app/config.local', side: 'local', directory: false, source: '.gitignore' },
    ...{ line: 1, pattern: '*.local' },
  };
  const base = { '.gitignore': old, app: dir, 'app/.gitignore': old, other: dir, 'other/.gitignore': old };
  const run = (remote: Tree, mode: SyncMode = 'two-way') =>
    told({ base, remote }, { mode, local: scan(base, { excluded: [left], excludedCount: 1 }) });

  test('wait where they could take in what is left out here, changed or deleted', () => {
    const all = { ...base, '.gitignore': theirs, 'app/.gitignore': theirs, 'other/.gitignore': theirs };
    expect(run(all)).toEqual([
      '.gitignore: rules-change',
      'app/.gitignore: rules-change',
      'other/.gitignore: download',
    ]);
    const { '.gitignore': _gone, ...without } = base;
    expect(run(without)).toEqual(['.gitignore: rules-change']);
    expect(run({ ...base, 'app/.specboardignore': theirs })).toEqual(['app/.specboardignore: rules-change']);
    expect(run(all, 'download')).not.toContain('.gitignore: rules-change');
  });

  test('are taken where nothing is left out by one, and where the person says so', () => {
    const trees = { base, local: base, remote: { ...base, '.gitignore': theirs } };
    expect(told(trees)).toEqual(['.gitignore: download']);
    const resolutions = new Map([['.gitignore', { choice: 'remote' as const, local: old, remote: theirs }]]);
    const asked = { local: scan(base, { excluded: [left], excludedCount: 1 }), resolutions };
    expect(told(trees, asked)).toEqual(['.gitignore: download']);
  });
});

describe('names that this computer cannot tell apart', () => {
  const mac = { localFacts: { ...allFacts, caseSensitive: false, unicodeSensitive: false } };

  test('are not written; what was there goes on', () => {
    const trees = { base: { a: old }, local: { a: old }, remote: { a: theirs, A: mine } };
    expect(told(trees, mac)).toEqual(['A: name-clash', 'a: download']);
    expect(told({ remote: { x: mine, X: theirs } }, mac)).toEqual(['X: name-clash', 'x: name-clash']);
    expect(told({ remote: { x: mine, X: theirs } })).toEqual(['X: download', 'x: download']);
  });

  test('nothing goes into a folder whose name clashes', () => {
    const remote = { dir: folderEntry, Dir: folderEntry, 'Dir/f': theirs };
    expect(told({ local: { dir: folderEntry }, base: { dir: folderEntry }, remote }, mac)).toEqual([
      'Dir: name-clash',
    ]);
  });

  test('a name that changes its case only is one step', () => {
    const trees = { base: { readme: old }, local: { readme: old }, remote: { README: old } };
    const { decisions } = run(trees, mac);
    const steps = planSteps(decisions, {
      local: new Map([['readme', old]]),
      remote: new Map([['README', old]]),
      ...{ localFacts: mac.localFacts, remoteFacts: allFacts },
    });
    expect(steps).toEqual({
      upload: [],
      download: [{ do: 'rename', path: 'readme', to: 'README', over: old }],
      isUnfinished: true,
    });
  });

  test('names that Windows cannot have are told, one by one', () => {
    const windows = { localFacts: { ...allFacts, windowsNames: true } };
    const { decisions, unusable } = run({ remote: { 'aux.txt': theirs, 'ok.txt': theirs } }, windows);
    expect(decisions.map(({ path }) => path)).toEqual(['ok.txt']);
    expect(unusable).toEqual([{ path: 'aux.txt', side: 'remote', reason: 'name-not-possible' }]);
  });
});

describe('steps', () => {
  const steps = (trees: Parameters<typeof run>[0]) =>
    planSteps(run(trees).decisions, {
      local: new Map(Object.entries(trees.local ?? {})),
      remote: new Map(Object.entries(trees.remote ?? {})),
      ...{ localFacts: allFacts, remoteFacts: allFacts },
    });

  test('make way, folders from the top, files, then what goes, from the bottom', () => {
    const base = { d: dir, 'd/f': old, e: dir, 'e/g': old, 'e/h': dir };
    const { upload } = steps({ base, local: { d: mine, n: dir, 'n/m': dir, 'n/m/f': mine }, remote: base });
    expect(upload.map((item) => `${item.do} ${item.path}`)).toEqual([
      'remove d/f',
      'remove d',
      'directory n',
      'directory n/m',
      'put d',
      'put n/m/f',
      'remove e/g',
      'remove e/h',
      'remove e',
    ]);
  });

  test('a rename takes its bytes from the old name; a large change is a delta; a bit alone is no content', () => {
    const big = { ...fileEntry('big'), size: 100_000 };
    const edited = { ...fileEntry('big, edited'), size: 100_000 };
    const moved = steps({ base: { a: big }, local: { b: big }, remote: { a: big } });
    expect(moved.upload).toMatchObject([
      { do: 'put', path: 'b', source: { from: 'copy', path: 'a' } },
      { do: 'remove', path: 'a' },
    ]);
    const changed = steps({ base: { a: big }, local: { a: edited }, remote: { a: big } });
    expect(changed.upload).toMatchObject([
      { do: 'put', source: { from: 'delta', path: 'a', baseHash: big.hash } },
    ]);
    const bit = steps({ base: { a: old }, local: { a: { ...old, executable: true } }, remote: { a: old } });
    expect(bit.upload).toEqual([{ do: 'mode', path: 'a', executable: true, over: old }]);
  });
});
