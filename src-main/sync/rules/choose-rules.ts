/** Which rules a root has, by what its person chose and what stands in its folder. */
import type { ExclusionChoice } from '../sides.ts';
import { defaultPatterns, secretPatterns } from './default-patterns.ts';
import type { ExclusionRules, RuleText } from './exclusion-rules.ts';

/** The lists that are no files, for `startRules` and for `chooseRules`. */
export function chosenLists(choice: ExclusionChoice): RuleText[] {
  const list = (source: string, patterns: readonly string[]): RuleText => ({
    source,
    folder: '',
    text: patterns.join('\n'),
  });
  return [
    ...(choice.defaults ? [list('defaults', defaultPatterns)] : []),
    ...(choice.secrets ? [list('secrets', secretPatterns)] : []),
    list('profile', choice.patterns),
  ];
}

/** Whether a file of this path or name can leave others out. */
export function isExclusionFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '.specboardignore' || name === '.gitignore';
}

/** Whether an exclusion file of this path or name counts. */
export function countsAsRules(choice: ExclusionChoice, path: string): boolean {
  return isExclusionFile(path) && (choice.gitignore || !path.endsWith('.gitignore'));
}

/** All of a root's rules, with the exclusion files that count and were found. */
export function chooseRules(choice: ExclusionChoice, files: readonly RuleText[]): ExclusionRules {
  return { texts: [...chosenLists(choice), ...files.filter(({ source }) => countsAsRules(choice, source))] };
}
