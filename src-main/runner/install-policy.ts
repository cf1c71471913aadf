/** What a profile allows to be installed. Pure. */
import type { MissingPackage } from '../drivers/driver.ts';

/** A profile's rule. `always` means known packages; a guess is asked about even then. */
export type InstallPolicy = 'ask' | 'always' | 'never';

/** What is to be done with the missing packages of one cell. Every package is in exactly one list. */
export interface InstallDecision {
  /** Without a question. */
  install: MissingPackage[];
  /** After a yes. */
  ask: MissingPackage[];
  /** Not at all. */
  skip: MissingPackage[];
}

/**
 * Decides. A guess, or a name one letter from a known one, is never installed silently: names that models invent are
 * registered by squatters. `canAsk` is false where nobody is there to answer (a script, a job).
 */
export function decideInstall(
  policy: InstallPolicy,
  packages: readonly MissingPackage[],
  canAsk: boolean,
): InstallDecision {
  const decision: InstallDecision = { install: [], ask: [], skip: [] };
  for (const item of packages) {
    if (policy === 'never') decision.skip.push(item);
    else if (policy === 'always' && item.trust === 'known') decision.install.push(item);
    else if (canAsk) decision.ask.push(item);
    else decision.skip.push(item);
  }
  return decision;
}
