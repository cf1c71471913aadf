/** Removing what SpecBoard made in an engine: containers first, then their volumes. Only what carries a label of ours is ever found. */
import { setTimeout as delay } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { labelKeys } from './labels.ts';

/** Which remains: of a session, or of one connect. */
export type RemainsOf = { sessionId: string } | { nonce: string };

/** How often a volume is tried that a container which is being removed still holds. */
const volumeTries = 20;
const volumeWaitMs = 100;
const searchWaitsMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Removes the containers (helpers too) and volumes of this installation that belong to a session or a connect. Gives how many
 * there were. Rejects where the engine does not do it.
 */
export async function removeRemains(
  engine: EngineClient,
  installationId: string,
  of: RemainsOf,
  signal: AbortSignal,
): Promise<number> {
  const mine = `${labelKeys.installation}=${installationId}`;
  const which = 'nonce' in of ? `${labelKeys.nonce}=${of.nonce}` : `${labelKeys.session}=${of.sessionId}`;
  const filters = { label: [mine, which] };
  const containers = await engine.containers.list(filters, { all: true }, signal);
  await Promise.all(containers.map(({ Id }) => engine.containers.remove(Id, signal)));
  const volumes = await engine.volumes.list(filters, signal);
  await Promise.all(volumes.map(({ Name }) => removeVolume(engine, Name, signal)));
  return containers.length + volumes.length;
}

/**
 * For a create whose answer was lost: looks now, and where nothing was found goes on looking in the background for half a
 * minute: the engine may still be at it. Never rejects.
 */
export async function removeStrays(
  engine: EngineClient,
  installationId: string,
  nonce: string,
  log: (message: string) => void,
): Promise<void> {
  const look = (): Promise<boolean> =>
    removeRemains(engine, installationId, { nonce }, AbortSignal.timeout(20_000)).then(
      (count) => count > 0,
      () => false,
    );
  if (await look()) return;
  void (async () => {
    for (const wait of searchWaitsMs) {
      await delay(wait, undefined, { ref: false });
      if (await look()) return log('Removed a container of a connect that had failed.');
    }
  })();
}

async function removeVolume(engine: EngineClient, name: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await engine.volumes.remove(name, signal);
    } catch (error) {
      const isHeld = error instanceof SpecboardError && error.code === 'conflict';
      if (!isHeld || tries >= volumeTries) throw error;
      await delay(volumeWaitMs, undefined, { signal });
    }
  }
}
