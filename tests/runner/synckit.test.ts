/** What resources/synckit.py tells of a folder: scans and their cache, signatures, ranges, packs, waiting, its own files. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { python } from '../support/runner.ts';
import { answerIn, bundleOf, bytesOf, KitHost, kitFile, membersOf, put, sha256 } from '../support/synckit.ts';

let host: KitHost;
beforeEach(() => {
  host = new KitHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

/** Makes what the kit hashed count as settled, without waiting two seconds. */
function longAgo(path: string): void {
  utimesSync(join(host.root, path), 1_600_000_000, 1_600_000_000);
}

describe('the file itself', () => {
  test('is Python 3.8, and says what is wrong with a request', async () => {
    const check = `import ast,sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 8))`;
    execFileSync(python, ['-c', check, kitFile]);
    for (const word of ['', '%%%', 'eyJ9', Buffer.from('[]').toString('base64'), 'zAAAA', '@/none/such']) {
      const { stdout, status } = spawnSync(python, ['-I', '-S', '-B', kitFile, word], { encoding: 'utf8' });
      expect([word, status, /SYNCKIT 1 \S+/.test(stdout)]).toEqual([word, 1, true]);
    }
    for (const fields of [
      { rootId: '../x' },
      { root: 'relative' },
      { root: 'a\0b' },
      { root: 7 },
      { op: 'scan', prune: 7 },
      { op: 'mark', epoch: -1 },
      { op: 'none' },
      { op: 'wait', have: null, seconds: 1e9 },
    ]) {
      expect(await host.ask('hello', fields)).toMatchObject({ ok: false, code: 'invalid-request' });
    }
  });

  test('takes a request in any of its forms, in any locale, and finds a home', async () => {
    host.fill({ 'ä.txt': 'x' });
    const plain = await host.ask('scan', { have: null });
    expect(plain).toMatchObject({ ok: true, exists: true, marker: null, base: null, unusable: [] });
    expect(plain.python).toMatch(/^3\.\d+\.\d+$/);
    for (const options of [
      { packed: true },
      { inFile: true },
      { inFile: true, packed: true },
      { env: { LANG: 'C', LC_ALL: 'C' } },
      { env: { PYTHONUTF8: '0', LC_ALL: 'POSIX' } },
      { python: ['-X', 'utf8=0'], env: { LC_ALL: 'POSIX', PYTHONCOERCECLOCALE: '0' } },
    ]) {
      expect((await host.ask('scan', { have: null }, options)).set).toEqual(plain.set);
    }
    expect(readdirSync(host.base).sort()).toEqual(['home', 'root']);
    mkdirSync(join(host.home, 'work'));
    expect(await host.ask('hello', { root: '~/work' })).toMatchObject({ ok: true, exists: true });
  });

  test('keeps its own files away from everybody, and forgets them', async () => {
    const { state, facts } = await host.ask('hello');
    expect(state).toBe(host.state);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(facts).toMatchObject({ windowsNames: false, links: true, executableBit: true });
    expect(facts.freeBytes).toBeGreaterThan(0);
    writeFileSync(join(host.home, '.specboard-sync/kit-0123456789ab.py'), '');
    await host.ask('mark', { epoch: 4 });
    expect((await host.ask('hello')).marker).toEqual({ rootId: 'r1', epoch: 4 });
    expect(await host.ask('forget')).toEqual({ ok: true });
    expect(readdirSync(host.home)).toEqual([]);
  });
});

