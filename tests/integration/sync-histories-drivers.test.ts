/**
 * Random histories over the real drivers: Local in its isolation, E2B and Daytona with the vendors' SDKs against the test servers,
 * Docker with a real engine (its folder is a mount, so that it can be looked at from here). See sync-histories.test.ts.
 */
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Driver, DriverSession } from '../../src-main/drivers/driver.ts';
import { findIsolation } from '../../src-main/drivers/local/isolation.ts';
import { driverPort } from '../../src-main/sync/remote/driver-port.ts';
import { pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import {
  historiesFolder,
  randomHistory,
  type SandboxPlace,
  seedsOf,
} from '../support/sync/random-history.ts';
import { startKit as startDaytonaKit } from './daytona-driver-support.ts';
import { startDockerKit } from './docker-driver-support.ts';
import { startKit as startE2bKit } from './e2b-driver-support.ts';
import { never, startLocalKit } from './local-support.ts';

const base = historiesFolder();
const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(base, { recursive: true, force: true });
});

const isolation = await findIsolation(process.env, never);
const { engine, reason } = await testEngine();

/** Why it cannot be tried on this machine, and how its sandbox is begun. */
interface Place {
  readonly why: string | null;
  start(): Promise<SandboxPlace>;
}

/** A folder in the sandbox, as this computer sees it. */
function placeIn<S, D extends DriverSession>(
  driver: Driver<S, D>,
  session: D,
  { here, there, states }: { here: string; there: string; states: string[] },
): SandboxPlace {
  const place = (name: string) => ({ remote: join(here, name), remoteRoot: `${there}/${name}` });
  return {
    port: driverPort(driver, session),
    place,
    states: states.map((state) => join(state, '.specboard-sync')),
  };
}

const windows = process.platform === 'win32' ? 'the test server needs a POSIX system' : null;

const places: Record<string, Place> = {
  Local: {
    why: isolation.kind === 'none' ? isolation.message : null,
    async start() {
      const kit = startLocalKit();
      stops.push(() => kit.stop());
      const session = await kit.connect();
      const { workspace } = session.folders;
      const states = [workspace, session.folders.temporary];
      return placeIn(kit.driver, session, { here: workspace, there: '/workspace', states });
    },
  },
  E2B: {
    why: windows,
    async start() {
      const kit = await startE2bKit();
      stops.push(() => kit.stop());
      const session = await kit.connect();
      const here = join(kit.server.sandboxes()[0]?.root ?? '', '/home/user');
      return placeIn(kit.driver, session, { here, there: '/home/user', states: [here] });
    },
  },
  Daytona: {
    why: windows,
    async start() {
      const kit = await startDaytonaKit();
      stops.push(() => kit.stop());
      const session = await kit.connect();
      const here = join(kit.server.sandboxes()[0]?.root ?? '', '/home/daytona');
      return placeIn(kit.driver, session, { here, there: '/home/daytona', states: [here] });
    },
  },
  Docker: {
    why: reason,
    async start() {
      const kit = await startDockerKit({ url: engine?.url ?? '' });
      stops.push(() => kit.stop());
      // Not in the memory that the kernel shows as a device: no container gets that.
      const here = realpathSync(mkdtempSync(join(tmpdir(), 'sb-mounted-')));
      stops.push(() => rmSync(here, { recursive: true, force: true }));
      chmodSync(here, 0o777);
      const session = await kit.connect({
        ...{
          image: pythonImage,
          pull: 'never',
          user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
        },
        mounts: [{ source: here, target: '/mounted', writable: true }],
      });
      return placeIn(kit.driver, session, { here, there: '/mounted', states: [] });
    },
  },
};

describe.each(Object.entries(places))('%s', (name, { why, start }) => {
  test.skipIf(why !== null)('histories', { timeout: 86_400_000 }, async () => {
    const server = await start();
    const seeds = seedsOf(20 + Object.keys(places).indexOf(name), process.env.SPECBOARD_SEED ? 1 : 6);
    const wanted = process.env.SPECBOARD_SEED;
    for (const seed of wanted ? [Number(wanted)] : seeds)
      await randomHistory(seed, { base, server, rounds: 2 });
    expect(seeds.length + Number(wanted !== undefined)).toBeGreaterThan(0);
  });
});
