/** What both sides agreed on, as it travelled: found by content, within limits, also after a crash. */
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgreedFiles } from '../../src-main/services/sync/agreed-files.ts';
import { endOfTar, padding, tarHeader } from '../../src-main/sync/bundle/tar-format.ts';
import { temporaryFolder } from '../support/test-core.ts';

let home: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  home = temporaryFolder();
});
afterAll(() => home.remove());

const contentOf = (bytes: Uint8Array) => ({
  hash: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
});
const noise = (seed: number, bytes: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(bytes / 32) }, (_, n) =>
      createHash('sha256').update(`${seed} ${n}`).digest(),
    ),
  ).subarray(0, bytes);

function bundleOf(files: readonly Uint8Array[]): Buffer {
  const index = Buffer.from(JSON.stringify(files.map(() => ['x'])));
  const members: [string, Uint8Array][] = [
    ['index.json', index],
    ...files.map((f, n) => [`${n}`, f] as [string, Uint8Array]),
  ];
  const tar = members.flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length),
    bytes,
    padding(bytes.length),
  ]);
  return gzipSync(Buffer.concat([...tar, endOfTar()]));
}

test('content is found by its hash, and what was cut off hides nothing', async () => {
  const folder = join(home.path, 'a');
  const [one, two, three] = [Buffer.from('one\n'), Buffer.from('two\n'), Buffer.from('three\n')];
  const large = noise(1, 262_145);
  const agreed = new AgreedFiles(folder);
  await agreed.note(async () => bundleOf([one, two, large]), [one, two, large].map(contentOf));
  await agreed.note(async () => Buffer.from('no bundle'), [contentOf(one)]);
  await agreed.note(async () => Promise.reject(new Error('gone')), [contentOf(three)]);
  expect(await agreed.find(contentOf(one))).toEqual(one);
  expect(await agreed.find(contentOf(large))).toBeNull();
  expect(await agreed.find(contentOf(three))).toBeNull();
  // A crash in the middle of an append; the next process goes on.
  appendFileSync(join(folder, '1'), '[4000,["');
  const next = new AgreedFiles(folder);
  await next.note(async () => bundleOf([three]), [contentOf(three)]);
  for (const text of [one, two, three]) expect(await next.find(contentOf(text))).toEqual(text);
  expect(statSync(join(folder, '1')).mode & 0o077).toBe(0);
  await next.forget();
  expect(readdirSync(home.path)).not.toContain('a');
  expect(await next.find(contentOf(one))).toBeNull();
});

test('the oldest goes when all of it is too large', async () => {
  const agreed = new AgreedFiles(join(home.path, 'b'), { volumeBytes: 30_000, allBytes: 100_000 });
  const files = Array.from({ length: 16 }, (_, n) =>
    Array.from({ length: 4 }, (_unused, m) => noise(n * 4 + m, 2_500)),
  );
  for (const some of files) await agreed.note(async () => bundleOf(some), some.map(contentOf));
  const sizes = readdirSync(join(home.path, 'b')).map((name) => statSync(join(home.path, 'b', name)).size);
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(100_001);
  const [oldest, newest] = [files[0]?.[0] as Buffer, files.at(-1)?.[0] as Buffer];
  expect(await agreed.find(contentOf(oldest))).toBeNull();
  expect(await agreed.find(contentOf(newest))).toEqual(newest);
});
