/** Pure parts of the Files tab: paths, rows, names that are taken, hostile names, pieces; and the stores over a bridge in memory. */
import { describe, expect, test } from 'vitest';
import { createBridge } from '../../src-renderer/bridge/client.ts';
import { planUploads } from '../../src-renderer/features/files/clash-rules.ts';
import { nameParts, visibleName } from '../../src-renderer/features/files/visible-name.ts';
import * as paths from '../../src-renderer/stores/files/file-paths.ts';
import { FilesStore } from '../../src-renderer/stores/files/files-store.ts';
import { OpenFiles } from '../../src-renderer/stores/files/open-files.ts';
import { Transfers } from '../../src-renderer/stores/files/transfers.ts';
import {
  type FolderState,
  TreeModel,
  type TreeNode,
  type TreeView,
} from '../../src-renderer/stores/files/tree-model.ts';
import {
  piecesOf,
  sourcesOfDrop,
  sourcesOfFiles,
  type UploadSource,
} from '../../src-renderer/stores/files/upload-source.ts';
import type { SpecboardApi } from '../../src-shared/contract/api.ts';
import { type FileItem, isSameContent } from '../../src-shared/domain/file.ts';
import { fileMethods, ScenarioFiles, transferStreams } from '../support/scenario/files.ts';

const file = (name: string, size = 1, modifiedAt = 1): FileItem => ({ name, type: 'file', size, modifiedAt });
const folder = (name: string): FileItem => ({ name, type: 'directory', size: 0, modifiedAt: 1 });
const ready = (...items: FileItem[]): FolderState => ({ state: 'ready', items, more: 0, problem: null });

describe('paths', () => {
  test.each([
    ['.', 'a', 'a'],
    ['a', 'b', 'a/b'],
    ['/', 'a', '/a'],
    ['/a', 'b c', '/a/b c'],
  ])('%s and %s', (inFolder, name, joined) => {
    expect(paths.joinPath(inFolder, name)).toBe(joined);
    expect(paths.parentOf(joined)).toBe(inFolder);
    expect(paths.nameOf(joined)).toBe(name);
    expect(paths.isInside(joined, inFolder)).toBe(true);
  });

  test('what is inside of what, and follows a move', () => {
    expect(paths.isInside('ab', 'a')).toBe(false);
    expect(paths.isInside('/x', '.')).toBe(false);
    expect(paths.parentOf('/')).toBe('/');
    expect(paths.movedPath('a/b/c', 'a/b', 'x')).toBe('x/c');
    expect(paths.movedPath('a/bc', 'a/b', 'x')).toBe('a/bc');
    expect(paths.crumbsOf('/home/user').map((crumb) => crumb.path)).toEqual(['/', '/home', '/home/user']);
    expect(paths.crumbsOf('a/b').map((crumb) => crumb.path)).toEqual(['.', 'a', 'a/b']);
  });

  test.each([
    ['', '.'],
    ['/', '/'],
    ['//home/../etc/./x/', '/etc/x'],
    ['../a', '../a'],
    ['a/b/../..', '.'],
  ])('typed "%s" is %s', (typed, path) => expect(paths.typedPath(typed)).toBe(path));

  test('free names and impossible ones', () => {
    expect(paths.freeName('a.tar.gz', new Set(['a.tar.gz', 'a.tar (2).gz']))).toBe('a.tar (3).gz');
    expect(paths.freeName('.env', new Set(['.env']))).toBe('.env (2)');
    expect(paths.nameProblem('a/b')).toBe('slash');
    expect(paths.nameProblem('..')).toBe('dots');
    expect(paths.nameProblem('ä'.repeat(128))).toBe('long');
    expect(paths.nameProblem('ä'.repeat(127))).toBeNull();
  });
});

test('versions are the same by content; by time and size only where nobody could read it', () => {
  const one = { modifiedAt: 1, size: 3, sha256: 'a' };
  expect(isSameContent(one, { modifiedAt: 9, size: 3, sha256: 'a' })).toBe(true);
  expect(isSameContent(one, { ...one, sha256: 'b' })).toBe(false);
  expect(isSameContent(one, { ...one, sha256: '' })).toBe(true);
  expect(isSameContent(one, { modifiedAt: 2, size: 3, sha256: '' })).toBe(false);
});

