/** The lines of a pull as one progress: every layer is downloaded, then extracted, several at once. */
import { z } from 'zod';
import type { PullProgress } from './engine-types.ts';

/** One line of a pull. */
export const pullLineSchema = z.object({
  status: z.string().nullish(),
  id: z.string().nullish(),
  progressDetail: z.object({ current: z.number().nullish(), total: z.number().nullish() }).nullish(),
  error: z.string().nullish(),
  errorDetail: z.object({ message: z.string().nullish() }).nullish(),
});
/** See `pullLineSchema`. */
export type PullLine = z.output<typeof pullLineSchema>;

interface Layer {
  done: number;
  total: number;
  state: 'waiting' | 'downloading' | 'downloaded' | 'extracting' | 'done';
}

/** Adds lines up. */
export class PullTally {
  readonly #name: string;
  readonly #layers = new Map<string, Layer>();
  #finished = false;

  /** @param name of the image, for the words. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Takes a line; true where the progress has changed. */
  add({ status, id, progressDetail }: PullLine): boolean {
    if (!status) return false;
    if (!id || /^Pulling from/.test(status)) {
      this.#finished ||= /^Status: /.test(status);
      return this.#finished;
    }
    const layer = this.#layers.get(id) ?? { done: 0, total: 0, state: 'waiting' };
    this.#layers.set(id, layer);
    switch (status) {
      case 'Downloading':
        layer.state = 'downloading';
        layer.total = Math.max(layer.total, progressDetail?.total ?? 0);
        // A download that is tried again begins anew; what people see does not go back.
        layer.done = Math.max(layer.done, progressDetail?.current ?? 0);
        break;
      case 'Verifying Checksum':
      case 'Download complete':
        layer.state = 'downloaded';
        layer.done = layer.total;
        break;
      case 'Extracting':
        layer.state = 'extracting';
        layer.done = layer.total;
        break;
      case 'Pull complete':
      case 'Already exists':
        layer.state = 'done';
        layer.done = layer.total;
        break;
      default: // "Pulling fs layer", "Waiting", "Retrying in ..."
    }
    return true;
  }

  /** Where it is now. */
  get progress(): PullProgress {
    const layers = [...this.#layers.values()];
    const some = (state: Layer['state']) => layers.some((layer) => layer.state === state);
    const phase = this.#phase(
      some('downloading'),
      some('waiting'),
      layers.some(({ total }) => total > 0),
    );
    return {
      words: words[phase](this.#name),
      phase,
      doneBytes: layers.reduce((sum, layer) => sum + Math.min(layer.done, layer.total), 0),
      totalBytes: layers.reduce((sum, layer) => sum + layer.total, 0),
      layersDone: layers.filter((layer) => layer.state === 'done').length,
      layers: layers.length,
    };
  }

  #phase(downloading: boolean, waiting: boolean, begun: boolean): PullProgress['phase'] {
    if (this.#finished) return 'done';
    if (downloading) return 'downloading';
    if (!begun) return 'resolving';
    return waiting ? 'downloading' : 'extracting';
  }
}

const words: Record<PullProgress['phase'], (name: string) => string> = {
  resolving: (name) => `Looking for ${name}`,
  downloading: (name) => `Downloading ${name}`,
  extracting: (name) => `Extracting ${name}`,
  done: (name) => `${name} is here`,
};
