/** Windows: virus scanners and editors hold files for moments. What is refused for that is tried again a few times. */
import { codeOf } from './file-errors.ts';

const held: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES']);
const waitsMs = [10, 30, 90, 200];

/** Does it, on Windows up to five times. In the worker: it waits in place. */
export function tryAgain<T>(what: () => T, platform: NodeJS.Platform = process.platform): T {
  for (let tries = 0; ; tries += 1) {
    try {
      return what();
    } catch (error) {
      const wait = waitsMs[tries];
      if (platform !== 'win32' || wait === undefined || !held.has(codeOf(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
}
