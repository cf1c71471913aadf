/**
 * Every driver through the whole service, beside the way people reach the same thing without SpecBoard: `docker` and the bare
 * engine API, the vendors' own SDKs, a plain process. Turn by turn in one run; medians.
 */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Daytona } from '@daytona/sdk';
import { Sandbox } from '@e2b/code-interpreter';
import type { Core } from '../../src-main/app/create-core.ts';
import type { EngineClient } from '../../src-main/drivers/docker/engine/engine-client.ts';
import { nameOf } from '../../src-main/drivers/docker/labels.ts';
import { sandboxSpec, volumeNames } from '../../src-main/drivers/docker/recipe.ts';
import { dockerSettingsSchema } from '../../src-main/drivers/docker/settings.ts';
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { startDaytonaServer } from '../support/daytona-server/server.ts';
import {
  type DockerEngine,
  pythonImage,
  startDockerEngine,
  whyNoEngine,
} from '../support/docker-engine/start-docker-engine.ts';
import { connectTo } from '../support/docker-engine/test-engine.ts';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { openTestCore } from '../support/test-core.ts';
import { type Spread, spread, time } from './stats.ts';

const run = promisify(execFile);
const never = new AbortController().signal;

/** Room for 100 MB in the working folder. */
const dockerSettings = { image: pythonImage, memoryMb: 2048, diskMb: 680 };

/** How often each thing is measured. */
const rounds = { execute: 40, connect: 9, files: 5 };

/** Longer than an engine cleans up after an exec. */
const restMs = 150;
/** Executions in one turn. */
const stretch = 10;

/** One thing that is measured: a name for people, and times in ms. */
export interface Row {
  what: string;
  times: Spread;
}

/** A driver's rows: ours first, then what it is compared with. */
export interface DriverFigures {
  driver: string;
  /** A command in a live session. */
  command: Row[];
  /** `1+1` in Python. */
  cell: Row[];
  /** To a session that can run code. */
  connect: Row[];
  /** 1,000 files of 1 kB, up and down. */
  filesUp: Row[];
  filesDown: Row[];
  /** One file of 100 MB, up and down. */
  bytesUp: Row[];
  bytesDown: Row[];
}

/** What is measured beside SpecBoard; absent where there is no such way. */
interface Baseline {
  what: string;
  command?: () => Promise<unknown>;
  cell?: () => Promise<unknown>;
  /** Starts one sandbox; gives what ends it again, which is not measured. */
  connect?: () => Promise<() => Promise<unknown>>;
  up?: (local: string, name: string) => Promise<unknown>;
  down?: (name: string, local: string) => Promise<unknown>;
}

interface Bed {
  driver: string;
  type: DriverType;
  settings: JsonObject;
  credentials?: Record<string, string>;
  /** Made once a session runs: a baseline may use its sandbox. */
  baselines: (sandboxId: string) => Promise<Baseline[]>;
}

/** Measures all drivers that can be had here; some minutes. */
export async function measureDrivers(): Promise<DriverFigures[]> {
  const figures: DriverFigures[] = [];
  const trees = makeTrees();
  const { core, close } = await openTestCore();
  try {
    for (const measure of [dockerBed, localBed, e2bBed, daytonaBed]) {
      const found = await measure((bed) => measureBed(core, bed, trees));
      if (found) figures.push(found);
    }
  } finally {
    await close();
    rmSync(trees.root, { recursive: true, force: true });
  }
  return figures;
}

type Measure = (bed: Bed) => Promise<DriverFigures>;

async function dockerBed(measure: Measure): Promise<DriverFigures | null> {
  const reason = whyNoEngine();
  if (reason !== null) {
    process.stdout.write(`Docker is left out: ${reason}\n`);
    return null;
  }
  const engine = await startDockerEngine();
  try {
    const client = await connectTo(engine.url);
    const found = await measure({
      driver: 'Docker',
      type: 'docker',
      settings: { ...dockerSettings, engine: engine.url },
      baselines: async (sandboxId) => [dockerCommand(engine, sandboxId), bareApi(client, sandboxId)],
    });
    client.dispose();
    return found;
  } finally {
    await engine.close();
  }
}

/** What one types instead. */
function dockerCommand(engine: DockerEngine, id: string): Baseline {
  const docker = (...args: string[]) => run('docker', ['-H', engine.url, ...args]);
  return {
    what: '`docker` command',
    command: () => docker('exec', id, 'true'),
    cell: () => docker('exec', id, 'python3', '-c', 'print(1+1)'),
    async connect() {
      const { stdout } = await docker('run', '-d', '--network', 'none', pythonImage, 'sleep', '600');
      return () => docker('rm', '-f', stdout.trim());
    },
    up: (local, name) => docker('cp', local, `${id}:/workspace/${name}`),
    down: (name, local) => docker('cp', `${id}:/workspace/${name}`, local),
  };
}