describe('names of strangers', () => {
  test.each([
    ['report\u202Etxt.exe', 'report‹U+202E›txt.exe'],
    ['two\nlines', 'two‹LF›lines'],
    ['\u001b[31mred\u0000', '‹ESC›[31mred‹U+0000›'],
    [' a b ', '‹SP›a b‹SP›'],
    ['👨‍👩‍👧 ملف.csv', '👨‍👩‍👧 ملف.csv'],
  ])('%j', (name, shown) => {
    expect(visibleName(name)).toBe(shown);
    expect(nameParts(name).some(({ marked }) => marked)).toBe(name !== shown);
  });
});

describe('the tree', () => {
  const view: TreeView = { sort: 'name', descending: false, hidden: false };
  const names = (nodes: TreeNode[]) =>
    nodes.map((node) => (node.kind === 'item' ? node.item.name : node.kind));
  const base = ready(file('b10', 5, 3), file('b9', 9, 1), folder('z'), file('.env'), {
    name: 'ln',
    type: 'link',
    size: 1,
    modifiedAt: 2,
    link: { target: 'z', leadsTo: 'directory' },
  });

  test('folders and links to folders first, numbers as people count, hidden ones only where asked for', () => {
    const model = new TreeModel();
    const rows = (changed: Partial<TreeView>) =>
      names(model.rows('.', { '.': base }, new Set(), { ...view, ...changed }));
    expect(rows({})).toEqual(['ln', 'z', 'b9', 'b10']);
    expect(rows({ descending: true })).toEqual(['z', 'ln', 'b10', 'b9']);
    expect(rows({ sort: 'size', descending: true })).toEqual(['ln', 'z', 'b9', 'b10']);
    expect(rows({ sort: 'time' })).toEqual(['z', 'ln', 'b9', 'b10']);
    expect(rows({ hidden: true })).toContain('.env');
  });

  test('what is not there is said inside of the folder', () => {
    const model = new TreeModel();
    const failed: FolderState = {
      ...ready(),
      state: 'failed',
      problem: { code: 'forbidden', message: 'No.', retryable: false },
    };
    const folders = { '.': base, z: failed, ln: { ...ready(file('.a')), more: 0 } };
    const [ln, z] = model.rows('.', folders, new Set(['z', 'ln']), view);
    expect(ln?.kind === 'item' && ln.children).toMatchObject([{ kind: 'empty', count: 1 }]);
    expect(z?.kind === 'item' && z.children).toMatchObject([{ kind: 'failed', path: 'z' }]);
    expect(names(model.rows('.', {}, new Set(), view))).toEqual(['loading']);
    expect(names(model.rows('.', { '.': { ...ready(file('a')), more: 7 } }, new Set(), view))).toEqual([
      'a',
      'more',
    ]);
  });

  test('rows that did not change stay the same objects; ten thousand are sorted once', () => {
    const model = new TreeModel();
    const many = ready(...Array.from({ length: 10_000 }, (_, n) => file(`row ${n}`)));
    const before = model.rows('.', { '.': ready(folder('many'), file('x')), many }, new Set(['many']), view);
    const started = performance.now();
    const after = model.rows('.', { '.': ready(folder('many'), file('y')), many }, new Set(['many']), view);
    expect(performance.now() - started).toBeLessThan(50);
    const rowsOf = (nodes: TreeNode[]) => (nodes[0]?.kind === 'item' ? nodes[0].children : null);
    expect(rowsOf(before)).toHaveLength(10_000);
    expect(rowsOf(after)).toBe(rowsOf(before));
  });
});

