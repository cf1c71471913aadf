/**
 * Brings steps to this computer: what makes way first, then files in packs of which several are on their way at a time, large ones as
 * what is missing in an old version or in ranges that go on after a break, and removals last. Everything is staged and checked
 * against its hash before any of it is applied.
 */
import type { ApplyItem, Entry } from '../types.ts';
import { abortable } from './abort.ts';
import { bundleBytes, bundleFiles, needsData, signatureBytes, toGroups, toWaves } from './batches.ts';
import { forEachInFlight, requestsInFlight } from './in-flight.ts';
import { fetchInPieces, fetchMissing } from './large-down.ts';
import { applied, contentBytes, countFiles, type Pass, unlessFull } from './pass.ts';
import type { ProgressTask } from './progress.ts';

type Put = Extract<ApplyItem, { do: 'put' }>;

/** Applies `steps` (in order) on this computer. */
export async function transferDown(
  pass: Pass,
  steps: readonly ApplyItem[],
  signal: AbortSignal,
): Promise<void> {
  if (steps.length === 0) return;
  await unlessFull(pass, 'local', async () => {
    if (fitsInOne(pass, steps)) {
      await bringGroup(pass, steps, signal);
      return;
    }
    const { first, data, last } = toWaves(steps);
    for (const group of toGroups(first, () => null)) await bringGroup(pass, group, signal);
    const puts = data.filter((item) => item.do === 'put');
    const small = toGroups(
      puts.filter((item) => isSmall(pass, item)),
      weightOf,
    );
    const bring = (group: readonly ApplyItem[], inner: AbortSignal) =>
      unlessFull(pass, 'local', () => bringGroup(pass, group, inner));
    await forEachInFlight(small, requestsInFlight, signal, bring, () => isFull(pass));
    for (const item of puts) {
      if (isFull(pass)) return;
      if (!isSmall(pass, item)) await bringLarge(pass, item, signal);
    }
    if (isFull(pass)) return;
    pass.meter.stage('applying');
    for (const group of toGroups(last, () => null)) await bringGroup(pass, group, signal);
  });
}

function isFull(pass: Pass): boolean {
  return pass.ledger.stopped.local !== null;
}

/** One pack (or none, where nothing needs data), staged and applied with what stands around it. */
async function bringGroup(pass: Pass, items: readonly ApplyItem[], signal: AbortSignal): Promise<void> {
  if (items.length === 0) return;
  const { deps, ledger, meter } = pass;
  const expected = items.reduce((sum, item) => sum + contentBytes(item), 0);
  const task = meter.begin(expected, countFiles(items));
  const wanted = items
    .filter((item) => needsData(item))
    .map(({ path, entry }) => ({ path, entry: asThere(pass, path, entry) }));
  const bad = new Set<string>();
  if (wanted.length > 0) {
    const onMoved = (moved: { bytes: number; files: number }) => task.to(moved.bytes, moved.files);
    const pack = await abortable(signal, deps.remote.pack(wanted, onMoved, signal));
    const staged = await abortable(signal, deps.local.stage(pack, wanted, signal));
    for (const path of staged.bad) {
      bad.add(path);
      ledger.postpone(path);
    }
  }
  await apply(pass, bad.size === 0 ? items : items.filter(({ path }) => !bad.has(path)), signal);
  task.done();
}

async function bringLarge(pass: Pass, item: Put, signal: AbortSignal): Promise<void> {
  const task = pass.meter.begin(item.entry.size, 1);
  await unlessFull(pass, 'local', async () => {
    if (await fetch(pass, item, task, signal)) await apply(pass, [item], signal);
    else pass.ledger.postpone(item.path);
  });
  task.done();
}

/** False where it is something else by now. */
async function fetch(pass: Pass, item: Put, task: ProgressTask, signal: AbortSignal): Promise<boolean> {
  const file = { path: item.path, entry: asThere(pass, item.path, item.entry) };
  if (item.source.from === 'delta' && canAskForPieces(pass)) {
    const found = await fetchMissing(pass, file, item.source.path, task, signal);
    if (found !== 'no-gain') return found === 'staged';
  }
  return fetchInPieces(pass, file, task, signal);
}

async function apply(pass: Pass, items: readonly ApplyItem[], signal: AbortSignal): Promise<void> {
  if (items.length === 0) return;
  const { deps, request, ledger, localTurns } = pass;
  await localTurns.run(async () => {
    if (signal.aborted) return;
    const work = deps.local.apply(request.cycle, items, signal);
    await ledger.take('local', items, await applied(deps.clock, signal, work));
  });
}

/** The entry as the sandbox has it: what is written here may have another executable bit. */
function asThere({ scans }: Pass, path: string, entry: Entry): Entry {
  return scans.remote.entries.get(path) ?? entry;
}

/** Travels in a pack: too small for several requests of its own. */
function isSmall(pass: Pass, { entry, source }: Put): boolean {
  if (source.from === 'delta' && entry.size >= signatureBytes && canAskForPieces(pass)) return false;
  return entry.size <= bundleBytes;
}

/** Without Python in the sandbox files travel whole. */
function canAskForPieces({ scans }: Pass): boolean {
  return scans.remoteFacts.method === 'python';
}

function weightOf(item: ApplyItem): number | null {
  return needsData(item) ? item.entry.size : null;
}

function fitsInOne(pass: Pass, items: readonly ApplyItem[]): boolean {
  let bytes = 0;
  let files = 0;
  for (const item of items) {
    if (!needsData(item)) continue;
    if (!isSmall(pass, item)) return false;
    bytes += item.entry.size;
    files += 1;
  }
  return bytes <= bundleBytes && files <= bundleFiles;
}
