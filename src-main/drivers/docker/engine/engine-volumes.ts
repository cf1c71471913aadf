/** Volumes. */
import { z } from 'zod';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import type { EngineCalls } from './engine-calls.ts';
import { type Volume, volumeSchema } from './engine-replies.ts';
import type { EngineFilters, VolumeSpec } from './engine-types.ts';
import type { EngineContext } from './map-engine-errors.ts';

/** See the file's first line. Failures are SpecboardErrors. */
export class EngineVolumes {
  readonly #calls: EngineCalls;

  constructor(calls: EngineCalls) {
    this.#calls = calls;
  }

  /** Creates a volume; one of the same name is given as it is. */
  create(spec: VolumeSpec, signal: AbortSignal): Promise<Volume> {
    const request = { method: 'POST', path: '/volumes/create', json: spec, signal } as const;
    return this.#calls.json(volumeSchema, request, doing('create the volume'));
  }

  /** Removes it and what is in it; fine where it is not there. `conflict` while a container uses it. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const path = `/volumes/${encodeURIComponent(name)}`;
    try {
      await this.#calls.done(
        { method: 'DELETE', path, query: { force: '1' }, signal },
        doing('remove the volume'),
      );
    } catch (error) {
      if (!(error instanceof SpecboardError && error.code === 'not-found')) throw error;
    }
  }

  /** Volumes that fit all filters. */
  async list(filters: EngineFilters, signal: AbortSignal): Promise<Volume[]> {
    const query = { filters: JSON.stringify(filters) };
    const request = { method: 'GET', path: '/volumes', query, signal } as const;
    const { Volumes } = await this.#calls.json(listSchema, request, doing('list the volumes'));
    return Volumes ?? [];
  }
}

const listSchema = z.object({ Volumes: z.array(volumeSchema).nullish() });

function doing(words: string): EngineContext {
  return { doing: words, subject: 'volume' };
}
