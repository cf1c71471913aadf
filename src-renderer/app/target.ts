/** What the main area is about: a profile, and the session on it where there is one. */

import type { Profile } from '../../src-shared/domain/profile.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Selection } from '../stores/ui-store.ts';

/** See the head of the file. `profile` is null where it was deleted while its session is still shown. */
export interface Target {
  /** Key of the draft. */
  profileId: string;
  profile: Profile | null;
  session: Session | null;
}

/** Resolves a selection against a snapshot; without a selection, the default profile. */
export function targetOf(status: Status | null, selection: Selection | null): Target | null {
  if (!status) return null;
  if (selection?.type === 'session') {
    const session = status.sessions.find(({ id }) => id === selection.id);
    if (session) {
      const profile = status.profiles.find(({ id }) => id === session.profileId) ?? null;
      return { profileId: session.profileId, profile, session };
    }
  }
  const wanted = selection?.type === 'profile' ? selection.id : undefined;
  const profile =
    status.profiles.find(({ id }) => id === wanted) ??
    status.profiles.find(({ isDefault }) => isDefault) ??
    status.profiles[0];
  return profile ? { profileId: profile.id, profile, session: null } : null;
}

/** The session to run on, if the target has one that is alive. */
export function liveSession(target: Target): Session | null {
  return target.session && !isEnded(target.session) ? target.session : null;
}
