/** Decides what is left out of a sync, as git decides it, and says why. */
import type { Excluded } from '../types.ts';

/**
 * An exclusion file or another list of patterns. `folder` is where it stands: '' for the root, else `a/b`. Read files with
 * `decodeRuleText`, which keeps odd bytes; one that is a link does not count (git does not follow it either).
 */
export interface RuleText {
  readonly source: string;
  readonly folder: string;
  readonly text: string;
}

/**
 * All rules of a root. Plain data: goes to a worker. Weak to strong: `defaults`, `secrets`, every `.gitignore` (deeper ones
 * stronger), every `.specboardignore` (likewise), `profile`; within a text, later lines. The order of `texts` does not matter.
 */
export interface ExclusionRules {
  readonly texts: readonly RuleText[];
}

/** The rule that decided, without side and path. */
export type Verdict = Pick<Excluded, 'source' | 'line' | 'pattern'>;

/** What was decided about a path. */
export interface Decided extends Verdict {
  /** False: a `!` pattern took it in again. */
  readonly excluded: boolean;
  /** The folder above the path that is excluded, and the path with it; null: the rule is about the path itself. */
  readonly folder: string | null;
}

/** Names of exclusion files in a folder, in the order of their strength. */
export const exclusionFiles = ['.gitignore', '.specboardignore'] as const;

/** The source of a file of this name in this folder. */
export function exclusionSource(folder: string, name: (typeof exclusionFiles)[number]): string {
  return folder === '' ? name : `${folder}/${name}`;
}
