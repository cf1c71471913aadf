/**
 * Looks at both sides at once. What is left out is decided by the exclusion files on this computer (a sandbox could hide deletions
 * in its own), so the sandbox is listed with the rules of the last look; only where they changed meanwhile it is asked again.
 */
import { isSpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { ExclusionChoice, RemoteFacts } from '../sides.ts';
import type { Scan, SideFacts } from '../types.ts';
import { abortable } from './abort.ts';
import type { CycleDeps } from './cycle-types.ts';

/** Both sides as they are. */
export interface BothScans {
  readonly local: Scan;
  readonly remote: Scan;
  readonly localFacts: SideFacts;
  readonly localIdentity: string;
  readonly remoteFacts: RemoteFacts;
  readonly rules: ExclusionRules;
}

/** Scans. `lastRules`: of the last look; null: those of the root's own folder come first. A failure of one side ends the other's work. */
export async function scanBoth(
  { local, remote }: CycleDeps,
  options: { checksum: boolean; exclusions: ExclusionChoice },
  lastRules: ExclusionRules | null,
  signal: AbortSignal,
): Promise<BothScans> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let first: { error: unknown } | null = null;
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await abortable(both, work);
    } catch (error) {
      first ??= { error };
      failed.abort(first.error);
      throw first.error;
    }
  };
  const { checksum, exclusions } = options;
  const scanRemote = (rules: ExclusionRules) => guarded(remote.scan({ checksum, rules }, both));
  let guessed = lastRules;
  let early = guessed && scanRemote(guessed);
  early?.catch(() => {}); // thrown below, unless the local side failed first
  const { facts, identity } = await guarded(orMissing(local.open(both)));
  if (!guessed && local.firstRules) {
    guessed = await guarded(orMissing(local.firstRules(exclusions, both)));
    early = scanRemote(guessed);
    early.catch(() => {});
  }
  const here = await guarded(orMissing(local.scan({ checksum, exclusions }, both)));
  const { rules } = here;
  const guess = early && (await early);
  const isKnown = guessed !== null && isSameRules(guessed, rules);
  const there = (isKnown ? guess : guess && (await remote.again?.(rules, both))) ?? (await scanRemote(rules));
  return {
    local: here,
    remote: there,
    localFacts: facts,
    localIdentity: identity,
    remoteFacts: there.remote,
    rules,
  };
}

/** This computer's folder is not there. */
export class LocalFolderMissing extends Error {}

async function orMissing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isSpecboardError(error) && error.code === 'not-found') throw new LocalFolderMissing();
    throw error;
  }
}

/** The same texts at the same places. */
export function isSameRules(one: ExclusionRules, other: ExclusionRules): boolean {
  if (one.texts.length !== other.texts.length) return false;
  return one.texts.every((text, index) => {
    const twin = other.texts[index];
    return text.text === twin?.text && text.folder === twin.folder && text.source === twin.source;
  });
}
