/** Decides what is left out of a sync, as git decides it, and says why. */
import type { Excluded } from '../types.ts';

/** An exclusion file or another list of patterns. `folder` is where it stands: '' for the root, else `a/b`. */
export interface RuleText {
  readonly source: string;
  readonly folder: string;
  readonly text: string;
}

/** All rules of a root, later ones stronger, deeper ones stronger within git's own. Plain data: goes to a worker. */
export interface ExclusionRules {
  readonly texts: readonly RuleText[];
}

/** The rule that decided, without side and path. */
export type Verdict = Pick<Excluded, 'source' | 'line' | 'pattern'>;
