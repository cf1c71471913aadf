/**
 * SpecBoard is killed a hundred times, at random points of its life. Afterwards the database opens and is whole, what was
 * shown is stored, no state is stuck, and what went on running elsewhere is found and ended.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { isEnded } from '../../src-shared/domain/session.ts';
import { type CrashOrder, type CrashPhase, numberedLines, textOf } from '../support/crash-child.ts';
import {
  buildCrashChild,
  type Crash,
  crashOnce,
  type KillPoint,
  processesMarked,
  UsualLengths,
} from '../support/crash-round.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { survivorsOf } from '../support/e2e/processes.ts';
import { seededRandom } from '../support/random.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(process.env.CRASH_ROUNDS ?? 100);
/** Side by side; each has a data folder of its own. */
const lanes = 2;
/** Rounds on one data folder: each starts with what the earlier crashes left. */
const roundsAFolder = 8;

const root = join(import.meta.dirname, '../..');
const built = join(root, `test-results/crash-${process.pid}`);
const lengths = new UsualLengths();
const died: Record<CrashPhase, number> = { open: 0, connect: 0, execute: 0, disconnect: 0, idle: 0 };
let server: E2bServer;
let program: string;
beforeAll(async () => {
  program = await buildCrashChild(built);
  server = await startE2bServer();
});
afterAll(async () => {
  await server.close();
  rmSync(built, { recursive: true, force: true });
});

test(`${rounds} kills (seed ${seed})`, { timeout: 600_000 }, async () => {
  const random = seededRandom(seed);
  const plan = Array.from({ length: rounds }, (_, round) => planRound(round, random));
  process.stdout.write(`Crash test: ${rounds} kills, CRASH_SEED=${seed}\n`);
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      runLane(plan.filter((_planned, round) => round % lanes === lane)),
    ),
  );
  process.stdout.write(`Crash test: died in ${JSON.stringify(died)}\n`);
  // Kills that all came too late, or too early, would prove nothing.
  if (rounds >= 100)
    for (const phase of ['connect', 'execute', 'disconnect'] as const) expect(died[phase]).toBeGreaterThan(0);
});

interface Planned {
  name: string;
  driver: CrashOrder['driver'];
  at: KillPoint;
  lines: number;
  cancelAfter: number;
}

function planRound(round: number, random: () => number): Planned {
  const pick = random();
  const phase = pick < 0.1 ? 'open' : pick < 0.4 ? 'connect' : pick < 0.75 ? 'execute' : 'disconnect';
  const lines = 500 + Math.floor(random() * 6_000);
  return {
    name: `crash-${seed}-${round}-`,
    driver: random() < 0.2 ? 'e2b' : 'local',
    at: { phase, fraction: random() },
    lines,
    cancelAfter: random() < 0.3 ? Math.floor(random() * lines) : 0,
  };
}

async function runLane(plan: readonly Planned[]): Promise<void> {
  for (let start = 0; start < plan.length; start += roundsAFolder) {
    const folder = temporaryFolder();
    try {
      for (const planned of plan.slice(start, start + roundsAFolder)) await runRound(planned, folder.path);
    } finally {
      folder.remove();
    }
  }
}

async function runRound({ at, ...planned }: Planned, dataFolder: string): Promise<void> {
  const addresses = { apiUrl: server.url, sandboxUrl: server.url };
  const settings = {
    environment: { CRASH_MARK: planned.name },
    ...(planned.driver === 'e2b' ? addresses : {}),
  };
  const order: CrashOrder = { ...planned, root, dataFolder, settings };
  const crash = await crashOnce(program, order, at, lengths, {
    E2B_API_KEY: server.apiKey,
  });
  try {
    await expectRecovered(order, crash);
  } catch (error) {
    throw new Error(
      `After a kill in ${crash.diedIn}, of ${JSON.stringify(order)}: ${JSON.stringify(crash)}`,
      {
        cause: error,
      },
    );
  }
  died[crash.diedIn] += 1;
}

