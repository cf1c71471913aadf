/** `specboard profiles list|show|add|edit|remove|default`. Settings are given as `--set key=value`. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { Json, JsonObject } from '../../../src-shared/domain/json.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import type { Core } from '../../app/create-core.ts';
import { findProfile } from '../find.ts';
import { printJson, say, type Terminal, table, write } from '../terminal.ts';

/** All profiles, the default marked. */
export async function listProfiles(core: Core, terminal: Terminal): Promise<void> {
  const profiles = core.profiles.list();
  if (terminal.json) return printJson(terminal, profiles);
  const rows = profiles.map((profile) => [
    profile.isDefault ? '*' : ' ',
    profile.name,
    labelOf(core, profile.driverType),
    credentialWords(profile),
  ]);
  await write(terminal.stdout, `${table([[' ', 'NAME', 'DRIVER', 'CREDENTIALS'], ...rows])}\n`);
}

/** One profile with its settings. */
export async function showProfile(core: Core, terminal: Terminal, name: string | undefined): Promise<void> {
  const profile = findProfile(core, name);
  if (terminal.json) return printJson(terminal, profile);
  const rows = [
    ['Name', profile.name],
    ['Id', profile.id],
    ['Driver', labelOf(core, profile.driverType)],
    ['Default', profile.isDefault ? 'yes' : 'no'],
    ...profile.credentials.map((credential) => [
      `Credential ${credential.field}`,
      stateWords[credential.state],
    ]),
    ...Object.entries(profile.settings).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ];
  await write(terminal.stdout, `${table(rows)}\n`);
}

/** Adds a profile. */
export async function addProfile(
  core: Core,
  terminal: Terminal,
  name: string,
  options: { driver: string; set?: string[]; default?: boolean },
): Promise<void> {
  const manifest = manifestOf(core, options.driver);
  const settings = applySets(manifest, { ...manifest.defaults }, options.set ?? []);
  const profile = core.profiles.create({
    name,
    driverType: manifest.type,
    settings,
    isDefault: options.default ?? false,
  });
  await report(terminal, profile, `Added "${profile.name}".`);
  const missing = manifest.credentials.find(
    (field) =>
      field.required && profile.credentials.some((c) => c.field === field.name && c.state === 'missing'),
  );
  if (missing && !terminal.json) {
    await say(terminal, `It needs its ${missing.label}: specboard credentials set "${profile.name}"`);
  }
}

/** Renames a profile or changes settings. */
export async function editProfile(
  core: Core,
  terminal: Terminal,
  name: string,
  options: { name?: string; set?: string[]; unset?: string[] },
): Promise<void> {
  const profile = findProfile(core, name);
  const manifest = manifestOf(core, profile.driverType);
  const settings = applySets(manifest, { ...profile.settings }, options.set ?? []);
  for (const key of options.unset ?? []) delete settings[key];
  const changed = core.profiles.update(profile.id, { name: options.name, settings });
  await report(terminal, changed, `Saved "${changed.name}".`);
}

/** Deletes a profile with its secrets; its history stays. */
export async function removeProfile(core: Core, terminal: Terminal, name: string): Promise<void> {
  const profile = findProfile(core, name);
  await core.profiles.remove(profile.id);
  await report(terminal, profile, `Deleted "${profile.name}" and its credentials. Its history stays.`);
}

/** Makes a profile the default, or says which one is. */
export async function defaultProfile(
  core: Core,
  terminal: Terminal,
  name: string | undefined,
): Promise<void> {
  if (name === undefined) {
    const current = core.profiles.default();
    return terminal.json ? printJson(terminal, current) : write(terminal.stdout, `${current.name}\n`);
  }
  const profile = core.profiles.setDefault(findProfile(core, name).id);
  await report(terminal, profile, `"${profile.name}" is the default now.`);
}

/**
 * `key=value` pairs onto settings, typed by the driver's fields; `environment.NAME=value` for pairs, `ports=8000,9000` for
 * lists, `mounts=/here:/there:rw` for folders.
 */
