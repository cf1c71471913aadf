/** The sandbox's side of a sync where there is no Python: by generated sh, with what busybox has and with what GNU has. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readBundle } from '../../src-main/sync/bundle/read-bundle.ts';
import type { SandboxPort } from '../../src-main/sync/remote/sandbox-port.ts';
import type { RemoteSide } from '../../src-main/sync/sides.ts';
import type { Entry } from '../../src-main/sync/types.ts';
import {
  FolderSandbox,
  faultyPort,
  fileEntry,
  folderEntry,
  hastyClock,
  linkEntry,
  never,
  noRules,
  problemOf,
  put,
  sha256,
  textOf,
} from '../support/sync/remote-parts.ts';

const boxes: FolderSandbox[] = [];

function sandbox(files: Record<string, string | Uint8Array> = {}): FolderSandbox {
  const box = new FolderSandbox();
  boxes.push(box);
  box.fill(files);
  return box;
}

afterEach(() => {
  for (const box of boxes.splice(0)) box.remove();
});

/** Busybox's programs, or the system's own, in a folder that is the whole PATH. */
const systems: Record<string, (box: FolderSandbox) => SandboxPort> = {
  busybox: (box) => box.port(box.busyboxPath()),
  gnu: (box) => box.port(box.gnuPath()),
};

function entryOf(entries: ReadonlyMap<string, Entry>, path: string): Entry {
  const entry = entries.get(path);
  if (!entry) throw new Error(`There is no ${path}.`);
  return entry;
}

async function requests(side: RemoteSide, work: () => Promise<unknown>): Promise<number> {
  const before = side.traffic.requests;
  await work();
  return side.traffic.requests - before;
}

