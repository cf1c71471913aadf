/** What the tests of the engine's client share: a client of the run's engine, containers that are removed after each test. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { EngineClient } from '../../src-main/drivers/docker/engine/engine-client.ts';
import type { ContainerSpec } from '../../src-main/drivers/docker/engine/engine-types.ts';
import { type ErrorCode, isSpecboardError, type SpecboardError } from '../../src-shared/contract/errors.ts';
import { pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { connectTo } from '../support/docker-engine/test-engine.ts';

/** For calls that a test does not cancel. */
export const never = new AbortController().signal;

/** What `useEngine` gives; valid in tests and hooks. */
export interface EngineUse {
  readonly client: EngineClient;
  /** Labels everything of this test file. */
  readonly label: string;
  /** A container that runs and is removed after the test. */
  running(spec?: Partial<ContainerSpec>): Promise<string>;
}

/** Call it in a `describe` that is skipped where there is no engine. */
export function useEngine(url: string | undefined): EngineUse {
  const label = `specboard.test=${randomUUID()}`;
  let client: EngineClient | undefined;
  const containers: string[] = [];
  const use: EngineUse = {
    get client() {
      if (!client) throw new Error('no engine');
      return client;
    },
    label,
    async running(spec = {}) {
      const [key = '', value = ''] = label.split('=');
      const { Id } = await use.client.containers.create(
        {
          Image: pythonImage,
          Cmd: ['sleep', 'infinity'],
          StopTimeout: 0,
          ...spec,
          Labels: { [key]: value, ...spec.Labels },
          HostConfig: { Init: true, NetworkMode: 'none', ...spec.HostConfig },
        },
        {},
        never,
      );
      containers.push(Id);
      await use.client.containers.start(Id, never);
      return Id;
    },
  };
  beforeAll(async () => {
    client = await connectTo(url ?? '');
  });
  afterEach(async () => {
    await Promise.all(containers.splice(0).map((id) => use.client.containers.remove(id, never)));
  });
  afterAll(() => client?.dispose());
  return use;
}

/** The SpecboardError that the work ends with; fails where it ends well or otherwise. */
export async function errorOf(work: Promise<unknown>, code?: ErrorCode): Promise<SpecboardError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!isSpecboardError(error)) throw error;
  if (code !== undefined && error.code !== code) throw error;
  return error;
}

/** All of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
