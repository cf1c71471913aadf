/** Where the person chose this computer's copy, the sandbox's is brought into the history here before it is replaced there. */
import { Subtrees } from '../reconcile/path-sets.ts';
import type { ApplyItem, Entry } from '../types.ts';
import { abortable, throwIfAborted } from './abort.ts';
import { piecesOf } from './batches.ts';
import { forEachInFlight, inOrder, requestsInFlight } from './in-flight.ts';
import type { Pass } from './pass.ts';

/** Gives the steps that may be taken: without those whose copy in the sandbox changed meanwhile. */
export async function bringHome(
  pass: Pass,
  steps: readonly ApplyItem[],
  signal: AbortSignal,
): Promise<readonly ApplyItem[]> {
  const decided = new Subtrees();
  for (const [path, { choice }] of pass.request.resolutions) if (choice === 'local') decided.add(path);
  const replaced = steps.filter(({ path, ...item }) => {
    if (!decided.has(path) || item.do === 'mode' || item.do === 'rename') return false;
    return item.over?.kind === 'file';
  });
  if (replaced.length === 0) return steps;
  const changed = new Set<string>();
  await forEachInFlight(replaced, requestsInFlight, signal, async ({ path, over }, inner) => {
    if (over && !(await keepCopy(pass, path, over, inner))) changed.add(path);
  });
  for (const path of changed) pass.ledger.postpone(path);
  return steps.filter(({ path }) => !changed.has(path));
}

/** False where it is something else by now. */
async function keepCopy(
  { deps, ledger }: Pass,
  path: string,
  version: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  let isChanged = false;
  async function* content() {
    const fetched = inOrder(piecesOf(version.size, 0), 2, (piece) =>
      abortable(
        signal,
        deps.remote.ranges(path, version, [piece], () => {}, signal),
      ),
    );
    for await (const bytes of fetched) {
      throwIfAborted(signal);
      if (bytes) yield bytes;
      else {
        isChanged = true;
        throw new ChangedMeanwhile();
      }
    }
  }
  try {
    const name = await abortable(signal, deps.local.keep(version, content(), signal));
    ledger.broughtHome(path, version, name);
    return true;
  } catch (error) {
    if (isChanged) return false;
    throw error;
  }
}

/** Ends a copy that would be of two versions. */
class ChangedMeanwhile extends Error {}
