/** What goes out of this computer's folder (bundles, signatures) and what comes in from a sandbox that may lie. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readBundle } from '../../src-main/sync/bundle/read-bundle.ts';
import { makeSignature } from '../../src-main/sync/delta/make-signature.ts';
import { memorySource } from '../../src-main/sync/delta/read-at.ts';
import type { UploadItem } from '../../src-main/sync/sides.ts';
import { seededRandom } from '../support/random.ts';
import { bundleOf, fileEntry, LocalWorld, put, sha256, tarOf } from '../support/sync/local-world.ts';

const signal = new AbortController().signal;

function randomBytes(size: number, seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length: size }, () => random() * 256));
}

test('a bundle has the items in order and the bytes of those that are what they were', async () => {
  await using world = new LocalWorld();
  const large = randomBytes(700_000, 1);
  const edited = Buffer.concat([large.subarray(0, 300_000), Buffer.from('edit'), large.subarray(300_010)]);
  world.write({
    'a.txt': 'small',
    'run.sh*': 'run',
    empty: '',
    'changed.txt': 'now other',
    link: '-> a.txt',
  });
  writeFileSync(world.path('large'), large);
  writeFileSync(world.path('edited'), edited);
  writeFileSync(world.path('other'), randomBytes(200_000, 2));
  const signature = makeSignature(memorySource(large), { blockSize: 4096, strongBytes: 4 }) ?? undefined;
  if (!signature) throw new Error('There is no signature.');
  const delta = { from: 'delta', path: 'edited', baseHash: sha256(large) } as const;
  const items: UploadItem[] = [
    { do: 'directory', path: 'd', over: null },
    put('a.txt', 'small', null),
    put('changed.txt', 'was this.', null),
    put('missing.txt', 'x', null),
    put('run.sh', 'run', null, { executable: true }),
    put('empty', '', null),
    put('link', 'small', null),
    { do: 'put', path: 'large', entry: fileEntry(large), over: null, source: { from: 'data' } },
    { do: 'put', path: 'edited', entry: fileEntry(edited), over: null, source: delta, signature },
    {
      do: 'put',
      path: 'other',
      entry: fileEntry(randomBytes(200_000, 2)),
      over: null,
      source: delta,
      signature,
    },
    {
      do: 'put',
      path: 'copy',
      entry: fileEntry('small'),
      over: null,
      source: { from: 'copy', path: 'a.txt' },
    },
    {
      do: 'put',
      path: 'huge',
      entry: fileEntry('huge'),
      over: null,
      source: { from: 'data' },
      parts: ['p1', 'p2'],
    },
    { do: 'remove', path: 'old', over: fileEntry('old') },
  ];
  const packed = await world.side.pack(items, signal);
  const bytes = readFileSync(packed.file);
  expect([packed.bytes, packed.hash]).toEqual([bytes.length, sha256(bytes)]);
  expect(packed.changed.map(({ path }) => path)).toEqual(['changed.txt', 'missing.txt', 'link']);
  expect(packed.whole.map(({ path }) => path)).toEqual(['other']);
  const paths = ['d', 'a.txt', 'run.sh', 'empty', 'large', 'edited', 'copy', 'huge', 'old'];
  expect(packed.items.map(({ path }) => path)).toEqual(paths);
  const { index, members } = readBundle(bytes, 10_000_000);
  expect((index as { path: string }[]).map(({ path }) => path)).toEqual(paths);
  expect(index[1]).toEqual(items[1]);
  expect(index[7]).toMatchObject({ source: { from: 'parts', names: ['p1', 'p2'] } });
  expect(index[7]).not.toHaveProperty('parts');
  expect([...members.keys()]).toEqual([1, 2, 3, 4, 5]);
  expect(Buffer.from(members.get(1) ?? []).toString()).toBe('small');
  expect(sha256(members.get(4) ?? '')).toBe(sha256(large));
  const { spans } = (index[5] as { source: { spans: [number, number][] } }).source;
  expect(index[5]).not.toHaveProperty('signature');
  let own = 0;
  const literals = Buffer.from(members.get(5) ?? []);
  expect(literals.length).toBeLessThan(10_000);
  const made = spans.map(([at, length]) => {
    if (at >= 0) return large.subarray(at, at + length);
    own += length;
    return literals.subarray(own - length, own);
  });
  expect(sha256(Buffer.concat(made))).toBe(sha256(edited));
  expect(packed.content).toBe(5 + 3 + large.length + literals.length);
  // Looking whether the folder is there touches nothing that is under way.
  await world.stage('staged');
  await world.side.open(signal);
  expect([existsSync(packed.file), existsSync(join(world.state, 'stage', sha256('staged')))]).toEqual([
    true,
    true,
  ]);
  await packed[Symbol.asyncDispose]();
  expect(existsSync(packed.file)).toBe(false);
});

test('a large file that changes while it is packed is left out; the bundle is whole without it', async () => {
  await using world = new LocalWorld();
  const large = randomBytes(900_000, 3);
  writeFileSync(world.path('large'), large);
  world.write({ 'z.txt': 'after it' });
  const item: UploadItem = {
    do: 'put',
    path: 'large',
    entry: fileEntry(large),
    over: null,
    source: { from: 'data' },
  };
  // Same size, other bytes: only reading it tells.
  large[500_000] = (large[500_000] ?? 0) ^ 1;
  writeFileSync(world.path('large'), large);
  const packed = await world.side.pack([item, put('z.txt', 'after it', null)], signal);
  expect(packed.changed).toEqual([item]);
  expect(packed.items.map(({ path }) => path)).toEqual(['z.txt']);
  const { members } = readBundle(readFileSync(packed.file), 1_000_000);
  expect([...members].map(([number, bytes]) => [number, Buffer.from(bytes).toString()])).toEqual([
    [0, 'after it'],
  ]);
  expect(readdirSync(join(world.state, 'tmp')).length).toBe(1);
  await packed[Symbol.asyncDispose]();
});

test('bundles from a sandbox that lies: only what was asked for, with its very bytes, is staged', async () => {
  await using world = new LocalWorld();
  const wanted = [
    { path: 'a', entry: fileEntry('aaaa') },
    { path: 'b', entry: fileEntry('bbbb') },
    { path: 'gone', entry: fileEntry('gone') },
    { path: 'short', entry: fileEntry('short') },
    { path: 'dir/same', entry: fileEntry('aaaa') },
  ];
  const bundle = bundleOf([
    ['a', 'aaaa'],
    ['b', 'BBBB'],
    ['short', 'sho'],
    ['../../evil', 'evil'],
    ['dir/same', 'aaaa'],
  ]);
  expect(await world.side.stage(bundle, wanted, signal)).toEqual({ bad: ['b', 'gone', 'short'] });
  const staged = () => readdirSync(join(world.state, 'stage'));
  expect(staged()).toEqual([fileEntry('aaaa').hash]);
  const one = [{ path: 'a', entry: fileEntry('aaaa') }];
  const list = (text: string) => Buffer.from(text);
  const hostile: Record<string, Uint8Array> = {
    'no gzip': Buffer.from('nothing of the kind'),
    'cut off': bundle.subarray(0, bundle.length / 2),
    'a bomb': bundleOf([['a', Buffer.alloc(50_000_000)]]),
    'no list': gzipSync(tarOf([['0', list('aaaa')]])),
    'a list that is none': gzipSync(tarOf([['index.json', list('{"a": 1}')]])),
    'a member that is not in the list': gzipSync(
      tarOf([
        ['index.json', list('[]')],
        ['0', list('aaaa')],
      ]),
    ),
    'a member with a path': gzipSync(
      tarOf([
        ['index.json', list('[["a"]]')],
        ['../a', list('aaaa')],
      ]),
    ),
  };
  for (const [name, bytes] of Object.entries(hostile)) {
    const staging = world.side.stage(bytes, one, signal);
    await expect(staging, name).rejects.toMatchObject({ code: 'protocol' });
  }
  for (const listed of ['[null]', '[[1]]', '[[]]', '[{"path": "a"}]', '["a"]']) {
    const bytes = gzipSync(
      tarOf([
        ['index.json', list(listed)],
        ['0', list('aaaa')],
      ]),
    );
    expect(await world.side.stage(bytes, one, signal), listed).toEqual({ bad: ['a'] });
  }
  expect(readdirSync(join(world.state, 'tmp'))).toEqual([]);
  expect(readdirSync(world.root)).toEqual([]);
});

test('a large file in pieces goes on after a break, and is believed by its hash only', async () => {
  await using world = new LocalWorld();
  const bytes = randomBytes(250_000, 4);
  const entry = fileEntry(bytes);
  const piece = (from: number, to: number) =>
    world.side.stagePiece(entry, from, bytes.subarray(from, to), signal);
  expect(await world.side.stagedBytes(entry)).toBe(0);
  await piece(0, 100_000);
  expect(await world.side.stagedBytes(entry)).toBe(100_000);
  await expect(piece(150_000, 160_000)).rejects.toMatchObject({ code: 'protocol' });
  // The process ends; the next one goes on, a little before where it was.
  world.newSide();
  expect(await world.side.stagedBytes(entry)).toBe(100_000);
  await piece(90_000, 200_000);
  await expect(world.side.stagePiece(entry, 200_000, new Uint8Array(60_000), signal)).rejects.toMatchObject({
    code: 'protocol',
  });
  await piece(200_000, 250_000);
  expect(await world.side.stagedBytes(entry)).toBe(250_000);
  // Whole, and yet of an earlier process: it is hashed before it counts.
  world.newSide();
  expect(await world.side.stagedBytes(entry)).toBe(250_000);
  const item = { do: 'put', path: 'large', entry, over: null, source: { from: 'data' } } as const;
  expect(await world.side.apply('c', [item], signal)).toEqual([{ result: 'done', kept: null }]);
  expect(sha256(readFileSync(world.path('large')))).toBe(entry.hash);
  expect(await world.side.stagedBytes(entry)).toBe(0);
  // Wrong bytes: nothing is left of them.
  await expect(world.side.stagePiece(entry, 0, new Uint8Array(250_000), signal)).rejects.toMatchObject({
    code: 'protocol',
  });
  expect(await world.side.stagedBytes(entry)).toBe(0);
  await world.side.stagePiece(fileEntry(''), 0, new Uint8Array(), signal);
  expect(readdirSync(join(world.state, 'stage'))).toEqual([sha256('')]);
});

test('deltas both ways over files that are what they should be, and no others', async () => {
  await using world = new LocalWorld();
  const old = randomBytes(300_000, 5);
  const made = Buffer.concat([Buffer.from('start'), old.subarray(0, 200_000), old.subarray(210_000)]);
  writeFileSync(world.path('file'), old);
  const signature = makeSignature(memorySource(made), { blockSize: 2048, strongBytes: 6 });
  if (!signature) throw new Error('There is no signature.');
  const { spans, missing } = await world.side.findBlocks('file', signature, made.length, signal);
  const bytes = Buffer.concat(missing.map(([at, length]) => made.subarray(at, at + length)));
  expect(bytes.length).toBeLessThan(20_000);
  const entry = fileEntry(made);
  const wrong = Buffer.from(bytes);
  wrong[0] = (wrong[0] ?? 0) ^ 1;
  expect(await world.side.stageDelta('file', entry, spans, wrong, signal)).toBe(false);
  expect(await world.side.stageDelta('file', entry, spans, bytes.subarray(1), signal)).toBe(false);
  expect(await world.side.stageDelta('none', entry, spans, bytes, signal)).toBe(false);
  const beyond = [{ at: 299_999, length: made.length }];
  expect(await world.side.stageDelta('file', entry, beyond, new Uint8Array(), signal)).toBe(false);
  expect(await world.side.stageDelta('file', entry, spans, bytes, signal)).toBe(true);
  expect(readFileSync(join(world.state, 'stage', entry.hash)).equals(made)).toBe(true);
  const whole = { spans: [{ at: null, length: made.length }], missing: [[0, made.length]] };
  expect(await world.side.findBlocks('none', signature, made.length, signal)).toEqual(whole);
  const lying = { ...signature, weak: signature.weak.subarray(1) };
  expect(await world.side.findBlocks('file', lying, made.length, signal)).toEqual(whole);

  const ours = await world.side.signature('file', fileEntry(old), 4096, signal);
  expect(ours).toEqual(makeSignature(memorySource(old), { blockSize: 4096, strongBytes: 4 }));
  expect(await world.side.signature('file', fileEntry(made), 4096, signal)).toBeNull();
  expect(await world.side.parts('file', fileEntry(old), 200_000, signal)).toEqual([
    sha256(old.subarray(0, 200_000)),
    sha256(old.subarray(200_000)),
  ]);
  appendFileSync(world.path('file'), 'x');
  expect(await world.side.parts('file', fileEntry(old), 200_000, signal)).toBeNull();
  expect(Buffer.from(await world.side.readPiece('file', 299_999, 100, signal))).toEqual(
    Buffer.concat([old.subarray(299_999), Buffer.from('x')]),
  );
  symlinkSync(world.base, world.path('out'));
  writeFileSync(join(world.base, 'secret'), 'secret');
  expect((await world.side.readPiece('out/secret', 0, 10, signal)).length).toBe(0);
  expect(await world.side.signature('out/secret', fileEntry('secret'), 4096, signal)).toBeNull();
  expect(statSync(join(world.state, 'stage')).mode & 0o777).toBe(0o700);
});