/** The engine's own time: the same calls over HTTP, with nothing around them. */
function bareApi(client: EngineClient, id: string): Baseline {
  const exec = async (cmd: string[]): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = await client.containers.exec(id, { cmd }, never);
    void (async () => {
      for await (const _ of started.stdout);
      resolve();
    })();
    await promise;
    await started.exitCode(never);
  };
  return {
    what: 'bare engine API',
    command: () => exec(['true']),
    cell: () => exec(['python3', '-c', 'print(1+1)']),
    async connect() {
      const sessionId = randomUUID();
      const owner = { installationId: 'bench', sessionId, nonce: randomUUID(), appVersion: '0.0.0' };
      const spec = sandboxSpec(dockerSettingsSchema.parse(dockerSettings), owner, client.description);
      const { Id } = await client.containers.create(spec, { name: nameOf(sessionId) }, never);
      await client.containers.start(Id, never);
      return async () => {
        await client.containers.remove(Id, never);
        for (const name of Object.values(volumeNames(sessionId))) await client.volumes.remove(name, never);
      };
    },
  };
}

async function localBed(measure: Measure): Promise<DriverFigures> {
  return measure({
    driver: 'This computer',
    type: 'local',
    settings: { allowUnisolated: true },
    baselines: async () => [
      {
        what: 'plain process',
        command: () => run('/bin/sh', ['-c', 'true']),
        cell: () => run('python3', ['-c', 'print(1+1)']),
        up: (local, name) => run('cp', ['-r', local, join(tmpdir(), `bench-${name}`)]),
        down: (name, local) => run('cp', ['-r', join(tmpdir(), `bench-${name}`), local]),
      },
    ],
  });
}

async function e2bBed(measure: Measure): Promise<DriverFigures> {
  const server = await startE2bServer();
  const address = { apiUrl: server.url, sandboxUrl: server.url };
  const account = { apiKey: server.apiKey, ...address };
  const sandbox = await Sandbox.create(account);
  try {
    return await measure({
      driver: 'E2B (test server)',
      type: 'e2b',
      settings: address,
      credentials: { apiKey: server.apiKey },
      baselines: async () => [
        {
          what: "vendor's SDK",
          command: () => sandbox.commands.run('true'),
          cell: () => sandbox.runCode('1+1'),
          async connect() {
            const other = await Sandbox.create(account);
            return () => other.kill();
          },
        },
      ],
    });
  } finally {
    await sandbox.kill();
    await server.close();
  }
}

async function daytonaBed(measure: Measure): Promise<DriverFigures> {
  const server = await startDaytonaServer();
  const daytona = new Daytona({ apiKey: server.apiKey, apiUrl: server.url, target: server.target });
  const sandbox = await daytona.create();
  try {
    return await measure({
      driver: 'Daytona (test server)',
      type: 'daytona',
      settings: { apiUrl: server.url },
      credentials: { apiKey: server.apiKey },
      baselines: async () => [
        {
          what: "vendor's SDK",
          command: () => sandbox.process.executeCommand('true'),
          cell: () => sandbox.process.codeRun('print(1+1)'),
          async connect() {
            const other = await daytona.create();
            return () => other.delete();
          },
        },
      ],
    });
  } finally {
    await sandbox.delete();
    await daytona[Symbol.asyncDispose]();
    await server.close();
  }
}

async function measureBed(core: Core, bed: Bed, trees: Trees): Promise<DriverFigures> {
  process.stdout.write(`  ${bed.driver} ...\n`);
  const profile = await core.driverManager.createConfig(`Bench ${bed.driver}`, bed.type, bed.settings);
  if (bed.credentials) {
    await core.profiles.setCredentials(profile.id, bed.credentials, { sessionOnly: true });
  }
  const session = await core.connect(profile.id, { consent: true });
  const baselines = await bed.baselines(String(session.metadata.sandboxId));
  const execute = (language: 'python' | 'shell', code: string) => async () => {
    const { state, reason } = await core.executions.run({ sessionId: session.id, language, code }).done;
    if (state !== 'succeeded') throw new Error(`${bed.driver}: ${state} ${reason ?? ''}`);
  };
  const beside = (
    pick: (baseline: Baseline) => (() => Promise<unknown>) | undefined,
    ours: () => Promise<unknown>,
  ) => [
    { what: 'SpecBoard', work: ours },
    ...baselines.flatMap((baseline) => {
      const work = pick(baseline);
      return work ? [{ what: baseline.what, work }] : [];
    }),
  ];
  const command = await turns(
    rounds.execute,
    beside(({ command }) => command, execute('shell', 'true')),
  );
  const cell = await turns(
    rounds.execute,
    beside(({ cell }) => cell, execute('python', '1+1')),
  );
  const connect = await measureConnect(core, profile.id, baselines);
  const files = await measureFiles(core, session.id, baselines, trees.folder);
  const bytes = await measureFiles(core, session.id, baselines, trees.file);
  await core.sessions.disconnect(session.id, { keep: 'end' });
  return {
    driver: bed.driver,
    command,
    cell,
    connect,
    filesUp: files.up,
    filesDown: files.down,
    bytesUp: bytes.up,
    bytesDown: bytes.down,
  };
}