describe.each(Object.keys(systems))('with the tools of %s', (system) => {
  const portOf = (box: FolderSandbox): SandboxPort =>
    (systems[system] as (box: FolderSandbox) => SandboxPort)(box);

  it('scans whatever names there are, and hashes again only what changed', async () => {
    const odd = [
      'quote \' " name',
      '$(touch gone)',
      '-rf',
      'a*b?',
      'ünï/é',
      'tab\there',
      'back\\slash',
      ' blank ',
      '.hidden',
    ];
    const box = sandbox({
      'a.txt': 'hello',
      'dir/b': 'bee',
      'node_modules/x/y': '1',
      'x.log': 'l',
      ...Object.fromEntries(odd.map((name) => [name, name])),
    });
    chmodSync(join(box.root, 'a.txt'), 0o755);
    symlinkSync('../a.txt', join(box.root, 'dir/link'));
    symlinkSync('/etc', join(box.root, 'out'));
    writeFileSync(join(box.root, 'new\nline'), 'x');
    mkdirSync(join(box.root, 'dir\nline'));
    writeFileSync(join(box.root, 'dir\nline/inside'), 'x');
    writeFileSync(Buffer.concat([Buffer.from(`${box.root}/bad`), Buffer.from([0xff])]), 'x');
    execFileSync('mkfifo', [join(box.root, 'pipe')]);
    for (const name of ['a.txt', 'dir/b']) utimesSync(join(box.root, name), 1_600_000_000, 1_600_000_000);
    const rules = {
      checksum: false,
      rules: { texts: [{ source: 'defaults', folder: '', text: 'node_modules/\n*.log\n' }] },
    };
    const side = box.side({ port: portOf(box) });
    const scan = await side.scan(rules, never);
    expect(scan.remote).toMatchObject({
      method: 'shell',
      note: 'There is no Python in this sandbox, so files are compared and sent as a whole.',
      exists: true,
      marker: null,
      facts: {
        caseSensitive: true,
        unicodeSensitive: true,
        executableBit: true,
        links: true,
        windowsNames: false,
      },
    });
    expect(scan.remote.facts.freeBytes).toBeGreaterThan(0);
    expect([...scan.entries.keys()].sort()).toEqual(
      ['a.txt', 'dir', 'dir/b', 'dir/link', 'ünï', ...odd].sort(),
    );
    for (const name of odd) expect(scan.entries.get(name)?.hash).toBe(sha256(name));
    expect(scan.entries.get('a.txt')).toEqual(
      fileEntry('hello', { executable: true, modifiedAt: 1_600_000_000_000 }),
    );
    expect(scan.entries.get('dir/link')).toEqual(linkEntry('../a.txt'));
    expect(scan.excluded.map(({ path }) => path)).toEqual(['x.log']);
    expect(scan.unusable.map(({ path, reason }) => [path, reason]).sort()).toEqual([
      ['bad\uFFFD', 'name-not-text'],
      ['dir\uFFFDline', 'name-not-possible'],
      ['new\uFFFDline', 'name-not-possible'],
      ['out', 'link-leads-out'],
      ['pipe', 'special-file'],
    ]);
    // No Python found; listed; tried whether the driver's files come to the state.
    expect(side.traffic.requests).toBe(3);
    const again = await side.scan(rules, never);
    expect([...again.entries].every(([path, entry]) => scan.entries.get(path) === entry)).toBe(true);
    box.fill({ 'dir/b': 'changed', more: 'm' });
    utimesSync(join(box.root, 'dir/b'), 1_600_000_000, 1_600_000_000);
    unlinkSync(join(box.root, '-rf'));
    const after = await side.scan(rules, never);
    expect(after.entries.get('dir/b')?.hash).toBe(sha256('changed'));
    expect([after.entries.has('more'), after.entries.has('-rf')]).toEqual([true, false]);
    expect(existsSync(join(box.root, 'gone'))).toBe(false);
  });

  it('applies with checks, keeps what was there, and says what it could not do', async () => {
    const box = sandbox({
      'a.txt': 'old',
      'dir/b': 'bee',
      'dir/sub/c': 'ccc',
      "it's": 'quoted',
      target: 't',
    });
    symlinkSync('target', join(box.root, 'link'));
    symlinkSync('/tmp', join(box.root, 'away'));
    chmodSync(join(box.root, 'a.txt'), 0o640);
    const side = box.side({ port: portOf(box) });
    const { entries } = await side.scan(noRules, never);
    const over = (path: string): Entry => entryOf(entries, path);
    let results: Awaited<ReturnType<RemoteSide['apply']>> = [];
    const bundle = box.bundle([
      put('new/deep/x', 'new one', null, { modifiedAt: 1_500_000_000_123 }),
      put('a.txt', 'replaced', over('a.txt'), { executable: true }),
      { do: 'remove', path: 'dir/b', over: over('dir/b') },
      { do: 'directory', path: 'empty', over: null },
      { do: 'link', path: "l'k", entry: linkEntry("it's"), over: null },
      {
        do: 'put',
        path: 'copy',
        entry: fileEntry('ccc'),
        over: null,
        source: { from: 'copy', path: 'dir/sub/c' },
      },
      { do: 'mode', path: 'dir/sub/c', executable: true, over: over('dir/sub/c') },
      put('link', 'a file now', over('link')),
      put('nope', 'z', fileEntry('something else')),
      put('target', 'z', fileEntry('something else')),
      { do: 'remove', path: 'dir', over: folderEntry },
      put('away/x', 'leads out'),
      put('target/x', 'below a file'),
      put('empty-file', ''),
      {
        do: 'put',
        path: 'bad-copy',
        entry: fileEntry('other'),
        over: null,
        source: { from: 'copy', path: 'target' },
      },
    ]);
    expect(
      await requests(side, async () => (results = await side.apply('c1', 3, bundle, () => {}, never))),
    ).toBe(1);
    expect(results.map(({ result }) => result)).toEqual([
      ...['done', 'done', 'done', 'done', 'done', 'done', 'done', 'done'],
      ...['changed', 'changed', 'changed', 'changed', 'changed', 'done', 'changed'],
    ]);
    expect(box.read('a.txt')).toBe('replaced');
    expect(statSync(join(box.root, 'a.txt')).mode & 0o777).toBe(0o750);
    expect(statSync(join(box.root, 'new/deep/x')).mtimeMs).toBe(1_500_000_000_000);
    expect(statSync(join(box.root, 'new/deep/x')).mode & 0o777).toBe(0o644);
    expect(statSync(join(box.root, 'empty')).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(box.root, 'link')).isFile()).toBe(true);
    expect(readlinkSync(join(box.root, "l'k"))).toBe("it's");
    expect(existsSync('/tmp/x')).toBe(false);
    const kept = results.map((one) => (one.result === 'done' ? (one.kept ?? '') : ''));
    expect(await textOf(await side.readKept(kept[1] ?? '', never))).toBe('old');
    expect(await textOf(await side.readKept(kept[2] ?? '', never))).toBe('bee');
    expect(await textOf(await side.readKept(kept[7] ?? '', never))).toBe('target');
    await side.dropKept([kept[1] ?? ''], never);
    expect((await problemOf(side.readKept(kept[1] ?? '', never))).code).toBe('not-found');
    expect((await problemOf(side.readKept('../marker', never))).code).toBe('not-found');

    const scan = await side.scan(noRules, never);
    expect(scan.remote.marker).toEqual({ rootId: 'r1', epoch: 3 });
    expect(scan.entries.get('dir/sub/c')?.executable).toBe(true);
    // Done already, and what else there is to do.
    const more = await side.apply(
      'c2',
      4,
      box.bundle([
        put('new/deep/x', 'new one'),
        { do: 'remove', path: 'dir/b', over: over('dir/b') },
        { do: 'remove', path: 'empty', over: folderEntry },
        { do: 'rename', path: 'copy', to: 'COPY', over: fileEntry('ccc') },
        { do: 'directory', path: 'a.txt', over: entryOf(scan.entries, 'a.txt') },
        { do: 'mode', path: 'dir/sub/c', executable: false, over: entryOf(scan.entries, 'dir/sub/c') },
      ]),
      () => {},
      never,
    );
    expect(more.map(({ result }) => result)).toEqual(Array(6).fill('done'));
    expect([
      existsSync(join(box.root, 'empty')),
      box.read('COPY'),
      statSync(join(box.root, 'a.txt')).isDirectory(),
    ]).toEqual([false, 'ccc', true]);
    expect(statSync(join(box.root, 'dir/sub/c')).mode & 0o111).toBe(0);
  });

  it('takes large bundles, parts and many items; gives packs and ranges; marks, waits, forgets', async () => {
    const large = randomBytes(200_000);
    const box = sandbox({ a: 'alpha', 'd/b': 'beta', 'd/gone': 'x', large });
    const side = box.side({ port: portOf(box) });
    const { entries } = await side.scan(noRules, never);
    const next = randomBytes(120_000);
    const bundle = box.bundle([put('large', next, entryOf(entries, 'large'))]);
    const steps: number[] = [];
    expect(
      await requests(side, () => side.apply('c1', 1, bundle, ({ bytes }) => steps.push(bytes), never)),
    ).toBe(2);
    expect(steps.at(-1)).toBe(120_000);
    expect(sha256(readFileSync(join(box.root, 'large')))).toBe(sha256(next));

    const part = randomBytes(50_000);
    await side.sendPart(sha256(part), part, () => {}, never);
    expect([...(await side.hasParts([sha256(part), sha256('no')], never))]).toEqual([sha256(part)]);
    const whole = Buffer.concat([part, part]);
    const parted = {
      do: 'put' as const,
      path: 'parted',
      entry: fileEntry(whole),
      over: null,
      source: { from: 'parts' as const, names: [sha256(part), sha256(part)] },
    };
    expect((await side.apply('c2', 2, box.bundle([parted]), () => {}, never))[0]).toEqual({
      result: 'done',
      kept: null,
    });

    // A script that is too long for a command.
    const many = Array.from({ length: 260 }, (_, number) =>
      put(`many/${'long '.repeat(48)}${number}`, `text ${number}`),
    );
    expect(
      (await side.apply('c3', 3, box.bundle(many), () => {}, never)).every(({ result }) => result === 'done'),
    ).toBe(true);
    expect(box.read(`many/${'long '.repeat(48)}259`)).toBe('text 259');

    const scan = await side.scan(noRules, never);
    expect(scan.entries.size).toBe(267);
    unlinkSync(join(box.root, 'd/gone'));
    box.fill({ 'd/b': 'BETA' });
    const wanted = ['a', 'd/gone', 'd/b', 'parted'].map((path) => ({
      path,
      entry: entryOf(scan.entries, path),
    }));
    let bytes: Uint8Array = new Uint8Array();
    expect(await requests(side, async () => (bytes = await side.pack(wanted, () => {}, never)))).toBe(2);
    const { index, members } = readBundle(bytes, 108_000);
    expect([...members].map(([number]) => (index[number] as unknown[])[0])).toEqual(['a', 'parted']);
    expect(sha256(members.get(3) ?? '')).toBe(sha256(whole));

    const entry = entryOf(scan.entries, 'large');
    expect(
      Buffer.from(
        (await side.ranges(
          'large',
          entry,
          [
            [7, 9],
            [0, 3],
          ],
          () => {},
          never,
        )) ?? [],
      ),
    ).toEqual(Buffer.concat([next.subarray(7, 16), next.subarray(0, 3)]));
    expect(
      await side.ranges('d/gone', entryOf(scan.entries, 'd/gone'), [[0, 1]], () => {}, never),
    ).toBeNull();
    expect((await problemOf(side.signature('large', entry, 4096, never))).code).toBe('unsupported');

    await side.mark(8, never);
    const later = box.side({ port: portOf(box) });
    expect((await later.scan(noRules, never)).remote.marker).toEqual({ rootId: 'r1', epoch: 8 });
    const left = readdirSync(join(box.home, '.specboard-sync/r1/in')).filter((name) => name !== 'reach');
    expect(left).toEqual([]);
    box.fill({ late: 'x' });
    await later.wait(never);
    await later.forget(never);
    expect(existsSync(join(box.home, '.specboard-sync'))).toBe(false);
    expect(box.read('a')).toBe('alpha');
  });
});