async function expectRecovered(order: CrashOrder, crash: Crash): Promise<void> {
  expect(crash.errors).toEqual([]);
  expectWhole(join(order.dataFolder, 'specboard.db'));
  const { core, close } = await openTestCore({
    dataFolder: order.dataFolder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, E2B_API_KEY: server.apiKey },
  });
  try {
    expect(core.db.sessions.unfinished()).toEqual([]);
    expect(core.db.executions.unfinished()).toEqual([]);
    expect(core.db.instances.list()).toHaveLength(1);
    expect(core.profiles.list().filter(({ isDefault }) => isDefault)).toHaveLength(1);
    if (crash.profileId) expect(core.profiles.get(crash.profileId).name).toBe(order.name);
    expectSession(core, crash);
    expectOutput(core, crash, order);
    await expectNothingRuns(core, crash, order);
  } finally {
    await close();
  }
}

/** As another program sees the file, before SpecBoard opens it. */
function expectWhole(file: string): void {
  if (!readdirSync(join(file, '..')).includes('specboard.db')) return;
  const client = new Sqlite(file);
  try {
    expect(client.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(client.pragma('foreign_key_check')).toEqual([]);
  } finally {
    client.close();
  }
}

function expectSession(core: Core, { session }: Crash): void {
  if (!session) return;
  const stored = core.db.sessions.get(session.id);
  if (!stored) throw new Error('the session that was begun is not stored');
  expect(isEnded(stored)).toBe(true);
  // An end that was told stays as it was told.
  if (session.status === 'disconnected') expect(stored.status).toBe('disconnected');
  if (stored.status === 'error') {
    expect(stored.reason.problem?.code).toBe('gone');
    expect(core.hub.current.sessions.map(({ id }) => id)).toContain(session.id);
  }
}

function expectOutput(core: Core, { execution }: Crash, { lines }: CrashOrder): void {
  if (!execution) return;
  const stored = core.db.executions.get(execution.id);
  if (!stored) throw new Error('the execution that was begun is not stored');
  const { items, next } = core.db.executions.readOutput(execution.id, 0, 1e9);
  expect(next).toBe(null);
  expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => index));
  expect(stored.outputCount).toBe(items.length);
  expect(items.length).toBeGreaterThan(execution.shownSeq);
  const text = items.map(textOf).join('');
  expect(text.length).toBeGreaterThanOrEqual(execution.shownBytes);
  // In order, each once, none left out: up to where it ends, whatever that is.
  expect(numberedLines(lines).startsWith(text)).toBe(true);
  if (execution.result) expect(stored.state).toBe(execution.result);
  expect(stored.result?.state).toBe(stored.state);
  if (stored.state === 'succeeded') expect(text).toBe(numberedLines(lines));
  // A crash leaves a mark where output may be missing.
  const gaps = items.filter(({ event }) => event.type === 'gap');
  expect(gaps).toHaveLength(stored.state === 'lost' ? 1 : 0);
  if (stored.state === 'lost') expect(items.at(-1)?.event.type).toBe('gap');
}

async function expectNothingRuns(core: Core, crash: Crash, order: CrashOrder): Promise<void> {
  const ours = () => {
    const ids = new Set(core.db.sessions.list(500).map(({ id }) => id));
    return server.sandboxes().filter(({ metadata }) => ids.has(metadata.specboardSession ?? ''));
  };
  // Its last request may just be on its way to the server.
  await eventually('the server has answered', () =>
    server.requests.entries.every(({ status, aborted }) => status !== undefined || aborted),
  );
  const leftovers = core.reconciler.leftovers();
  for (const sandbox of ours())
    expect(leftovers.map(({ id }) => id)).toContain(sandbox.metadata.specboardSession);
  for (const session of leftovers) await core.endSandbox(session.id);
  expect(core.reconciler.leftovers()).toEqual([]);
  expect(ours()).toEqual([]);
  // Nothing in the folder of sandboxes but what was found out about Python.
  expect(
    readdirSync(join(order.dataFolder, 'sandboxes')).filter((name) => !name.startsWith('python.json')),
  ).toEqual([]);
  await eventually('all of its processes are gone', () => {
    return survivorsOf(crash.processes, order.name).length === 0 && processesMarked(order.name).length === 0;
  });
}
