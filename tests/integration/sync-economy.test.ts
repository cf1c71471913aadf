/**
 * What a sync costs a link: requests, and bytes both ways, of usual situations. Both are the same on every machine, so a change
 * that makes them a quarter more is a mistake, or has to be argued here. The benchmark has the same beside rsync (docs/performance.md).
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { editBig, editTree, makeTree, noise, treeFile } from '../bench/sync/trees.ts';
import { SyncPair } from '../support/sync/sync-pair.ts';

const files = 2000;
const bigBytes = 8 * 2 ** 20;

/** Requests, and bytes both ways, as they are. */
const known = {
  'first copy of 2,000 files': [9, 4_407_277],
  'nothing changed': [1, 1541],
  '20 files changed': [2, 67_903],
  '20 files changed in the sandbox': [3, 78_176],
  'a folder of 100 files renamed': [2, 19_275],
  '20 files removed': [2, 4107],
  'an 8 MB file': [3, 8_393_910],
  '1 KB changed in it': [2, 8507],
  '1 KB inserted at its start': [2, 4347],
  '1 KB appended to it': [2, 4347],
  'the 8 MB file renamed': [2, 2818],
  '1 KB changed in the sandbox': [4, 21_724],
  '1 KB inserted in the sandbox': [4, 24_468],
  '1 KB appended in the sandbox': [4, 24_472],
  'first copy of 2,000 files from the sandbox': [8, 4_719_777],
} as const satisfies Record<string, readonly [requests: number, bytes: number]>;

let root = '';
let pair: SyncPair;
const measured = new Map<string, readonly [number, number]>();

beforeAll(async () => {
  root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'specboard-economy-'));
  pair = await SyncPair.open({ root });
  makeTree(pair.local, files);
});
afterAll(async () => {
  await pair[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

/** One cycle; what it left for afterwards (signatures) is done too. */
async function measure(what: keyof typeof known): Promise<void> {
  const { summary } = await pair.sync();
  await pair.settled();
  measured.set(what, [summary.requests, summary.bytesUp + summary.bytesDown]);
}

test('requests and bytes are not a quarter more than they were', async () => {
  const { local, remote } = pair;
  await measure('first copy of 2,000 files');
  await measure('nothing changed');
  editTree(local, files, 20, 1);
  await measure('20 files changed');
  editTree(remote, files, 20, 2);
  await measure('20 files changed in the sandbox');
  renameSync(join(local, 'pkg00'), join(local, 'moved'));
  await measure('a folder of 100 files renamed');
  for (let file = 1; file < 400; file += 20) rmSync(join(local, treeFile(file)));
  await measure('20 files removed');

  writeFileSync(join(local, 'big'), noise(bigBytes, 1));
  await measure('an 8 MB file');
  editBig(join(local, 'big'), 'middle', 1, bigBytes);
  await measure('1 KB changed in it');
  editBig(join(local, 'big'), 'start', 2, bigBytes);
  await measure('1 KB inserted at its start');
  editBig(join(local, 'big'), 'end', 3, bigBytes);
  await measure('1 KB appended to it');
  renameSync(join(local, 'big'), join(local, 'other'));
  await measure('the 8 MB file renamed');
  expect(readFileSync(join(remote, 'other')).equals(readFileSync(join(local, 'other')))).toBe(true);

  editBig(join(remote, 'other'), 'middle', 4, bigBytes);
  await measure('1 KB changed in the sandbox');
  editBig(join(remote, 'other'), 'start', 5, bigBytes);
  await measure('1 KB inserted in the sandbox');
  editBig(join(remote, 'other'), 'end', 6, bigBytes);
  await measure('1 KB appended in the sandbox');
  expect(readFileSync(join(remote, 'other')).equals(readFileSync(join(local, 'other')))).toBe(true);

  await pair.forget();
  rmSync(local, { recursive: true });
  pair.makeLocal();
  rmSync(join(remote, 'other'));
  await measure('first copy of 2,000 files from the sandbox');

  const figures = [...measured]
    .map(([what, [requests, bytes]]) => `  '${what}': [${requests}, ${bytes}],`)
    .join('\n');
  for (const [what, [requests, bytes]] of Object.entries(known)) {
    const now = measured.get(what) ?? [Number.NaN, Number.NaN];
    const why = `${what}: ${now[0]} requests, ${now[1]} bytes; was ${requests}, ${bytes}. All:\n${figures}`;
    expect(now[0], why).toBeLessThanOrEqual(Math.floor(requests * 1.25));
    expect(now[1], why).toBeLessThanOrEqual(bytes * 1.25);
  }
});
