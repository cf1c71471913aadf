/** What resources/synckit.py does to a folder: every kind of item, what is there afterwards, what is kept, and crashes at any point. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApplyResult } from '../../src-main/sync/types.ts';
import { python } from '../support/runner.ts';
import {
  anHourAgo,
  bundleOf,
  file,
  folder,
  type Item,
  KitHost,
  kitFile,
  link,
  put,
  sha256,
} from '../support/synckit.ts';

let host: KitHost;
/** In memory where there is such a volume: these tests are about what is done, not about the disk. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
beforeEach(() => {
  host = new KitHost(mkdtempSync(join(base, 'sb-kit-')));
});
afterEach(() => {
  host[Symbol.dispose]();
});

/** How a name can get something else: what the system can do, or what is left to do without it. */
const ways = {
  exchange: {},
  link: { exchange: false },
  turns: { exchange: false, hardLinks: false },
} as const;

/** Makes the kit believe that its file system can do less. */
async function limit(facts: object, at = host): Promise<void> {
  await at.ask('hello');
  const name = join(at.state, 'facts');
  writeFileSync(name, JSON.stringify({ ...JSON.parse(readFileSync(name, 'utf8')), ...facts }));
}

/** Everything that was kept, by content. */
function keptTexts(at = host): string[] {
  return readdirSync(join(at.state, 'kept'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .sort();
}

/** What is left in the kit's own folders beside what it is to keep. */
function leftovers(at = host): string[] {
  return ['in', 'stage'].flatMap((name) => readdirSync(join(at.state, name)));
}

/** Makes files old enough that nobody can have written them just now. */
function longAgo(...paths: string[]): void {
  for (const path of paths) utimesSync(join(host.root, path), 1_600_000_000, 1_600_000_000);
}

const done = { result: 'done', kept: null };
const changed = { result: 'changed' };

describe('items', () => {
  test('new files, folders and links come with mode and time; the answer is the next scan', async () => {
    host.fill({ old: 'x' });
    const { snapshot: have } = await host.ask('scan', { have: null });
    const items: Item[] = [
      { do: 'directory', path: 'empty', over: null },
      put('a/b/c.txt', 'new'),
      { ...put('run.sh', '#!'), entry: file('#!', true) },
      put('zero', ''),
      put('-rf', "quote ' and\nline"),
      { do: 'link', path: 'a/up', entry: link('../old'), over: null },
    ];
    const answer = await host.apply(items, { have, epoch: 7 });
    expect(answer).toMatchObject({
      ok: true,
      results: items.map(() => done),
      marker: { epoch: 7 },
      base: have,
    });
    expect(host.read('a/b/c.txt')).toBe('new');
    expect(statSync(join(host.root, 'a/b/c.txt')).mtimeMs).toBe(anHourAgo);
    const umask = process.umask();
    expect(statSync(join(host.root, 'a/b/c.txt')).mode & 0o7777).toBe(0o666 & ~umask);
    expect(statSync(join(host.root, 'run.sh')).mode & 0o7777).toBe(0o777 & ~umask);
    expect(statSync(join(host.root, 'a/b')).mode & 0o7777).toBe(0o777 & ~umask);
    expect(readlinkSync(join(host.root, 'a/up'))).toBe('../old');
    const scan = await host.ask('scan', { have });
    expect(scan).toMatchObject({ snapshot: answer.snapshot, set: answer.set, del: [] });
    expect(answer.set.length).toBe(8);
    expect((await host.ask('wait', { have: answer.snapshot, seconds: 0 })).changed).toBe(false);
    expect(leftovers()).toEqual([]);
    // the same once more, as after a lost answer: nothing happens twice
    const again = await host.apply(items, { have: answer.snapshot, epoch: 7 });
    expect(again).toMatchObject({ results: items.map(() => done), snapshot: answer.snapshot, set: [] });
    expect(keptTexts()).toEqual([]);
  });

  for (const [way, facts] of Object.entries(ways)) {
    test(`what was there is kept (${way}), what is not expected stays`, async () => {
      await limit(facts);
      host.fill({
        a: 'a1',
        b: 'b1',
        c: 'c1',
        tofolder: 't1',
        tolink: 'k1',
        'tofile/x': '',
        gone: 'g1',
        mode: 'm1',
      });
      rmSync(join(host.root, 'tofile/x'));
      symlinkSync('a', join(host.root, 'link'));
      chmodSync(join(host.root, 'a'), 0o640);
      mkdirSync(join(host.root, 'full/of'), { recursive: true });
      const { snapshot: have } = await host.ask('scan', { have: null });
      // settled ones, which are not looked at again, and fresh ones
      longAgo('b', 'tolink');
      host.fill({ c: 'by somebody' });
      const items: Item[] = [
        { ...put('a', 'a2', file('a1')), entry: file('a2', true) },
        put('b', 'b2', file('b1')),
        put('c', 'c2', file('c1')),
        { do: 'directory', path: 'tofolder', over: file('t1') },
        { do: 'link', path: 'tolink', entry: link('a'), over: file('k1') },
        put('tofile', 'now a file', folder),
        put('link', 'now a file too', link('a')),
        { do: 'remove', path: 'gone', over: file('g1') },
        { do: 'mode', path: 'mode', executable: true, over: file('m1') },
        { do: 'remove', path: 'full', over: folder },
        { do: 'remove', path: 'full/of', over: folder },
        { do: 'remove', path: 'full', over: folder },
        put('b/x', 'parent is a file'),
        put('none', 'expected one', file('x')),
        put('b', 'exists', null),
        { do: 'remove', path: 'mode', over: file('other') },
        { do: 'directory', path: 'link', over: null },
      ];
      const answer = await host.apply(items, { have });
      const kept = (number: number) => ({ result: 'done', kept: `c1/${number}` });
      expect(answer.results.map(({ result }) => result)).toEqual(
        'done done changed done done done done done done changed done done changed changed changed changed changed'.split(
          ' ',
        ),
      );
      const names = answer.results.flatMap((result) =>
        'kept' in result && result.kept ? [result.kept] : [],
      );
      expect(answer.results[0]).toEqual(kept(Number(names[0]?.slice(3))));
      const { found } = await host.ask('kept', { names });
      expect(found.map((one) => one.target ?? readFileSync(one.file, 'utf8'))).toEqual([
        'a1',
        'b1',
        't1',
        'k1',
        'a',
        'g1',
      ]);
      expect([host.read('a'), host.read('b'), host.read('c')]).toEqual(['a2', 'b2', 'by somebody']);
      expect(statSync(join(host.root, 'a')).mode & 0o777).toBe(0o750);
      expect(statSync(join(host.root, 'mode')).mode & 0o111).not.toBe(0);
      expect(statSync(join(host.root, 'tofolder')).isDirectory()).toBe(true);
      expect(lstatSync(join(host.root, 'link')).isFile()).toBe(true);
      expect(existsSync(join(host.root, 'full'))).toBe(false);
      expect(leftovers()).toEqual([]);
      // all that was done is done when it is asked again, as where an answer was lost: the same copies are told, none is made twice
      const isDone = (_: unknown, number: number) => number < 12 && number !== 2 && number !== 9;
      const again = await host.apply(items.filter(isDone));
      expect(again.results).toEqual(answer.results.filter(isDone));
      expect(keptTexts()).toEqual(['a1', 'b1', 'g1', 'k1', 't1']);
      // what the answers say is what a scan finds
      const scan = await host.ask('scan', { have: answer.snapshot });
      expect(scan.set.map(([path]) => path)).toEqual(['c']);
      expect(scan.del).toEqual([]);
      expect((await host.ask('drop', { names: [...names, 'c1/999', 'none/0'] })).dropped).toBe(names.length);
      expect(readdirSync(join(host.state, 'kept'))).toEqual([]);
      expect(await host.ask('kept', { names: ['../r1'] })).toMatchObject({ code: 'invalid-request' });
    });
  }

  test('a copy is told by scans until the client has it in its history, whatever became of the answer', async () => {
    host.fill({ a: 'a1', gone: 'g1', same: 's1', folder: 'f1' });
    symlinkSync('a', join(host.root, 'link'));
    const items: Item[] = [
      put('a', 'a2', file('a1')),
      put('new', 'n1'),
      put('same', 'other', file('not this')),
      put('link', 'now a file', link('a')),
      { do: 'directory', path: 'folder', over: file('f1') },
      { do: 'remove', path: 'gone', over: file('g1') },
    ];
    const answer = await host.apply(items, { cycle: 'c7' });
    const told = async (fields: object = {}) => {
      const { left = [] } = await host.ask('scan', { have: null, ...fields });
      for (const [, name, , , kind, , , , last] of left) {
        const { found } = await host.ask('kept', { names: [name] });
        expect(kind === 'l' ? found[0]?.target : sha256(readFileSync(found[0]?.file ?? ''))).toBe(last);
      }
      return left.map(([note, name, path, why]) => `${note} ${name} ${path} ${why}`);
    };
    const all = [
      'c7 c7/0 a replaced',
      'c7 c7/2 link replaced',
      'c7 c7/3 folder replaced',
      'c7 c7/4 gone deleted',
    ];
    expect(await told()).toEqual(all);
    expect(
      answer.results.flatMap((result) => ('kept' in result && result.kept ? [result.kept] : [])),
    ).toEqual(all.map((line) => line.split(' ')[1]));
    // A second bundle of the same cycle; then a copy goes, and one is brought back by hand.
    await host.apply([put('a', 'a3', file('a2'))], { cycle: 'c7' });
    await host.ask('drop', { names: ['c7/2'] });
    expect(await told()).toEqual(['c7 c7/0 a replaced', ...all.slice(2), 'c7 c7/5 a replaced']);
    expect(await told({ stored: ['c6'] })).toHaveLength(4);
    expect(await told({ stored: ['c7'] })).toEqual([]);
    expect(readdirSync(join(host.state, 'left'))).toEqual([]);
    expect(keptTexts()).toEqual(['a1', 'a2', 'f1', 'g1']);
  });

  test('renames, for names that a file system does not tell apart, and only where nothing is in the way', async () => {
    host.fill({ 'Dir/f': 'x', one: '1', two: '2' });
    const { snapshot: have } = await host.ask('scan', { have: null });
    const items = [
      { do: 'rename', path: 'one', to: 'ONE', over: file('1') },
      { do: 'rename', path: 'Dir', to: 'dir', over: folder },
      { do: 'rename', path: 'two', to: 'ONE', over: file('2') },
    ];
    const answer = await host.apply(items, { have });
    expect(answer.results).toEqual([done, done, changed]);
    expect(readdirSync(host.root).sort()).toEqual(['ONE', 'dir', 'two']);
    expect(answer.del).toEqual(['Dir', 'Dir/f', 'one']);
    expect((await host.ask('scan', { have: answer.snapshot })).set).toEqual([]);
    expect((await host.apply(items.slice(0, 2))).results).toEqual([done, done]);
  });

  test('the bytes of a file can come from elsewhere in the root, in pieces, and in parts', async () => {
    const old = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 256));
    const next = Buffer.concat([old.subarray(1000), Buffer.from('tail'), old.subarray(0, 10)]);
    const { state } = await host.ask('hello');
    host.fill({ base: old, small: 'small' });
    const parts = [Buffer.from('one,'), Buffer.from('two')];
    for (const part of parts) writeFileSync(join(state, 'parts', sha256(part)), part);
    const delta = (path: string, fields: object, content = 'tail'): Item => ({
      do: 'put',
      path,
      entry: file(next),
      over: path === 'base' ? file(old) : null,
      source: {
        from: 'delta',
        path: 'base',
        baseHash: sha256(old),
        spans: [
          [1000, 4000],
          [-1, 4],
          [0, 10],
        ],
        ...fields,
      },
      content,
    });
    const from = (path: string, text: string, source: object): Item => ({
      do: 'put',
      path,
      entry: file(text),
      over: null,
      source,
    });
    const answer = await host.apply([
      from('copy', 'small', { from: 'copy', path: 'small' }),
      from('copy2', 'other', { from: 'copy', path: 'small' }),
      from('copy3', 'other', { from: 'copy', path: 'none/such' }),
      from('parts', 'one,two', { from: 'parts', names: parts.map((part) => sha256(part)) }),
      from('parts2', 'one,two', { from: 'parts', names: [sha256('missing')] }),
      delta('moved', {
        spans: [
          [1000, 4000],
          [-1, 4],
          [1, 10],
        ],
      }),
      delta('other', {
        baseHash: '0'.repeat(64),
        spans: [
          [1000, 4000],
          [-1, 4],
          [1, 10],
        ],
      }),
      delta('base', {}),
      put('after', 'all of them'),
    ]);
    const detail = (text: string) => ({ result: 'failed', reason: 'changing', detail: text });
    expect(answer.results.slice(0, 7)).toEqual([
      done,
      changed,
      changed,
      done,
      detail('parts'),
      detail('delta'),
      changed,
    ]);
    expect(answer.results.slice(7)).toEqual([{ result: 'done', kept: 'c1/0' }, done]);
    expect(readFileSync(join(host.root, 'base'))).toEqual(next);
    expect([host.read('copy'), host.read('parts'), host.read('after')]).toEqual([
      'small',
      'one,two',
      'all of them',
    ]);
    expect(existsSync(join(host.root, 'moved'))).toBe(false);
    expect(readdirSync(join(state, 'parts'))).toEqual([]);
  });

  test('a bundle in a file goes when it was answered; many files are staged at once; two at a time take turns', async () => {
    const { state } = await host.ask('hello');
    const bundles = [0, 1].map((half) =>
      bundleOf(Array.from({ length: 150 }, (_, at) => put(`d${half}/n${at}`, `${half} ${at}`))),
    );
    for (const [half, bundle] of bundles.entries()) writeFileSync(join(state, 'in', `b${half}`), bundle);
    const send = (half: number) =>
      host.ask('apply', { cycle: 'c1', epoch: 1, have: null, bundle: { file: `b${half}` } });
    for (const answer of await Promise.all([send(0), send(1)])) {
      expect(new Set(answer.results.map(({ result }) => result))).toEqual(new Set(['done']));
    }
    expect((await host.tree()).size).toBe(302);
    expect(leftovers()).toEqual([]);
    expect(await send(0)).toMatchObject({ ok: false, code: 'not-found' });
    // somebody holds the lock
    const hold = `import fcntl,sys; f=open(sys.argv[1]); fcntl.flock(f,2); print(flush=True); sys.stdin.read()`;
    const holder = spawn(python, ['-c', hold, join(state, 'lock')]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(await host.ask('scan', { have: null, patience: 0.05 })).toMatchObject({
      ok: false,
      code: 'conflict',
    });
    await ended(holder);
  });

  test('have can be an older scan than the last one: the answer is that one with what was done', async () => {
    host.fill({ old: 'x' });
    const { snapshot: have } = await host.ask('scan', { have: null });
    host.fill({ later: 'y' });
    await host.ask('scan', { have: null });
    const answer = await host.apply([put('a/new', 'z'), { do: 'remove', path: 'old', over: file('x') }], {
      have,
    });
    expect(answer).toMatchObject({ base: have, del: ['old'] });
    expect(answer.set.map(([path]) => path)).toEqual(['a', 'a/new']);
    const scan = await host.ask('scan', { have: answer.snapshot });
    expect(scan).toMatchObject({ base: answer.snapshot, del: [] });
    expect(scan.set.map(([path]) => path)).toEqual(['later']);
  });

  test('a root that is missing is made, with its folders', async () => {
    const root = join(host.root, 'not/yet');
    expect((await host.apply([put('a/b', 'x')], { root })).results).toEqual([done]);
    expect(host.read('not/yet/a/b')).toBe('x');
  });
});

/** Ends a process of ours that waits for its input. */
function ended(child: ChildProcess): Promise<unknown> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  return gone;
}

