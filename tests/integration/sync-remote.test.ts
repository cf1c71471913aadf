/** The sandbox's side of a sync over the real helper in plain processes: every call, how many requests it takes, and links that fail. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readBundle } from '../../src-main/sync/bundle/read-bundle.ts';
import type { RemoteSide } from '../../src-main/sync/sides.ts';
import type { Entry } from '../../src-main/sync/types.ts';
import {
  type Fault,
  FolderSandbox,
  faultyPort,
  fileEntry,
  folderEntry,
  hastyClock,
  linkEntry,
  never,
  noRules,
  pathPort,
  problemOf,
  put,
  sha256,
  textOf,
} from '../support/sync/remote-parts.ts';

const made: { sandbox: FolderSandbox; sides: RemoteSide[] }[] = [];

function sandbox(files: Record<string, string | Uint8Array> = {}): FolderSandbox {
  const sandbox = new FolderSandbox();
  made.push({ sandbox, sides: [] });
  sandbox.fill(files);
  return sandbox;
}

afterEach(() => {
  for (const { sandbox } of made.splice(0)) sandbox.remove();
});

/** Requests and bytes of a call. */
async function cost(
  side: RemoteSide,
  work: () => Promise<unknown>,
): Promise<{ requests: number; bytes: number }> {
  const before = side.traffic;
  await work();
  const after = side.traffic;
  const bytes = after.bytesUp + after.bytesDown - before.bytesUp - before.bytesDown;
  return { requests: after.requests - before.requests, bytes };
}

function entryOf(entries: ReadonlyMap<string, Entry>, path: string): Entry {
  const entry = entries.get(path);
  if (!entry) throw new Error(`There is no ${path}.`);
  return entry;
}