async function measureConnect(core: Core, profileId: string, baselines: Baseline[]): Promise<Row[]> {
  const ours: number[] = [];
  const theirs = baselines.map(() => [] as number[]);
  for (let round = 0; round <= rounds.connect; round += 1) {
    let sessionId = '';
    await delay(restMs);
    const took = await time(async () => {
      sessionId = (await core.connect(profileId, { consent: true })).id;
    });
    await core.sessions.disconnect(sessionId, { keep: 'end' });
    if (round > 0) ours.push(took); // the first one warms up
    for (const [index, { connect }] of baselines.entries()) {
      if (!connect) continue;
      let end: () => Promise<unknown> = async () => {};
      await delay(restMs);
      const other = await time(async () => {
        end = await connect();
      });
      await end();
      if (round > 0) theirs[index]?.push(other);
    }
  }
  return [
    { what: 'SpecBoard', times: spread(ours) },
    ...baselines.flatMap(({ what, connect }, index) =>
      connect ? [{ what, times: spread(theirs[index] ?? []) }] : [],
    ),
  ];
}

/** A folder or a file, up and down, under a new name each time. */
async function measureFiles(
  core: Core,
  sessionId: string,
  baselines: Baseline[],
  local: string,
): Promise<{ up: Row[]; down: Row[] }> {
  const ways = [
    {
      what: 'SpecBoard',
      up: (from: string, name: string) => core.files.put(sessionId, from, name),
      down: (name: string, to: string) => core.files.get(sessionId, name, to),
      clean: (name: string) => core.files.remove(sessionId, name),
    },
    ...baselines.flatMap(({ what, up, down }) =>
      up && down ? [{ what, up, down, clean: async (name: string) => cleanUp(core, sessionId, name) }] : [],
    ),
  ];
  const up = ways.map(() => [] as number[]);
  const down = ways.map(() => [] as number[]);
  const back = mkdtempSync(join(tmpdir(), 'specboard-bench-back-'));
  for (let round = 0; round <= rounds.files; round += 1) {
    for (const [index, way] of ways.entries()) {
      const name = `bench-${index}-${round}`;
      const to = join(back, name);
      await delay(restMs);
      const upMs = await time(() => way.up(local, name));
      const downMs = await time(() => way.down(name, to));
      if (!existsSync(to)) throw new Error(`${way.what}: nothing came back`);
      await way.clean(name);
      rmSync(to, { recursive: true, force: true });
      if (round === 0) continue;
      up[index]?.push(upMs);
      down[index]?.push(downMs);
    }
  }
  rmSync(back, { recursive: true, force: true });
  const rows = (times: number[][]) =>
    ways.map(({ what }, index) => ({ what, times: spread(times[index] ?? []) }));
  return { up: rows(up), down: rows(down) };
}

/** What a baseline left: in the sandbox, or beside it for the plain process. */
async function cleanUp(core: Core, sessionId: string, name: string): Promise<void> {
  rmSync(join(tmpdir(), `bench-${name}`), { recursive: true, force: true });
  await core.files.remove(sessionId, name).catch(() => {});
}

/**
 * Some at a stretch, turn by turn, so that a noisy moment hits all of them; each turn after a rest, so that what one leaves the
 * engine to clean up is not counted as the next one's time.
 */
async function turns(count: number, ways: { what: string; work: () => Promise<unknown> }[]): Promise<Row[]> {
  const times = ways.map(() => [] as number[]);
  for (let turn = 0; turn < count / stretch; turn += 1) {
    for (const [index, { work }] of ways.entries()) {
      await delay(restMs);
      await work(); // awake
      for (let n = 0; n < stretch; n += 1) times[index]?.push(await time(work));
    }
  }
  return ways.map(({ what }, index) => ({ what, times: spread(times[index] ?? []) }));
}

interface Trees {
  root: string;
  folder: string;
  file: string;
}

function makeTrees(): Trees {
  const root = mkdtempSync(join(tmpdir(), 'specboard-bench-'));
  const folder = join(root, 'thousand');
  for (let i = 0; i < 1000; i += 1) {
    const into = join(folder, String(i % 20));
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, `${i}.txt`), `${i}\n`.padEnd(1024, 'x'));
  }
  const file = join(root, 'hundred');
  // Bytes that do not compress.
  execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', 'count=100'], { stdio: 'ignore' });
  return { root, folder, file };
}
