/**
 * Which settings of a profile may travel in a file: no secret, no folder of this computer, no consent. Decided from the
 * driver's manifest, the same way out and in: a file from elsewhere must not open a folder or agree to anything.
 */
import type { LeftOutSetting } from '../../src-shared/contract/data-operations.ts';
import type { DriverManifest, Field } from '../../src-shared/domain/driver-manifest.ts';
import type { Json, JsonObject } from '../../src-shared/domain/json.ts';

/** Finds secrets that are in memory now, by value. */
export interface SecretFinder {
  redact(text: string): string;
}

/** What `portableSettings` gives. */
export interface PortableSettings {
  settings: JsonObject;
  leftOut: LeftOutSetting[];
}

/** Names of variables whose values people keep to themselves, whatever the form says about secrets. */
const secretName =
  /(api_?key|access_?key|private_?key|secret|token|passw|pwd|credential|auth|cookie|(^|_)key$)/i;
/** Consents are given by a person on each computer anew. */
const consent = /^allow(Insecure|Unisolated)/;
const userInAddress = /(?<=:\/\/)[^\s/@]*@/g;

/** The settings that may travel, and what stays behind. */
export function portableSettings(
  manifest: Pick<DriverManifest, 'fields'>,
  settings: JsonObject,
  secrets: SecretFinder,
): PortableSettings {
  const kept: JsonObject = {};
  const leftOut: LeftOutSetting[] = [];
  for (const [key, value] of Object.entries(settings)) {
    const field = manifest.fields.find((candidate) => candidate.key === key);
    const why = reasonToStay(key, value, field);
    if (why !== null) {
      // A switch that is off, a list that is empty: nothing is lost.
      if (!isEmpty(value)) leftOut.push({ label: field?.label ?? key, why });
      continue;
    }
    const clean = withoutSecrets(key, value, field, secrets, leftOut);
    if (clean !== undefined) kept[key] = clean;
  }
  return { settings: kept, leftOut };
}

function reasonToStay(key: string, value: Json, field: Field | undefined): LeftOutSetting['why'] | null {
  if (field?.kind === 'folder' || field?.kind === 'mounts') return 'folder';
  if (consent.test(key) && typeof value === 'boolean') return 'consent';
  return null;
}

function withoutSecrets(
  key: string,
  value: Json,
  field: Field | undefined,
  secrets: SecretFinder,
  leftOut: LeftOutSetting[],
): Json | undefined {
  const label = field?.label ?? key;
  const hide = (name: string) => leftOut.push({ label: name, why: 'secret' });
  if (field?.kind === 'pairs' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const pairs = Object.entries(value).filter(([name, text]) => {
      const isSecret = secretName.test(name) || holdsSecret(text, secrets);
      if (isSecret) hide(`${label}: ${name}`);
      return !isSecret;
    });
    return Object.fromEntries(pairs);
  }
  const clean = withoutUsers(value);
  if (holdsSecret(clean, secrets)) {
    hide(label);
    return undefined;
  }
  if (JSON.stringify(clean) !== JSON.stringify(value)) hide(label);
  return clean;
}

/** Addresses without a user and password in them. */
function withoutUsers(value: Json): Json {
  if (typeof value === 'string') return value.replace(userInAddress, '');
  if (Array.isArray(value)) return value.map(withoutUsers);
  return value;
}

function holdsSecret(value: Json | undefined, secrets: SecretFinder): boolean {
  const text = JSON.stringify(value) ?? '';
  return secrets.redact(text) !== text;
}

function isEmpty(value: Json): boolean {
  if (value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