describe('scan', () => {
  test('tells files, folders and links with what decides about them, and only differences after that', async () => {
    host.fill({ 'a.txt': 'alpha', 'src/deep/b.bin': Buffer.from([0, 1, 2]), 'run.sh': '#!/bin/sh' });
    chmodSync(join(host.root, 'run.sh'), 0o755);
    utimesSync(join(host.root, 'a.txt'), 1_700_000_000.25, 1_700_000_000.25);
    symlinkSync('../a.txt', join(host.root, 'src/up'));
    mkdirSync(join(host.root, 'empty'));
    const first = await host.ask('scan', { have: null });
    const ms = (path: string) => Math.floor(statSync(join(host.root, path)).mtimeMs);
    expect(first.set).toEqual([
      ['a.txt', 'f', 5, 1_700_000_000_250, 0, sha256('alpha')],
      ['empty', 'd', 0, 0, 0, ''],
      ['run.sh', 'f', 9, ms('run.sh'), 1, sha256('#!/bin/sh')],
      ['src', 'd', 0, 0, 0, ''],
      ['src/deep', 'd', 0, 0, 0, ''],
      ['src/deep/b.bin', 'f', 3, ms('src/deep/b.bin'), 0, sha256(Buffer.from([0, 1, 2]))],
      ['src/up', 'l', 0, 0, 0, '../a.txt'],
    ]);
    const same = await host.ask('scan', { have: first.snapshot });
    expect(same).toMatchObject({ base: first.snapshot, snapshot: first.snapshot, set: [], del: [] });

    writeFileSync(join(host.root, 'a.txt'), 'ALPHA');
    rmSync(join(host.root, 'src/deep'), { recursive: true });
    const second = await host.ask('scan', { have: first.snapshot });
    expect(second.base).toBe(first.snapshot);
    expect(second.set.map(([path]) => path)).toEqual(['a.txt']);
    expect(second.del).toEqual(['src/deep', 'src/deep/b.bin']);
    // an older one that it still has, one that it never had, and the same tree once more
    writeFileSync(join(host.root, 'new'), '');
    expect((await host.ask('scan', { have: first.snapshot })).set.map(([path]) => path)).toEqual([
      'a.txt',
      'new',
    ]);
    expect(await host.ask('scan', { have: 'never' })).toMatchObject({ base: null, del: [] });
    rmSync(join(host.root, 'new'));
    expect((await host.ask('scan', { have: second.snapshot })).snapshot).toBe(second.snapshot);
    for (let number = 0; number < 5; number++) {
      writeFileSync(join(host.root, 'a.txt'), `number ${number}`);
      await host.ask('scan', { have: null });
    }
    expect(readdirSync(host.state).filter((name) => name.startsWith('snapshot-')).length).toBe(3);
  });

  test('a change within a tick that keeps size and time is seen, and trusted only once it is old', async () => {
    host.fill({ f: 'one' });
    longAgo('f');
    const first = await host.ask('scan', { have: null });
    writeFileSync(join(host.root, 'f'), 'two');
    longAgo('f');
    const second = await host.ask('scan', { have: first.snapshot });
    expect(second.set).toEqual([['f', 'f', 3, 1_600_000_000_000, 0, sha256('two')]]);
    // what is written in the cache says that it was fresh: the next scan reads it again, whatever the times say
    expect(cached().get('f')).toMatch(/^0 /);
  });

  test('what it is sure of is not read again, but by checksum', async () => {
    host.fill({ f: 'one' });
    await host.ask('scan', { have: null });
    // as if it had been hashed to something else long ago: only a scan that reads it finds out
    const lie = `import zlib,sys
p=sys.argv[1]; d=zlib.decompress(open(p,'rb').read()).decode()
i=d.index('\\0f\\0')+3; open(p,'wb').write(zlib.compress((d[:i]+'1'+d[i+1:].replace('${sha256('one')}','${'0'.repeat(64)}')).encode()))`;
    execFileSync(python, ['-c', lie, join(host.state, 'scan')]);
    expect((await host.tree()).get('f')?.[5]).toBe('0'.repeat(64));
    expect((await host.tree({ checksum: true })).get('f')?.[5]).toBe(sha256('one'));
  });

  test('what cannot take part is told, each with its reason, and nothing is followed', async () => {
    host.fill({
      'in/f': 'x',
      'node_modules/deep/f': 'x',
      '.specboard-sync/f': 'x',
      'sub/node_modules/f': 'x',
    });
    symlinkSync('/etc/passwd', join(host.root, 'absolute'));
    symlinkSync('../../..', join(host.root, 'in/up'));
    symlinkSync('..', join(host.root, 'in/fine'));
    symlinkSync('in', join(host.root, 'folder'));
    execFileSync('mkfifo', [join(host.root, 'pipe')]);
    mkdirSync(Buffer.from(`${host.root}/bad-\xff`, 'latin1'));
    writeFileSync(Buffer.from(`${host.root}/bad-\xff/f`, 'latin1'), 'x');
    const deep = `${'d/'.repeat(130)}f`;
    host.fill({ [deep]: 'x' });
    const answer = await host.ask('scan', { have: null, prune: ['node_modules'] });
    expect(answer.unusable.map(([path, reason]) => [path, reason]).sort()).toEqual([
      ['absolute', 'link-leads-out'],
      ['bad-\ufffd', 'name-not-text'],
      ['d/'.repeat(129).slice(0, -1), 'too-deep'],
      ['in/up', 'link-leads-out'],
      ['pipe', 'special-file'],
    ]);
    const shallow = answer.set
      .map(([path, kind]) => `${kind} ${path}`)
      .filter((text) => !text.startsWith('d d'));
    expect(shallow).toEqual(['l folder', 'd in', 'f in/f', 'l in/fine', 'd sub']);
  });

  test('a root that is missing is empty, one that is none or cannot be read is a failure', async () => {
    const root = join(host.base, 'nowhere/at/all');
    expect(await host.ask('scan', { have: null, root })).toMatchObject({ ok: true, exists: false, set: [] });
    host.fill({ plain: 'x' });
    const plain = join(host.root, 'plain');
    expect(await host.ask('scan', { have: null, root: plain })).toMatchObject({ ok: false, code: 'invalid' });
  });

  test.skipIf(process.getuid?.() !== 0)('what may not be read is unknown, never empty', async () => {
    host.fill({ 'open/f': 'x', 'shut/f': 'x', secret: 'x' });
    chmodSync(join(host.root, 'shut'), 0);
    chmodSync(join(host.root, 'secret'), 0);
    execFileSync('chown', ['-R', '65534', host.base]);
    chmodSync(host.base, 0o755);
    // as nobody, who may not read this Python: what it imports comes first
    const script = `import sys,os,_json,zlib,hashlib,binascii,fcntl,ctypes,encodings.idna
source=sys.stdin.read(); os.setgid(65534); os.setuid(65534); exec(compile(source,'kit','exec'))`;
    const ask = (fields: object) => {
      const word = Buffer.from(JSON.stringify({ root: host.root, rootId: 'r1', ...fields })).toString(
        'base64',
      );
      const env = { HOME: host.home, LANG: 'C.UTF-8' };
      return spawnSync(python, ['-I', '-S', '-B', '-c', script, word], {
        env,
        input: readFileSync(kitFile),
        encoding: 'utf8',
      }).stdout;
    };
    const answer = answerIn(ask({ op: 'scan', have: null }));
    expect(answer?.set.map(([path]) => path)).toEqual(['open', 'open/f']);
    expect(answer?.unusable.map(([path, reason]) => [path, reason]).sort()).toEqual([
      ['secret', 'unreadable'],
      ['shut', 'unreadable'],
    ]);
    chmodSync(host.root, 0);
    expect(answerIn(ask({ op: 'scan', have: null }))).toMatchObject({ ok: false, code: 'forbidden' });
    chmodSync(host.root, 0o755);
    expect(answerIn(ask({ op: 'scan', have: null }))?.ok).toBe(true);
  });

  test('an answer that is too long for the output is a file, which goes once it was read', async () => {
    for (let number = 0; number < 5000; number++) writeFileSync(join(host.root, `n${number}`), `${number}`);
    const { answer, said } = await host.run('scan', { have: null });
    expect(answer?.set.length).toBe(5000);
    expect(said).toBeLessThan(1000);
    const [name = ''] = readdirSync(join(host.state, 'out'));
    await host.ask('hello', {
      done: [join(host.state, 'out', name), '/etc/passwd', join(host.state, 'out', '..')],
    });
    expect(readdirSync(join(host.state, 'out'))).toEqual([]);
  });

  test('the state lies in the root where that is another volume than the home folder', async () => {
    const shm = new KitHost(
      execFileSync('mktemp', ['-d', '/dev/shm/sb-kit-XXXXXX'], { encoding: 'utf8' }).trim(),
    );
    try {
      const answer = await host.ask('scan', { have: null, root: shm.root });
      if (statSync(shm.root).dev === statSync(host.home).dev) return;
      expect(answer).toMatchObject({ ok: true, set: [], state: join(shm.root, '.specboard-sync/r1') });
      // a root that is still to be made: the bundle is put where the state is now, and the state moves
      const root = join(shm.base, 'later');
      const before = await host.ask('hello', { root });
      expect(before).toMatchObject({ exists: false, state: host.state });
      writeFileSync(join(before.state, 'in/b1'), bundleOf([put('f', 'new')]));
      const after = await host.ask('apply', {
        root,
        cycle: 'c1',
        epoch: 1,
        have: null,
        bundle: { file: 'b1' },
      });
      expect(after).toMatchObject({ results: [{ result: 'done', kept: null }], exists: true });
      expect(after.state).toBe(join(root, '.specboard-sync/r1'));
      expect(existsSync(before.state)).toBe(false);
    } finally {
      shm[Symbol.dispose]();
    }
  });
});

