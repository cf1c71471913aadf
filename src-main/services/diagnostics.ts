/**
 * `specboard doctor`: what works on this machine, and how to get the rest. Each driver looks for itself (`probe`); each check has
 * a deadline and never throws.
 */
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { DriverManifest, DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Account, Driver, ProbeReport } from '../drivers/driver.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { SecretStore } from '../secrets/store.ts';
import type { CredentialsService } from './credentials.ts';
import { settleAfterAbort, withDeadline } from './deadline.ts';
import { parseSettings } from './parse-settings.ts';

/** One line of the report. `unset`: a key that it needs is not there; nothing is broken. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'missing' | 'unset';
  message: string;
  hint?: string;
  /** Of which driver it is, and what that is called. */
  driver?: DriverType;
  driverLabel?: string;
  /** Of which profile, where the driver has several that differ in this. */
  profile?: string;
}

/** What the checks need. */
export interface DiagnosticsDependencies {
  registry: DriverRegistry;
  credentials: CredentialsService;
  profiles: () => readonly Profile[];
  secretStore: SecretStore;
  dataFolder: string;
  /** Says whether the desktop app can start here; from the checkout or the installation. */
  electron: () => Check;
  clock: Clock;
}

const deadlineMs = 10_000;

/** Runs all checks, side by side. */
export async function runDiagnostics(deps: DiagnosticsDependencies): Promise<Check[]> {
  const [keyring, ...drivers] = await Promise.all([
    checkKeyring(deps.secretStore),
    ...deps.registry.manifests().map((manifest) => checkDriver(deps, manifest)),
  ]);
  const dataFolder: Check = { name: 'Data folder', state: 'ok', message: deps.dataFolder };
  return [dataFolder, ...drivers.flat(), ...(keyring ?? []), deps.electron()];
}

/** True where code can be run on this computer, with no account and no engine. */
export function canRunHere(checks: readonly Check[]): boolean {
  return checks.some(
    ({ driver, name, state }) =>
      driver === 'local' && state === 'ok' && (name === 'Python' || name === 'This computer'),
  );
}

/** The driver with each profile that uses it; with its defaults where there is none. */
async function checkDriver(deps: DiagnosticsDependencies, manifest: DriverManifest): Promise<Check[]> {
  const profiles = deps.profiles().filter(({ driverType }) => driverType === manifest.type);
  const targets = profiles.length > 0 ? profiles : [null];
  const found = await Promise.all(targets.map((profile) => probe(deps, manifest, profile)));
  // What holds for all profiles is said once, without a name; what several say is said for the first of them.
  const sayers = new Map<string, number>();
  for (const key of found.flatMap((checks) => [...new Set(checks.map(keyOf))])) {
    sayers.set(key, (sayers.get(key) ?? 0) + 1);
  }
  const said = new Set<string>();
  return found.flatMap((checks, index) =>
    checks.flatMap((one): Check[] => {
      const key = keyOf(one);
      const profile = targets[index];
      if (said.has(key)) return [];
      said.add(key);
      return profile && sayers.get(key) !== targets.length ? [{ ...one, profile: profile.name }] : [one];
    }),
  );
}

function keyOf({ name, message }: Check): string {
  return `${name}\n${message}`;
}

async function probe(
  deps: DiagnosticsDependencies,
  manifest: DriverManifest,
  profile: Profile | null,
): Promise<Check[]> {
  const unset = unsetKey(deps, manifest, profile);
  if (unset) return [unset];
  const deadline = withDeadline(deps.clock, deadlineMs, `Looking at ${manifest.label}`);
  try {
    const driver = await deps.registry.get(manifest.type);
    const account = await accountOf(deps, driver, profile);
    const report = await settleAfterAbort(
      deps.clock,
      driver.probe(account, deadline.signal),
      deadline.signal,
      1_000,
    );
    return checksOf(manifest, report);
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    const state = code === 'keyring-locked' ? 'warning' : 'missing';
    return [check(manifest, manifest.label, state, message, hint)];
  } finally {
    deadline.dispose();
  }
}

/** Keys are never asked of the keyring with a prompt here: nobody expects one from a check. */
async function accountOf(
  deps: DiagnosticsDependencies,
  driver: Driver,
  profile: Profile | null,
): Promise<Account<unknown>> {
  const given = profile?.settings ?? driver.manifest.defaults;
  const settings = parseSettings(driver.settingsSchema, given, 'The settings');
  const credentials = profile
    ? await deps.credentials.resolve(profile, { interactive: false, forAccount: true })
    : (deps.credentials.fromEnvironment(driver.manifest.type) ?? {});
  return { settings, credentials };
}

function unsetKey(
  deps: DiagnosticsDependencies,
  manifest: DriverManifest,
  profile: Profile | null,
): Check | null {
  const fromEnvironment = deps.credentials.fromEnvironment(manifest.type) !== null;
  const field = manifest.credentials.find(({ name, required }) => {
    if (!required) return false;
    if (!profile) return !fromEnvironment;
    return profile.credentials.some((known) => known.field === name && known.state === 'missing');
  });
  if (!field) return null;
  const variable = field.environmentVariable ? ` or set ${field.environmentVariable}` : '';
  const hint = profile
    ? `Add it: specboard credentials set "${profile.name}"${variable && `,${variable}`}.`
    : `Optional: add a profile (specboard profiles add NAME -d ${manifest.type}) with its key${variable && `,${variable}`}.`;
  return check(manifest, manifest.label, 'unset', `No ${field.label} is set.`, hint);
}

function checksOf(manifest: DriverManifest, report: ProbeReport): Check[] {
  const parts = report.parts ?? [{ name: manifest.label, ...report }];
  return parts.map(({ name, ok, message, hint }) =>
    check(manifest, name, ok ? 'ok' : 'missing', message, hint),
  );
}

function check(
  { type, label }: DriverManifest,
  name: string,
  state: Check['state'],
  message: string,
  hint: string | undefined,
): Check {
  return { name, state, message, ...(hint === undefined ? {} : { hint }), driver: type, driverLabel: label };
}

async function checkKeyring(store: SecretStore): Promise<Check[]> {
  const status: SecretStoreStatus = await store.status();
  const state = status.state === 'available' ? 'ok' : status.state === 'locked' ? 'warning' : 'missing';
  const message = status.message ?? `Secrets are kept in ${status.name}.`;
  return [{ name: 'Keyring', state, message, ...(status.hint === undefined ? {} : { hint: status.hint }) }];
}
