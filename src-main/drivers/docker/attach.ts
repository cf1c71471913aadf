/** Connecting to a container that is there: one of ours, awake or asleep, or one that something else started. */
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { ContainerDetails } from './engine/engine-replies.ts';
import { isOurs, labelKeys } from './labels.ts';

const metadataSchema = z.looseObject({
  sandboxId: z.string().min(1),
  keeper: z.string().min(1).max(80).optional(),
  /** Another session uses it: its Python stays its own. */
  guest: z.boolean().optional(),
});

/** What was found, and how to go on with it. */
export interface Attached {
  container: ContainerDetails;
  /** Made by this installation. */
  own: boolean;
  keeper: string;
  mode: 'start' | 'attach';
  warnings: string[];
}

/**
 * Finds the container, and wakes it where it is ours. Throws `gone` where it is no longer there, `conflict` or `unavailable`
 * where somebody else's does not run: it is not for us to start it.
 */
export async function findContainer(
  engine: EngineClient,
  context: { installationId: string; sessionId: string; onStep: (step: string) => void },
  metadata: JsonObject,
  signal: AbortSignal,
): Promise<Attached> {
  const { sandboxId, keeper, guest = false } = metadataSchema.parse(metadata);
  const { containers } = engine;
  let container = await containers.inspect(sandboxId, signal);
  const { Labels } = container.Config;
  const { Running, Paused } = container.State;
  if (guest || !isOurs(Labels, context.installationId)) {
    if (Paused) throw asleep('unavailable', 'This container is paused.', '"docker unpause"');
    if (!Running) throw asleep('conflict', 'This container does not run.', '"docker start"');
    return {
      container,
      own: false,
      keeper: keeper ?? `specboard-${context.sessionId}`,
      mode: keeper === undefined ? 'start' : 'attach',
      warnings: [
        guest
          ? 'Another session uses this container: it is left as it is, and so is its Python.'
          : 'SpecBoard did not start this container: its own limits, network and folders hold, not those of the profile.',
      ],
    };
  }
  const warnings: string[] = [];
  if (Paused) {
    context.onStep('Waking the container');
    await containers.unpause(sandboxId, signal);
  } else if (!Running) {
    context.onStep('Starting the container');
    await containers.start(sandboxId, signal);
    warnings.push('The container had been stopped: its files are there, its variables are not.');
  }
  if (Paused || !Running) container = await containers.inspect(sandboxId, signal);
  return {
    container,
    own: true,
    keeper: Labels[labelKeys.nonce] ?? keeper ?? context.sessionId,
    mode: Running ? 'attach' : 'start',
    warnings,
  };
}

function asleep(code: 'unavailable' | 'conflict', message: string, command: string): SpecboardError {
  return new SpecboardError(code, message, {
    kept: 'It was left as it is.',
    hint: `SpecBoard did not start it: let it run with ${command}, then try again.`,
  });
}