/** Rows of the cache, by path. */
function cached(): Map<string, string> {
  const read = `import zlib,sys; sys.stdout.buffer.write(zlib.decompress(open(sys.argv[1],'rb').read()))`;
  const words = execFileSync(python, ['-c', read, join(host.state, 'scan')], { encoding: 'utf8' }).split(
    '\0',
  );
  const rows = new Map<string, string>();
  for (let at = 1; at < words.length; at += 2) rows.set(words[at] ?? '', words[at + 1] ?? '');
  return rows;
}

describe('giving bytes', () => {
  test('block signatures, of the file that was asked for only', async () => {
    const content = Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7919) % 251));
    host.fill({ big: content });
    const fields = { path: 'big', hash: sha256(content), block: 1024, strong: 6 };
    const check = async () => {
      const answer = await host.ask('sig', fields);
      expect(answer).toMatchObject({ changed: false, size: 10_000 });
      const bytes = bytesOf(answer);
      expect(bytes.length).toBe(10 * 10);
      for (let block = 0; block < 10; block++) {
        const piece = content.subarray(block * 1024, (block + 1) * 1024);
        expect(bytes.readUInt32LE(block * 4)).toBe(crc32(piece));
        expect(bytes.subarray(40 + block * 6, 46 + block * 6).toString('hex')).toBe(
          sha256(piece).slice(0, 12),
        );
      }
    };
    await check();
    await host.ask('scan', { have: null });
    await check();
    for (const other of [{ hash: '0'.repeat(64) }, { path: 'none' }, { path: 'none/such' }]) {
      expect(await host.ask('sig', { ...fields, ...other })).toMatchObject({ ok: true, changed: true });
    }
    for (const other of [{ path: '../x' }, { block: 0 }, { strong: 33 }, { hash: 'x' }]) {
      expect(await host.ask('sig', { ...fields, ...other })).toMatchObject({ code: 'invalid-request' });
    }
  });

  test('ranges, in the answer or in a file', async () => {
    const content = Buffer.from(Array.from({ length: 400_000 }, (_, at) => at % 253));
    host.fill({ big: content });
    const fields = { path: 'big', hash: sha256(content) };
    const few = await host.ask('ranges', {
      ...fields,
      ranges: [
        [5, 10],
        [399_999, 1],
        [0, 2],
      ],
    });
    expect(bytesOf(few)).toEqual(
      Buffer.concat([content.subarray(5, 15), content.subarray(399_999), content.subarray(0, 2)]),
    );
    const many = await host.ask('ranges', { ...fields, ranges: [[1, 300_000]] });
    expect(many.file.startsWith(join(host.state, 'out/'))).toBe(true);
    expect(bytesOf(many)).toEqual(content.subarray(1, 300_001));
    expect(await host.ask('ranges', { ...fields, ranges: [[399_999, 2]] })).toMatchObject({
      code: 'invalid-request',
    });
    host.fill({ big: 'other' });
    expect(await host.ask('ranges', { ...fields, ranges: [[0, 1]] })).toMatchObject({
      ok: true,
      changed: true,
    });
  });

  test('a pack holds the files that are still what was asked for', async () => {
    host.fill({ a: 'alpha', 'b/c': 'x'.repeat(1000), gone: 'changed', empty: '' });
    const asked = [
      ['a', sha256('alpha'), 5],
      ['gone', sha256('as it was'), 7],
      ['none', sha256(''), 0],
      ['b/c', sha256('x'.repeat(1000)), 1000],
      ['empty', sha256(''), 0],
    ];
    for (const _ of [1, 2]) {
      const members = membersOf(gunzipSync(bytesOf(await host.ask('pack', { files: asked }))));
      expect(JSON.parse(String(members[0]?.[1]))).toEqual([asked[0], asked[3], asked[4]]);
      expect(members.slice(1).map(([name, data]) => [name, data.toString()])).toEqual([
        ['0', 'alpha'],
        ['1', 'x'.repeat(1000)],
        ['2', ''],
      ]);
      await host.ask('scan', { have: null });
    }
    expect(await host.ask('pack', { files: [['../a', sha256(''), 0]] })).toMatchObject({
      code: 'invalid-request',
    });
  });

  test('parts by their content, and what is forgotten goes', async () => {
    const { state } = await host.ask('hello');
    const [whole, cut] = [sha256('whole'), sha256('cut off')];
    writeFileSync(join(state, 'parts', whole), 'whole');
    writeFileSync(join(state, 'parts', cut), 'cut');
    const names = [whole, cut, sha256('never')];
    expect((await host.ask('parts', { names })).have).toEqual([whole]);
    // two days later
    rmSync(join(state, 'swept'));
    execFileSync('touch', ['-d', '2020-01-01', join(state, 'parts', whole)]);
    mkdirSync(join(state, 'kept/old'));
    writeFileSync(join(state, 'kept/old/0'), '');
    execFileSync('touch', ['-d', '2020-01-01', join(state, 'kept/old')]);
    await host.ask('hello');
    expect(existsSync(join(state, 'kept/old'))).toBe(false);
    // its ctime is now: only the system's clock makes it old
    expect(existsSync(join(state, 'parts', whole))).toBe(true);
  });
});

