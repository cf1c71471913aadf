/** How soon an edit is on the other side of a watched pair, through the whole service: Local, and Docker where there is an engine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../../../src-main/app/create-core.ts';
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { defaultSyncExclusions } from '../../../src-shared/domain/sync.ts';
import {
  pythonImage,
  startDockerEngine,
  whyNoEngine,
} from '../../support/docker-engine/start-docker-engine.ts';
import { openTestCore } from '../../support/test-core.ts';
import { type Spread, spread } from '../stats.ts';
import { makeTree, treeFile } from './trees.ts';

/** ms, from the edit to the file on the other side. */
export interface WatchFigures {
  readonly driver: string;
  /** Edited on this computer, seen by a command that waits for it in the sandbox. */
  readonly up: Spread;
  /** Edited by a command in the sandbox, seen here. */
  readonly down: Spread;
}

/** Files of the pair. */
const files = 500;

/** Measures every driver that can be had here, each by `part`, which may leave it out. */
export async function measureWatch(
  quick: boolean,
  part: (what: string, work: () => Promise<void>) => Promise<void>,
): Promise<WatchFigures[]> {
  // Another file each time: one that changes again and again is synced less often.
  const rounds = quick ? 7 : 21;
  const figures: WatchFigures[] = [];
  await part('watching, Local', async () => {
    figures.push(await measureDriver('Local', 'local', { allowUnisolated: true }, rounds));
  });
  if (whyNoEngine() !== null) return figures;
  await part('watching, Docker', async () => {
    const engine = await startDockerEngine();
    try {
      figures.push(
        await measureDriver('Docker', 'docker', { image: pythonImage, engine: engine.url }, rounds),
      );
    } finally {
      await engine.close();
    }
  });
  return figures;
}

async function measureDriver(
  driver: string,
  type: DriverType,
  settings: JsonObject,
  rounds: number,
): Promise<WatchFigures> {
  const here = mkdtempSync(join(tmpdir(), 'specboard-watch-'));
  const local = join(here, 'project');
  mkdirSync(local);
  makeTree(local, files);
  const { core, close } = await openTestCore({ kind: 'desktop' });
  try {
    const profile = await core.driverManager.createConfig(`Watch ${driver}`, type, settings);
    const session = await core.connect(profile.id, { consent: true });
    const root = core.sync.add({
      profileId: profile.id,
      localPath: local,
      remotePath: 'project',
      mode: 'two-way',
      exclusions: defaultSyncExclusions,
    });
    const { finished } = await core.sync.begin(root.id, { confirmed: true, checksum: false });
    const { outcome } = await finished;
    if (outcome !== 'done') throw new Error(`The first sync with ${driver} ended ${outcome}.`);
    await core.sync.watch(root.id, true);
    await sleep(1500);
    const up: number[] = [];
    const down: number[] = [];
    for (let round = 0; round < rounds; round++) {
      up.push(await editHere(core, session.id, local, round));
      await sleep(400);
      down.push(await editThere(core, session.id, local, files - 1 - round));
      await sleep(400);
    }
    await core.sessions.disconnect(session.id, { keep: 'end' });
    return { driver, up: spread(up), down: spread(down) };
  } finally {
    await close();
    rmSync(here, { recursive: true, force: true });
  }
}

async function editHere(core: Core, sessionId: string, local: string, file: number): Promise<number> {
  const word = `edit-${file}`;
  const path = treeFile(file);
  const code = `for i in $(seq 2000); do grep -q ${word} project/${path} && exit 0; sleep 0.01; done; exit 1`;
  const { done } = core.executions.run({ sessionId, language: 'shell', code });
  await sleep(300);
  const start = performance.now();
  writeFileSync(join(local, path), word);
  const { state } = await done;
  if (state !== 'succeeded') throw new Error(`The edit did not arrive: ${state}.`);
  return performance.now() - start;
}

async function editThere(core: Core, sessionId: string, local: string, file: number): Promise<number> {
  const word = `edit-${file}`;
  const path = treeFile(file);
  const { done } = core.executions.run({
    sessionId,
    language: 'shell',
    code: `printf ${word} > project/${path}`,
  });
  await done;
  const start = performance.now();
  while (readFileSync(join(local, path), 'utf8') !== word) {
    if (performance.now() - start > 20_000) throw new Error('The edit did not arrive.');
    await sleep(2);
  }
  return performance.now() - start;
}
