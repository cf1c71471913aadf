/**
 * The drivers there are: one line each. Manifests and schemas are cheap and loaded at once, for forms and menus; a driver
 * with its SDK is loaded when it is first used.
 */
import type { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DriverManifest, DriverType } from '../../src-shared/domain/driver-manifest.ts';
import { daytonaManifest, daytonaSettingsSchema } from './daytona/manifest.ts';
import { dockerManifest } from './docker/manifest.ts';
import { dockerSettingsSchema } from './docker/settings.ts';
import type { Driver, DriverContext } from './driver.ts';
import { e2bManifest, e2bSettingsSchema } from './e2b/manifest.ts';
import { localManifest, localSettingsSchema } from './local/manifest.ts';

interface Entry {
  manifest: DriverManifest;
  settingsSchema: z.ZodType;
  load: (context: DriverContext) => Promise<Driver>;
}

/** Adding a driver is one folder and one line here. */
const entries: readonly Entry[] = [
  {
    manifest: localManifest,
    settingsSchema: localSettingsSchema,
    load: async (context) => erase((await import('./local/local-driver.ts')).createLocalDriver(context)),
  },
  {
    manifest: dockerManifest,
    settingsSchema: dockerSettingsSchema,
    load: async (context) => erase((await import('./docker/docker-driver.ts')).createDockerDriver(context)),
  },
  {
    manifest: e2bManifest,
    settingsSchema: e2bSettingsSchema,
    load: async (context) => erase((await import('./e2b/e2b-driver.ts')).createE2bDriver(context)),
  },
  {
    manifest: daytonaManifest,
    settingsSchema: daytonaSettingsSchema,
    load: async (context) =>
      erase((await import('./daytona/daytona-driver.ts')).createDaytonaDriver(context)),
  },
];

/** What services see of the drivers. */
export interface DriverRegistry {
  /** Of all drivers, in the order in which they are offered. */
  manifests(): DriverManifest[];
  /** Checks settings of that driver, without loading it. Throws `unsupported` for a type that is not there. */
  settingsSchema(type: DriverType): z.ZodType;
  /** The driver itself, loaded once. Throws `unsupported` for a type that is not there. */
  get(type: DriverType): Promise<Driver>;
}

/** Makes the registry; the drivers it loads all get `context`. */
export function createDriverRegistry(context: DriverContext): DriverRegistry {
  const loaded = new Map<DriverType, Promise<Driver>>();
  const entryOf = (type: DriverType): Entry => {
    const entry = entries.find(({ manifest }) => manifest.type === type);
    if (!entry) {
      throw new SpecboardError('unsupported', `This version of SpecBoard has no driver "${type}".`, {
        hint: 'Use another profile, or a newer SpecBoard.',
      });
    }
    return entry;
  };
  return {
    manifests: () => entries.map(({ manifest }) => manifest),
    settingsSchema: (type) => entryOf(type).settingsSchema,
    async get(type) {
      const entry = entryOf(type);
      let driver = loaded.get(type);
      if (!driver) {
        driver = entry.load(context);
        loaded.set(type, driver);
        driver.catch(() => loaded.delete(type));
      }
      return driver;
    },
  };
}

/** Services hand a driver back only what it gave: its own settings and sessions. */
function erase<S, D extends import('./driver.ts').DriverSession>(driver: Driver<S, D>): Driver {
  return driver as unknown as Driver;
}
