/** What of a private keyring's environment the app is given: where the keyring is and its home, and nothing else. */
import type { TestKeyring } from '../keyring.ts';

/** For `launchApp({ env })`. */
export function keyringEnv({ env }: TestKeyring): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(HOME|XDG_\w+|DBUS_\w+)$/.test(name)));
}
