/**
 * A SpecBoard that is going to be killed: connects a profile, runs code that prints numbered lines, cancels or waits,
 * disconnects. Everything that it has shown or promised is said on standard output, synchronously, one JSON a line, so that
 * the parent (crash-round.ts) knows what must still be there afterwards. It never ends by itself.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createCore } from '../../src-main/app/create-core.ts';
import { MemoryStore } from '../../src-main/secrets/memory-store.ts';
import type { StoredOutput } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';

/** What to do; the one argument, as JSON. The E2B key comes in `E2B_API_KEY`. */
export interface CrashOrder {
  /** The repository; this file runs as part of a bundle, which lies elsewhere. */
  root: string;
  dataFolder: string;
  driver: 'local' | 'e2b';
  /** Settings of the profile; its environment carries the marker by which processes are found. */
  settings: JsonObject;
  /** Name of the profile. */
  name: string;
  /** Lines that the code prints. */
  lines: number;
  /** Cancel once this many lines were shown; 0: never. */
  cancelAfter: number;
}

/** Parts of the child's life. `open`: the database; `idle`: all is done. */
export type CrashPhase = 'open' | 'connect' | 'execute' | 'disconnect' | 'idle';

/** One line of what the child says. */
export type CrashReport =
  /** A part of its life begins. */
  | { type: 'phase'; phase: CrashPhase }
  | { type: 'profile'; id: string }
  | { type: 'session'; id: string; status: string }
  | { type: 'execution'; id: string }
  /** A follower has shown this much: items up to `seq`, `bytes` of text in all. */
  | { type: 'shown'; seq: number; bytes: number }
  | { type: 'result'; state: string }
  | { type: 'error'; text: string };

/** The text that `lines` numbered lines make; each has 8 bytes. */
export function numberedLines(lines: number): string {
  return Array.from({ length: lines }, (_, line) => `${String(line).padStart(7, '0')}\n`).join('');
}

/** What an item adds to standard output. */
export function textOf({ event }: StoredOutput): string {
  const isText = event.type === 'text' && event.stream === 'stdout';
  return isText ? Buffer.from(event.bytes).toString('latin1') : '';
}

/** Prints the lines in bursts. `stray`: with a process that leaves its group, as a server started in a notebook does. */
function pythonCode(lines: number, stray: boolean): string {
  return [
    'import sys, time, subprocess',
    ...(stray ? ["subprocess.Popen(['sleep', '600'], start_new_session=True)"] : []),
    `for line in range(${lines}):`,
    "    sys.stdout.write('%07d\\n' % line)",
    '    if line % 100 == 99:',
    '        sys.stdout.flush()',
    '        time.sleep(0.004)',
  ].join('\n');
}

function say(report: CrashReport): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

async function main({ root, driver: driverType, ...order }: CrashOrder): Promise<void> {
  say({ type: 'phase', phase: 'open' });
  const core = await createCore({
    kind: 'cli',
    dataFolder: order.dataFolder,
    migrationsFolder: join(root, 'migrations'),
    resourcesFolder: join(root, 'resources'),
    appVersion: '0.0.0-test',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, E2B_API_KEY: process.env.E2B_API_KEY },
    secretStore: new MemoryStore(),
  });
  const { name, settings } = order;
  const profile = core.profiles.create({ name, driverType, settings, isDefault: false });
  say({ type: 'profile', id: profile.id });

  say({ type: 'phase', phase: 'connect' });
  const { sessionId, connected } = core.sessions.begin(profile.id, { consent: true });
  say({ type: 'session', id: sessionId, status: 'connecting' });
  const session = await connected;
  say({ type: 'session', id: sessionId, status: session.status });

  say({ type: 'phase', phase: 'execute' });
  // Without isolation nothing can end what left its group.
  const code = pythonCode(order.lines, session.isolation !== 'none');
  const { execution, done } = core.executions.run({ sessionId, language: 'python', code });
  say({ type: 'execution', id: execution.id });
  let bytes = 0;
  const never = new AbortController().signal;
  for await (const items of core.executions.follow(execution.id, 0, { patient: true, signal: never })) {
    bytes += items.reduce((sum, item) => sum + textOf(item).length, 0);
    say({ type: 'shown', seq: items.at(-1)?.seq ?? -1, bytes });
    if (order.cancelAfter > 0 && bytes >= order.cancelAfter * 8) {
      core.executions.cancel(execution.id, { force: false });
    }
  }
  say({ type: 'result', state: (await done).state });

  say({ type: 'phase', phase: 'disconnect' });
  const ended = await core.sessions.disconnect(sessionId);
  say({ type: 'session', id: sessionId, status: ended.status });
  say({ type: 'phase', phase: 'idle' });
}

if (process.argv[1] === import.meta.filename) {
  // Stays until it is killed, whatever happens.
  setInterval(() => {}, 60_000);
  main(JSON.parse(process.argv[2] ?? '') as CrashOrder).catch((error: unknown) =>
    say({ type: 'error', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
}
