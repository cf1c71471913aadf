/** Making a session's container: the image (pulled where it is missing), volumes, the container itself, and its start. On failure nothing is left. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { abortError, wrapError } from '../base-driver.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { labelsOf, nameOf, type Ownership } from './labels.ts';
import { pullReporter } from './pull-steps.ts';
import { helperSpec, isInMemory, sandboxSpec, userOf, volumeNames } from './recipe.ts';
import { removeRemains, removeStrays } from './remains.ts';
import type { DockerSettings } from './settings.ts';

/** What a container is made from. */
export interface CreateContext {
  engine: EngineClient;
  /** With the mounts checked. */
  settings: DockerSettings;
  owner: Ownership;
  onStep: (step: string) => void;
  onMetadata: (metadata: JsonObject) => void;
  now: () => number;
  log: (message: string) => void;
}

/** How long an abort waits for the answer of a create, which names what must be removed; ms. */
const abandonMs = 10_000;
const removeMs = 20_000;

/** Errors after which the engine certainly made nothing. */
const refusals: ReadonlySet<string> = new Set([
  'image-missing',
  'invalid',
  'not-found',
  'forbidden',
  'unsupported',
]);

/**
 * Creates and starts it; gives its id. `onMetadata` is told before the start. Rejects with a SpecboardError; then container and
 * volumes are gone (or, where an answer was lost, looked for in the background).
 */
export async function startedContainer(context: CreateContext, signal: AbortSignal): Promise<string> {
  const { engine, owner, settings } = context;
  if (settings.pull === 'always') await pull(context, signal);
  try {
    if (!isInMemory(settings)) await prepareVolumes(context, signal);
    const id = await created(context, signal);
    context.onMetadata({ sandboxId: id, nonce: owner.nonce });
    context.onStep('Starting the container');
    if (signal.aborted) throw abortError(signal);
    await engine.containers.start(id, signal);
    return id;
  } catch (error) {
    await removeAfterFailure(context);
    throw wrapError(error, signal, { code: 'unavailable', message: 'The container could not be started.' });
  }
}

/** Removes all of one connect; what cannot be removed now is tried again in the background for half a minute. Never rejects. */
export async function removeAfterFailure({
  engine,
  owner,
  log,
}: Pick<CreateContext, 'engine' | 'owner' | 'log'>): Promise<void> {
  const { installationId, nonce } = owner;
  try {
    await removeRemains(engine, installationId, { nonce }, AbortSignal.timeout(removeMs));
  } catch (error) {
    log(`A container could not be removed yet: ${error instanceof Error ? error.message : String(error)}`);
    await removeStrays(engine, installationId, nonce, log);
  }
}

async function created(context: CreateContext, signal: AbortSignal): Promise<string> {
  const { engine, settings, owner, log } = context;
  const spec = sandboxSpec(settings, owner, engine.description);
  context.onStep('Creating the container');
  return withImage(context, signal, async () => {
    try {
      const create = (stop: AbortSignal) =>
        engine.containers.create(spec, { name: nameOf(owner.sessionId) }, stop);
      return (await answered(create, signal)).Id;
    } catch (error) {
      const code = error instanceof SpecboardError ? error.code : '';
      if (!refusals.has(code)) await removeStrays(engine, owner.installationId, owner.nonce, log);
      throw error;
    }
  });
}

/** A create goes on when the person aborts: its answer names what must be removed, a torn connection would not. */
async function answered<T>(create: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  const abandon = new AbortController();
  const onAbort = (): void => {
    setTimeout(() => abandon.abort(), abandonMs).unref();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await create(abandon.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Does the work, and where its image is missing gets that first, if the profile says so. */
async function withImage<T>(context: CreateContext, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { settings } = context;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SpecboardError) || error.code !== 'image-missing') throw error;
    if (settings.pull !== 'missing') throw notHere(error, settings);
  }
  await pull(context, signal);
  context.onStep('Creating the container');
  return work();
}

async function pull({ engine, settings, onStep, now }: CreateContext, signal: AbortSignal): Promise<void> {
  onStep(`Pulling ${settings.image}`);
  await engine.images.pull(settings.image, pullReporter(settings.image, onStep, now), signal);
}

/**
 * Volumes on the engine's disk belong to root, and root without capabilities cannot give them away: a container that can do
 * that and nothing else does it.
 */
async function prepareVolumes(context: CreateContext, signal: AbortSignal): Promise<void> {
  const { engine, settings, owner } = context;
  const { workspace } = volumeNames(owner.sessionId);
  await answered((stop) => engine.volumes.create({ Name: workspace, Labels: labelsOf(owner) }, stop), signal);
  if (engine.description.rootless) return;
  context.onStep('Preparing the working folder');
  const spec = helperSpec(settings, owner, engine.description, {
    command: ['chown', userOf(settings, engine.description), settings.workingFolder],
    network: false,
    volumes: [{ name: workspace, target: settings.workingFolder }],
  });
  const create = (stop: AbortSignal) => engine.containers.create(spec, {}, stop);
  const { Id } = await withImage(context, signal, () => answered(create, signal));
  // Asked before the start: it removes itself when it is done.
  const waiting = engine.containers.wait(Id, signal, 'next-exit');
  waiting.catch(() => {});
  await engine.containers.start(Id, signal);
  if ((await waiting).StatusCode === 0) return;
  throw new SpecboardError('unavailable', 'The working folder could not be prepared in the container.', {
    hint: 'Choose an image that has "chown", or a profile that removes the container at disconnect.',
  });
}

function notHere(error: SpecboardError, { image }: DockerSettings): SpecboardError {
  const { details } = error.problem;
  return new SpecboardError(
    'image-missing',
    `The image ${image} is not there, and this profile pulls nothing.`,
    {
      hint: `Get it with "docker pull ${image}", or let the profile get it.`,
      ...(details ? { details } : {}),
    },
  );
}
