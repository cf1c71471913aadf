/** Why a path is left out, for people who ask. */
import type { Matcher } from './compile-rules.ts';
import type { Verdict } from './exclusion-rules.ts';

/** The deciding rule. `folder`: the folder above the path that it is about, in which nothing can be taken in again; null: the path itself. */
export interface WhyExcluded extends Verdict {
  readonly folder: string | null;
}

/**
 * The rule that leaves `path` out; null: none does. `isDirectory` null: nobody knows (it is in no tree, because it is left out); a
 * `/` at the end says that it is, otherwise a rule for files is looked for first and then one for folders.
 */
export function whyExcluded(
  matcher: Matcher,
  path: string,
  isDirectory: boolean | null = null,
): WhyExcluded | null {
  const asked = path.replace(/\/+$/, '');
  if (asked === '') return null;
  const kinds = isDirectory !== null ? [isDirectory] : asked !== path ? [true] : [false, true];
  for (const kind of kinds) {
    const decided = matcher.decide(asked, kind);
    if (decided?.excluded)
      return {
        source: decided.source,
        line: decided.line,
        pattern: decided.pattern,
        folder: decided.folder,
      };
  }
  return null;
}