describe('with the tools of busybox', () => {
  it('comes to the same result over a link that fails', async () => {
    const box = sandbox({ a: 'old' });
    for (const kind of ['before', 'after', 'cut-answer', 'noise'] as const) {
      const failing = new Set([1, 3, 6, 8]);
      const port = faultyPort(box.port(box.busyboxPath()), ({ number }) =>
        failing.has(number) ? kind : null,
      );
      const side = box.side({ port, clock: hastyClock() });
      const { entries } = await side.scan(noRules, never);
      const over = entryOf(entries, 'a');
      expect(
        (await side.apply('c1', 1, box.bundle([put('a', kind, over)]), () => {}, never))[0]?.result,
      ).toBe('done');
      expect(box.read('a')).toBe(kind);
      expect((await side.scan(noRules, never)).entries.get('a')?.hash).toBe(sha256(kind));
    }
  });

  it('tells a sandbox in which nothing of it can be done', async () => {
    const box = sandbox({ file: 'x' });
    const bare = box.side({ port: box.port(box.busyboxPath(['sha256sum', 'tar'])) });
    const problem = await problemOf(bare.scan(noRules, never));
    expect([problem.code, problem.problem.details]).toEqual(['unsupported', 'missing: sha256sum tar']);
    const port = box.port(box.busyboxPath());
    const shell = { ...port, run: async () => 1 };
    expect((await problemOf(box.side({ port: shell }).scan(noRules, never))).code).toBe('unsupported');
    expect(
      (await problemOf(box.side({ port, root: join(box.root, 'file') }).scan(noRules, never))).code,
    ).toBe('invalid');
    const missing = box.side({ port, root: '~/not/there' });
    expect((await missing.scan(noRules, never)).remote.exists).toBe(false);
    await missing.apply('c1', 1, box.bundle([put('a', '1')]), () => {}, never);
    expect(readFileSync(join(box.home, 'not/there/a'), 'utf8')).toBe('1');
  });

  it('changes nothing where what arrived is not what was sent', async () => {
    const box = sandbox({ a: 'old' });
    const side = box.side({ port: box.port(box.busyboxPath()) });
    const { entries } = await side.scan(noRules, never);
    const { item } = put('a', 'what was announced', entryOf(entries, 'a'));
    const bundle = box.bundle([{ item, data: Buffer.from('what came instead!') }]);
    expect((await problemOf(side.apply('c1', 1, bundle, () => {}, never))).code).toBe('protocol');
    expect(box.read('a')).toBe('old');
  });
});
