/**
 * Profiles as a file: out without any secret, in as new profiles beside those that are there. What stays behind or could not be
 * taken is said, one by one.
 */
import { z } from 'zod';
import type {
  ExportedProfiles,
  ImportedProfiles,
  LeftOutSetting,
} from '../../src-shared/contract/data-operations.ts';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';
import { type DriverManifest, driverTypes } from '../../src-shared/domain/driver-manifest.ts';
import { type JsonObject, jsonObjectSchema } from '../../src-shared/domain/json.ts';
import { type Profile, profileNameSchema } from '../../src-shared/domain/profile.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import { portableSettings, type SecretFinder } from './portable-settings.ts';
import type { ProfilesService } from './profiles.ts';

const format = 'specboard-profiles';
const version = 1;
const longestName = 80;

/** Larger files are none of ours. */
export const profilesFileLimit = 1_048_576;

const fileSchema = z.object({
  format: z.literal(format),
  version: z.number().int().min(1),
  profiles: z.array(z.unknown()).max(500),
});
const entrySchema = z.object({
  name: profileNameSchema,
  driverType: z.string(),
  settings: jsonObjectSchema,
});

/** What the service needs. */
export interface ProfileTransferDependencies {
  profiles: ProfilesService;
  registry: Pick<DriverRegistry, 'manifests'>;
  secrets: SecretFinder;
  now: () => number;
}

/** See the file's first lines. */
export class ProfileTransfer {
  readonly #deps: ProfileTransferDependencies;

  constructor(deps: ProfileTransferDependencies) {
    this.#deps = deps;
  }

  /** The file's text, and what is in it. Throws `not-found` for a profile that is not there. */
  write(profileIds?: readonly string[]): { text: string; profiles: ExportedProfiles['profiles'] } {
    const chosen = profileIds
      ? profileIds.map((id) => this.#deps.profiles.get(id))
      : this.#deps.profiles.list();
    const entries = chosen.map(({ name, driverType, settings }) => {
      const portable = portableSettings(this.#manifest(driverType), settings, this.#deps.secrets);
      return { name, driverType, ...portable };
    });
    const file = {
      format,
      version,
      exportedAt: new Date(this.#deps.now()).toISOString(),
      profiles: entries.map(({ name, driverType, settings }) => ({ name, driverType, settings })),
    };
    return {
      text: `${JSON.stringify(file, null, 2)}\n`,
      profiles: entries.map(({ name, leftOut }) => ({ name, leftOut })),
    };
  }

  /** Takes a file's profiles in. Throws `invalid` where it is no such file; a single bad profile is only refused. */
  read(text: string): Omit<ImportedProfiles, 'fileName'> {
    const imported: ImportedProfiles['imported'] = [];
    const refused: ImportedProfiles['refused'] = [];
    for (const [index, raw] of parseFile(text).entries()) {
      const entry = entrySchema.safeParse(raw);
      if (!entry.success) {
        refused.push({ name: nameOf(raw, index), reason: 'It is not complete.' });
        continue;
      }
      const { name, settings } = entry.data;
      const driverType = driverTypes.find((type) => type === entry.data.driverType);
      const manifest = this.#deps.registry.manifests().find(({ type }) => type === driverType);
      if (!driverType || !manifest) {
        refused.push({ name, reason: 'This version of SpecBoard has no driver for it.' });
        continue;
      }
      try {
        const portable = portableSettings(manifest, settings, { redact: (value) => value });
        const profile = this.#create(name, driverType, portable.settings);
        imported.push(reportOf(profile, name, manifest, portable.leftOut));
      } catch (error) {
        if (!isSpecboardError(error)) throw error;
        refused.push({ name, reason: error.message });
      }
    }
    return { imported, refused };
  }

  #create(name: string, driverType: Profile['driverType'], settings: JsonObject): Profile {
    const taken = new Set(this.#deps.profiles.list().map((profile) => profile.name.toLowerCase()));
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n += 1) {
      const suffix = ` (${n})`;
      free = `${name.slice(0, longestName - suffix.length)}${suffix}`;
    }
    return this.#deps.profiles.create({ name: free, driverType, settings });
  }

  #manifest(driverType: Profile['driverType']): Pick<DriverManifest, 'fields'> {
    // Of a driver that this version does not have nothing is known: what its settings mean, neither.
    return this.#deps.registry.manifests().find(({ type }) => type === driverType) ?? { fields: [] };
  }
}

function parseFile(text: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw notProfiles();
  }
  const file = fileSchema.safeParse(parsed);
  if (!file.success) throw notProfiles();
  if (file.data.version > version) {
    throw new SpecboardError('invalid', 'This file is from a newer version of SpecBoard.', {
      kept: 'Nothing was changed.',
      hint: 'Update SpecBoard, then import it again.',
    });
  }
  return file.data.profiles;
}

/** Said for a file that is something else. */
export function notProfiles(): SpecboardError {
  return new SpecboardError('invalid', 'This file holds no profiles of SpecBoard.', {
    kept: 'Nothing was changed.',
    hint: 'Choose a file that "Export profiles" has written.',
  });
}

function reportOf(
  profile: Profile,
  asked: string,
  manifest: DriverManifest,
  leftOut: LeftOutSetting[],
): ImportedProfiles['imported'][number] {
  const needed = manifest.credentials.filter(
    ({ name, required }) =>
      required && profile.credentials.some(({ field, state }) => field === name && state === 'missing'),
  );
  const addresses = manifest.fields.flatMap(({ key, kind }) => {
    const value = profile.settings[key];
    const isOwn = kind === 'text' && typeof value === 'string' && value.includes('://');
    return isOwn && value !== manifest.defaults[key] ? [value] : [];
  });
  return {
    profileId: profile.id,
    name: profile.name,
    driverType: profile.driverType,
    renamedFrom: profile.name === asked ? null : asked,
    leftOut,
    keysNeeded: needed.map(({ label }) => label),
    addresses,
  };
}

function nameOf(raw: unknown, index: number): string {
  const name = (raw as { name?: unknown } | null)?.name;
  return typeof name === 'string' && name.trim() !== '' ? name.slice(0, longestName) : `Profile ${index + 1}`;
}