describe('names that are taken', () => {
  const source = (name: string, kind: 'file' | 'folder' = 'file'): UploadSource =>
    kind === 'file'
      ? { kind, name, size: 0, file: new File([], name) }
      : { kind, name, size: 0, entries: [] };
  const taken = new Map([
    ['a', 'file'],
    ['b', 'file'],
    ['d', 'folder'],
  ] as const);

  test('are asked about one by one, or once for all', async () => {
    const asked: unknown[] = [];
    const planned = await planUploads([source('new'), source('a'), source('b')], taken, async (question) => {
      asked.push(question);
      return { answer: 'keep-both', forAll: true };
    });
    expect(planned?.map(({ name, replace }) => [name, replace])).toEqual([
      ['new', false],
      ['a (2)', false],
      ['b (2)', false],
    ]);
    expect(asked).toEqual([{ name: 'a', isFolder: false, canReplace: true, others: 1 }]);
  });

  test('a folder never replaces a file, even when all are to be replaced', async () => {
    const asked: string[] = [];
    const planned = await planUploads(
      [source('a'), source('d'), source('b'), source('d', 'folder')],
      taken,
      async ({ name, canReplace }) => {
        asked.push(`${name} ${canReplace}`);
        return canReplace ? { answer: 'replace', forAll: true } : { answer: 'skip', forAll: false };
      },
    );
    expect(asked).toEqual(['a true', 'd false']);
    expect(planned?.map(({ name, replace }) => `${name} ${replace}`)).toEqual(['a true', 'b true', 'd true']);
    expect(await planUploads([source('a')], taken, async () => null)).toBeNull();
    const twins = await planUploads([source('n'), source('n')], new Map(), async () => null);
    expect(twins?.map(({ name }) => name)).toEqual(['n', 'n (2)']);
  });
});

describe('pieces', () => {
  async function sent(source: UploadSource) {
    const batches = [];
    for await (const batch of piecesOf(source)) batches.push(batch);
    return batches;
  }

  test('of a large file follow one another; the last is marked', async () => {
    const batches = await sent({
      kind: 'file',
      name: 'a',
      size: 600_000,
      file: new File([new Uint8Array(600_000)], 'a'),
    });
    expect(batches.map(({ pieces }) => pieces.map(({ bytes }) => bytes.length))).toEqual([
      [262_144],
      [262_144],
      [75_712],
    ]);
    expect(batches.map(({ last }) => last)).toEqual([false, false, true]);
    const [empty] = await sent({ kind: 'file', name: 'a', size: 0, file: new File([], 'a') });
    expect(empty).toEqual({ pieces: [], last: true });
  });

  test('of a dropped folder keep its tree, empty folders too; small files travel together', async () => {
    const dropped = (name: string, text: string) => ({
      kind: 'file' as const,
      name,
      getFile: async () => new File([text], name, { lastModified: 5 }),
    });
    type Dropped = Parameters<typeof sourcesOfDrop>[0] extends Iterable<infer T> ? T : never;
    const tree = (name: string, ...entries: Dropped[]) => ({
      kind: 'directory' as const,
      name,
      async *getEntries() {
        yield* entries as never[];
      },
    });
    const sources = await sourcesOfDrop([
      dropped('x.txt', 'x'),
      tree('top', dropped('a', 'aa'), tree('empty'), tree('deep', dropped('b', ''))),
    ]);
    expect(sources.map(({ name, kind, size }) => [name, kind, size])).toEqual([
      ['x.txt', 'file', 1],
      ['top', 'folder', 2],
    ]);
    const [batch] = await sent(sources[1] as UploadSource);
    expect(batch?.pieces.map(({ entry }) => entry && `${entry.path} ${entry.folder} ${entry.size}`)).toEqual([
      'a false 2',
      'empty true 0',
      'deep true 0',
      'deep/b false 0',
    ]);
  });

  test('a chosen folder is one upload', () => {
    const inFolder = (path: string) =>
      Object.defineProperty(new File(['x'], 'f'), 'webkitRelativePath', { value: path });
    const plain = Object.defineProperty(new File(['x'], 'g'), 'webkitRelativePath', { value: '' });
    const sources = sourcesOfFiles([inFolder('top/a'), plain, inFolder('top/deep/b')]);
    expect(sources.map(({ kind, name, size }) => [kind, name, size])).toEqual([
      ['folder', 'top', 2],
      ['file', 'g', 1],
    ]);
  });
});

