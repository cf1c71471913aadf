/** A file that is too large for a bundle: sent in parts that are named by their content, so that none is sent twice after a break. */
import { createHash } from 'node:crypto';
import { freeBytes } from '../free-bytes.ts';
import type { ApplyItem } from '../types.ts';
import { abortable } from './abort.ts';
import { partBytes } from './batches.ts';
import { forEachInFlight, requestsInFlight } from './in-flight.ts';
import type { Pass } from './pass.ts';
import type { ProgressTask } from './progress.ts';

/** Sends what the sandbox has not. Gives the names in order; null where the file changed meanwhile, which is noted. */
export async function sendInParts(
  { deps, ledger }: Pass,
  { path, entry }: Extract<ApplyItem, { do: 'put' }>,
  task: ProgressTask,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const { local, remote } = deps;
  const names = await abortable(signal, local.parts(path, entry, partBytes, signal));
  if (!names) {
    ledger.postpone(path);
    return null;
  }
  const known = await abortable(signal, remote.hasParts(names, signal));
  const lengthOf = (index: number) => Math.min(partBytes, entry.size - index * partBytes);
  const missing = new Map<string, number>();
  let done = 0;
  for (const [index, name] of names.entries()) {
    if (known.has(name) || missing.has(name)) done += lengthOf(index);
    else missing.set(name, index);
  }
  const moving = new Map<string, number>();
  const tell = () => task.to(done + [...moving.values()].reduce((sum, bytes) => sum + bytes, 0), 0);
  tell();
  let isChanged = false;
  await forEachInFlight(
    missing,
    requestsInFlight,
    signal,
    async ([name, index], inner) => {
      const offset = index * partBytes;
      const data = await abortable(inner, local.readPiece(path, offset, lengthOf(index), inner));
      if (createHash('sha256').update(data).digest('hex') !== name) {
        isChanged = true;
        return;
      }
      const onMoved = ({ bytes }: { bytes: number }) => {
        moving.set(name, Math.min(bytes, data.length));
        tell();
      };
      await abortable(inner, remote.sendPart(name, data, onMoved, inner));
      freeBytes(data);
      moving.delete(name);
      done += lengthOf(index);
      tell();
    },
    () => isChanged,
  );
  if (!isChanged) return names;
  ledger.postpone(path);
  return null;
}
