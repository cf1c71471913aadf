/**
 * Folders that a person chose with the system's dialog. The window is untrusted: it may put a folder of this computer into a
 * sandbox only where a person pointed at it, or where the profile had it already.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { type DriverType, mountSchema } from '../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { DriverRegistry } from '../drivers/registry.ts';

/** See the file's first lines. */
export class ChosenFolders {
  readonly #registry: Pick<DriverRegistry, 'manifests'>;
  readonly #chosen = new Set<string>();

  constructor({ registry }: { registry: Pick<DriverRegistry, 'manifests'> }) {
    this.#registry = registry;
  }

  /** Notes what the dialog gave, and passes it on. */
  remember(folder: string | null): string | null {
    if (folder !== null) this.#chosen.add(folder);
    return folder;
  }

  /** Throws `invalid` for a folder that nobody chose. */
  checkFolder(folder: string): void {
    if (this.#chosen.has(folder)) return;
    throw new SpecboardError('invalid', `Choose the folder ${folder} with "Choose…".`, {
      kept: 'Nothing was changed.',
    });
  }

  /** Throws `invalid`, with the form's field, for settings with a folder that nobody chose. `before`: the profile's own. */
  check(driverType: DriverType, settings: JsonObject, before: JsonObject = {}): void {
    const manifest = this.#registry.manifests().find(({ type }) => type === driverType);
    for (const { key } of manifest?.fields.filter(({ kind }) => kind === 'mounts') ?? []) {
      const known = new Set(sourcesOf(before[key]));
      const unknown = sourcesOf(settings[key]).find(
        (folder) => !known.has(folder) && !this.#chosen.has(folder),
      );
      if (unknown === undefined) continue;
      const message = `Choose the folder ${unknown} with "Choose…".`;
      throw new SpecboardError('invalid', message, {
        fields: { [key]: message },
        kept: 'Nothing was changed.',
      });
    }
  }
}

/** The folders of a `mounts` field; what has another shape is for the driver's schema to refuse. */
function sourcesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const source = mountSchema.shape.source.safeParse((item as { source?: unknown } | null)?.source);
    return source.success ? [source.data] : [];
  });
}