describe('stores', () => {
  function scenario() {
    const files = new ScenarioFiles('few');
    const calls: string[] = [];
    const called = async (name: string) => void calls.push(name);
    const api = { files: fileMethods(files, called), ...transferStreams(files, called) };
    return { files, calls, bridge: createBridge(api as unknown as SpecboardApi) };
  }

  test('a text that is not saved survives everything but being given up', async () => {
    const { files, bridge } = scenario();
    const open = new OpenFiles(bridge, 's');
    await open.load('model.py');
    open.edit('model.py');
    open.type('model.py', 'mine');
    await open.load('README.md');
    await open.load('model.py');
    expect(open.get('README.md')).toBeUndefined();
    expect(open.textOf('model.py')).toBe('mine');
    files.change('model.py', 'theirs');
    expect(await open.save('model.py')).toBe(false);
    expect(open.get('model.py')).toMatchObject({ dirty: true, conflict: { theirs: { size: 6 } } });
    // A third change between the question and the answer is a conflict again.
    files.change('model.py', 'others');
    expect(await open.resolve('model.py', 'overwrite')).toBe(false);
    expect(files.find('model.py')?.text).toBe('others');
    expect(await open.resolve('model.py', 'keep-theirs')).toBe(true);
    expect(files.find('model.py')?.text).toBe('mine');
    expect(files.find('model (2).py')?.text).toBe('others');
    expect(open.get('model.py')).toMatchObject({ dirty: false, editing: true, conflict: null });
    open.type('model.py', 'more');
    open.moved('model.py', 'data/model.py');
    expect(open.unsaved('data')).toEqual(['data/model.py']);
    expect(open.textOf('data/model.py')).toBe('more');
    open.removed(['data']);
    expect(open.unsaved()).toEqual([]);
  });

  test('giving up reads what is there', async () => {
    const { files, bridge } = scenario();
    const open = new OpenFiles(bridge, 's');
    await open.load('model.py');
    open.edit('model.py');
    open.type('model.py', 'mine');
    files.change('model.py', 'theirs');
    await open.discard('model.py');
    expect(open.textOf('model.py')).toBe('theirs');
    expect(open.get('model.py')).toMatchObject({ dirty: false, editing: false });
  });

  test('the tree follows what is made, renamed and removed; a failure keeps what was there', async () => {
    const { files, bridge } = scenario();
    const tree = new FilesStore(bridge, 's');
    await tree.start();
    expect(tree.state.base).toBe('/work');
    tree.setExpanded(new Set(['/work/data']));
    expect(await tree.create('/work/data', 'new', 'folder')).toBe('/work/data/new');
    expect([...tree.state.selected]).toEqual(['/work/data/new']);
    expect(await tree.create('/work/data', 'new', 'file')).toBeNull();
    expect(tree.state.problem?.code).toBe('conflict');
    tree.open('/work/data/sales.csv');
    expect(await tree.renameTo('/work/data', 'moved')).toBe(true);
    expect(tree.state.open).toBe('/work/moved/sales.csv');
    expect(tree.itemAt('/work/moved/sales.csv')?.name).toBe('sales.csv');
    expect(await tree.renameTo('/work/moved', 'model.py')).toBe(false);
    await tree.remove(['/work/moved']);
    expect(tree.state.open).toBeNull();
    expect(files.find('moved')).toBeUndefined();
    files.nextProblem = { code: 'unreachable', message: 'Away.', retryable: true };
    await tree.read('/work');
    expect(tree.state.folders['/work']).toMatchObject({ state: 'failed', problem: { message: 'Away.' } });
  });

  test('transfers: two uploads at a time, cancel, another try', async () => {
    const { files, bridge } = scenario();
    files.pieceMs = 5;
    const transfers = new Transfers(bridge);
    const source = (name: string): UploadSource => ({
      kind: 'file',
      name,
      size: 300_000,
      file: new File([new Uint8Array(300_000)], name),
    });
    const states = () => transfers.store.getState().list.map(({ state }) => state);
    const ended = Promise.withResolvers<void>();
    let left = 2;
    const onDone = () => {
      left -= 1;
      if (left === 0) ended.resolve();
    };
    files.nextTransferProblem = { code: 'unreachable', message: 'Away.', retryable: true };
    for (const name of ['a', 'b', 'c', 'd']) transfers.upload('s', source(name), name, false, onDone);
    expect(states()).toEqual(['running', 'running', 'waiting', 'waiting']);
    transfers.cancel('transfer-4');
    await ended.promise;
    expect(states()).toEqual(['failed', 'done', 'done', 'cancelled']);
    expect(files.uploaded).toEqual({ b: 300_000, c: 300_000 });
    left = 1;
    const again = Promise.withResolvers<void>();
    ended.promise = again.promise;
    ended.resolve = again.resolve;
    transfers.retry('transfer-1');
    await again.promise;
    expect(states()).toEqual(['done', 'done', 'done', 'cancelled']);
    transfers.clear({ sessionId: 's' });
    expect(states()).toEqual([]);
  });
});
