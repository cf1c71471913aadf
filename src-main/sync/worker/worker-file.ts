/** Where the file is that a thread of the sync starts with. */
import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * From sources: `sync-worker.ts` beside `running`. Built: `sync-worker.js` beside it, or one folder up where the build put the
 * code that asks into a shared chunk. Inside app.asar too: Electron's threads read it as its main thread does.
 */
export function workerFile(running: string): URL {
  const name = `sync-worker${extname(running)}`;
  const beside = join(dirname(running), name);
  return pathToFileURL(existsSync(beside) ? beside : join(dirname(running), '..', name));
}
