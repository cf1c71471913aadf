/** Why a sync cannot begin now, in words. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';

/** Another process has the root's lock. */
export function elsewhere(): SpecboardError {
  return new SpecboardError('conflict', 'Another SpecBoard syncs these folders now.', {
    kept: 'Nothing was changed.',
    hint: 'Wait until it is done, or stop it there (a window, or a terminal with specboard sync watch).',
  });
}

/** There is no session of its profile. */
export function notConnected({ profileId, profileName }: StoredSyncRoot): SpecboardError {
  return new SpecboardError('unavailable', `"${profileName}" is not connected.`, {
    kept: 'Nothing was changed.',
    hint: 'Connect it; the sync goes on from there.',
    ...(profileId === null ? {} : { action: { type: 'connect', profileId } }),
  });
}

/** The link of its session is down. */
export function unreachable({ profileName }: StoredSyncRoot): SpecboardError {
  return new SpecboardError('unreachable', `The sandbox of "${profileName}" cannot be reached now.`, {
    kept: 'Nothing was changed.',
    hint: 'It is tried again by itself.',
  });
}

/** Somebody took the pair apart. */
export function notSynced(): SpecboardError {
  return new SpecboardError('not-found', 'These folders are not synced any more.', {
    hint: 'See: specboard sync status.',
  });
}
