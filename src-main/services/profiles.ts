/**
 * Profiles: create, edit, duplicate, delete, make default. Settings are checked by the driver's own schema. Exactly one
 * profile is default at any time; a fresh start has one, "This computer".
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { type Profile, type ProfileReport, profileNameSchema } from '../../src-shared/domain/profile.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Database } from '../db/connection.ts';
import type { StoredProfile } from '../db/repositories/profiles.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { CredentialsService } from './credentials.ts';
import { parseSettings } from './parse-settings.ts';
import type { StatusHub } from './status-hub.ts';

/** What the service needs. */
export interface ProfilesDependencies {
  db: Database;
  registry: DriverRegistry;
  credentials: CredentialsService;
  hub: StatusHub;
  now: () => number;
  /** Ends the sessions of a profile that is being deleted. */
  endSessions: (profileId: string) => Promise<void>;
}

/** More than a person reads; an engine may have thousands of images. */
const suggestionsShown = 200;

/** See the file's first lines. */
export class ProfilesService {
  readonly #deps: ProfilesDependencies;
  /** How the keyring was when the profiles were put into the status last. */
  #keyring: Status['secrets']['state'] = 'available';

  constructor(deps: ProfilesDependencies) {
    this.#deps = deps;
  }

  /** All profiles, the default first, then by name. */
  list(): Profile[] {
    return this.#deps.db.profiles
      .list()
      .sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || a.name.localeCompare(b.name))
      .map((profile) => this.#withCredentials(profile));
  }

  /** One profile as stored; throws `not-found`. */
  stored(id: string): StoredProfile {
    const profile = this.#deps.db.profiles.get(id);
    if (!profile) {
      throw new SpecboardError('not-found', 'That profile is no longer there.', {
        hint: 'Choose another profile.',
      });
    }
    return profile;
  }

  /** One profile; throws `not-found`. */
  get(id: string): Profile {
    return this.#withCredentials(this.stored(id));
  }

  /** The default profile. */
  default(): Profile {
    const found = this.list().find((profile) => profile.isDefault);
    if (!found) throw new SpecboardError('not-found', 'There is no default profile.');
    return found;
  }

  /** Makes sure that there is a profile and a default; called once at start. */
  ensureDefault(): void {
    const profiles = this.#deps.db.profiles.list();
    const first = profiles.find((profile) => profile.driverType === 'local') ?? profiles[0];
    if (!first) {
      this.create({ name: 'This computer', driverType: 'local', settings: {}, isDefault: true });
    } else if (!profiles.some((profile) => profile.isDefault)) {
      this.#deps.db.profiles.setDefault(first.id);
    }
    this.refresh();
  }

  /** Creates a profile; throws `invalid` with a message per field. The first one is default whatever was asked. */
  create(input: {
    name: string;
    driverType: DriverType;
    settings: JsonObject;
    isDefault?: boolean;
  }): Profile {
    const name = this.#checkName(input.name);
    const settings = this.#checkSettings(input.driverType, input.settings);
    const at = this.#deps.now();
    const profile: StoredProfile = {
      id: randomUUID(),
      name,
      driverType: input.driverType,
      settings,
      isDefault: false,
      createdAt: at,
      updatedAt: at,
    };
    this.#deps.db.profiles.insert(profile);
    if (input.isDefault === true || this.#deps.db.profiles.list().length === 1) {
      this.#deps.db.profiles.setDefault(profile.id);
    }
    this.refresh();
    return this.get(profile.id);
  }

