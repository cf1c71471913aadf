/**
 * One cycle in a process of its own, with the real database, which kills itself at a step on this computer's files, or at a request to
 * the sandbox before it is sent or after it was answered: `node kill-cycle.ts <order in JSON>`. Prints "done" where it came to its end.
 */
import { readFileSync } from 'node:fs';
import { SyncCycles } from '../../../src-main/sync/cycle/sync-cycles.ts';
import { localJobs } from '../../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../../src-main/sync/local/local-root.ts';
import { runHere } from '../../../src-main/sync/local/run-job.ts';
import { createRemoteSide } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import { systemClock } from '../../../src-shared/lib/clock.ts';
import { type HistoryDatabasePlace, openHistoryDatabase } from './history-database.ts';
import { processPort } from './process-port.ts';

/** What it is told. */
export interface KillOrder extends HistoryDatabasePlace {
  readonly home: string;
  readonly kitFile: string;
  readonly cycle: string;
  /** Which step or request, from 0; `after`: once the request is answered. */
  readonly at: { readonly what: 'step' | 'request'; readonly number: number; readonly after: boolean };
}

const order = JSON.parse(process.argv[2] ?? '') as KillOrder;
const { home, at, rootId, local: root } = order;
const seen = { step: 0, request: 0 };
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const plain = processPort(home);
const counted =
  <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    const isHere = at.what === 'request' && seen.request++ === at.number;
    if (isHere && !at.after) die();
    const result = await call(...args);
    if (isHere) die();
    return result;
  };
const port: SandboxPort = { run: counted(plain.run), put: counted(plain.put), get: counted(plain.get) };
const run = runHere(localJobs, () => {
  if (at.what === 'step' && seen.step++ === at.number) die();
});

const { db, store } = await openHistoryDatabase(order);
const local = new LocalRoot({ root, rootId, dataFolder: order.data, run });
const remote = createRemoteSide({ port, root: order.remote, rootId, kit: readFileSync(order.kitFile) });
const cycles = new SyncCycles({ rootId, local, remote, store, clock: systemClock });
const result = await cycles.run(
  {
    ...{ cycle: order.cycle, localPath: root, mode: 'two-way', checksum: false, confirmed: true },
    exclusions: { defaults: false, secrets: false, gitignore: true, patterns: [] },
    answers: new Map([
      ['emptied', 'go-on'],
      ['mass-deletion', 'go-on'],
    ]),
    ...{ approved: new Set<string>(), resolutions: new Map() },
  },
  new AbortController().signal,
);
await cycles.close();
db.close();
process.stdout.write(result.outcome);