describe('wait', () => {
  test('ends at once where something changed since the scan, else when it does', async () => {
    host.fill({ 'src/a': 'one', 'node_modules/x': 'x' });
    const prune = ['node_modules'];
    const { snapshot: have } = await host.ask('scan', { have: null, prune });
    expect(await host.ask('wait', { have, prune, seconds: 0 })).toMatchObject({ ok: true, changed: false });
    expect((await host.ask('wait', { have: 'other', prune, seconds: 60 })).changed).toBe(true);
    const begun = performance.now();
    const waiting = host.ask('wait', { have, prune, seconds: 60 });
    // until it is seen: each is a new edit, so that the moment when it began to watch does not matter
    let ended = false;
    void waiting.finally(() => {
      ended = true;
    });
    writeFileSync(join(host.root, 'node_modules/x'), 'pruned');
    writeFileSync(join(host.root, 'src/new'), 'x');
    expect((await waiting).changed).toBe(true);
    expect(ended).toBe(true);
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect((await host.ask('wait', { have, prune, seconds: 60 })).changed).toBe(true);
  });

  test('without inotify, with the root replaced, and stopped by a signal', async () => {
    host.fill({ a: 'one' });
    const { snapshot: have } = await host.ask('scan', { have: null });
    expect((await host.ask('wait', { have, seconds: 0.2, poll: true })).changed).toBe(false);
    const waiting = host.run('wait', { have, seconds: 60, poll: true });
    renameSync(host.root, `${host.root}-old`);
    mkdirSync(host.root);
    expect((await waiting).answer?.changed).toBe(true);
    const { snapshot } = await host.ask('scan', { have: null });
    const stopped = await host.run(
      'wait',
      { have: snapshot, seconds: 60 },
      {
        onStart: (kill, pid) => {
          // once it listens to signals
          const look = setInterval(() => {
            const caught = /SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
            if ((BigInt(`0x${caught}`) & (1n << 14n)) === 0n) return;
            clearInterval(look);
            kill('SIGTERM');
          }, 5);
        },
      },
    );
    expect([stopped.code, stopped.answer?.code]).toEqual([130, 'cancelled']);
  });
});
