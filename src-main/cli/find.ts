/** Finds what a person names on the command line: a profile by name or id, a session or execution by the start of its id. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import type { FoundSandbox } from '../../src-shared/domain/sandbox.ts';
import type { Core } from '../app/create-core.ts';

/** A profile by name (any case), id, or the start of an id; without a name the default. Throws `not-found`. */
export function findProfile(core: Core, name: string | undefined): Profile {
  if (name === undefined) return core.profiles.default();
  const profiles = core.profiles.list();
  const wanted = name.toLowerCase();
  const exact = profiles.find((profile) => profile.name.toLowerCase() === wanted || profile.id === name);
  const byPrefix = profiles.filter((profile) => name.length >= 4 && profile.id.startsWith(name));
  const found = exact ?? (byPrefix.length === 1 ? byPrefix[0] : undefined);
  if (found) return found;
  throw new SpecboardError('not-found', `There is no profile "${name}".`, {
    hint: `There are: ${profiles.map((profile) => `"${profile.name}"`).join(', ')}.`,
  });
}

/** The one value whose id starts with `id`. Throws `not-found`, or `invalid` where several do. */
export function findById<T extends { id: string }>(values: readonly T[], id: string, what: string): T {
  const found = values.filter((value) => value.id.startsWith(id));
  if (found.length > 1 && id.length > 0) {
    throw new SpecboardError('invalid', `"${id}" is the start of several ids.`, { hint: 'Give more of it.' });
  }
  const one = id.length > 0 ? found[0] : undefined;
  if (!one) throw new SpecboardError('not-found', `There is no ${what} "${id}".`);
  return one;
}

/** The one sandbox of a profile's account whose id starts with `id`. Throws `not-found`, or `invalid` where several do. */
export async function findSandbox(
  core: Core,
  profile: Profile,
  id: string,
  signal: AbortSignal,
): Promise<FoundSandbox> {
  const all = await core.sandboxes.list(profile.id, signal);
  const exact = all.find(({ sandboxId }) => sandboxId === id);
  return (
    exact ??
    findById(
      all.map((one) => ({ ...one, id: one.sandboxId })),
      id,
      'sandbox',
    )
  );
}
