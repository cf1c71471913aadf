/** Containers as the person sees them: ours, and those that something else started. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { RemoteSandbox } from '../driver.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { ContainerSummary } from './engine/engine-replies.ts';
import { isOurs, labelKeys } from './labels.ts';
import { removeRemains } from './remains.ts';

/** All that run, and ours also where they are stopped. Helpers, which live for moments, are left out. */
export async function listContainers(
  engine: EngineClient,
  installationId: string,
  signal: AbortSignal,
): Promise<RemoteSandbox[]> {
  const found = await engine.containers.list({}, { all: true }, signal);
  return found
    .filter(({ Labels, State }) => {
      if (Labels[labelKeys.role] === 'helper') return false;
      return isOurs(Labels, installationId) || State === 'running' || State === 'paused';
    })
    .map((container) => remoteContainer(container, installationId));
}

/**
 * Removes a container of this installation with its volumes; missing is fine. `forbidden` for any other: what somebody else
 * started is never ended from here.
 */
export async function removeContainer(
  engine: EngineClient,
  installationId: string,
  containerId: string,
  signal: AbortSignal,
): Promise<void> {
  const labels = await labelsOfContainer(engine, containerId, signal);
  if (labels === null) return;
  if (!isOurs(labels, installationId)) {
    throw new SpecboardError('forbidden', 'SpecBoard did not start this container, so it does not end it.', {
      hint: 'End it with "docker rm", if you are sure.',
    });
  }
  await engine.containers.remove(containerId, signal);
  const sessionId = labels[labelKeys.session];
  if (sessionId) await removeRemains(engine, installationId, { sessionId }, signal);
}

async function labelsOfContainer(
  engine: EngineClient,
  containerId: string,
  signal: AbortSignal,
): Promise<Record<string, string> | null> {
  try {
    return (await engine.containers.inspect(containerId, signal)).Config.Labels;
  } catch (error) {
    if (error instanceof SpecboardError && error.code === 'gone') return null;
    throw error;
  }
}

const states: Readonly<Record<string, RemoteSandbox['state']>> = {
  running: 'running',
  paused: 'paused',
  exited: 'paused',
  created: 'paused',
};

function remoteContainer(
  { Id, Names, Image, State, Created, Labels }: ContainerSummary,
  installationId: string,
): RemoteSandbox {
  const name = Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
  const ours = isOurs(Labels, installationId);
  return {
    sandboxId: Id,
    name: `${name} (${Image})`,
    state: states[State] ?? 'unknown',
    startedAt: Created > 0 ? Created * 1000 : null,
    endsAt: null,
    sessionId: (ours && Labels[labelKeys.session]) || null,
    installationId: Labels[labelKeys.installation] ?? null,
  };
}