describe('with Python', () => {
  it('scans, and needs one small request where nothing changed', async () => {
    const box = sandbox({
      'a.txt': 'hello',
      'dir/b': 'world',
      'odd \'n"$x': 'q',
      'ünï/é': 'x',
      '-rf': 'y',
      'node_modules/m/x.js': '1',
      'app.log': 'l',
    });
    chmodSync(join(box.root, 'a.txt'), 0o755);
    symlinkSync('../a.txt', join(box.root, 'dir/link'));
    symlinkSync('/etc', join(box.root, 'out'));
    writeFileSync(Buffer.concat([Buffer.from(`${box.root}/bad`), Buffer.from([0xff])]), 'x');
    const side = box.side();
    expect(side.facts).toBeNull();
    const rules = {
      texts: [
        { source: 'defaults', folder: '', text: 'node_modules/\n' },
        { source: '.gitignore', folder: '', text: '*.log\n' },
      ],
    };
    const first = await side.scan({ checksum: false, rules }, never);
    expect([...first.entries.keys()].sort()).toEqual([
      '-rf',
      'a.txt',
      'dir',
      'dir/b',
      'dir/link',
      'odd \'n"$x',
      'ünï',
      'ünï/é',
    ]);
    expect(first.entries.get('a.txt')).toMatchObject({
      kind: 'file',
      size: 5,
      executable: true,
      hash: sha256('hello'),
    });
    expect(first.entries.get('dir/link')).toEqual(linkEntry('../a.txt'));
    expect(first.excluded).toEqual([
      { path: 'app.log', side: 'remote', directory: false, source: '.gitignore', line: 1, pattern: '*.log' },
    ]);
    expect(first.unusable.map(({ path, reason }) => [path, reason]).sort()).toEqual([
      ['bad\uFFFD', 'name-not-text'],
      ['out', 'link-leads-out'],
    ]);
    expect(first.remote).toMatchObject({
      method: 'python',
      note: null,
      exists: true,
      marker: null,
      facts: { caseSensitive: true, links: true },
    });
    expect(side.facts).toEqual(first.remote);
    // Found, put, asked.
    expect(side.traffic.requests).toBe(3);

    let again = first;
    const quiet = await cost(side, async () => {
      again = await side.scan({ checksum: false, rules }, never);
    });
    expect(quiet.requests).toBe(1);
    expect(quiet.bytes).toBeLessThan(1024);
    expect([...again.entries].every(([path, entry]) => first.entries.get(path) === entry)).toBe(true);
    expect(again.unusable).toEqual(first.unusable);

    box.fill({ 'dir/b': 'changed', 'dir/c': 'new' });
    unlinkSync(join(box.root, '-rf'));
    const changed = await side.scan({ checksum: true, rules }, never);
    expect(changed.entries.get('dir/b')?.hash).toBe(sha256('changed'));
    expect(changed.entries.has('dir/c') && !changed.entries.has('-rf')).toBe(true);
    expect(changed.entries.get('a.txt')).toBe(first.entries.get('a.txt'));

    // What a rule took out comes back with other rules.
    const open = await side.scan(noRules, never);
    expect(open.entries.has('app.log') && open.entries.has('node_modules/m/x.js')).toBe(true);
    await side.close();
    expect((await problemOf(side.scan(noRules, never))).code).toBe('cancelled');
  });

  it('finds the helper of an earlier time with the first request, and puts it again when it is gone', async () => {
    const box = sandbox({ a: '1' });
    await box.side().scan(noRules, never);
    const side = box.side();
    await side.scan(noRules, never);
    expect(side.traffic.requests).toBe(1);
    const base = join(box.home, '.specboard-sync');
    for (const name of readdirSync(base)) if (name.startsWith('kit-')) unlinkSync(join(base, name));
    const lost = await cost(side, () => side.scan(noRules, never));
    expect(lost.requests).toBe(3);
    // A relative root, and one below the home folder.
    for (const root of ['root', '~/root', './root'])
      expect((await box.side({ root }).scan(noRules, never)).entries.get('a')).toMatchObject({ size: 1 });
  });

  it('applies a small bundle with one request, a large one with two, and keeps what was there', async () => {
    const box = sandbox({ 'a.txt': 'old', 'dir/b': 'bee', 'dir/sub/c': 'ccc' });
    const side = box.side();
    const { entries } = await side.scan(noRules, never);
    const moved: { bytes: number; files: number }[] = [];
    const bundle = box.bundle([
      put('new/x', 'new one'),
      put('a.txt', 'replaced', entryOf(entries, 'a.txt'), { executable: true }),
      { do: 'remove', path: 'dir/b', over: entryOf(entries, 'dir/b') },
      { do: 'directory', path: 'empty', over: null },
      { do: 'link', path: 'l', entry: linkEntry('dir/sub/c'), over: null },
      {
        do: 'put',
        path: 'copy',
        entry: fileEntry('ccc'),
        over: null,
        source: { from: 'copy', path: 'dir/sub/c' },
      },
      { do: 'mode', path: 'dir/sub/c', executable: true, over: entryOf(entries, 'dir/sub/c') },
      put('nope', 'z', fileEntry('something else')),
      { do: 'remove', path: 'dir', over: folderEntry },
    ]);
    let results: Awaited<ReturnType<RemoteSide['apply']>> = [];
    const small = await cost(side, async () => {
      results = await side.apply('c1', 4, bundle, (at) => moved.push(at), never);
    });
    expect(small.requests).toBe(1);
    expect(results.map(({ result }) => result)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'done',
      'done',
      'done',
      'changed',
      'changed',
    ]);
    expect(moved.at(-1)).toEqual({ bytes: bundle.content, files: 4 });
    expect(box.read('a.txt')).toBe('replaced');
    expect(statSync(join(box.root, 'a.txt')).mode & 0o111).not.toBe(0);
    expect(existsSync(join(box.root, 'dir/b'))).toBe(false);
    const kept = results.map((one) => (one.result === 'done' ? one.kept : null));
    expect(await textOf(await side.readKept(kept[1] ?? '', never))).toBe('old');
    expect(await textOf(await side.readKept(kept[2] ?? '', never))).toBe('bee');
    await side.dropKept([kept[1] ?? ''], never);
    expect((await problemOf(side.readKept(kept[1] ?? '', never))).code).toBe('not-found');

    // The next scan knows all of it already.
    const after = await cost(side, async () => {
      const scan = await side.scan(noRules, never);
      expect(scan.remote.marker).toEqual({ rootId: 'r1', epoch: 4 });
      expect(scan.entries.get('dir/sub/c')?.executable).toBe(true);
      expect([...scan.entries.keys()].sort()).toEqual([
        'a.txt',
        'copy',
        'dir',
        'dir/sub',
        'dir/sub/c',
        'empty',
        'l',
        'new',
        'new/x',
      ]);
    });
    expect(after.requests).toBe(1);
    expect(after.bytes).toBeLessThan(1024);

    // The same once more: done already.
    expect((await side.apply('c1', 4, box.bundle([put('new/x', 'new one')]), () => {}, never))[0]).toEqual({
      result: 'done',
      kept: null,
    });

    const large = randomBytes(200_000);
    const steps: number[] = [];
    const two = await cost(side, () =>
      side.apply('c2', 5, box.bundle([put('large', large)]), ({ bytes }) => steps.push(bytes), never),
    );
    expect(two.requests).toBe(2);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(sha256(readFileSync(join(box.root, 'large')))).toBe(sha256(large));
    expect(readdirSync(join(box.home, '.specboard-sync/r1/in'))).toEqual([]);

    // A delta of it.
    const next = Buffer.concat([
      Buffer.from('start'),
      large.subarray(0, 100_000),
      Buffer.from('middle'),
      large.subarray(100_000),
    ]);
    const delta = {
      item: {
        ...put('large', next, fileEntry(large)).item,
        source: {
          from: 'delta' as const,
          path: 'large',
          baseHash: sha256(large),
          spans: [
            [-1, 5],
            [0, 100_000],
            [-1, 6],
            [100_000, 100_000],
          ] as const,
        },
      },
      data: Buffer.from('startmiddle'),
    } as Parameters<FolderSandbox['bundle']>[0][number];
    const one = await cost(side, async () => {
      expect((await side.apply('c3', 6, box.bundle([delta]), () => {}, never))[0]?.result).toBe('done');
    });
    expect(one.requests).toBe(1);
    expect(one.bytes).toBeLessThan(2000);
    expect(sha256(readFileSync(join(box.root, 'large')))).toBe(sha256(next));
  });

  it('gives packs, signatures and ranges, takes parts, marks, waits, and forgets', async () => {
    const big = randomBytes(300_000);
    const box = sandbox({ a: 'alpha', 'd/b': 'beta', big });
    const side = box.side();
    const { entries } = await side.scan(noRules, never);
    const wanted = ['a', 'd/b', 'big'].map((path) => ({ path, entry: entryOf(entries, path) }));
    box.fill({ 'd/b': 'BETA' });
    let bytes: Uint8Array = new Uint8Array();
    const moved: number[] = [];
    const packed = await cost(side, async () => {
      bytes = await side.pack(wanted, (at) => moved.push(at.bytes), never);
    });
    expect(packed.requests).toBe(2);
    expect(moved.at(-1)).toBe(300_009);
    const { index, members } = readBundle(bytes, 1_000_000);
    expect(index.map((row) => (row as unknown[])[0])).toEqual(['a', 'big']);
    expect(sha256(members.get(1) ?? '')).toBe(sha256(big));

    const entry = entryOf(entries, 'big');
    const signature = await side.signature('big', entry, 65_536, never);
    expect(signature).toMatchObject({ blockSize: 65_536, size: 300_000, strongBytes: 3 });
    expect(signature?.weak.length).toBe(5);
    expect(Buffer.from(signature?.strong.subarray(0, 3) ?? []).toString('hex')).toBe(
      sha256(big.subarray(0, 65_536)).slice(0, 6),
    );
    expect(await side.signature('d/b', entryOf(entries, 'd/b'), 512, never)).toBeNull();

    const ranges = await cost(side, async () => {
      expect(
        Buffer.from(
          (await side.ranges(
            'big',
            entry,
            [
              [5, 10],
              [0, 3],
            ],
            () => {},
            never,
          )) ?? [],
        ),
      ).toEqual(Buffer.concat([big.subarray(5, 15), big.subarray(0, 3)]));
    });
    expect(ranges.requests).toBe(1);
    expect((await cost(side, () => side.ranges('big', entry, [], () => {}, never))).requests).toBe(0);
    const long = await cost(side, async () => {
      expect(sha256((await side.ranges('big', entry, [[0, 300_000]], () => {}, never)) ?? '')).toBe(
        sha256(big),
      );
    });
    expect(long.requests).toBe(2);
    expect(await side.ranges('d/b', entryOf(entries, 'd/b'), [[0, 1]], () => {}, never)).toBeNull();

    const part = randomBytes(150_000);
    expect((await cost(side, () => side.sendPart(sha256(part), part, () => {}, never))).requests).toBe(1);
    expect([...(await side.hasParts([sha256(part), sha256('no')], never))]).toEqual([sha256(part)]);
    expect((await cost(side, () => side.hasParts([], never))).requests).toBe(0);
    const [made] = await side.apply(
      'c1',
      1,
      box.bundle([
        {
          do: 'put',
          path: 'parted',
          entry: fileEntry(part),
          over: null,
          source: { from: 'parts', names: [sha256(part)] },
        },
      ]),
      () => {},
      never,
    );
    expect(made).toEqual({ result: 'done', kept: null });

    await side.mark(9, never);
    expect(side.facts?.marker).toEqual({ rootId: 'r1', epoch: 9 });
    await side.scan(noRules, never);
    // What was read in files is removed by then.
    expect(readdirSync(join(box.home, '.specboard-sync/r1/out'))).toEqual([]);
    let isOver = false;
    const waited = cost(side, () => side.wait(never).then(() => (isOver = true)));
    expect(isOver).toBe(false);
    box.fill({ z: 'z' });
    expect((await waited).requests).toBe(1);
    await side.forget(never);
    expect(existsSync(join(box.home, '.specboard-sync'))).toBe(false);
    expect(box.read('a')).toBe('alpha');
  });

  it('puts a request that is too long for a command, and reads an answer that is too long for a line', async () => {
    const box = sandbox();
    for (let folder = 0; folder < 30; folder += 1) {
      mkdirSync(join(box.root, `folder-${folder}`));
      for (let file = 0; file < 120; file += 1)
        writeFileSync(join(box.root, `folder-${folder}/file-${file}`), `${folder} ${file}`);
    }
    const side = box.side();
    const scan = await side.scan(noRules, never);
    expect(scan.entries.size).toBe(3630);
    expect(side.traffic.requests).toBe(4);
    const quiet = await cost(side, () => side.scan(noRules, never));
    expect(quiet.requests).toBe(1);
    expect(quiet.bytes).toBeLessThan(1024);
    const files = [...scan.entries].flatMap(([path, entry]) =>
      entry.kind === 'file' ? [{ path, entry }] : [],
    );
    let bytes: Uint8Array = new Uint8Array();
    expect((await cost(side, async () => (bytes = await side.pack(files, () => {}, never)))).requests).toBe(
      3,
    );
    expect(readBundle(bytes, 50_000_000).members.size).toBe(3600);
  });

  it('keeps its state where both commands and files reach', async () => {
    const box = sandbox({ a: '1' });
    const work = join(box.base, 'work');
    mkdirSync(work);
    const inner = pathPort(box.home, process.env['PATH'] ?? '', work);
    const { SpecboardError } = await import('../../src-shared/contract/errors.ts');
    const port: typeof inner = {
      ...inner,
      async put(path, data, signal) {
        if (!path.startsWith(work)) throw new SpecboardError('forbidden', 'Outside.');
        await inner.put(path, data, signal);
      },
    };
    const side = box.side({ port });
    await side.scan(noRules, never);
    expect(
      existsSync(join(work, '.specboard-sync/r1/marker')) || existsSync(join(work, '.specboard-sync/r1')),
    ).toBe(true);
    expect(existsSync(join(box.home, '.specboard-sync'))).toBe(false);
    await side.apply('c1', 1, box.bundle([put('large', randomBytes(100_000))]), () => {}, never);
    const later = box.side({ port });
    expect((await later.scan(noRules, never)).remote.marker).toEqual({ rootId: 'r1', epoch: 1 });
    expect(later.traffic.requests).toBe(1);
  });

  it('says what is wrong with the folder', async () => {
    const box = sandbox({ file: 'x' });
    expect((await problemOf(box.side({ root: join(box.root, 'file') }).scan(noRules, never))).code).toBe(
      'invalid',
    );
    const side = box.side({ root: join(box.home, 'later/on') });
    const scan = await side.scan(noRules, never);
    expect([scan.remote.exists, scan.entries.size]).toEqual([false, 0]);
    await side.apply('c1', 1, box.bundle([put('a', '1')]), () => {}, never);
    expect(readFileSync(join(box.home, 'later/on/a'), 'utf8')).toBe('1');
    expect((await side.scan(noRules, never)).entries.size).toBe(1);
    expect(() => box.side({ rootId: '../x' })).toThrow();
    rmSync(join(box.home, 'later'), { recursive: true });
  });

  it('stops at once when it is cancelled', async () => {
    const box = sandbox({ a: '1' });
    const side = box.side();
    await side.scan(noRules, never);
    const stop = new AbortController();
    const waiting = problemOf(side.wait(stop.signal));
    setTimeout(() => stop.abort(), 100);
    const start = performance.now();
    expect((await waiting).code).toBe('cancelled');
    expect(performance.now() - start).toBeLessThan(3000);
    const other = problemOf(side.wait(never));
    await side.close();
    expect((await other).code).toBe('cancelled');
  });
});

