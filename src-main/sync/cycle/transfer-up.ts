/**
 * Brings steps to the sandbox: all of it in one bundle where it is small, else what makes way first, then data in bundles of which
 * several are on their way at a time, large files in parts, and removals last.
 */
import type { UploadItem } from '../sides.ts';
import type { ApplyItem } from '../types.ts';
import { abortable } from './abort.ts';
import { bundleBytes, bundleFiles, largeBytes, needsData, toGroups, toWaves } from './batches.ts';
import { bringHome } from './bring-home.ts';
import { forEachInFlight, requestsInFlight } from './in-flight.ts';
import { sendInParts } from './large-up.ts';
import { applied, contentBytes, countFiles, type Pass, unlessFull } from './pass.ts';
import type { ProgressTask } from './progress.ts';
import { withSignatures } from './upload-signatures.ts';

type Put = Extract<ApplyItem, { do: 'put' }>;

/** Applies `steps` (in order) in the sandbox. */
export async function transferUp(
  pass: Pass,
  steps: readonly ApplyItem[],
  signal: AbortSignal,
): Promise<void> {
  if (steps.length === 0) return;
  await unlessFull(pass, 'remote', async () => {
    const home = await bringHome(pass, steps, signal);
    const items = await withSignatures(pass, home, signal);
    const large = items.filter(isLarge);
    const rest = large.length === 0 ? items : items.filter((item) => !isLarge(item));
    if (large.length === 0 && fitsInOne(rest)) {
      await sendAll(pass, [rest], 1, signal);
      return;
    }
    const { first, data, last } = toWaves(rest);
    // New folders need no way made: they go with the first files, and whichever bundle is there first makes those that it needs.
    const isWayMade = first.every((item) => item.do === 'directory' && item.over === null);
    await sendAll(
      pass,
      toGroups(isWayMade ? [] : first, () => null),
      1,
      signal,
    );
    await sendAll(pass, toGroups(isWayMade ? [...first, ...data] : data, weightOf), requestsInFlight, signal);
    await sendLarge(pass, large, signal);
    pass.meter.stage('applying');
    await sendAll(
      pass,
      toGroups(last, () => null),
      1,
      signal,
    );
  });
}

function isFull(pass: Pass): boolean {
  return pass.ledger.stopped.remote !== null;
}

async function sendAll(
  pass: Pass,
  groups: readonly (readonly UploadItem[])[],
  most: number,
  signal: AbortSignal,
): Promise<void> {
  const whole: Put[] = [];
  const send = (group: readonly UploadItem[], inner: AbortSignal) =>
    unlessFull(pass, 'remote', async () => {
      whole.push(...(await sendBundle(pass, group, inner)));
    });
  await forEachInFlight(groups, most, signal, send, () => isFull(pass));
  if (whole.length === 0) return;
  // A delta would not have been smaller.
  const items = whole.map((item): UploadItem => ({ ...item, source: { from: 'data' } }));
  const small = toGroups(
    items.filter((item) => !isLarge(item)),
    weightOf,
  );
  await forEachInFlight(small, requestsInFlight, signal, send, () => isFull(pass));
  await sendLarge(pass, items.filter(isLarge), signal);
}

async function sendLarge(pass: Pass, items: readonly UploadItem[], signal: AbortSignal): Promise<void> {
  for (const item of items) {
    if (isFull(pass)) return;
    const task = pass.meter.begin(contentBytes(item), 1);
    await unlessFull(pass, 'remote', async () => {
      const parts = item.do === 'put' ? await sendInParts(pass, item, task, signal) : null;
      if (parts) await sendBundle(pass, [{ ...item, parts }], signal, task);
    });
    task.done();
  }
}

/** One bundle on its way and applied. Gives what has to go whole, because a delta of it would not have been smaller. */
async function sendBundle(
  { deps, request, ledger, meter, pendingEpoch }: Pass,
  items: readonly UploadItem[],
  signal: AbortSignal,
  outer?: ProgressTask,
): Promise<Put[]> {
  if (items.length === 0) return [];
  const { local, remote, clock } = deps;
  const bundle = await abortableBundle(signal, local.pack(items, signal));
  await using _file = bundle;
  for (const { path } of bundle.changed) ledger.postpone(path);
  const whole = bundle.whole.filter((item) => item.do === 'put');
  const expected = items.reduce((sum, item) => sum + contentBytes(item), 0);
  const later = whole.reduce((sum, item) => sum + item.entry.size, 0);
  const task = outer ?? meter.begin(expected - later, countFiles(items) - whole.length);
  if (bundle.items.length > 0) {
    // What is the same on both sides need not travel: it counts as done at once.
    const spared = Math.max(0, expected - later - bundle.content);
    const onMoved = (moved: { bytes: number; files: number }) => {
      if (!outer) task.to(spared + Math.min(bundle.content, moved.bytes), moved.files);
    };
    const results = await applied(
      clock,
      signal,
      remote.apply(request.cycle, pendingEpoch, bundle, onMoved, signal),
    );
    // It is written before the first item; where it is another all the same, both epochs stay possible.
    if (remote.facts?.marker?.epoch === pendingEpoch) ledger.marked();
    await ledger.take('remote', bundle.items, results);
  }
  if (!outer) task.done();
  return whole;
}

/** A bundle that is ready after a cancel is removed again. */
async function abortableBundle<T extends AsyncDisposable>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await abortable(signal, work);
  } catch (error) {
    work.then(
      (bundle) => bundle[Symbol.asyncDispose](),
      () => {},
    );
    throw error;
  }
}

/** Bytes that an item is thought to carry; null: none. Of a delta it is known only when it is made. */
function weightOf(item: UploadItem): number | null {
  if (!needsData(item)) return null;
  return item.source.from === 'delta' ? Math.ceil(item.entry.size / 64) : item.entry.size;
}

function isLarge(item: UploadItem): boolean {
  return item.do === 'put' && item.source.from === 'data' && item.entry.size > largeBytes;
}

function fitsInOne(items: readonly UploadItem[]): boolean {
  let bytes = 0;
  let files = 0;
  for (const item of items) {
    const weight = weightOf(item);
    if (weight === null) continue;
    bytes += weight;
    files += 1;
  }
  return bytes <= bundleBytes && files <= bundleFiles && items.length <= 20_000;
}
