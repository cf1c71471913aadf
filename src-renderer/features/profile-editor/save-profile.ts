/** What "Save" does: the profile first, then its keys, then, where asked, the test. Pure of React. */
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import type { Bridge } from '../../bridge/client.ts';

/** What to save. `profileId` null creates. */
export interface ProfileDraft {
  profileId: string | null;
  name: string;
  driverType: DriverType;
  settings: JsonObject;
  keys: Record<string, string>;
  sessionOnly: boolean;
}

/** How far it came. `keysStored` is false where only the keys could not be stored. */
export interface SaveOutcome {
  profile: Profile | null;
  keysStored: boolean;
  problem: Problem | null;
}

/** Saves `draft`. Never throws. */
export async function saveProfile(bridge: Bridge, draft: ProfileDraft): Promise<SaveOutcome> {
  const { profileId, name, driverType, settings, keys, sessionOnly } = draft;
  let profile: Profile;
  try {
    profile =
      profileId === null
        ? await bridge.call('profiles.create', { name, driverType, settings })
        : await bridge.call('profiles.update', { profileId, name, settings });
  } catch (error) {
    return { profile: null, keysStored: false, problem: toProblem(error) };
  }
  if (Object.keys(keys).length === 0) return { profile, keysStored: true, problem: null };
  try {
    const input = { profileId: profile.id, values: keys };
    profile = await bridge.call('credentials.set', sessionOnly ? { ...input, sessionOnly } : input);
    return { profile, keysStored: true, problem: null };
  } catch (error) {
    return { profile, keysStored: false, problem: toProblem(error) };
  }
}