describe('over a link that fails', () => {
  const faults: Exclude<Fault, null>[] = ['before', 'after', 'cut-answer', 'noise'];

  it.each(faults)('comes to the same result: %s', async (kind) => {
    const large = randomBytes(100_000);
    const box = sandbox({ a: 'old', large });
    // In no rhythm that the retries could fall into.
    const failing = new Set([1, 3, 4, 7, 9, 12, 15, 16, 19, 23, 25, 30, 34]);
    const port = faultyPort(box.port(), ({ number }) => (failing.has(number) ? kind : null));
    const side = box.side({ port, clock: hastyClock() });
    const { entries } = await side.scan(noRules, never);
    const results = await side.apply(
      'c1',
      1,
      box.bundle([put('a', 'new', entryOf(entries, 'a'))]),
      () => {},
      never,
    );
    expect(results[0]?.result).toBe('done');
    expect(box.read('a')).toBe('new');
    const next = randomBytes(90_000);
    const more = await side.apply(
      'c2',
      2,
      box.bundle([put('large', next, entryOf(entries, 'large'))]),
      () => {},
      never,
    );
    expect(more[0]?.result).toBe('done');
    const scan = await side.scan(noRules, never);
    expect(scan.entries.get('a')?.hash).toBe(sha256('new'));
    expect(scan.entries.get('large')?.hash).toBe(sha256(next));
    expect(scan.remote.marker?.epoch).toBe(2);
    expect(
      sha256(
        (await side.ranges('large', entryOf(scan.entries, 'large'), [[0, 90_000]], () => {}, never)) ?? '',
      ),
    ).toBe(sha256(next));
    const packed = readBundle(
      await side.pack([{ path: 'a', entry: entryOf(scan.entries, 'a') }], () => {}, never),
      10_000,
    );
    expect(Buffer.from(packed.members.get(0) ?? []).toString()).toBe('new');
    // What was replaced is kept, also where the answer that said so was lost.
    const kept = readdirSync(join(box.home, '.specboard-sync/r1/kept'), {
      recursive: true,
      withFileTypes: true,
    });
    const texts = kept
      .filter((one) => one.isFile())
      .map((one) => sha256(readFileSync(join(one.parentPath, one.name))));
    expect(texts).toEqual(expect.arrayContaining([sha256('old'), sha256(large)]));
  });

  it('gives up after a while, and says the last reason', async () => {
    const box = sandbox();
    const clock = hastyClock();
    const port = faultyPort(box.port(), () => 'before');
    const start = clock.now();
    expect((await problemOf(box.side({ port, clock }).scan(noRules, never))).code).toBe('unreachable');
    expect(clock.now() - start).toBeLessThan(25_000);
    expect(port.calls.length).toBeGreaterThan(4);
    expect(port.calls.length).toBeLessThan(12);
    const cut = faultyPort(box.port(), () => 'cut-answer');
    expect((await problemOf(box.side({ port: cut, clock }).scan(noRules, never))).code).toBe('protocol');
  });
});
