/** Where published ports of a container are reached from this computer. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { PortAddress } from '../driver.ts';
import type { EngineClient } from './engine/engine-client.ts';

/** The address of a port; `not-found` where it is not published, or not to this computer. */
export async function publishedAddress(
  engine: EngineClient,
  containerId: string,
  port: number,
  signal: AbortSignal,
): Promise<PortAddress> {
  const { NetworkSettings } = await engine.containers.inspect(containerId, signal);
  const [binding] = NetworkSettings?.Ports[`${port}/tcp`] ?? [];
  if (!binding?.HostPort) {
    throw new SpecboardError('not-found', `Port ${port} of this container is not published.`, {
      hint: `Add ${port} to the published ports of the profile (with the network on), then connect anew.`,
    });
  }
  if (!engine.description.local) {
    throw new SpecboardError(
      'not-found',
      `Port ${port} is published on the computer of the engine, not here.`,
      {
        hint: `Reach it there at port ${binding.HostPort}, or through an ssh tunnel.`,
      },
    );
  }
  const isOpen = !/^(?:127\.|::1$)/.test(binding.HostIp);
  const host = /^(?:|0\.0\.0\.0|::)$/.test(binding.HostIp) ? '127.0.0.1' : binding.HostIp;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${binding.HostPort}`,
    note: isOpen
      ? 'Other computers can open it too.'
      : 'Only this computer can open it, as long as the container runs.',
  };
}