export function applySets(
  manifest: DriverManifest,
  settings: JsonObject,
  sets: readonly string[],
): JsonObject {
  for (const set of sets) {
    const at = set.indexOf('=');
    if (at < 1) {
      throw new SpecboardError('invalid', `"${set}" is not key=value.`, { hint: keysHint(manifest) });
    }
    const [key = '', sub] = splitKey(set.slice(0, at));
    const raw = set.slice(at + 1);
    const field = manifest.fields.find((candidate) => candidate.key === key);
    if (!field) {
      throw new SpecboardError('invalid', `${manifest.label} has no setting "${key}".`, {
        hint: keysHint(manifest),
      });
    }
    if (field.kind === 'pairs') {
      if (!sub) throw new SpecboardError('invalid', `Give one name: --set ${key}.NAME=value`);
      const pairs = settings[key];
      settings[key] = { ...(isObject(pairs) ? pairs : {}), [sub]: raw };
    } else if (field.kind === 'list') {
      settings[key] = parseList(raw);
    } else if (field.kind === 'mounts') {
      settings[key] = parseMounts(raw, settings[key]);
    } else {
      settings[key] = parseValue(field.kind, raw);
    }
  }
  return settings;
}

function splitKey(key: string): [string, string | undefined] {
  const dot = key.indexOf('.');
  return dot < 0 ? [key, undefined] : [key.slice(0, dot), key.slice(dot + 1)];
}

function parseValue(kind: string, raw: string): Json {
  if (kind === 'number' && raw.trim() !== '' && Number.isFinite(Number(raw))) return Number(raw);
  if (kind === 'toggle' && /^(true|yes|on|1)$/i.test(raw)) return true;
  if (kind === 'toggle' && /^(false|no|off|0)$/i.test(raw)) return false;
  return raw;
}

/** `a,b` or a JSON list. */
function parseList(raw: string): Json {
  const json = parseJsonList(raw);
  if (json) return json;
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `/here:/there[:rw]` adds a folder, or changes the one that is there; nothing removes all; a JSON list replaces all. */
function parseMounts(raw: string, before: Json | undefined): Json {
  if (raw.trim() === '') return [];
  const json = parseJsonList(raw);
  if (json) return json;
  // From the right: a path of Windows has a colon of its own, one in a sandbox starts with a slash.
  const match = /^(.+):(\/[^:]*)(?::(rw|ro))?$/.exec(raw);
  if (!match) {
    throw new SpecboardError('invalid', `"${raw}" is not /folder/here:/folder/there[:rw].`, {
      hint: 'Add :rw only where the code may change the folder.',
    });
  }
  const [, source = '', target = '', mode] = match;
  const others = Array.isArray(before) ? before.filter((one) => !isObject(one) || one.target !== target) : [];
  return [...others, { source, target, writable: mode === 'rw' }];
}

function parseJsonList(raw: string): Json[] | null {
  if (!raw.trimStart().startsWith('[')) return null;
  try {
    const value = JSON.parse(raw) as Json;
    return Array.isArray(value) ? value : null;
  } catch {
    throw new SpecboardError('invalid', 'The list is not valid JSON.');
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keysHint(manifest: DriverManifest): string {
  return `Settings of ${manifest.label}: ${manifest.fields.map((field) => field.key).join(', ')}.`;
}

function manifestOf(core: Core, type: string): DriverManifest {
  const manifests = core.registry.manifests();
  const found = manifests.find((manifest) => manifest.type === (type as DriverType));
  if (found) return found;
  throw new SpecboardError('invalid', `There is no driver "${type}".`, {
    hint: `There are: ${manifests.map((manifest) => manifest.type).join(', ')}.`,
  });
}

function labelOf(core: Core, type: DriverType): string {
  return core.registry.manifests().find((manifest) => manifest.type === type)?.label ?? type;
}

async function report(terminal: Terminal, profile: Profile, words: string): Promise<void> {
  if (terminal.json) await printJson(terminal, profile);
  else await write(terminal.stdout, `${words}\n`);
}

/** Presence of a credential in words. */
export const stateWords: Record<Profile['credentials'][number]['state'], string> = {
  stored: 'set (in the keyring)',
  session: 'set (for this session only)',
  environment: 'from the environment',
  locked: 'set, but the keyring is locked',
  missing: 'not set',
};

function credentialWords(profile: Profile): string {
  if (profile.credentials.length === 0) return 'none needed';
  return profile.credentials
    .map((credential) => `${credential.field}: ${stateWords[credential.state]}`)
    .join(', ');
}
