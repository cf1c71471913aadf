/**
 * Which part of the keyring is missing, found out without a prompt. On Linux a keyring is three parts: a session bus, a
 * Secret Service on it (GNOME Keyring, KWallet, KeePassXC), and libsecret; and then it may be locked.
 */
import type { SecretStoreStatus } from '../../src-shared/domain/status.ts';
import { type Distribution, installHint, keyringName, thisDistribution } from './keyring-help.ts';
import { busAddresses, openSessionBus, type SessionBus, socketPath } from './session-bus.ts';

/**
 * What was found. `unknown`: nothing speaks against it, but it could not be asked (another kind of bus, another system);
 * `not-set-up`: there is a service, but no keyring was ever made.
 */
export type KeyringFinding =
  | 'available'
  | 'unknown'
  | 'no-library'
  | 'no-session-bus'
  | 'no-secret-service'
  | 'not-set-up'
  | 'locked';

/** Asking takes milliseconds; a service that is stopped must not hold anybody longer than this. */
const deadlineMs = 3_000;

const service = 'org.freedesktop.secrets';
const root = '/org/freedesktop/secrets';

/** Asks this machine. Never prompts and never rejects. */
export async function findKeyring(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KeyringFinding> {
  if (platform !== 'linux') return 'unknown';
  const addresses = busAddresses(env);
  // With a display libdbus may start a bus of its own; that is the library's to try.
  if (addresses.length === 0) return env.DISPLAY ? 'unknown' : 'no-session-bus';
  const paths = addresses.map(socketPath).filter((path) => path !== undefined);
  if (paths.length === 0) return 'unknown';
  for (const path of paths) {
    let bus: SessionBus;
    try {
      bus = await openSessionBus(path, deadlineMs);
    } catch {
      continue;
    }
    try {
      return await askBus(bus);
    } catch {
      return 'unknown';
    } finally {
      bus.dispose();
    }
  }
  return 'no-session-bus';
}

async function askBus(bus: SessionBus): Promise<KeyringFinding> {
  const names = (member: string) =>
    bus.call({
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member,
    });
  const running = (await names('ListNames')) as string[];
  if (!running.includes(service)) {
    const activatable = (await names('ListActivatableNames')) as string[];
    if (!activatable.includes(service)) return 'no-secret-service';
  }
  let collection: unknown;
  try {
    collection = await bus.call({
      destination: service,
      path: root,
      interface: 'org.freedesktop.Secret.Service',
      member: 'ReadAlias',
      args: ['default'],
      autoStart: true,
    });
  } catch (error) {
    // The bus promised to start the service, and could not.
    if (error instanceof Error && /Spawn|ServiceUnknown|NoReply/.test(error.message))
      return 'no-secret-service';
    throw error;
  }
  if (typeof collection !== 'string' || collection === '/') return 'not-set-up';
  const locked = await bus.call({
    destination: service,
    path: collection,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    args: ['org.freedesktop.Secret.Collection', 'Locked'],
  });
  return locked === true ? 'locked' : 'available';
}

/** A finding as what the person is told. */
export function describeFinding(
  finding: KeyringFinding,
  platform: NodeJS.Platform,
  distribution: Distribution = thisDistribution(),
): SecretStoreStatus {
  const name = keyringName(platform);
  const otherwise =
    'Or keep keys for this session only, or set the environment variable (E2B_API_KEY, DAYTONA_API_KEY).';
  switch (finding) {
    case 'available':
    case 'unknown':
      return { state: 'available', name };
    case 'locked':
      return {
        state: 'locked',
        name,
        message: 'The keyring is locked.',
        hint: 'Unlock it (log in again, or open "Passwords and Keys"), then try again.',
      };
    case 'not-set-up':
      return {
        state: 'locked',
        name,
        message: 'The keyring service runs, but no keyring has been made yet.',
        hint: 'Open "Passwords and Keys" (seahorse) and make a default keyring, then try again.',
      };
    case 'no-session-bus':
      return {
        state: 'missing',
        name,
        message:
          'There is no D-Bus session, so no keyring can be reached (usual over SSH, in containers and in WSL).',
        hint: `Start SpecBoard from a desktop session, or with "dbus-run-session". ${otherwise}`,
      };
    case 'no-secret-service':
      return {
        state: 'missing',
        name,
        message: 'No keyring service (Secret Service) is installed.',
        hint: `${installHint(distribution)} ${otherwise}`,
      };
    case 'no-library':
      return platform === 'linux'
        ? {
            state: 'missing',
            name,
            message: 'The library libsecret, which reaches the keyring, is not installed.',
            hint: `${installHint(distribution)} ${otherwise}`,
          }
        : {
            state: 'missing',
            name,
            message: 'The part of SpecBoard that reaches the keyring cannot be loaded.',
            hint: `Install SpecBoard again. ${otherwise}`,
          };
  }
}
