/** What resources/synckit.py must withstand: bundles that lie, paths that lead out, links in the way, full and read-only disks. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bundleOf,
  file,
  folder,
  type Item,
  KitHost,
  link,
  put,
  sha256,
  tarHeader,
  tarOfMembers,
} from '../support/synckit.ts';

let host: KitHost;
beforeEach(() => {
  host = new KitHost(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sb-kit-')));
});
afterEach(() => {
  host[Symbol.dispose]();
});

let sent = 0;

/** Sends these bytes as a bundle. */
async function send(bundle: Uint8Array, options = {}) {
  const name = `b${sent++}`;
  mkdirSync(join(host.state, 'in'), { recursive: true });
  writeFileSync(join(host.state, 'in', name), bundle);
  const request = { cycle: 'c1', epoch: 1, have: null, bundle: { file: name } };
  const { answer } = await host.run('apply', request, options);
  expect(existsSync(join(host.state, 'in', name))).toBe(false);
  return answer;
}

/** Does it for all, four at a time: a start of Python is mostly waiting. */
async function forAll<T>(all: readonly T[], step: (one: T) => Promise<void>): Promise<void> {
  const todo = [...all];
  const one = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) await step(next);
  };
  await Promise.all([one(), one(), one(), one()]);
}

/** Nothing was done: neither in the root nor elsewhere, and the marker is as it was. */
async function untouched(): Promise<void> {
  expect(readdirSync(host.root)).toEqual([]);
  expect(readdirSync(host.base).sort()).toEqual(['home', 'root']);
  expect(readdirSync(join(host.state, 'stage'))).toEqual([]);
  expect((await host.ask('hello')).marker).toBe(null);
}

describe('bundles', () => {
  const index = (items: readonly object[]): [string, Uint8Array] => [
    'index.json',
    Buffer.from(JSON.stringify(items)),
  ];
  const item = { do: 'put', path: 'f', entry: file('four'), over: null, source: { from: 'data' } };

  test('that are damaged or lie are refused as a whole', async () => {
    const four = Buffer.from('four');
    const whole = bundleOf([put('f', 'four'), put('g', 'four')]);
    const badSum = tarHeader('index.json', 2);
    badSum[0] = 65;
    const cases: Record<string, Uint8Array> = {
      empty: Buffer.alloc(0),
      noise: Buffer.from('not a gzip at all'),
      cut: whole.subarray(0, whole.length - 20),
      'cut early': whole.subarray(0, 30),
      'a wrong bit': Buffer.concat([
        whole.subarray(0, 60),
        Buffer.from([(whole[60] ?? 0) ^ 255]),
        whole.subarray(61),
      ]),
      'no index': gzipSync(tarOfMembers([['0', four]])),
      'an index of noise': gzipSync(tarOfMembers([['index.json', four]])),
      'an index that is not all there': gzipSync(Buffer.concat([tarHeader('index.json', 1 << 20), four])),
      'an index that is too large': gzipSync(tarHeader('index.json', 1 << 30)),
      'a bad checksum': gzipSync(badSum),
      'a link': gzipSync(
        Buffer.concat([tarOfMembers([index([item])]).subarray(0, -1024), tarHeader('0', 0, '2')]),
      ),
      'another content': gzipSync(tarOfMembers([index([item]), ['0', Buffer.from('five')]])),
      'another size': gzipSync(tarOfMembers([index([item]), ['0', Buffer.from('fours')]])),
      'a negative size': gzipSync(
        Buffer.concat([tarOfMembers([index([item])]).subarray(0, -1024), tarHeader('0', -1)]),
      ),
      'a missing file': gzipSync(tarOfMembers([index([item])])),
      'a file too many': gzipSync(tarOfMembers([index([item]), ['0', four], ['1', four]])),
      'the same twice': gzipSync(tarOfMembers([index([item]), ['0', four], ['0', four]])),
      'a name of its own': gzipSync(tarOfMembers([index([item]), ['../../f', four]])),
      'out of order': gzipSync(
        tarOfMembers([index([item, { ...item, path: 'g' }]), ['1', four], ['0', four]]),
      ),
    };
    await forAll(Object.entries(cases), async ([what, bundle]) => {
      const answer = await send(bundle);
      expect([what, answer?.ok, answer?.code]).toEqual([
        what,
        false,
        expect.stringMatching(/^(protocol|invalid-request)$/),
      ]);
      expect(answer?.message).toMatch(/\.$/);
    });
    await untouched();
  });

  test('whose items make no sense are refused', async () => {
    const wrongs: unknown[] = [
      7,
      {},
      { ...item, do: 'chmod' },
      { ...item, entry: null },
      { ...item, entry: { ...file('four'), hash: 'x' } },
      { ...item, entry: { ...file('four'), size: -1 } },
      { ...item, entry: { ...file('four'), size: 1e300 } },
      { ...item, entry: { ...file('four'), modifiedAt: 'now' } },
      { ...item, entry: folder },
      { ...item, over: 'x' },
      { ...item, source: { from: 'network' } },
      { ...item, source: { from: 'copy', path: '../../etc/passwd' } },
      { ...item, source: { from: 'delta', path: 'f', baseHash: sha256(''), spans: [[-2, 4]] } },
      { ...item, source: { from: 'delta', path: 'f', baseHash: sha256(''), spans: [[0, 5]] } },
      { ...item, source: { from: 'parts', names: ['../lock'] } },
      { do: 'remove', path: 'f' },
      { do: 'mode', path: 'f', over: file('') },
      { do: 'link', path: 'f', over: null, entry: link('') },
    ];
    await forAll(wrongs, async (wrong) => {
      const answer = await send(
        gzipSync(tarOfMembers([index([wrong as object]), ['0', Buffer.from('four')]])),
      );
      expect([wrong, answer?.code]).toEqual([wrong, 'invalid-request']);
    });
    for (const fields of [
      { cycle: '../x' },
      { epoch: null },
      { bundle: null },
      { bundle: { file: '../lock' } },
      { bundle: { file: '..' } },
    ]) {
      const bundle = { data: bundleOf([]).toString('base64') };
      expect(await host.ask('apply', { cycle: 'c1', epoch: 1, bundle, ...fields })).toMatchObject({
        code: 'invalid-request',
      });
    }
    await untouched();
  });

  test('that are bombs cost neither memory nor disk', async () => {
    // a hundred million zero bytes where four were said; more than there is room for; both with little memory
    const zeros = Buffer.alloc(100_000_000);
    const shell = 'ulimit -v 200000';
    const longer = gzipSync(
      Buffer.concat([tarOfMembers([index([item])]).subarray(0, -1024), tarHeader('0', 4), zeros]),
    );
    expect(longer.length).toBeLessThan(200_000);
    expect(await send(longer, { shell })).toMatchObject({ ok: false, code: 'protocol' });
    const huge = { ...item, entry: { ...file('four'), size: 2 ** 50 } };
    const beyond = gzipSync(
      Buffer.concat([tarOfMembers([index([huge])]).subarray(0, -1024), tarHeader('0', 2 ** 50), zeros]),
    );
    expect(await send(beyond, { shell })).toMatchObject({ ok: false, code: 'no-space' });
    await untouched();
  });
});