/** What was seen after one run of the meddler. */
interface Seen {
  point: number;
  status: number;
  results: ApplyResult[] | string | null;
  root: Record<string, string>;
  recovered: Record<string, string>;
  again: ApplyResult[] | string | null;
  final: Record<string, string>;
  kept: string[];
  outside: Record<string, string>;
  left: Record<string, string>;
}

/** Runs an `apply` once for each of its hook points, where `action` happens (tests/support/synckit_meddle.py). */
async function meddle(spec: {
  files: object;
  items: Item[];
  facts: object;
  action: string;
  target?: string;
}): Promise<Seen[]> {
  const script = join(import.meta.dirname, '../support/synckit_meddle.py');
  const scratch = mkdtempSync(join(host.base, 'meddle-'));
  const words = ['-I', '-S', '-B', script, kitFile, scratch, JSON.stringify(spec)];
  const { stdout } = await promisify(execFile)(python, words, { maxBuffer: 1 << 26 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen);
}

describe('crashes', () => {
  /** With all that can go wrong between two steps. */
  const before: Record<string, string> = {
    put: 'p1',
    remove: 'r1',
    tofolder: 'f1',
    tolink: 'l1',
    mode: 'm1',
  };
  const items: Item[] = [
    put('put', 'p2', file('p1')),
    put('new/f', 'n2'),
    { do: 'remove', path: 'remove', over: file('r1') },
    { do: 'directory', path: 'tofolder', over: file('f1') },
    { do: 'link', path: 'tolink', entry: link('put'), over: file('l1') },
    { do: 'mode', path: 'mode', executable: true, over: file('m1') },
  ];
  const after: Record<string, string> = {
    put: 'p2',
    new: '/',
    'new/f': 'n2',
    tofolder: '/',
    tolink: '-> put',
    mode: 'm1',
  };

  for (const [way, facts] of Object.entries(ways)) {
    test(`killed at any point, asked again: nothing is lost (${way})`, async () => {
      const runs = await meddle({ files: before, items, facts, action: 'crash' });
      const crashed = runs.filter(({ status }) => status === 99);
      expect(crashed.length).toBeGreaterThan(15);
      expect(runs.length).toBe(crashed.length + 1);
      for (const seen of crashed) {
        const at = `crash ${seen.point}`;
        for (const path of new Set([...Object.keys(before), ...Object.keys(after)])) {
          const fine = [before[path], after[path]];
          // where the system cannot exchange two names there is a moment without one, which the next request ends
          if (way !== 'turns' || seen.root[path] !== undefined) {
            if (way !== 'link' || path !== 'tofolder')
              expect([at, path, fine]).toEqual([at, path, expect.arrayContaining([seen.root[path]])]);
          }
          expect([at, path, fine]).toEqual([at, path, expect.arrayContaining([seen.recovered[path]])]);
        }
        expect([at, seen.again]).toEqual([at, items.map(() => expect.objectContaining({ result: 'done' }))]);
        expect([at, seen.final]).toEqual([at, after]);
        expect([at, seen.kept]).toEqual([at, expect.arrayContaining(['p1', 'r1', 'f1', 'l1'])]);
        expect([at, seen.left]).toEqual([at, {}]);
      }
    });
  }

  test('SYNCKIT_CRASH_AT ends it there', async () => {
    const options = { env: { SYNCKIT_CRASH_AT: '2' } };
    const bundle = { data: bundleOf([put('f', 'x')]).toString('base64') };
    const run = await host.run('apply', { cycle: 'c', epoch: 1, have: null, bundle }, options);
    expect([run.code, run.answer]).toEqual([99, null]);
    expect(existsSync(join(host.root, 'f'))).toBe(false);
  });

  test('stopped by a signal: nothing is half, nothing is left', async () => {
    host.fill({ first: '1' });
    const many = Array.from({ length: 4000 }, (_, at) => put(`n${at}`, `${at}`));
    await host.ask('hello');
    writeFileSync(join(host.state, 'in/b'), bundleOf(many));
    const request = { cycle: 'c1', epoch: 2, have: null, bundle: { file: 'b' } };
    const run = await host.run('apply', request, {
      onStart: (kill) => {
        // as soon as it has begun to give names
        const look = setInterval(() => {
          if (readdirSync(host.root).length > 1) {
            clearInterval(look);
            kill('SIGTERM');
          }
        }, 1);
        setTimeout(() => clearInterval(look), 20_000).unref();
      },
    });
    expect([run.code, run.answer?.code]).toEqual([130, 'cancelled']);
    expect(leftovers()).toEqual([]);
    const names = readdirSync(host.root).filter((name) => name !== 'first');
    expect(names.length).toBeLessThan(4000);
    for (const name of names) expect(host.read(name)).toBe(name.slice(1));
  });
});

describe('others write meanwhile', () => {
  const over = file('before');
  const all: Record<string, Item> = {
    put: put('sub/f', 'ours!!', over),
    remove: { do: 'remove', path: 'sub/f', over },
    mode: { do: 'mode', path: 'sub/f', executable: true, over },
    new: put('sub/f', 'ours!!'),
  };
  for (const [way, facts] of Object.entries(ways)) {
    test(`whatever they do between two steps, what they did is there, and nothing leads out (${way})`, async () => {
      for (const action of ['save', 'write', 'remove', 'folder', 'link', 'parent']) {
        for (const [name, item] of Object.entries(all)) {
          // each pair once is enough for the ways that only `put` knows
          if (name !== 'put' && way !== 'exchange') continue;
          const files = name === 'new' ? { 'sub/other': 'x' } : { 'sub/f': 'before' };
          const runs = await meddle({ files, items: [item], facts, action, target: 'sub/f' });
          expect(runs.length).toBeGreaterThan(5);
          for (const seen of runs.slice(0, -1)) {
            const at = `${action} ${name} ${seen.point}`;
            const found = seen.root['sub/f'];
            if (action === 'save' || action === 'write') {
              expect([at, [found, ...seen.kept]]).toEqual([at, expect.arrayContaining(['theirs'])]);
            }
            if (action === 'folder') expect([at, found]).toEqual([at, '/']);
            if (action === 'link') expect([at, found]).toEqual([at, expect.stringMatching(/^-> /)]);
            if (action === 'parent' && name !== 'new') {
              expect([at, [seen.root['moved/f'], ...seen.kept]]).toEqual([
                at,
                expect.arrayContaining(['before']),
              ]);
            }
            const [result] = seen.results as ApplyResult[];
            if (result?.result === 'done' && (name === 'put' || result.kept !== null)) {
              expect([at, seen.kept]).toEqual([at, expect.arrayContaining(['before'])]);
            }
            expect([at, seen.outside, seen.left]).toEqual([at, { f: 'secret' }, {}]);
          }
        }
      }
    });
  }

  /** Saves without end, each save another text, as most editors do. */
  const writer = `
import os,sys
os.chdir(sys.argv[1])
for n in range(1, 8001):
    f=os.open('.tmp',os.O_WRONLY|os.O_CREAT|os.O_EXCL); os.write(f,b'%08d' % n); os.close(f)
    os.rename('.tmp','busy')`;
  test('an editor that saves in a loop: nothing is half, what it saved last is there or kept', async () => {
    host.fill({ busy: '00000000' });
    const child = spawn(python, ['-c', writer, host.root]);
    let over = false;
    const gone = new Promise((resolve) =>
      child.once('exit', () => {
        over = true;
        resolve(null);
      }),
    );
    for (let cycle = 0; !over && cycle < 20; cycle++) {
      await host.apply([put('busy', `ours ${cycle}`, file(host.read('busy')))], { cycle: `c${cycle}` });
    }
    await gone;
    expect([host.read('busy'), ...keptTexts()]).toContain('00008000');
    for (const text of [host.read('busy'), ...keptTexts()]) expect(text).toMatch(/^(\d{8}|ours \d+)$/);
    expect(leftovers()).toEqual([]);
  });
});