  /** Renames a profile or changes its settings; sessions that run keep what they started with. */
  update(id: string, change: { name?: string | undefined; settings?: JsonObject | undefined }): Profile {
    const profile = this.stored(id);
    const name = change.name === undefined ? undefined : this.#checkName(change.name, id);
    const settings =
      change.settings === undefined ? undefined : this.#checkSettings(profile.driverType, change.settings);
    this.#deps.db.profiles.update(id, {
      ...(name === undefined ? {} : { name }),
      ...(settings === undefined ? {} : { settings }),
      updatedAt: this.#deps.now(),
    });
    this.refresh();
    return this.get(id);
  }

  /** Copies a profile with its settings and, where the keyring gives them, its credentials. */
  async duplicate(id: string): Promise<Profile> {
    const from = this.stored(id);
    const names = new Set(this.#deps.db.profiles.list().map((profile) => profile.name));
    let name = `${from.name} copy`;
    for (let n = 2; names.has(name); n += 1) name = `${from.name} copy ${n}`;
    const copy = this.create({
      name: name.slice(0, 80),
      driverType: from.driverType,
      settings: from.settings,
    });
    await this.#deps.credentials.copy(from, this.stored(copy.id));
    this.refresh();
    return this.get(copy.id);
  }

  /** Deletes a profile: ends its sessions, removes its secrets, keeps its history. The last profile stays. */
  async remove(id: string): Promise<void> {
    const profile = this.stored(id);
    const others = this.#deps.db.profiles.list().filter((other) => other.id !== id);
    const next = others.find((other) => other.driverType === 'local') ?? others[0];
    if (!next) {
      throw new SpecboardError('conflict', 'The last profile cannot be deleted.', {
        hint: 'Add another profile first.',
      });
    }
    await this.#deps.endSessions(id);
    await this.#deps.credentials.clear(profile);
    if (profile.isDefault) this.#deps.db.profiles.setDefault(next.id);
    this.#deps.db.profiles.remove(id);
    this.refresh();
  }

  /** Makes a profile the default. */
  setDefault(id: string): Profile {
    this.stored(id);
    this.#deps.db.profiles.setDefault(id);
    this.refresh();
    return this.get(id);
  }

  /** Asks the driver whether it can reach its backend with this profile. Never throws for what it finds. */
  async test(id: string, signal: AbortSignal): Promise<ProfileReport> {
    const profile = this.stored(id);
    try {
      const credentials = await this.#deps.credentials.resolve(profile, {
        interactive: true,
        forAccount: true,
      });
      const driver = await this.#deps.registry.get(profile.driverType);
      const settings = parseSettings(driver.settingsSchema, profile.settings, 'The settings');
      const { ok, message, hint, parts } = await driver.probe({ settings, credentials }, signal);
      return { ok, message, ...(hint === undefined ? {} : { hint }), ...(parts ? { parts } : {}) };
    } catch (error) {
      if (!(error instanceof SpecboardError)) throw error;
      const { message, hint } = error.problem;
      return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
    } finally {
      this.refresh();
    }
  }

  /**
   * Values to offer for a text field of the form, with the settings as they are in it. Settings that are not complete, or a key
   * that is not there, offer nothing: the form is still being filled in. Throws what the driver says.
   *
   * A key goes only where settings that were saved send it: with keys, a driver is asked with the settings of the saved profile
   * (the driver's defaults for a profile that is new), and never with what only stands in the form. Where another address
   * stands there (a text with "://"), nothing is offered: what the saved one has would be wrong for it.
   */
  async suggest(
    about: { driverType: DriverType; profileId: string | null; settings: JsonObject; key: string },
    signal: AbortSignal,
  ): Promise<string[]> {
    const driver = await this.#deps.registry.get(about.driverType);
    const field = driver.manifest.fields.find(({ key }) => key === about.key);
    if (field?.kind !== 'text' || !field.suggests || !driver.suggest) return [];
    // The field that is asked about is being typed: what it holds now must not be in the way.
    const { [about.key]: _typed, ...others } = about.settings;
    const form = { ...driver.manifest.defaults, ...others };
    const profile = about.profileId === null ? undefined : this.#deps.db.profiles.get(about.profileId);
    const owner = profile?.driverType === about.driverType ? profile : undefined;
    const credentials = await this.#knownCredentials(owner, about.driverType);
    if (!driver.settingsSchema.safeParse(form).success || credentials === null) return [];
    const saved = { ...driver.manifest.defaults, ...owner?.settings };
    const hasKeys = Object.keys(credentials).length > 0;
    const texts = driver.manifest.fields.filter(({ kind, key }) => kind === 'text' && key !== about.key);
    if (hasKeys && texts.some(({ key }) => isOtherAddress(saved[key], form[key]))) return [];
    const settings = driver.settingsSchema.safeParse(hasKeys ? saved : form);
    if (!settings.success) return [];
    const offered = await driver.suggest({ settings: settings.data, credentials }, about.key, signal);
    return [...new Set(offered)].slice(0, suggestionsShown);
  }

  /** Null where a required one is missing or locked: nobody asked for a prompt of the keyring. */
  async #knownCredentials(
    profile: StoredProfile | undefined,
    driverType: DriverType,
  ): Promise<Record<string, string> | null> {
    if (!profile) return this.#deps.credentials.fromEnvironment(driverType);
    return this.#deps.credentials
      .resolve(profile, { interactive: false, forAccount: true })
      .catch(() => null);
  }

  /** Stores credentials of a profile. */
  async setCredentials(
    id: string,
    values: Readonly<Record<string, string>>,
    options: { sessionOnly: boolean },
  ): Promise<Profile> {
    await this.#deps.credentials.set(this.stored(id), values, options);
    this.refresh();
    return this.get(id);
  }

  /** Clears one credential of a profile, or all. */
  async clearCredentials(id: string, field?: string): Promise<Profile> {
    await this.#deps.credentials.clear(this.stored(id), field);
    this.refresh();
    return this.get(id);
  }

  /** Puts the profiles into the status again: another process may have changed them, or the keyring was unlocked. */
  refresh(): void {
    const { state } = this.#deps.hub.current.secrets;
    if (state === 'available' && this.#keyring !== 'available') this.#deps.credentials.forgetLocked();
    this.#keyring = state;
    const profiles = this.list();
    if (JSON.stringify(profiles) !== JSON.stringify(this.#deps.hub.current.profiles)) {
      this.#deps.hub.update({ profiles });
    }
  }

  #checkName(raw: string, ownId?: string): string {
    const parsed = profileNameSchema.safeParse(raw);
    const message = parsed.success ? undefined : parsed.error.issues[0]?.message;
    if (!parsed.success) throw nameProblem(message ?? 'Enter a name.');
    const taken = this.#deps.db.profiles
      .list()
      .some((profile) => profile.id !== ownId && profile.name.toLowerCase() === parsed.data.toLowerCase());
    if (taken) throw nameProblem(`There is already a profile named "${parsed.data}".`);
    return parsed.data;
  }

  #checkSettings(driverType: DriverType, settings: JsonObject): JsonObject {
    const schema = this.#deps.registry.settingsSchema(driverType);
    return parseSettings(schema, settings, 'The settings') as JsonObject;
  }

  #withCredentials(profile: StoredProfile): Profile {
    const { credentials, hub } = this.#deps;
    return { ...profile, credentials: credentials.presence(profile, hub.current.secrets.state) };
  }
}

/** True where a text is, or was, an address and is not the same any more. */
function isOtherAddress(saved: unknown, form: unknown): boolean {
  const [before, now] = [saved, form].map((value) => String(value ?? '').trim());
  return before !== now && `${before} ${now}`.includes('://');
}

function nameProblem(message: string): SpecboardError {
  return new SpecboardError('invalid', message, {
    fields: { name: message },
    kept: 'Nothing was changed.',
    hint: 'Choose another name.',
  });
}