describe('paths', () => {
  test('that are not plain are refused one by one, the others are done', async () => {
    const bad = [
      '../x',
      '/etc/x',
      'a/../../x',
      'a//b',
      './a',
      'a/.',
      '',
      'a\0b',
      '.specboard-sync/r1/marker',
      'a/.Specboard-Sync/x',
    ];
    const long = ['n'.repeat(256), 'é'.repeat(128), 'd/'.repeat(2100)];
    const fine = ['...', '..a', 'a b', 'é'.repeat(127), '-', '~', '$(x)', 'line\nfeed', 'con', 'back\\slash'];
    const paths = [...bad, ...long, ...fine];
    const answer = await host.apply(paths.map((path) => put(path, 'x')));
    const reasons = answer.results.map((result) => ('reason' in result ? result.reason : result.result));
    expect(reasons.slice(0, bad.length)).toEqual(bad.map(() => 'hostile-name'));
    expect(reasons.slice(bad.length, paths.length - fine.length)).toEqual([
      'name-too-long',
      'name-too-long',
      'hostile-name',
    ]);
    expect(reasons.slice(-fine.length)).toEqual(fine.map(() => 'done'));
    expect(readdirSync(host.root).sort()).toEqual([...fine].sort());
    expect(readdirSync(host.base).sort()).toEqual(['home', 'root']);
    const others: Item[] = bad.flatMap((path) => [
      { do: 'remove', path, over: file('x') },
      { do: 'directory', path, over: null },
      { do: 'mode', path, executable: true, over: file('x') },
      { do: 'rename', path: '-', to: path, over: file('x') },
    ]);
    const refused = await host.apply(others);
    expect(refused.results.every((result) => 'reason' in result && result.reason === 'hostile-name')).toBe(
      true,
    );
  });

  test('never lead through a link, and no link leads out', async () => {
    const outside = join(host.base, 'outside');
    mkdirSync(join(outside, 'sub'), { recursive: true });
    writeFileSync(join(outside, 'f'), 'secret');
    symlinkSync(outside, join(host.root, 'out'));
    symlinkSync(join(outside, 'f'), join(host.root, 'leaf'));
    const answer = await host.apply([
      put('out/new', 'x'),
      put('out/f', 'x', file('secret')),
      put('leaf', 'x', file('secret')),
      { do: 'remove', path: 'out/f', over: file('secret') },
      { do: 'mode', path: 'leaf', executable: true, over: file('secret') },
      { do: 'directory', path: 'out/sub', over: null },
      { do: 'put', path: 'copy', entry: file('secret'), over: null, source: { from: 'copy', path: 'out/f' } },
      { do: 'put', path: 'copy', entry: file('secret'), over: null, source: { from: 'copy', path: 'leaf' } },
      { do: 'link', path: 'l1', entry: link('/etc/passwd'), over: null },
      { do: 'link', path: 'l2', entry: link('..'), over: null },
      { do: 'link', path: 'l3', entry: link('a/../../x'), over: null },
    ]);
    expect(answer.results.map((result) => ('reason' in result ? result.reason : result.result))).toEqual([
      ...Array.from({ length: 3 }, () => 'changed'),
      'done', // there is no such path in the root: nothing to remove
      ...Array.from({ length: 4 }, () => 'changed'),
      ...Array.from({ length: 3 }, () => 'link-leads-out'),
    ]);
    for (const [op, fields] of [
      ['sig', { block: 1024, strong: 4 }],
      ['ranges', { ranges: [[0, 3]] }],
    ] as const) {
      for (const path of ['out/f', 'leaf']) {
        expect(await host.ask(op, { path, hash: sha256('secret'), ...fields })).toMatchObject({
          changed: true,
        });
      }
    }
    expect(readdirSync(outside).sort()).toEqual(['f', 'sub']);
    expect(readFileSync(join(outside, 'f'), 'utf8')).toBe('secret');
    expect(statSync(join(outside, 'f')).mode & 0o111).toBe(0);
  });

  test('the place of its own files is not taken from a link', async () => {
    const elsewhere = join(host.base, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(host.home, '.specboard-sync'));
    const answer = await host.ask('scan', { have: null });
    expect(answer).toMatchObject({ ok: true, state: join(host.root, '.specboard-sync/r1'), set: [] });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('state that somebody spoiled is made anew', async () => {
    host.fill({ f: 'x' });
    const first = await host.ask('scan', { have: null });
    for (const name of ['scan', 'facts', 'marker', `snapshot-${first.snapshot}`, 'away']) {
      writeFileSync(join(host.state, name), 'noise\0');
      const again = await host.ask('scan', { have: first.snapshot });
      expect([name, again.ok, again.snapshot]).toEqual([name, true, first.snapshot]);
    }
    // what was added to the tree: cut off, or of another one, it is as if it had not been told
    const { snapshot: have } = await host.apply([put('a', 'y'), put('b', 'z')], { have: first.snapshot });
    const [tree, added] = ['scan', 'more'].map((name) => readFileSync(join(host.state, name))) as [
      Buffer,
      Buffer,
    ];
    for (const [more, told] of [
      [added, []],
      [Buffer.concat([added, Buffer.from('99 x')]), []],
      [Buffer.concat([added, added]), []],
      [added.subarray(0, -5), ['a', 'b', 'f']],
      ['noise\n', ['a', 'b', 'f']],
    ] as const) {
      writeFileSync(join(host.state, 'scan'), tree);
      writeFileSync(join(host.state, 'more'), more);
      const again = await host.ask('scan', { have });
      expect(again).toMatchObject({ ok: true, del: [] });
      expect(again.set.map(([path]) => path)).toEqual(told);
    }
  });
});

describe('disks', () => {
  const root = process.getuid?.() === 0;

  /** A small disk of ours; null where there can be none. */
  function disk(options: string): KitHost | null {
    const at = mkdtempSync(join(tmpdir(), 'sb-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at], { stdio: 'ignore' });
    } catch {
      rmdirSync(at);
      return null;
    }
    return new KitHost(at);
  }

  /** Takes it away. */
  function eject(at: KitHost): void {
    execFileSync('umount', ['-l', at.base]);
    rmdirSync(at.base);
  }

  test.skipIf(!root)(
    'a full one: nothing is half, and what was said to fit is not believed',
    async (context) => {
      const small = disk('size=1m');
      if (small === null) return context.skip();
      try {
        const content = (byte: string, size: number) => byte.repeat(size);
        small.fill({ keep: 'k' });
        const { snapshot: have } = await small.ask('scan', { have: null });
        // more than there is, as the index says
        const tooMuch = [put('a', content('a', 600_000)), put('b', content('b', 600_000))];
        expect(await small.apply(tooMuch, { have })).toMatchObject({ ok: false, code: 'no-space' });
        // it fits by its size, but not in whole blocks: it is full in the middle of staging
        const many = Array.from({ length: 260 }, (_, at) => put(`n${at}`, content('n', 1)));
        const full = await small.apply(many, { have });
        expect(full).toMatchObject({ ok: false, code: 'no-space' });
        expect(full.message).toMatch(/full/);
        expect(readdirSync(small.root)).toEqual(['keep']);
        expect(readdirSync(join(small.state, 'stage'))).toEqual([]);
        expect(await small.ask('scan', { have })).toMatchObject({ ok: true, snapshot: have, set: [] });
        // full to the last block: it still tells what is there
        writeFileSync(join(small.root, 'big'), '');
        try {
          writeFileSync(join(small.root, 'big'), content('x', 2_000_000));
        } catch {}
        const scan = await small.ask('scan', { have });
        expect(scan).toMatchObject({ ok: true, base: have });
        expect(scan.set.map(([path]) => path)).toEqual(['big']);
        // what needs no room is not done either where the marker has none: it would look like another sandbox
        const mode: Item = { do: 'mode', path: 'keep', over: file('k'), executable: true };
        expect(await small.apply([mode], { epoch: 9 })).toMatchObject({ ok: false, code: 'no-space' });
        expect(await small.ask('mark', { epoch: 9 })).toMatchObject({ ok: false, code: 'no-space' });
        expect(statSync(join(small.root, 'keep')).mode & 0o100).toBe(0);
        expect((await small.ask('hello')).marker).toBe(null);
        truncateSync(join(small.root, 'big'), 0);
        expect((await small.apply([put('c', 'fits')])).results).toEqual([{ result: 'done', kept: null }]);
      } finally {
        eject(small);
      }
    },
  );

  test.skipIf(!root)(
    'no room for one more name while items are applied: what is done is done, the rest is not begun',
    async (context) => {
      const small = disk('size=4m,nr_inodes=60');
      if (small === null) return context.skip();
      try {
        const items = [put('first', '1'), put(`${'d/'.repeat(60)}f`, 'deep'), put('last', '3')];
        const answer = await small.apply(items);
        const full = { result: 'failed', reason: 'no-space' };
        expect(answer).toMatchObject({ ok: true, results: [{ result: 'done', kept: null }, full, full] });
        expect([small.read('first'), existsSync(join(small.root, 'last'))]).toEqual(['1', false]);
        expect(readdirSync(join(small.state, 'stage'))).toEqual([]);
      } finally {
        eject(small);
      }
    },
  );

  test.skipIf(!root)('a folder that cannot be written, and another volume in the middle', async (context) => {
    const other = disk('size=1m');
    if (other === null) return context.skip();
    const at = new KitHost(mkdtempSync(join(tmpdir(), 'sb-disk-')));
    const [inner, shut] = [join(at.root, 'mounted'), join(at.root, 'shut')];
    try {
      at.fill({ 'mounted/hidden': 'x', 'shut/f': 'x' });
      execFileSync('mount', ['--bind', other.base, inner]);
      execFileSync('mount', ['--bind', shut, shut]);
      execFileSync('mount', ['-o', 'remount,bind,ro', shut]);
      const scan = await at.ask('scan', { have: null });
      expect(scan.unusable).toEqual([['mounted', 'other-volume', null]]);
      const { results } = await at.apply([
        put('mounted/f', 'x'),
        put('shut/g', 'x'),
        put('shut/f', 'y', file('x')),
        { do: 'remove', path: 'shut/f', over: file('x') },
        { do: 'remove', path: 'mounted', over: folder },
        put('fine', 'x'),
      ]);
      expect(results.map((result) => ('reason' in result ? result.reason : result.result))).toEqual([
        'other-volume',
        'read-only',
        'other-volume',
        'other-volume',
        'other-volume',
        'done',
      ]);
      expect(readdirSync(other.base).sort()).toEqual(['home', 'root']);
      expect(at.read('shut/f')).toBe('x');
    } finally {
      execFileSync('sh', ['-c', 'umount -l "$0" "$1"; true', inner, shut]);
      eject(other);
      at[Symbol.dispose]();
    }
  });

  test('a file that never holds still is told, not guessed', async () => {
    host.fill({ f: 'x' });
    // a folder in the place of a file between the listing and the opening is the same to it
    const run = host.ask('scan', { have: null });
    renameSync(join(host.root, 'f'), join(host.root, 'g'));
    const answer = await run;
    expect(answer.ok).toBe(true);
    expect(answer.set.length + answer.unusable.length).toBeLessThanOrEqual(2);
  });
});
