/**
 * A thread that saves a file again and again, in the ways editors do, as fast as it can. Each time it looks first: where its last
 * version is not there any more, somebody else replaced it. `stop`: two Int32, the first ends it, the second counts its saves.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { file, stop, inPlace } = workerData as { file: string; stop: SharedArrayBuffer; inPlace: boolean };
const flag = new Int32Array(stop);
const replaced: string[] = [];
let saves = 0;
let last = '';

while (Atomics.load(flag, 0) === 0) {
  let now = '';
  try {
    now = readFileSync(file, 'utf8');
  } catch {}
  if (now.startsWith('sandbox') && last !== '') replaced.push(last);
  saves += 1;
  Atomics.store(flag, 1, saves);
  last = `version ${saves} of the person`;
  if (inPlace && saves % 2 === 0) writeFileSync(file, last);
  else {
    writeFileSync(`${file}.new`, last);
    renameSync(`${file}.new`, file);
  }
}
parentPort?.postMessage({ replaced });
